"""Documents that take a reader's time and memory, of a size that is asked for, in bytes."""

from __future__ import annotations

import io
import json
import random
import zipfile
import zlib
from collections.abc import Callable

from chatui.retrieval.readers.docx import MOST_PARTS

WORDS = (
    "river",
    "mountain",
    "seven",
    "house",
    "light",
    "because",
    "under",
    "letter",
    "train",
    "of",
)


def _repeated(unit: bytes, size: int) -> bytes:
    return (unit * (size // len(unit) + 1))[:size]


def _words(size: int, between: str = " ") -> bytes:
    draw = random.Random(7)
    text = between.join(draw.choice(WORDS) for _ in range(10_000)) + between
    return _repeated(text.encode(), size)


def _sentences(size: int) -> bytes:
    draw = random.Random(7)
    paragraphs = (
        " ".join(draw.choice(WORDS) for _ in range(12)).capitalize() + "." + " \n\n"[at % 3 :]
        for at in range(3000)
    )
    return _repeated("".join(paragraphs).encode(), size)


def _rows(size: int) -> bytes:
    """Numbered, so that hardly a word comes twice."""
    count = size // 32
    rows = (f"{at},name {at * 7919 % 10**6},{at / 7:.3f},x\n" for at in range(count))
    return b"id,name,value,note\n" + "".join(rows).encode()


def _wide(size: int) -> bytes:
    columns = 100_000
    head = ",".join(f"column{at}" for at in range(columns)).encode()
    row = ",".join(str(at % 100) for at in range(columns)).encode()
    return head + b"\n" + _repeated(row + b"\n", max(0, size - len(head)))


def _page(inside: Callable[[int], bytes]) -> Callable[[int], bytes]:
    return lambda size: b"<html><body>" + inside(size) + b"</body></html>"


def _notebook(size: int) -> bytes:
    output = {
        "output_type": "stream",
        "name": "stdout",
        "text": ["word " * 200 + "\n"] * (size // 1000),
    }
    cells = [{"cell_type": "code", "source": "print()", "outputs": [output]}]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}).encode()


def _zipped(files: dict[str, bytes]) -> bytes:
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return room.getvalue()


_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def _docx(size: int, paragraph: str = "<w:p><w:r><w:t>Some words here.</w:t></w:r></w:p>") -> bytes:
    body = _repeated(paragraph.encode(), size // len(paragraph) * len(paragraph))
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/officeDocument" Target="word/document.xml"/></Relationships>'
    )
    document = f"<w:document {_W}><w:body>".encode() + body + b"</w:body></w:document>"
    return _zipped(
        {
            "[Content_Types].xml": types.encode(),
            "_rels/.rels": relations.encode(),
            "word/document.xml": document,
        }
    )


_RUN = (
    '<w:r w:rsidR="00AB12CD"><w:rPr><w:b/><w:lang w:val="en-US"/></w:rPr>'
    '<w:t xml:space="preserve">The river rose for three days, and houses stood under water. </w:t>'
    "</w:r>"
)
_RUNS = f'<w:p><w:pPr><w:spacing w:after="120"/></w:pPr>{_RUN * 4}</w:p>'
"""A paragraph as Word writes it after some corrections."""

_ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text")
)


