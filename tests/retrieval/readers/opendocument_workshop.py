"""OpenDocument files as LibreOffice writes them: a body, styles, and other parts."""

from __future__ import annotations

from chatui.retrieval.chunking.document import Document
from chatui.retrieval.readers.reader import read
from tests.retrieval.readers.test_office import archive

_URN = "urn:oasis:names:tc:opendocument:xmlns:{}:1.0"
_NAMES = ("office", "text", "table", "style", "drawing", "presentation", "meta", "chart", "script",
          "svg-compatible", "xsl-fo-compatible", "form", "number")  # fmt: skip
_PREFIXES = {"drawing": "draw", "svg-compatible": "svg", "xsl-fo-compatible": "fo"}
SPACES = " ".join(
    [
        *(f'xmlns:{_PREFIXES.get(name, name)}="{_URN.format(name)}"' for name in _NAMES),
        'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:loext="urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"',
    ]
)


def odf(
    body: str, kind: str = "text", auto: str = "", styles: str = "", **parts: str | bytes
) -> bytes:
    """`auto` are the automatic styles, `styles` the inside of styles.xml; `parts` are members, a
    double underscore in their names being a slash and a single one a dot."""
    others = {name.replace("__", "/").replace("_", "."): part for name, part in parts.items()}
    return archive(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"<office:document-content {SPACES}><office:automatic-styles>{auto}"
            f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}>"
            "</office:body></office:document-content>",
            "styles.xml": f"<office:document-styles {SPACES}>{styles}</office:document-styles>",
            **others,
        }
    )


def flat(body: str, kind: str = "text") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document {SPACES} office:mimetype='
        f'"application/vnd.oasis.opendocument.{kind}"><office:body><office:{kind}>{body}'
        f"</office:{kind}></office:body></office:document>"
    ).encode()


def opened(body: str, kind: str = "text", **other: str) -> Document:
    return read("a.odt", odf(body, kind, **other))


def lines(body: str, kind: str = "text", **other: str) -> list[str]:
    return [line for line in opened(body, kind, **other).text.split("\n") if line]


def p(text: str, style: str = "") -> str:
    return f'<text:p text:style-name="{style}">{text}</text:p>'


def h(text: str, level: int = 1, more: str = "") -> str:
    return f'<text:h text:outline-level="{level}"{more}>{text}</text:h>'


def item(inside: str, more: str = "") -> str:
    inside = inside if inside.startswith("<") else p(inside)
    return f"<text:list-item{more}>{inside}</text:list-item>"


def listed(*items: str, style: str = "", more: str = "") -> str:
    named = f' text:style-name="{style}"' if style else ""
    return f"<text:list{named}{more}>{''.join(items)}</text:list>"


def level(at: int, form: str, behind: str = ".", more: str = "") -> str:
    return (
        f'<text:list-level-style-number text:level="{at}" style:num-format="{form}" '
        f'style:num-suffix="{behind}"{more}/>'
    )


def bullet(at: int) -> str:
    return f'<text:list-level-style-bullet text:level="{at}" text:bullet-char="•"/>'


def list_style(name: str, *levels: str) -> str:
    return f'<text:list-style style:name="{name}">{"".join(levels)}</text:list-style>'


def table(*rows: str) -> str:
    return f"<table:table>{''.join(rows)}</table:table>"


def row(*cells: str, more: str = "") -> str:
    made = (cell if cell.startswith("<table:") else td(cell) for cell in cells)
    return f"<table:table-row{more}>{''.join(made)}</table:table-row>"


def td(text: str, more: str = "") -> str:
    inside = text if text.startswith("<") else p(text)
    return f"<table:table-cell{more}>{inside}</table:table-cell>"


COVERED = "<table:covered-table-cell/>"


def framed(inside: str, at: str = "", more: str = "") -> str:
    return f"<draw:frame{at}{more}>{inside}</draw:frame>"


def box(inside: str, at: str = "", more: str = "") -> str:
    inside = inside if inside.startswith("<") else p(inside)
    return framed(f"<draw:text-box>{inside}</draw:text-box>", at, more)


def at(left: float, down: float, width: float = 10, height: float = 2) -> str:
    return f' svg:x="{left}cm" svg:y="{down}cm" svg:width="{width}cm" svg:height="{height}cm"'


def slide(inside: str, more: str = "") -> str:
    return f"<draw:page{more}>{inside}</draw:page>"
