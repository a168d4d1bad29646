"""The text of an OpenDocument file: headings, lists, tables, notes, comments, boxes, formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from chatui.retrieval.readers import mathml
from chatui.retrieval.readers.composing import DocumentBuilder
from chatui.retrieval.readers.odf_styles import Counting, Styles, whole
from chatui.retrieval.readers.office_blocks import (
    MOST_COLUMNS,
    Covered,
    Row,
    write_item,
    write_line,
    write_table,
)
from chatui.retrieval.readers.office_xml import attribute, clean, linked, local

MOST_REPEATED = 1_000
"""Times that a row which is written once may stand for."""
LONG_ITEM = 200
"""Characters of an item that stands as a paragraph of its own."""

_SKIPPED_NAMES = (
    "tracked-changes forms sequence-decls variable-decls user-field-decls dde-connection-decls "
    "event-listeners table-of-content illustration-index table-index object-index user-index "
    "alphabetical-index annotation-end script binary-data glue-point settings "
    "soft-page-break notes shapes number"
)
_SKIPPED = frozenset(_SKIPPED_NAMES.split())
"""The list of contents and the like say once more what the text says."""
_DRAWN_NAMES = (
    "frame custom-shape rect ellipse circle polygon polyline path line connector caption g measure "
    "regular-polygon text-box"
)
_DRAWN = frozenset(_DRAWN_NAMES.split())
_BLANKS = {"s": " ", "tab": " ", "line-break": "\n"}

Part = Callable[[str], Element | None]
"""The root of an object within the file by its address; None for one that cannot be read."""


@dataclass(slots=True)
class OpenText:
    """Writes elements into the composer. What could not be read is in `unread`."""

    styles: Styles
    part: Part
    composer: DocumentBuilder = field(default_factory=DocumentBuilder)
    unread: dict[str, None] = field(default_factory=dict)
    _lists: dict[str, Counting] = field(default_factory=dict)
    """By the id of a list, and by the name of its style for the last one that had it."""
    _outline: Counting | None = None
    _after: list[str | Element] = field(default_factory=list)
    """What hangs on the paragraph under way and is written below it."""
    _in_cell: bool = False
    _in_list: bool = False
    """Whether an item was written right before."""

    def write(self, parent: Element) -> None:
        """The blocks in the element."""
        for one in parent:
            self._block(one)

    def text_of(self, parent: Element) -> str:
        """All words in the element on one line, as those of a table's cell."""
        inner = OpenText(self.styles, self.part, unread=self.unread, _in_cell=True)
        inner.write(parent)
        return clean(inner.composer.document("").text)

    def _block(self, one: Element) -> None:
        name = local(one)
        self._in_list &= name == "list"
        if name == "p":
            self._paragraph(one)
        elif name == "h":
            self._heading(one)
        elif name == "list":
            self._list(one, "", None, 1)
        elif name == "table":
            self._table(one)
        elif name in _DRAWN:
            self.write_drawn(one)
        elif name == "annotation":
            self.write_comment(one)
        elif name == "section":
            shown = attribute(one, "display")
            if shown != "none" and not (shown == "condition" and _is_hidden(one)):
                self.write(one)
        elif name not in _SKIPPED:
            self.write(one)

    # Paragraphs

    def _paragraph(self, one: Element) -> None:
        style = attribute(one, "style-name")
        text = self._words_of(one, style)
        if text and self.styles.is_title(style) and not self._in_cell:
            self.composer.heading(1, [(text, 1)])
        else:
            write_line(self.composer, text)
        self._hang_on()

    def _heading(self, one: Element, label: str = "") -> None:
        level = min(max(1, whole(attribute(one, "outline-level"), 1)), 10)
        text = self._words_of(one, attribute(one, "style-name"))
        if not text:
            return
        if not label and attribute(one, "is-list-header") != "true":
            label = self._numbered(one, level)
        title = f"{label} {text}".strip()
        if self._in_cell:
            write_line(self.composer, title)
        else:
            self.composer.heading(level, [(title, 1)])
        self._hang_on()

    def _numbered(self, heading: Element, level: int) -> str:
        written = _number(heading)
        if self._outline is None:
            self._outline = Counting(self.styles.lists.get("", {}))
        start: int | None = None
        if attribute(heading, "restart-numbering") == "true":
            start = whole(attribute(heading, "start-value"), 1)
        counted = self._outline.label(level, start)
        return written or counted

    def _words_of(self, paragraph: Element, style: str) -> str:
        if self.styles.is_hidden("paragraph", style):
            return ""
        if any(local(one) == "hidden-paragraph" and _is_hidden(one) for one in paragraph.iter()):
            return ""
        return " ".join(clean(line) for line in self._inline(paragraph).split("\n")).strip()

    def _hang_on(self) -> None:
        """Writes what hangs on the paragraph that has just been written."""
        after, self._after = self._after, []
        for one in after:
            if isinstance(one, str):
                write_line(self.composer, one, tight=True)
            else:
                self.write_drawn(one)

    def _inline(self, parent: Element) -> str:
        pieces = [parent.text or ""]
        for one in parent:
            pieces.append(self._piece(one, local(one)))
            pieces.append(one.tail or "")
        return "".join(pieces)

    def _piece(self, one: Element, name: str) -> str:
        write = _PIECES.get(name)
        if write is not None:
            return write(self, one)
        if name in _DRAWN:
            formula = self._formula(one)
            if not formula:
                self._after.append(one)
            return formula
        return _BLANKS[name] if name in _BLANKS else self._inline(one)

    def _span(self, one: Element) -> str:
        hidden = self.styles.is_hidden("text", attribute(one, "style-name"))
        return "" if hidden else self._inline(one)

    def _linked(self, one: Element) -> str:
        return linked(self._inline(one), attribute(one, "href"))

    def _commented(self, one: Element) -> str:
        self._after.append(self._comment(one))
        return ""

    def _ruby(self, one: Element) -> str:
        base, said = one.find("{*}ruby-base"), one.findtext("{*}ruby-text", "").strip()
        shown = self._inline(base) if base is not None else ""
        return f"{shown} ({said})" if said else shown

    def _perhaps_hidden(self, one: Element) -> str:
        return "" if _is_hidden(one) else self._inline(one)

    def _nothing(self, _: Element) -> str:
        return ""

    def _note(self, note: Element) -> str:
        number = clean(note.findtext("{*}note-citation", ""))
        body = note.find("{*}note-body")
        said = self.text_of(body) if body is not None else ""
        if not said:
            return ""
        self._after.append(f"Note {number}: {said}")
        return f" (note {number})"

    def write_comment(self, comment: Element) -> None:
        write_line(self.composer, self._comment(comment))

    def _comment(self, comment: Element) -> str:
        author = clean(comment.findtext("{*}creator", ""))
        bodies = [one for one in comment if local(one) in ("p", "list")]
        said = " ".join(filter(None, (clean("".join(one.itertext())) for one in bodies)))
        if not said:
            return ""
        return f"Comment by {author}: {said}" if author else f"Comment: {said}"

    # Lists

    def _list(self, one: Element, style: str, counting: Counting | None, depth: int) -> None:
        named = attribute(one, "style-name")
        if named and (named != style or counting is None):
            style, counting = named, self._counting(one, named)
        elif counting is None:
            style, counting = self._named_by_its_paragraphs(one)
        for item in one:
            if local(item) in ("list-item", "list-header"):
                self._item(item, style, counting, depth)
        identity = attribute(one, "id")
        if depth == 1:
            self._lists[f"#{identity}"] = self._lists[style] = counting

    def _counting(self, one: Element, style: str) -> Counting:
        """That of the list which this one goes on with, else a new one."""
        before = attribute(one, "continue-list")
        if before and f"#{before}" in self._lists:
            return self._lists[f"#{before}"]
        if attribute(one, "continue-numbering") == "true" and style in self._lists:
            return self._lists[style]
        return Counting(self.styles.lists.get(style, {}))

    def _named_by_its_paragraphs(self, one: Element) -> tuple[str, Counting]:
        first = next((p for p in one.iter() if local(p) in ("p", "h")), None)
        style = self.styles.list_of(attribute(first, "style-name"))
        return style, self._counting(one, style)

    def _item(self, item: Element, style: str, counting: Counting, depth: int) -> None:
        start = attribute(item, "start-value")
        label = ""
        if local(item) == "list-item" and any(local(one) in ("p", "h") for one in item):
            label = counting.label(depth, whole(start, 1) if start else None)
            label = _number(item) or _number(item.find("{*}p")) or label
        for one in item:
            name = local(one)
            if name == "list":
                self._list(one, style, counting, depth + 1)
            elif name == "h":
                self._heading(one, label)
                label = ""
            elif name == "p":
                text = self._words_of(one, attribute(one, "style-name"))
                tight = self._in_list and len(text) < LONG_ITEM
                write_item(self.composer, label or " ", depth - 1, text, tight=tight)
                self._in_list |= bool(text)
                label = "" if text else label
                self._hang_on()
            else:
                self._block(one)

    # Tables

    def _table(self, table: Element) -> None:
        rows = self._rows(table)
        if self._in_cell:
            said = (
                ", ".join(cell for cell in row if isinstance(cell, str) and cell) for row in rows
            )
            write_line(self.composer, "; ".join(filter(None, said)))
        else:
            write_table(self.composer, rows)

    def _rows(self, table: Element) -> Iterator[Row]:
        above: dict[int, tuple[int, int]] = {}
        for row in _table_rows(table):
            cells: list[str | Covered] = []
            reaching = 0
            for cell in row:
                if local(cell) not in ("table-cell", "covered-table-cell"):
                    continue
                times = whole(attribute(cell, "number-columns-repeated"), 1)
                for _ in range(min(times, MOST_COLUMNS - len(cells))):
                    at = len(cells)
                    if local(cell) == "covered-table-cell":
                        down = above.get(at, (0, 0))[0] > 0
                        over = Covered.FROM_ABOVE if down else Covered.FROM_LEFT
                        cells.append(over if down or reaching > 0 else "")
                        reaching -= 1
                        continue
                    cells.append(self.text_of(cell))
                    wide = whole(attribute(cell, "number-columns-spanned"), 1)
                    tall = whole(attribute(cell, "number-rows-spanned"), 1)
                    reaching = wide - 1
                    for beside in range(at, min(at + wide, MOST_COLUMNS) if tall > 1 else at):
                        above[beside] = (tall, wide)
            above = {at: (left - 1, wide) for at, (left, wide) in above.items() if left > 1}
            yield cells
            repeated = whole(attribute(row, "number-rows-repeated"), 1)
            for _ in range(min(repeated, MOST_REPEATED) - 1 if any(cells) else 0):
                yield cells

    # What is drawn

    def write_drawn(self, one: Element) -> None:
        """What a shape or a frame holds, and what is said of it for those who do not see it."""
        formula = self._formula(one)
        if formula:
            write_line(self.composer, formula)
            return
        for child in one:
            name = local(child)
            if name == "object":
                self._object(child)
            elif name == "object-ole":
                self.unread["objects of other programs are not read"] = None
            elif name not in ("image", "title", "desc"):
                self._block(child)
        said = clean(f"{one.findtext('{*}title', '')} {one.findtext('{*}desc', '')}")
        if said:
            write_line(self.composer, f"Picture: {said}")

    def _formula(self, frame: Element) -> str:
        for one in frame.findall("{*}object"):
            root = self._inside(one)
            if root is not None and local(root) == "math":
                return clean(mathml.linear(root))
        return ""

    def _inside(self, one: Element) -> Element | None:
        """The root of an object: in the element, or in another part of the file."""
        for child in one:
            if local(child) in ("math", "document"):
                return child
        return self.part(attribute(one, "href"))

    def _object(self, one: Element) -> None:
        root = self._inside(one)
        chart = root.find(".//{*}chart/{*}chart") if root is not None else None
        if root is not None and chart is not None:
            titles = [clean("".join(title.itertext())) for title in chart.iterfind(".//{*}title")]
            named = " · ".join(filter(None, dict.fromkeys(titles)))
            write_line(self.composer, f"Chart: {named}" if named else "Chart")
            for table in chart.findall("{*}table"):
                self._table(table)
        elif root is None or root.find(".//{*}spreadsheet") is None:
            self.unread["an object in it is not read"] = None
        else:
            for table in root.findall(".//{*}spreadsheet/{*}table"):
                self._table(table)


_PIECES: dict[str, Callable[[OpenText, Element], str]] = {
    **dict.fromkeys(_SKIPPED, OpenText._nothing),
    "span": OpenText._span,
    "a": OpenText._linked,
    "note": OpenText._note,
    "annotation": OpenText._commented,
    "ruby": OpenText._ruby,
    "hidden-text": OpenText._perhaps_hidden,
}


def _is_hidden(one: Element) -> bool:
    return attribute(one, "is-hidden") == "true"


def _number(of: Element | None) -> str:
    """The number that the program has written beside the text, which it need not."""
    return clean(of.findtext("{*}number", "")) if of is not None else ""


def _table_rows(table: Element) -> Iterator[Element]:
    for one in table:
        name = local(one)
        if name == "table-row":
            yield one
        elif name in ("table-header-rows", "table-rows", "table-row-group"):
            yield from _table_rows(one)
