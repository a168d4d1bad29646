"""The paragraphs of a slide's shapes: runs, breaks, fields, links, formulas, and what stands
before them: bullets and numbers, which a paragraph has from its shape, its layout or its master
(ECMA-376, part 1, 21.1.2.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from chatui.retrieval.readers.composing import DocumentBuilder
from chatui.retrieval.readers.docx_markup import linear
from chatui.retrieval.readers.docx_numbering import numeral
from chatui.retrieval.readers.office_blocks import write_item, write_line
from chatui.retrieval.readers.office_xml import Link, attribute, clean, linked, local

MOST_LEVELS = 9
_FORMS = {
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
    "ea1": "chineseCounting",
}


@dataclass(frozen=True, slots=True)
class SlideLine:
    """A paragraph: its words, its level from 0, and its label: "-", "2.", "" for none."""

    text: str
    level: int
    label: str


def lines(
    body: Element | None, styles: Sequence[Element], known: Mapping[str, Link]
) -> list[SlideLine]:
    """The paragraphs of a text body that have words. `styles` are the lists of levels that hold
    for it, the nearest first; `known` are its part's links."""
    if body is None:
        return []
    own = body.find("{*}lstStyle")
    chain = ([own] if own is not None else []) + list(styles)
    counts: dict[int, tuple[str, int]] = {}
    found: list[SlideLine] = []
    for paragraph in body.findall("{*}p"):
        text = " ".join(clean(one) for one in words(paragraph, known).split("\n")).strip()
        if not text:
            continue
        properties = _child(paragraph, "pPr")
        level = _whole(attribute(properties, "lvl"), MOST_LEVELS - 1)
        mark = _mark(properties, level, chain)
        found.append(SlideLine(text, level, _label(mark, level, counts)))
    return found


def write_lines(composer: DocumentBuilder, found: Sequence[SlideLine]) -> None:
    """The lines of a shape, one below the other."""
    for at, line in enumerate(found):
        if line.label:
            write_item(composer, line.label, line.level, line.text, tight=at > 0)
        else:
            write_line(composer, line.text, tight=at > 0)


def words(paragraph: Element, known: Mapping[str, Link]) -> str:
    """The text of a paragraph; "\\n" stands where a line is broken."""
    return "".join(_pieces(paragraph, known))


def _pieces(parent: Element, known: Mapping[str, Link]) -> Iterator[str]:
    address, shown = "", ""
    for part in parent:
        name = local(part)
        here = _address(part, known) if name == "r" else ""
        if address and here != address:
            yield linked(shown, address)
            shown = ""
        address = here
        text = _piece(part, name, known)
        if address:
            shown += text
        else:
            yield text
    if address:
        yield linked(shown, address)


def _piece(part: Element, name: str, known: Mapping[str, Link]) -> str:
    if name in ("r", "fld"):
        return "".join(one.text or "" for one in part if local(one) == "t")
    if name == "br":
        return "\n"
    if name == "AlternateContent":
        chosen = part.find("{*}Choice")
        return words(chosen, known) if chosen is not None else ""
    if name in ("m", "oMathPara", "oMath"):
        return " ".join(linear(one) for one in part.iter() if local(one) == "oMath")
    return ""


def _address(run: Element, known: Mapping[str, Link]) -> str:
    properties = _child(run, "rPr")
    link = _child(properties, "hlinkClick") if properties is not None else None
    found = known.get(_id(link)) if link is not None else None
    return found.target if found and found.external else ""


def _child(parent: Element, name: str) -> Element | None:
    """ElementPath takes five times as long, and a slide has hundreds of runs."""
    return next((one for one in parent if local(one) == name), None)


def _id(element: Element) -> str:
    return next((value for key, value in element.items() if key.endswith("}id")), "")


def _mark(properties: Element | None, level: int, chain: Sequence[Element]) -> Element | None:
    """What the nearest of them says of the level's bullet."""
    named = (style.find(f"{{*}}lvl{level + 1}pPr") for style in chain)
    for one in (properties, *named):
        for child in one if one is not None else ():
            if local(child) in ("buNone", "buChar", "buBlip", "buAutoNum"):
                return child
    return None


def _label(mark: Element | None, level: int, counts: dict[int, tuple[str, int]]) -> str:
    for deeper in [at for at in counts if at > level]:
        del counts[deeper]
    if mark is None or local(mark) == "buNone":
        counts.pop(level, None)
        return ""
    if local(mark) != "buAutoNum":
        counts.pop(level, None)
        return "-"
    form = mark.get("type", "")
    start = _whole(mark.get("startAt", "1"), 32767) or 1
    before, number = counts.get(level, ("", 0))
    number = number + 1 if before == form else start
    counts[level] = (form, number)
    return _written(number, form)


def _written(number: int, form: str) -> str:
    """ "alphaLcParenR" is a), "arabicPeriod" 1."""
    kind = next((kind for begin, kind in _FORMS.items() if form.startswith(begin)), "decimal")
    shown = numeral(number, kind)
    if form.endswith("ParenBoth"):
        return f"({shown})"
    if form.endswith("ParenR"):
        return f"{shown})"
    return shown if form.endswith("Plain") else f"{shown}."


def _whole(text: str, most: int) -> int:
    return min(int(text), most) if text.isdecimal() and len(text) < 6 else 0
