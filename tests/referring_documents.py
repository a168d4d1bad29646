"""Documents of every kind that can name an address: pictures, styles, scripts, entities.

Reading one must fetch none of it. Each says "The ferry leaves at noon." in plain text.
"""

from __future__ import annotations

import io
import json
import zipfile

SENTENCE = "The ferry leaves at noon."
OFFICE = "http://schemas.openxmlformats.org"
PACKAGE = f"{OFFICE}/package/2006/relationships"
PART = f"{OFFICE}/officeDocument/2006/relationships"


def referring_documents(url: str) -> dict[str, bytes]:
    """File names and contents; whatever they name lies below `url`."""
    return {
        "notes.md": markdown(url).encode(),
        "page.html": page(url).encode(),
        "letter.docx": letter(url),
        "book.epub": book(url),
        "manual.rst": f"Manual\n======\n\n{SENTENCE}\n\n.. image:: {url}/a.png\n"
        f".. include:: {url}/b.rst\n.. raw:: html\n   :url: {url}/c\n".encode(),
        "analysis.ipynb": notebook(url).encode(),
        "drawing.svg": f'<?xml version="1.0"?><!DOCTYPE svg SYSTEM "{url}/svg.dtd">'
        f'<svg xmlns:xlink="x"><image xlink:href="{url}/a.png"/><text>{SENTENCE}</text></svg>\n'
        "".encode(),
        "paper.pdf": paper(url),
        "talk.pptx": talk(url),
        "text.odt": open_text(url),
        "letter.rtf": rich_text(url).encode(),
    }


def markdown(url: str) -> str:
    return (
        f"# Ferries\n\n{SENTENCE} ![the ferry]({url}/a.png) <img src='{url}/b.png'>\n\n"
        f"[![badge]({url}/c.svg)]({url}/d) and <{url}/e>\n\n[f]: {url}/f\n"
    )


def page(url: str) -> str:
    return (
        f'<!DOCTYPE html SYSTEM "{url}/html.dtd"><html manifest="{url}/m"><head>'
        f'<base href="{url}/"><title>Ferries</title><link rel="stylesheet" href="{url}/a.css">'
        f'<link rel="preload" href="{url}/p" as="image"><script src="{url}/a.js"></script>'
        f'<meta http-equiv="refresh" content="0; url={url}/next">'
        f"<style>@import '{url}/b.css'; p {{ background: url({url}/c.png) }}</style></head>"
        f'<body><h1>Ferries</h1><p>{SENTENCE}</p><img src="{url}/d.png" srcset="{url}/e.png 2x">'
        f'<iframe src="{url}/f"></iframe><object data="{url}/g"></object><embed src="{url}/h">'
        f'<video src="{url}/i" poster="{url}/j"></video></body></html>'
    )


def letter(url: str) -> bytes:
    """A Word document with a linked picture, a linked template and a sub-document."""
    picture = (
        f'<w:drawing><wp:inline xmlns:wp="{OFFICE}/drawingml/2006/wordprocessingDrawing">'
        f'<a:graphic xmlns:a="{OFFICE}/drawingml/2006/main"><a:graphicData>'
        f'<pic:pic xmlns:pic="{OFFICE}/drawingml/2006/picture"><pic:blipFill>'
        f'<a:blip xmlns:r="{PART}" r:link="r1"/></pic:blipFill></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing>"
    )
    body = f"<w:p><w:r><w:t>{SENTENCE}</w:t></w:r></w:p><w:p><w:r>{picture}</w:r></w:p>"
    outside = "".join(
        f'<Relationship Id="r{at}" Type="{PART}/{kind}" TargetMode="External" '
        f'Target="{url}/{kind}"/>'
        for at, kind in enumerate(("image", "attachedTemplate", "subDocument"), 1)
    )
    return _archive(
        {
            "[Content_Types].xml": f'<Types xmlns="{OFFICE}/package/2006/content-types"/>',
            "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" '
            f'Type="{PART}/officeDocument" Target="word/document.xml"/></Relationships>',
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{PACKAGE}">{outside}'
            "</Relationships>",
            "word/document.xml": f'<w:document xmlns:w="{OFFICE}/wordprocessingml/2006/main">'
            f"<w:body>{body}</w:body></w:document>",
        }
    )


