"""Which reader a file needs: by what is in it, then by its suffix."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import PurePath

from chatui.retrieval.chunking.document import Unreadable
from chatui.retrieval.readers.decoding import HEAD
from chatui.retrieval.readers.refusals import (
    OLE,
    refuse_archive,
    refuse_binary,
    refuse_old_office,
)


class FileKind(Enum):
    MARKDOWN = "markdown"
    TEXT = "text"
    PDF = "pdf"
    HTML = "html"
    DOCX = "docx"
    EPUB = "epub"
    RST = "rst"
    TABLE = "table"
    RECORDS = "records"
    CODE = "code"
    NOTEBOOK = "notebook"
    MAIL = "mail"
    SPREADSHEET = "spreadsheet"
    PPTX = "pptx"
    OPEN_TEXT = "open text"
    OPEN_SLIDES = "open slides"
    RTF = "rtf"
    SAVED_PAGE = "saved page"
    PICTURE = "picture"


_SUFFIXES = {
    FileKind.MARKDOWN: ".md .markdown .mdown .mkd .mkdn .mdx .qmd .rmd",
    FileKind.HTML: ".html .htm .xhtml .shtml",
    FileKind.RST: ".rst .rest",
    FileKind.TABLE: ".csv .tsv .tab",
    FileKind.RECORDS: ".log .jsonl .ndjson",
    FileKind.NOTEBOOK: ".ipynb",
    FileKind.MAIL: ".eml .mht .mhtml",
    FileKind.SAVED_PAGE: ".webarchive",
    FileKind.TEXT: ".txt .text .asc .tex .org .adoc .asciidoc",
}
_BY_SUFFIX = {suffix: kind for kind, names in _SUFFIXES.items() for suffix in names.split()}

_FAMILIES = {
    "python": ".py .pyi .pyw",
    "curly": ".c .h .cc .cpp .cxx .hpp .hh .java .js .jsx .mjs .cjs .ts .tsx .cs .go .rs .swift "
    ".kt .kts .scala .php .dart .m .mm .css .scss .proto .sol .groovy .zig .v",
    "script": ".rb .lua .pl .pm .ex .exs .erl .hs .ml .r .jl .sql .vb .f90 .clj .lisp .el .nim",
    "shell": ".sh .bash .zsh .fish .ksh",
    "toml": ".toml .ini .cfg .conf .properties .env",
    "yaml": ".yaml .yml",
    "data": ".json .xml .svg .xsd .plist",
}
_BY_FAMILY = {suffix: family for family, names in _FAMILIES.items() for suffix in names.split()}

_PAGE = b"WebMainResource"
_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*")
_HTML_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]{0,200}>\s*+)?(?:<!--.{0,2000}?-->\s*+)*+"
    rb"<(?:!doctype\s+html|html[\s>]|head[\s>]|body[\s>])",
    re.IGNORECASE | re.DOTALL,
)
_FLAT_FORM = re.compile(rb"""office:mimetype=["']([\w./+-]{1,100})""")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


def kind_of(name: str, data: bytes) -> FileKind:
    """The reader for a file of that name and content. Raises Unreadable for other formats."""
    suffix = PurePath(name).suffix.lower()
    head = data[:HEAD]
    if kind := FileKind.PICTURE if _is_picture(head) else _by_content(suffix, head, data):
        return kind
    refuse_binary(head)
    known = _BY_SUFFIX.get(suffix)
    plain = head
    if head.startswith(_WIDE_MARKS):
        plain = head[2:].replace(b"\0", b"")
    # A page about HTML may begin with a tag: what Markdown or code is called is believed.
    if (
        _HTML_START.match(plain)
        and known in (None, FileKind.HTML, FileKind.TEXT)
        and not family_of(name)
    ):
        return FileKind.HTML
    if suffix == ".html" and b"<" not in head:
        return FileKind.TEXT
    if known:
        return known
    return FileKind.CODE if family_of(name) or head.startswith(b"#!") else FileKind.TEXT