def _odt(size: int) -> bytes:
    paragraphs = _repeated(b"<text:p>Some words here.</text:p>", size // 33 * 33)
    head = f"<office:document-content {_ODF}><office:body><office:text>".encode()
    tail = b"</office:text></office:body></office:document-content>"
    form = b"application/vnd.oasis.opendocument.text"
    return _zipped({"mimetype": form, "content.xml": head + paragraphs + tail})


def _pptx(size: int) -> bytes:
    """Slides of a hundred paragraphs."""
    office = "http://schemas.openxmlformats.org"
    part = f"{office}/officeDocument/2006/relationships"
    spaces = (
        f'xmlns:a="{office}/drawingml/2006/main" xmlns:r="{part}" '
        f'xmlns:p="{office}/presentationml/2006/main"'
    )
    words = "<a:p><a:r><a:t>Some words here.</a:t></a:r></a:p>" * 100
    slide = (
        f"<p:sld {spaces}><p:cSld><p:spTree><p:sp><p:txBody>{words}</p:txBody></p:sp></p:spTree>"
        "</p:cSld></p:sld>"
    ).encode()
    count = range(1, size // len(slide) + 2)
    listed = "".join(f'<p:sldId id="{at}" r:id="s{at}"/>' for at in count)
    linked = "".join(
        f'<Relationship Id="s{at}" Type="{part}/slide" Target="slides/{at}.xml"/>' for at in count
    )
    relations = f'<Relationships xmlns="{office}/package/2006/relationships">{linked}'
    return _zipped(
        {
            "ppt/presentation.xml": f"<p:presentation {spaces}><p:sldIdLst>{listed}</p:sldIdLst>"
            "</p:presentation>".encode(),
            "ppt/_rels/presentation.xml.rels": f"{relations}</Relationships>".encode(),
            **{f"ppt/slides/{at}.xml": slide for at in count},
        }
    )


def _epub(size: int) -> bytes:
    chapter = (
        b"<html><body>" + _repeated(b"<p>Some words here.</p>", size // 10) + b"</body></html>"
    )
    names = [f"c{at}.xhtml" for at in range(10)]
    items = "".join(
        f'<item id="i{at}" href="{name}" media-type="application/xhtml+xml"/>'
        for at, name in enumerate(names)
    )
    spine = "".join(f'<itemref idref="i{at}"/>' for at in range(len(names)))
    package = f"<package><manifest>{items}</manifest><spine>{spine}</spine></package>"
    container = '<container><rootfiles><rootfile full-path="a.opf"/></rootfiles></container>'
    return _zipped(
        {
            "META-INF/container.xml": container.encode(),
            "a.opf": package.encode(),
            **dict.fromkeys(names, chapter),
        }
    )


def _pdf(size: int) -> bytes:
    """One page, whose packed stream unpacks to that size."""
    line = b"(Some words here that fill a line of the page.) Tj T*\n"
    stream = (
        b"BT /F1 6 Tf 7 TL 20 800 Td\n" + _repeated(line, size // len(line) * len(line)) + b"ET"
    )
    packed = zlib.compress(stream)
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 9000000]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    written, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(written))
        written += b"%d 0 obj%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(parts) + 1
    return (
        written
        + b"xref\n0 %d\n0000000000 65535 f \n" % count
        + table
        + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (count, len(written))
    )


_PLAIN = "<w:p><w:r><w:t>Some words here.</w:t></w:r></w:p>"
_BROKEN = "<w:p>" + "<w:r><w:t>Some words.</w:t></w:r><w:r><w:br/></w:r>" * 4 + "</w:p>"
_ROW = f"<w:tr>{f'<w:tc>{_PLAIN}</w:tc>' * 10}</w:tr>"
_TABLE = f"<w:tbl>{_ROW * 38}</w:tbl>"


def _many(unit: bytes, count: int) -> Callable[[int], bytes]:
    """So many of them at the most."""
    return lambda size: unit * min(count, size // len(unit))


def _word(unit: str, count: int) -> Callable[[int], bytes]:
    return lambda size: _docx(len(unit) * min(count, size // len(unit)), unit)


DOCUMENTS: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "words in a line": ("a.txt", _words),
    "words, one a line": ("a.txt", lambda size: _words(size, "\n")),
    "sentences": ("a.txt", _sentences),
    "one letter": ("a.txt", lambda size: b"a" * size),
    "letters and spaces": ("a.txt", lambda size: _repeated(b"a ", size)),
    "a letter a line": ("a.txt", lambda size: _repeated(b"a\n", size)),
    "a letter a paragraph": ("a.txt", lambda size: _repeated(b"a\n\n", size)),
    "full stops": ("a.txt", lambda size: _repeated(b"a. ", size)),
    "marks": ("a.txt", lambda size: _repeated(b"-+*/#|", size)),
    "blank lines": ("a.txt", lambda size: b"a" + b"\n" * size + b"b"),
    "Chinese": (
        "a.txt",
        lambda size: _repeated("東京は日本の首都です。大阪は西にあります".encode(), size // 3 * 3),
    ),
    "emoji": ("a.txt", lambda size: _repeated("😀🚀".encode(), size // 8 * 8)),
    "Cyrillic": (
        "a.txt",
        lambda size: _repeated("река поднялась за три дня. ".encode(), size // 94 * 94),
    ),
    "Latin-1": (
        "a.txt",
        lambda size: _repeated("Der Fluß stieg für drei Tage. ".encode("latin-1"), size),
    ),
    "Markdown": ("a.md", lambda size: _repeated(b"# Title\n\n" + _sentences(3000) + b"\n\n", size)),
    "short sections of Markdown": (
        "a.md",
        lambda size: _repeated(b"# Title\n\nSome *words* here.\n\n- one\n- two\n\n", size),
    ),
    "headings alone": ("a.md", lambda size: _repeated(b"# a\n", size)),
    "a letter a line of Markdown": ("a.md", lambda size: _repeated(b"a\n", size)),
    "items": ("a.md", lambda size: _repeated(b"- a\n", size)),
    "quotes in quotes": ("a.md", lambda size: _repeated(b">" * 1000 + b" a\n", size)),
    "a table": ("a.md", lambda size: b"| a | b |\n|---|---|\n" + _repeated(b"| 1 | two |\n", size)),
    "a fence without end": ("a.md", lambda size: b"```\n" + _repeated(b"x = 1\n", size)),
    "rows": ("a.csv", _rows),
    "rows of a number": ("a.csv", lambda size: b"n\n" + _repeated(b"1\n", size)),
    "wide rows": ("a.csv", _wide),
    "quotation marks": ("a.csv", lambda size: b"a,b\n" + _repeated(b'"x\n', size)),
    "a log": (
        "a.log",
        lambda size: _repeated(b"2026-01-01 12:00:00 INFO something was done\n", size),
    ),
    "JSON in a line": (
        "a.json",
        lambda size: b"[" + _repeated(b'{"a": 1, "b": "two"},', size) + b"1]",
    ),
    "JSON, one a line": ("a.jsonl", lambda size: _repeated(b'{"a": 1, "b": "two"}\n', size)),
    "brackets": ("a.json", lambda size: b"[" * size),
    "code": (
        "a.py",
        lambda size: _repeated(
            b"def f(x):\n" + b"    x = x + 1  # once more\n" * 20 + b"\n\n", size
        ),
    ),
    "short functions": ("a.py", lambda size: _repeated(b"def f(x):\n    return x + 1\n\n\n", size)),
    "one expression": ("a.py", lambda size: b"x = " + _repeated(b"1+", size) + b"1\n"),
    "keys": ("a.yaml", lambda size: _repeated(b"a:\n", size)),
    "C": ("a.c", lambda size: _repeated(b"int f(int x) {\n  return x + 1;\n}\n\n", size)),
    "reStructuredText": (
        "a.rst",
        lambda size: _repeated(b"Title\n=====\n\nSome words here.\n\n", size),
    ),
    "paragraphs of HTML": (
        "a.html",
        _page(lambda size: _repeated(b"<p>Some words here.</p>\n", size)),
    ),
    "headings of HTML": ("a.html", _page(lambda size: _repeated(b"<h1>a</h1>", size))),
    "line breaks": ("a.html", _page(lambda size: _repeated(b"a<br>", size))),
    "empty elements": ("a.html", _page(lambda size: _repeated(b"<b></b>", size))),
    "a line of HTML": ("a.html", _page(_words)),
    "open elements": ("a.html", _page(lambda size: _repeated(b"<div>", size))),
    "open tags": ("a.html", _page(lambda size: _repeated(b"<a ", size))),
    "attributes": ("a.html", _page(lambda size: b"<p " + _repeated(b"a=1 ", size) + b">x</p>")),
    "nested lists": ("a.html", _page(lambda size: _repeated(b"<ul><li>a", size))),
    "cells": ("a.html", _page(lambda size: b"<table>" + _repeated(b"<tr><td>a<td>b", size))),
    "a notebook's output": ("a.ipynb", _notebook),
    "Word": ("a.docx", _docx),
    "Word of many letters": ("a.docx", lambda size: _docx(size, _RUNS)),
    "an e-book": ("a.epub", _epub),
    "OpenDocument": ("a.odt", _odt),
    "slides": ("a.pptx", _pptx),
    "rich text": ("a.rtf", lambda size: b"{\\rtf1 " + _repeated(b"Some words here.\\par ", size)),
    "letters of rich text": ("a.rtf", lambda size: b"{\\rtf1 " + _repeated(b"\\u1052?", size)),
    "groups": ("a.rtf", lambda size: b"{\\rtf1 " + _repeated(b"{\\b x}", size)),
    "open groups": ("a.rtf", lambda size: b"{\\rtf1 " + _repeated(b"{", size)),
    "a picture in rich text": (
        "a.rtf",
        lambda size: b"{\\rtf1 x{\\pict " + _repeated(b"89504e47" * 16 + b"\n", size) + b"}}",
    ),
    "a page of PDF": ("a.pdf", _pdf),
    # What is counted, just below the most that there may be of it.
    "Word below its limit": ("a.docx", _word(_PLAIN, MOST_PARTS // 2)),
    "Word of line breaks, below": ("a.docx", _word(_BROKEN, MOST_PARTS // 9)),
    "Word's cells, below": ("a.docx", _word(_TABLE, MOST_PARTS // 1140)),
    "Word of many letters, below": ("a.docx", _word(_RUNS, MOST_PARTS // 2)),
    "headings of HTML, below": ("a.html", _page(_many(b"<h1>a</h1>", 349_990))),
    "paragraphs of HTML, below": ("a.html", _page(_many(b"<p>Some words here.</p>\n", 349_990))),
    "links of HTML, below": ("a.html", _page(_many(b"<a href=b>some words</a> ", 349_990))),
    "cells of HTML, below": (
        "a.html",
        _page(lambda size: b"<table>" + _many(b"<tr><td>a<td>b", 116_000)(size)),
    ),
    "attributes, below": ("a.html", _page(_many(b"<p " + b"a=1 " * 100 + b">x</p>", 14_900))),
    "groups, below": ("a.rtf", lambda size: b"{\\rtf1 " + _many(b"{\\b x} ", 999_000)(size) + b"}"),
    "definitions, below": ("a.py", _many(b"def f(): return 1\n", 49_990)),
}
"""By what they hold: a file's name, and what makes its content."""