def book(url: str) -> bytes:
    """An e-book with remote pictures and styles, a remote chapter and an outer entity."""
    return _archive(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": f'<!DOCTYPE c SYSTEM "{url}/c.dtd"><container><rootfiles>'
            '<rootfile full-path="OPS/book.opf"/></rootfiles></container>',
            "OPS/book.opf": "<package><metadata><dc:title>Ferries</dc:title></metadata><manifest>"
            '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/>'
            f'<item id="b" href="{url}/b.xhtml" media-type="application/xhtml+xml"/>'
            '</manifest><spine><itemref idref="a"/><itemref idref="b"/></spine></package>',
            "OPS/a.xhtml": f'<!DOCTYPE html [<!ENTITY far SYSTEM "{url}/far">]><html><head>'
            f'<link rel="stylesheet" href="{url}/a.css"/></head><body><p>{SENTENCE} &far;</p>'
            f'<img src="{url}/a.png"/></body></html>',
        }
    )


def notebook(url: str) -> str:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": markdown(url)},
        {
            "cell_type": "code",
            "metadata": {},
            "source": "show()",
            "outputs": [
                {
                    "output_type": "display_data",
                    "metadata": {},
                    "data": {"text/html": page(url), "text/plain": SENTENCE},
                }
            ],
        },
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def paper(url: str) -> bytes:
    """A PDF that on opening goes to an address, sends itself there, and runs a script."""
    text = f"BT /F1 12 Tf 72 700 Td ({SENTENCE}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction 6 0 R >>",
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >>"
        b" >> /Contents 5 0 R /AA << /O 6 0 R >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        f"<< /S /URI /URI ({url}/opened) /Next 7 0 R >>".encode(),
        f"<< /S /SubmitForm /F << /FS /URL /F ({url}/form) >> /Next 8 0 R >>".encode(),
        f"<< /S /JavaScript /JS (app.launchURL\\('{url}/script'\\)) >>".encode(),
    ]
    data, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    return data + head + table + end % (len(objects) + 1, len(data))


def talk(url: str) -> bytes:
    """A presentation whose picture, notes, layout and chart lie elsewhere."""
    kinds = ("image", "notesSlide", "slideLayout", "chart", "hyperlink", "comments")
    outside = "".join(
        f'<Relationship Id="r{at}" Type="{PART}/{kind}" TargetMode="External" '
        f'Target="{url}/{kind}"/>'
        for at, kind in enumerate(kinds, 1)
    )
    spaces = (
        f'xmlns:p="{OFFICE}/presentationml/2006/main" xmlns:r="{PART}" '
        f'xmlns:a="{OFFICE}/drawingml/2006/main" xmlns:c="{OFFICE}/drawingml/2006/chart"'
    )
    picture = '<p:pic><p:blipFill><a:blip r:link="r1"/></p:blipFill></p:pic>'
    chart = (
        '<p:graphicFrame><a:graphic><a:graphicData><c:chart r:id="r4"/></a:graphicData>'
        "</a:graphic></p:graphicFrame>"
    )
    words = f"<p:sp><p:txBody><a:p><a:r><a:t>{SENTENCE}</a:t></a:r></a:p></p:txBody></p:sp>"
    inside = f'<Relationship Id="s1" Type="{PART}/slide" Target="slides/slide1.xml"/>'
    return _archive(
        {
            "ppt/presentation.xml": f"<p:presentation {spaces}><p:sldIdLst>"
            '<p:sldId id="256" r:id="s1"/></p:sldIdLst></p:presentation>',
            "ppt/_rels/presentation.xml.rels": f'<Relationships xmlns="{PACKAGE}">{inside}'
            "</Relationships>",
            "ppt/slides/_rels/slide1.xml.rels": f'<Relationships xmlns="{PACKAGE}">{outside}'
            "</Relationships>",
            "ppt/slides/slide1.xml": f"<p:sld {spaces}><p:cSld><p:spTree>{words}{picture}{chart}"
            "</p:spTree></p:cSld></p:sld>",
        }
    )


def open_text(url: str) -> bytes:
    """An OpenDocument text with a linked picture, object and section."""
    names = ("office", "text", "drawing")
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in names
    )
    body = (
        f"<text:p>{SENTENCE}</text:p><drawing:frame>"
        f'<drawing:object xlink:href="{url}/o"/><drawing:image xlink:href="{url}/a.png"/>'
        f'</drawing:frame><text:section><text:section-source xlink:href="{url}/s"/></text:section>'
    )
    return _archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f'<office:document-content {spaces} xmlns:xlink="x"><office:body>'
            f"<office:text>{body}</office:text></office:body></office:document-content>",
        }
    )


def rich_text(url: str) -> str:
    """Rich text with a linked picture, template and document."""
    return (
        rf'{{\rtf1{{\*\template {url}/t}}{SENTENCE}{{\field{{\*\fldinst INCLUDEPICTURE "{url}/a"}}'
        rf'{{\fldrslt }}}}{{\field{{\*\fldinst INCLUDETEXT "{url}/b"}}{{\fldrslt }}}}}}'
    )


def _archive(members: dict[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return made.getvalue()