def _by_content(suffix: str, head: bytes, data: bytes) -> FileKind | None:
    """The kind of a file whose bytes are no text; None for others."""
    # The PDF standard allows other bytes before the header; readers look in the first 1024.
    if b"%PDF-" in head[:1024] and (suffix == ".pdf" or head.lstrip().startswith(b"%PDF-")):
        return FileKind.PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(data, suffix)
    if head.startswith(OLE):
        refuse_old_office(data)
        return FileKind.SPREADSHEET
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{\\rtf"):
        return FileKind.RTF
    if b"<office:document" in head and b":opendocument:" in head:
        return _flat(head, data)
    return FileKind.SAVED_PAGE if head.startswith(b"bplist0") and _PAGE in data else None


def _is_picture(head: bytes) -> bool:
    # A bitmap's length follows its two letters; of texts, few begin with these.
    is_bitmap = head[:2] == b"BM" and head[6:10] == bytes(4) and len(head) > 26
    return head.startswith(_PICTURES) or is_bitmap or (head[:4], head[8:12]) == (b"RIFF", b"WEBP")


def _flat(head: bytes, data: bytes) -> FileKind:
    """An OpenDocument file that is one file of XML."""
    found = _FLAT_FORM.search(head)
    kind = _open_document(found[1] if found else _form_of(data))
    if kind is not None and kind is not FileKind.SPREADSHEET:
        return kind
    raise Unreadable("a flat OpenDocument file that is no text; save it as ods or export it as PDF")


def family_of(name: str, data: bytes = b"") -> str:
    """The family of programming languages that a file belongs to, or "" for none."""
    suffix = PurePath(name).suffix.lower()
    if suffix in _BY_SUFFIX:
        return ""
    if suffix in _BY_FAMILY:
        return _BY_FAMILY[suffix]
    first = data[:200].partition(b"\n")[0]
    if first.startswith(b"#!"):
        return "python" if b"python" in first else "shell" if b"sh" in first else "script"
    return _by_pygments(name) if suffix or name in _BUILD_FILES else ""


_BUILD_FILES = {"Makefile", "GNUmakefile", "Dockerfile", "Rakefile", "Gemfile", "Jenkinsfile"}
_NO_CODE = {"Text only", "Text output"}


def _by_pygments(name: str) -> str:
    """Any language that Pygments knows by its suffix."""
    from fnmatch import fnmatchcase

    from pygments.lexers import LEXERS

    for _, title, _, patterns, _ in LEXERS.values():
        if title not in _NO_CODE and any(fnmatchcase(name, pattern) for pattern in patterns):
            return "script"
    return ""


def _zipped(data: bytes, suffix: str) -> FileKind:
    from chatui.retrieval.readers.archives import Archive

    archive = Archive(data)
    names = archive.names()
    if "word/document.xml" in archive or "word/document2.xml" in archive:
        return FileKind.DOCX
    if "META-INF/container.xml" in archive or any(name.endswith(".opf") for name in names):
        return FileKind.EPUB
    for folder, office in (("xl/", FileKind.SPREADSHEET), ("ppt/", FileKind.PPTX)):
        if any(name.startswith(folder) for name in names):
            return office
    if any(name.endswith("/index.rdf") for name in names):
        return FileKind.SAVED_PAGE
    form = archive.read("mimetype")[:100] if "mimetype" in archive else b""
    if not form and "content.xml" in archive:
        form = _form_of(archive.read("content.xml")[:HEAD])
    if kind := _open_document(form):
        return kind
    return refuse_archive(names, form, suffix)


def _form_of(content: bytes) -> bytes:
    """What the elements of an OpenDocument file say that it is, where nothing else does."""
    forms = (b"text", b"presentation", b"spreadsheet")
    return next((b"opendocument." + form for form in forms if b"<office:" + form in content), b"")


def _open_document(form: bytes) -> FileKind | None:
    for name, kind in _OPEN_DOCUMENTS.items():
        if b"opendocument." + name in form:
            return kind
    return None


_OPEN_DOCUMENTS = {
    b"text": FileKind.OPEN_TEXT,
    b"presentation": FileKind.OPEN_SLIDES,
    b"spreadsheet": FileKind.SPREADSHEET,
}
