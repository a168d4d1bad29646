"""The passages of an answer: those it cites first, each with its place and its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from chatui.text_safety import strip_controls
from chatui.widgets.passage_labels import one_line, place_label
from chatui.widgets.quotes import quoted_spans

if TYPE_CHECKING:
    from chatui.passage import Citation, Passage

NO_SOURCES = "This answer was not drawn from your documents."
MUTED = "$foreground 55%"


@dataclass(frozen=True, slots=True)
class Source:
    """A passage with the number that the answer knows it by."""

    n: int
    passage: Passage
    cited: bool


class SourcesPanel(Vertical):
    """A list of passages above the text of the highlighted one. Enter chooses it."""

    DEFAULT_CSS = """
    SourcesPanel {
        width: 44;
        height: 1fr;
        background: $panel;
        border-left: solid $border-blurred;
        &:focus-within { border-left: solid $primary; }
        & > .title { height: 1; padding: 0 1; text-style: bold; }
        & > .nothing { padding: 1; color: $text-muted; display: none; }
        & > OptionList {
            height: auto;
            max-height: 50%;
            margin-top: 1;
            padding: 0;
            border: none;
            background: $panel;
            scrollbar-size-vertical: 1;
            scrollbar-color: $foreground 20%;
            scrollbar-background: $panel;
            scrollbar-background-hover: $panel;
            scrollbar-background-active: $panel;
            &:focus { border: none; background-tint: $foreground 0%; }
            & > .option-list--option-highlighted {
                color: $foreground; background: $foreground 10%; text-style: none;
            }
            &:focus > .option-list--option-highlighted {
                color: $foreground; background: $primary 30%; text-style: none;
            }
        }
        & > VerticalScroll {
            height: 1fr;
            padding: 0 1;
            border-top: solid $foreground 15%;
            scrollbar-size-vertical: 1;
            scrollbar-color: $foreground 20%;
            scrollbar-background: $panel;
            scrollbar-background-hover: $panel;
            scrollbar-background-active: $panel;
        }
        & > .hint { height: 1; padding: 0 1; color: $text-muted; }
        &.-empty > OptionList, &.-empty > VerticalScroll, &.-empty > .hint { display: none; }
        &.-empty > .nothing { display: block; }
    }
    """

    class PassageChosen(Message):
        """The user wants to see the passage in its document."""

        def __init__(self, passage: Passage) -> None:
            super().__init__()
            self.passage = passage

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, classes="-empty")
        self._sources: list[Source] = []
        self._reply = ""
        self._title = Static("Sources", classes="title", markup=False)
        self._list = OptionList(markup=False)
        self._text = Static(markup=False)

    def compose(self) -> ComposeResult:
        yield self._title
        yield Static(NO_SOURCES, classes="nothing", markup=False)
        yield self._list
        with VerticalScroll(can_focus=False):
            yield self._text
        yield Static("Enter opens the document at this place", classes="hint", markup=False)

    def show(
        self, passages: Sequence[Passage], citations: Sequence[Citation], reply: str = ""
    ) -> None:
        """Replaces the list. With the reply's text, what it quotes is marked in a passage."""
        self._sources = ordered(passages, citations)
        self._reply = reply
        self.set_class(not self._sources, "-empty")
        self._title.update(title(self._sources))
        self._list.clear_options()
        self._list.add_options([Option(entry(source)) for source in self._sources])
        if self._sources:
            self._list.highlighted = 0
        self._show_text(0)

    def highlight(self, n: int) -> None:
        """Moves to the passage that the answer cites as `[n]`, if it is there."""
        for index, source in enumerate(self._sources):
            if source.n == n:
                self._list.highlighted = index

    def focus(self, scroll_visible: bool = True) -> Self:
        self._list.focus(scroll_visible)
        return self

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._show_text(event.option_index)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.PassageChosen(self._sources[event.option_index].passage))

    def _show_text(self, index: int) -> None:
        if index < len(self._sources):
            self._text.update(passage_text(self._sources[index].passage, self._reply))
            self.query_one(VerticalScroll).scroll_home(animate=False)


def ordered(passages: Sequence[Passage], citations: Sequence[Citation]) -> list[Source]:
    """Cited passages by number, then the others by rank."""
    cited = [Source(c.n, c.passage, True) for c in sorted(citations, key=lambda c: c.n)]
    known = {source.passage.chunk_id for source in cited}
    rest = sorted((p for p in passages if p.chunk_id not in known), key=lambda p: p.rank)
    return cited + [Source(passage.rank, passage, False) for passage in rest]


def title(sources: Sequence[Source]) -> Content:
    cited = sum(source.cited for source in sources)
    counts = f"  {len(sources)} found, {cited} cited" if sources else ""
    return Content.assemble("Sources", (counts, f"not bold {MUTED}"))


def entry(source: Source) -> Content:
    """Two lines: number and place, heading."""
    style = "$text-accent bold" if source.cited else MUTED
    place = place_label(source.passage, longest=30)
    heading = one_line(source.passage.heading or source.passage.title)
    lines = Content.assemble(
        (f"{source.n:>2} ", style), (place, "$foreground" if source.cited else MUTED)
    )
    if heading:
        lines += Content.styled(f"\n   {heading}", MUTED)
    return lines


def passage_text(passage: Passage, reply: str) -> Content:
    """Heading and text as they stand in the document; what the reply quotes is marked."""
    text = strip_controls(passage.text).strip()
    content = Content(text)
    for start, end in quoted_spans(text, reply):
        content = content.stylize("$text-success bold", start, end)
    return content
