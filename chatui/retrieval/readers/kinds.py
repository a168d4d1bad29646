"""Which reader a file needs: by what is in it, then by its suffix."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import PurePath

from chatui.retrieval.chunking.document import Unreadable
from chatui.retrieval.readers.decoding import HEAD


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


_SUFFIXES = {
    FileKind.MARKDOWN: ".md .markdown .mdown .mkd .mkdn .mdx .qmd .rmd",
    FileKind.HTML: ".html .htm .xhtml .shtml",
    FileKind.RST: ".rst .rest",
    FileKind.TABLE: ".csv .tsv .tab",
    FileKind.RECORDS: ".log .jsonl .ndjson",
    FileKind.NOTEBOOK: ".ipynb",
    FileKind.MAIL: ".eml .mht .mhtml",
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

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_SHEETS = "Workbook".encode("utf-16-le")
_STARTS = (
    (b"\x89PNG\r\n", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"BM\x00", "a picture"),
    (b"II*\0", "a picture"),
    (b"MM\0*", "a picture"),
    (b"\0\0\1\0", "a picture"),
    (b"OggS", "a sound or video file"),
    (b"ID3", "a sound or video file"),
    (b"fLaC", "a sound or video file"),
    (b"\x1a\x45\xdf\xa3", "a sound or video file"),
    (b"\x7fELF", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\0asm", "a program"),
    (b"SQLite format 3\0", "a database"),
    (_OLE, "an old office document; save it in a newer format"),
    (b"{\\rtf", "a rich text file, which is not a format that chatui reads"),
    (b"%!PS", "a PostScript file, which is not a format that chatui reads"),
    (b"AT&TFORM", "a DjVu file, which is not a format that chatui reads"),
    (b"\x1f\x8b", "an archive"),
    (b"BZh9", "an archive"),
    (b"\xfd7zXZ\0", "an archive"),
    (b"7z\xbc\xaf\x27\x1c", "an archive"),
    (b"Rar!\x1a\x07", "an archive"),
    (b"\x28\xb5\x2f\xfd", "an archive"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"\0\1\0\0\0", "a font"),
    (b"GGUF", "a model file"),
)
_HTML_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]{0,200}>\s*+)?(?:<!--.{0,2000}?-->\s*+)*+"
    rb"<(?:!doctype\s+html|html[\s>]|head[\s>]|body[\s>])",
    re.IGNORECASE | re.DOTALL,
)
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


def kind_of(name: str, data: bytes) -> FileKind:
    """The reader for a file of that name and content. Raises Unreadable for other formats."""
    suffix = PurePath(name).suffix.lower()
    head = data[:HEAD]
    if kind := _by_content(suffix, head, data):
        return kind
    _refuse_binary(head)
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
        return _zipped(data)
    return FileKind.SPREADSHEET if head.startswith(_OLE) and _OLD_SHEETS in data else None


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


def _refuse_binary(head: bytes) -> None:
    what = next((what for start, what in _STARTS if head.startswith(start)), "")
    if not what and head[:4] == b"RIFF":
        what = "a picture" if head[8:12] == b"WEBP" else "a sound or video file"
    if not what and head[4:8] == b"ftyp":
        what = "a sound or video file"
    if not what and head[:2] == b"MZ" and b"\0" in head:
        what = "a program"
    if what:
        raise Unreadable(what)


def _zipped(data: bytes) -> FileKind:
    from chatui.retrieval.readers.archives import Archive

    archive = Archive(data)
    names = archive.names()
    if "word/document.xml" in archive or "word/document2.xml" in archive:
        return FileKind.DOCX
    if "META-INF/container.xml" in archive or any(name.endswith(".opf") for name in names):
        return FileKind.EPUB
    if any(name.startswith("xl/") for name in names):
        return FileKind.SPREADSHEET
    if any(name.startswith("ppt/") for name in names):
        raise Unreadable("a presentation, which is not a format that chatui reads")
    form = archive.read("mimetype")[:100] if "mimetype" in archive else b""
    if b"opendocument.spreadsheet" in form:
        return FileKind.SPREADSHEET
    if b"opendocument" in form:
        raise Unreadable("an OpenDocument file, which is not a format that chatui reads")
    raise Unreadable("an archive")
