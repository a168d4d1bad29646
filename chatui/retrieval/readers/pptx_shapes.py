"""The shapes of a slide, in the order in which they are read, each with the styles that it has from
its slide's layout and master (ECMA-376, part 1, 19.3.1.36)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from chatui.retrieval.readers.office_xml import Link, local
from chatui.retrieval.readers.slide_order import Box, reading_order

TITLES = ("title", "ctrTitle")
EDGES = ("ftr", "hdr", "dt", "sldNum")
PICTURES = ("sldImg", "pic", "clipArt", "media")
_LIKE = {"ctrTitle": "title", "subTitle": "body", "obj": "body", "tbl": "body", "chart": "body",
         "dgm": "body", "": "body"}  # fmt: skip
"""The placeholder of a master that one of a slide takes after."""
_STYLES = {"title": "titleStyle", "body": "bodyStyle"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A slide, layout, master or page of notes: its root, and what it names by ids."""

    root: Element
    known: Mapping[str, Link]

    @property
    def tree(self) -> Element | None:
        return self.root.find("{*}cSld/{*}spTree")


@dataclass(frozen=True, slots=True)
class Shape:
    """`element` is an sp, a graphicFrame or a pic; `holder` the kind of placeholder it is: "" for
    none, "obj" for one of any content."""

    element: Element
    holder: str
    styles: Sequence[Element]


def shapes(sheet: Sheet, above: Sequence[Sheet], defaults: Sequence[Element]) -> list[Shape]:
    """Those that may hold words. `above` are the slide's layout and its master, `defaults` the
    presentation's own levels."""
    if sheet.tree is None:
        return []
    by_columns = bool(above) and above[0].root.get("type") == "twoTxTwoObj"
    return list(_ordered(sheet.tree, above, defaults, by_columns=by_columns))


def _ordered(
    tree: Element, above: Sequence[Sheet], defaults: Sequence[Element], *, by_columns: bool = False
) -> Iterator[Shape]:
    found = list(_children(tree))
    boxes = [_box(one, above) for one in found]
    if by_columns:
        # Two columns, each below a heading of its own: the bands of such a slide say nothing.
        boxes = [
            Box(box.left, 0, box.width, 1e12) if box and _holder(one) is not None else box
            for one, box in zip(found, boxes, strict=True)
        ]
        tops = {id(one): _box(one, above) for one in found}
        found_at = sorted(range(len(found)), key=lambda at: _top(tops[id(found[at])]))
        found, boxes = [found[at] for at in found_at], [boxes[at] for at in found_at]
    for at in reading_order(boxes):
        one = found[at]
        if local(one) == "grpSp":
            yield from _ordered(one, (), defaults)
        else:
            yield Shape(one, holder(one), _styles(one, above, defaults))


def _top(box: Box | None) -> float:
    return box.down if box else 0.0


def _children(tree: Element) -> Iterator[Element]:
    for one in tree:
        name = local(one)
        if name in ("sp", "grpSp", "graphicFrame", "pic"):
            yield one
        elif name == "AlternateContent":
            chosen = one.find("{*}Choice")
            chosen = chosen if chosen is not None else one.find("{*}Fallback")
            yield from _children(chosen) if chosen is not None else ()


def holder(shape: Element) -> str:
    """The kind of placeholder that a shape is, "" for none."""
    found = _holder(shape)
    return found.get("type", "obj") if found is not None else ""


def is_hidden(shape: Element) -> bool:
    named = shape.find("./*/{*}cNvPr")
    return named is not None and named.get("hidden") in ("1", "true")


def _holder(shape: Element) -> Element | None:
    return shape.find("./*/{*}nvPr/{*}ph")


def _matching(shape: Element, sheet: Sheet, *, by_index: bool) -> Element | None:
    """The placeholder of a layout or master that the shape takes after."""
    own = _holder(shape)
    if own is None or sheet.tree is None:
        return None
    kind = own.get("type", "")
    like = _LIKE.get(kind, kind)
    fitting: Element | None = None
    for one in sheet.tree.iterfind(".//{*}sp"):
        other = _holder(one)
        if other is None:
            continue
        its = other.get("type", "")
        if by_index and "idx" in own.attrib and own.get("idx") == other.get("idx"):
            return one
        if fitting is None and (its == kind or _LIKE.get(its, its) == like):
            fitting = one
    return fitting


def _taken_after(shape: Element, above: Sequence[Sheet]) -> Iterator[Element]:
    for at, sheet in enumerate(above):
        found = _matching(shape, sheet, by_index=at == 0)
        if found is not None:
            yield found


def _styles(shape: Element, above: Sequence[Sheet], defaults: Sequence[Element]) -> list[Element]:
    found = [one.find("{*}txBody/{*}lstStyle") for one in _taken_after(shape, above)]
    kind = holder(shape)
    master = above[-1] if above else None
    # A subtitle is set like the body, but has no bullets.
    if kind and kind != "subTitle" and master is not None:
        like = _LIKE.get(kind, kind)
        found.append(master.root.find(f"{{*}}txStyles/{{*}}{_STYLES.get(like, 'otherStyle')}"))
    return [*(one for one in found if one is not None), *defaults]


def _box(shape: Element, above: Sequence[Sheet]) -> Box | None:
    for one in (shape, *_taken_after(shape, above)):
        frame = one.find("{*}spPr/{*}xfrm")
        frame = frame if frame is not None else one.find("{*}grpSpPr/{*}xfrm")
        frame = frame if frame is not None else one.find("{*}xfrm")
        if frame is None:
            continue
        place, size = frame.find("{*}off"), frame.find("{*}ext")
        if place is not None and size is not None:
            numbers = [place.get("x"), place.get("y"), size.get("cx"), size.get("cy")]
            left, down, width, height = map(_number, numbers)
            return Box(left, down, width, height)
    return None


def _number(text: str | None) -> float:
    text = text or ""
    return float(text) if text.removeprefix("-").isdecimal() and len(text) < 16 else 0.0
