"""What a rich text file's words become on their way: paragraphs, items, headings, tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chatui.retrieval.readers.composing import DocumentBuilder
from chatui.retrieval.readers.office_blocks import (
    Covered,
    write_item,
    write_line,
    write_table,
)
from chatui.retrieval.readers.office_xml import clean

LONG_ITEM = 200
"""Characters of an item that stands as a paragraph of its own."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`heading` is its level, 0 for none; `label` what stands before an item of a list."""

    text: str
    heading: int = 0
    label: str = ""
    depth: int = 0


Table = list[list[str | Covered]]


@dataclass(slots=True)
class TextFlow:
    """The text of a document, or of something that stands apart in it: a note, a header."""

    blocks: list[Paragraph | Table] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    """Of the paragraph under way."""
    label: str = ""
    numbered: bool = False
    """Whether the number of a page stands in the paragraph under way."""
    after: list[str] = field(default_factory=list)
    """Notes and comments that belong to it."""
    covered: list[Covered | None] = field(default_factory=list)
    """How the cells of the row under way are merged, by their places."""
    _cell: list[str] = field(default_factory=list)
    _row: list[str | Covered] = field(default_factory=list)
    _goes_on: bool = False
    """Whether the next row belongs to the table before."""

    def end_paragraph(self, heading: int, depth: int, *, in_table: bool) -> None:
        said = "".join(self.words)
        text = " ".join(map(clean, said.split("\n"))).strip() if "\n" in said else clean(said)
        label, after = self.label, self.after
        self.words, self.label, self.after, self.numbered = [], "", [], False
        if in_table:
            self._cell += filter(None, (f"{label} {text}".strip(), *after))
            return
        self._end_row()
        self._goes_on = False
        if text:
            self.blocks.append(Paragraph(text, heading, label, depth))
        self.blocks += map(Paragraph, after)

    def drop_paragraph(self) -> None:
        self.words, self.label, self.numbered = [], "", False

    def end_cell(self) -> None:
        self.end_paragraph(0, 0, in_table=True)
        self._row.append(" ".join(self._cell))
        self._cell = []

    def end_inner_cell(self) -> None:
        """Of a table within a cell."""
        self.end_paragraph(0, 0, in_table=True)
        if self._cell and not self._cell[-1].endswith((",", ";")):
            self._cell[-1] += ","

    def end_inner_row(self) -> None:
        if self._cell:
            self._cell[-1] = f"{self._cell[-1].rstrip(',')};"

    def end_row(self) -> None:
        if self.words or self._cell:
            self.end_cell()
        self._end_row()

    def _end_row(self) -> None:
        if self._cell:
            self._row.append(" ".join(self._cell))
            self._cell = []
        if not self._row:
            return
        row: list[str | Covered] = [
            over if over is not None and not cell else cell
            for cell, over in zip(
                self._row, [*self.covered, *[None] * len(self._row)], strict=False
            )
        ]
        self._row = []
        table = self.blocks[-1] if self.blocks else None
        if self._goes_on and isinstance(table, list):
            table.append(row)
        else:
            self.blocks.append([row])
        self._goes_on = True

    def end(self) -> None:
        """What is under way at the end, which need not end with the mark of a paragraph."""
        self.end_paragraph(0, 0, in_table=bool(self._row or self._cell))
        self._end_row()

    @property
    def line(self) -> str:
        """All of it on one line."""
        return " ".join(
            f"{block.label} {block.text}".strip()
            if isinstance(block, Paragraph)
            else "; ".join(", ".join(str(c) for c in row if isinstance(c, str)) for row in block)
            for block in self.blocks
        )


def write_blocks(composer: DocumentBuilder, blocks: Iterable[Paragraph | Table]) -> None:
    in_list = False
    for block in blocks:
        if isinstance(block, list):
            write_table(composer, block)
        elif block.heading:
            composer.heading(block.heading, [(f"{block.label} {block.text}".strip(), 1)])
        elif block.label:
            tight = in_list and len(block.text) < LONG_ITEM
            write_item(composer, block.label, block.depth, block.text, tight=tight)
        else:
            write_line(composer, block.text)
        in_list = isinstance(block, Paragraph) and bool(block.label)


CODE_PAGES: Mapping[int, str] = {
    0: "cp1252", 77: "mac_roman", 78: "shift_jis", 128: "cp932", 129: "cp949", 130: "johab",
    134: "gb18030", 136: "cp950", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255",
    178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437",
    255: "cp850",
}  # fmt: skip
"""By the character set that a font declares."""
_PAGES = {932: "cp932", 936: "gb18030", 949: "cp949", 950: "cp950", 1361: "johab",
          10000: "mac_roman", 10001: "shift_jis", 10007: "mac_cyrillic",
          65001: "utf-8"}  # fmt: skip
SYMBOLS = 2
_FROM = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TO = "αβχδεφγηιϕκλμνοπθρστυϖωξψζΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ"
_SIGNS = {
    0xA2: "′", 0xA3: "≤", 0xA5: "∞", 0xAE: "→", 0xB0: "°", 0xB1: "±", 0xB2: "″", 0xB3: "≥",
    0xB4: "×", 0xB6: "∂", 0xB7: "•", 0xB8: "÷", 0xB9: "≠", 0xBB: "≈", 0xBC: "…", 0xCE: "∈",
    0xD6: "√", 0xDE: "⇒", 0xE5: "∑", 0xF2: "∫",
}  # fmt: skip
_SYMBOL_FONT = {**{ord(a): b for a, b in zip(_FROM, _TO, strict=True)}, **_SIGNS}


def symbol(code: int, font: str) -> str:
    """A letter of a font of symbols; others than the one called Symbol draw no words."""
    if font.casefold() == "symbol":
        return _SYMBOL_FONT.get(code, chr(code) if code < 0x80 else "•")
    return "•" if code > 0x20 else " "


def code_page(number: int) -> str:
    """Python's name of a Windows code page; that of western Europe for an unknown one."""
    import codecs

    name = _PAGES.get(number, f"cp{number}")
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name
