"""Markdown source to blocks. CommonMark with tables and strikethrough; HTML stays text.

markdown-it is imported with the first reply that is drawn, not with this module. Link
reference definitions are off: `[1]` in a reply is a citation mark, whatever else the text says.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypedDict

from textual.content import Content

from chatui.text.citations.marks import PLAIN, MarkForm
from chatui.text.safety import strip_controls
from chatui.widgets.code_colours import colour_code
from chatui.widgets.markdown_blocks import (
    EMPTY,
    Block,
    CodeBlock,
    Margin,
    RuleBlock,
    TableBlock,
    TextBlock,
)
from chatui.widgets.markdown_inline import inline_content

if TYPE_CHECKING:
    from collections.abc import Set

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

BULLETS = ("•", "◦", "▪")
_BAR = Content.styled("▌ ", "markdown--quote")


def parse_markdown(
    source: str, citations: Set[int] = frozenset(), form: MarkForm = PLAIN
) -> list[Block]:
    """The blocks of the source. `citations` are the numbers whose marks, of that form, are links.

    Any text is valid Markdown, so this never fails; it is pure and may run in a thread.
    """
    builder = _Builder(citations, form)
    for token in tokens_of(strip_controls(source)):
        builder.take(token)
    return builder.blocks


def tokens_of(source: str) -> list[Token]:
    """What the source is made of, as it is drawn."""
    return _parser().parse(source)


def fence_language(token: Token) -> str:
    """The language that a fence names; "" for one that names none, and for indented code."""
    return strip_controls(token.info).split(" ")[0].strip()


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False})
    return parser.enable(["table", "strikethrough"]).disable(["reference", "html_block"])


def code_text(code: str) -> str:
    """The code as it is drawn: no control sequence, tabs are four columns wide."""
    return strip_controls(code).expandtabs(4)


@dataclass(slots=True)
class _Enclosure:
    """A list item or a quote; an item's marker is shown once, then blank space."""

    first: Content
    rest: Content
    is_item: bool = False
    used: bool = False


class _Surroundings(TypedDict):
    """The part of a block that its enclosures decide."""

    margin: Margin
    outer_list: str
    marked: bool


class _Builder:
    def __init__(self, citations: Set[int], form: MarkForm) -> None:
        self.blocks: list[Block] = []
        self._citations = citations
        self._form = form
        self._enclosures: list[_Enclosure] = []
        self._numbers: list[int | None] = []
        self._style = ""
        self._fences = 0
        self._table: list[list[Content]] | None = None
        self._alignments: list[str] = []

    def take(self, token: Token) -> None:
        handler = getattr(self, f"_{token.type}", None)
        if handler is not None:
            handler(token)

    def _inline(self, token: Token) -> None:
        content = inline_content(token, self._citations, self._form)
        if self._table is not None:
            self._table[-1].append(content)
        else:
            place = self._place()
            self.blocks.append(TextBlock(content, self._style, **place))

    def _heading_open(self, token: Token) -> None:
        self._style = f"markdown--h{min(int(token.tag[1:]), 3)}"

    def _heading_close(self, token: Token) -> None:
        self._style = ""

    def _hr(self, token: Token) -> None:
        place = self._place()
        self.blocks.append(RuleBlock(**place))

    def _fence(self, token: Token) -> None:
        place = self._place()
        language = fence_language(token)
        code = colour_code(code_text(token.content.removesuffix("\n")), language)
        self._fences += 1
        self.blocks.append(CodeBlock(code, language, self._fences, **place))

    _code_block = _fence

    def _bullet_list_open(self, token: Token) -> None:
        self._numbers.append(None)

    def _ordered_list_open(self, token: Token) -> None:
        self._numbers.append(int(token.attrs.get("start", 1)))

    def _bullet_list_close(self, token: Token) -> None:
        self._numbers.pop()

    _ordered_list_close = _bullet_list_close

    def _list_item_open(self, token: Token) -> None:
        number = self._numbers[-1]
        if number is None:
            marker = BULLETS[(len(self._numbers) - 1) % len(BULLETS)] + " "
        else:
            marker = f"{number}. "
            self._numbers[-1] = number + 1
        first = Content.styled(marker, "markdown--marker")
        self._enclosures.append(_Enclosure(first, Content(" " * len(marker)), is_item=True))

    def _list_item_close(self, token: Token) -> None:
        if not self._enclosures[-1].used:
            place = self._place()
            self.blocks.append(TextBlock(EMPTY, **place))
        self._enclosures.pop()

    def _blockquote_open(self, token: Token) -> None:
        self._enclosures.append(_Enclosure(_BAR, _BAR))

    def _blockquote_close(self, token: Token) -> None:
        self._enclosures.pop()

    def _table_open(self, token: Token) -> None:
        self._table, self._alignments = [], []

    def _tr_open(self, token: Token) -> None:
        if self._table is not None:
            self._table.append([])

    def _th_open(self, token: Token) -> None:
        style = str(token.attrs.get("style", ""))
        self._alignments.append(style.removeprefix("text-align:") or "left")

    def _table_close(self, token: Token) -> None:
        header, *rows = self._table or [[]]
        self._table = None
        place = self._place()
        self.blocks.append(
            TableBlock(
                tuple(header),
                tuple(tuple(row) for row in rows),
                tuple(self._alignments),
                **place,
            )
        )

    def _place(self) -> _Surroundings:
        """Margin and list of the block that comes now; markers are used up by this."""
        first = EMPTY.join([each.rest if each.used else each.first for each in self._enclosures])
        rest = EMPTY.join([each.rest for each in self._enclosures])
        marked = any(each.is_item and not each.used for each in self._enclosures)
        for enclosure in self._enclosures:
            enclosure.used = True
        kinds = ["bullet" if number is None else "number" for number in self._numbers[:1]]
        return _Surroundings(margin=Margin(first, rest), outer_list="".join(kinds), marked=marked)
