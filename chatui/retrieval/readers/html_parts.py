"""What of a page is written otherwise than its text runs: formulas, readings of characters,
drawings. Pure functions of parsed elements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatui.retrieval.readers.html_marks import without_marks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from selectolax.lexbor import LexborNode

MOST_NESTED = 60
"""Levels of a formula; what is deeper is written as it runs."""
_UNSEEN = str.maketrans("", "", "\u2061\u2062\u2063\u2064")
"""Applied to, times, separator, plus: said by where the signs stand."""
_NOT_SAID = frozenset(("annotation", "annotation-xml"))


def formula(node: LexborNode) -> str:
    """MathML on one line: `a/b`, `x^2`, `x_1`, `√(x)`."""
    written = _term(node, 0).translate(_UNSEEN) or node.attributes.get("alttext") or ""
    return " ".join(written.split())


def reading(node: LexborNode) -> str:
    """A ruby element as its characters, with how they are read behind them: a word stays whole."""
    said, read = [], []
    for part in node.css("rt"):
        read.append(part.text(deep=True).strip())
    for child in node.iter(include_text=True):
        if child.tag not in ("rt", "rp", "rtc"):
            said.append(_without_readings(child))
    written, above = "".join(said), "".join(read)
    return f"{written.strip()}({above})" if above and written.strip() else written + above


def drawing(node: LexborNode) -> str:
    """What is written in an SVG drawing, "" for an icon."""
    written = [" ".join(part.text(deep=True).split()) for part in node.css("text")]
    said = [text for text in written if text]
    if not said:
        return ""
    title = node.css_first("title")
    name = " ".join(title.text(deep=True).split()) if title is not None else ""
    return without_marks(" · ".join(dict.fromkeys([*([name] if name else []), *said])))


def picture(attributes: Mapping[str, str | None], *, in_figure: bool) -> str:
    """What a picture says in words: that of a formula, and of a figure without a caption."""
    said = " ".join((attributes.get("alt") or "").split())
    names = f"{attributes.get('class') or ''} {attributes.get('src') or ''}".lower()
    is_formula = any(word in names for word in ("math", "latex", "tex-", "/tex"))
    return said if is_formula or in_figure else ""


def _without_readings(node: LexborNode) -> str:
    if node.tag == "-text":
        return node.text_content or ""
    inner = node.text(deep=True)
    for part in node.css("rt, rp, rtc"):
        inner = inner.replace(part.text(deep=True), "", 1)
    return inner


def _children(node: LexborNode) -> Iterator[LexborNode]:
    return (child for child in node.iter() if str(child.tag) not in _NOT_SAID)


def _term(node: LexborNode, depth: int) -> str:
    tag = str(node.tag)
    children = list(_children(node)) if depth < MOST_NESTED else []
    if not children:
        return node.text(deep=True).strip()
    terms = [_term(child, depth + 1) for child in children]
    signs = _BETWEEN.get(tag, ())
    if signs and len(signs) == len(terms) - 1:
        parts = [_held(terms[0])]
        for sign, term in zip(signs, terms[1:], strict=True):
            parts += [sign, _held(term)]
        return "".join(parts)
    if tag == "msqrt":
        return f"√({''.join(terms)})"
    joined = _JOINED.get(tag, "").join(terms)
    return f"({joined})" if tag == "mfenced" else joined


_BETWEEN = {
    "mfrac": ("/",),
    "msup": ("^",),
    "mover": ("^",),
    "msub": ("_",),
    "munder": ("_",),
    "msubsup": ("_", "^"),
    "munderover": ("_", "^"),
    "mroot": ("√",),
}
_JOINED = {"mtable": "; ", "mtr": ", ", "mfenced": ", "}


def _held(term: str) -> str:
    return term if len(term) < 2 or term.isalnum() or term.startswith("√(") else f"({term})"
