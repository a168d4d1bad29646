"""The passages of an answer: those it cites first, each with its place and its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar, Self

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Click, Resize
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from chatui.text.safety import one_line, strip_controls
from chatui.widgets.paged_list import PagedList
from chatui.widgets.panel_edge import EdgedPanel
from chatui.widgets.passage_labels import page_label, place_label, place_suffix
from chatui.widgets.quiet import MUTED

if TYPE_CHECKING:
    from chatui.domain.passage import Citation, Passage

STEP_COLUMNS = 4
NO_SOURCES = "This answer was not drawn from your documents."
ADDED = " added"
INDENT = 3
"""Cells of a number with the gap behind it: what goes on below hangs there."""
INDENTED = "└"
EDGES = 4
"""Cells of a line in the list that hold no text: the panel's edge, a scroll bar, blanks."""
NARROWEST = 12
MOST_HEADING = 2
SHORT = 18
"""Rows of the panel below which the text stands above the list."""
WARNING = "$text-warning"


@dataclass(frozen=True, slots=True)
class Source:
    """A passage with the number that the answer knows it by, and its citation if it has one."""

    n: int
    passage: Passage
    citation: Citation | None = None

    @property
    def added(self) -> bool:
        """Whether it was only cited by matching."""
        return self.citation is not None and not self.citation.marked

    @property
    def line(self) -> int:
        """The line of the supporting sentence, else the passage's first."""
        return self.citation.line if self.citation else self.passage.line_start

    @property
    def support(self) -> tuple[tuple[int, int], ...]:
        return self.citation.support if self.citation else ()


class SourceList(PagedList):
    """A click shows the text of a passage, a double click opens it."""

    async def _on_click(self, event: Click) -> None:
        event.prevent_default()
        option = event.style.meta.get("option")
        if option is not None and event.button == 1:
            self.highlighted = option
            if event.chain > 1:
                self.action_select()


class SourcesPanel(EdgedPanel):
    """A list of passages above the text of the highlighted one. Enter or a double click chooses
    it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", f"widen({STEP_COLUMNS})", "Wider", show=False),
        Binding("right", f"widen(-{STEP_COLUMNS})", "Narrower", show=False),
    ]
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
                color: $foreground; background: $primary 15%; text-style: bold;
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
        &.-short > OptionList { max-height: 4; margin-top: 0; border-top: solid $foreground 15%; }
        &.-short > VerticalScroll { border-top: none; }
        & > .hint { height: 1; padding: 0 1; color: $text-muted; }
        &.-empty > OptionList, &.-empty > VerticalScroll, &.-empty > .hint { display: none; }
        &.-empty > .nothing { display: block; }
    }
    """

    class Widened(Message):
        """The user wants the panel to have so many columns; more is to come, where not `done`."""

        def __init__(self, width: int, *, done: bool = True) -> None:
            super().__init__()
            self.width = width
            self.done = done

    class PassageChosen(Message):
        """The user wants to see the passage in its document."""

        def __init__(self, passage: Passage, line: int) -> None:
            super().__init__()
            self.passage = passage
            self.line = line

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, classes="-empty")
        self._sources: list[Source] = []
        self._shown: Source | None = None
        self._title = Static("Sources", classes="title", markup=False)
        self._list = SourceList()
        self._text = Static(markup=False)
        self._hint = Static(classes="hint", markup=False)

    def compose(self) -> ComposeResult:
        yield self._title
        yield Static(NO_SOURCES, classes="nothing", markup=False)
        yield self._list
        with VerticalScroll(can_focus=False):
            yield self._text
        yield self._hint

    def action_widen(self, columns: int) -> None:
        self.columns_wanted(self.within_screen(self.outer_size.width + columns), done=True)

    def columns_wanted(self, columns: int, *, done: bool) -> None:
        self.post_message(self.Widened(columns, done=done))

    def show(self, passages: Sequence[Passage], citations: Sequence[Citation]) -> None:
        """Replaces the list."""
        self._sources = by_file(ordered(passages, citations))
        self.set_class(not self._sources, "-empty")
        self._title.update(title(self._sources))
        self._fill(0)
        self._show_text(0)

    def _fill(self, highlighted: int) -> None:
        """Lists the passages in the width that there is; those of a file below its name."""
        room = max(self.size.width - EDGES, NARROWEST)
        paths = [source.passage.path for source in self._sources]
        self._list.clear_options()
        self._list.add_options(
            Option(entry(source, room, again=at > 0 and paths[at - 1] == paths[at]))
            for at, source in enumerate(self._sources)
        )
        if self._sources:
            self._list.highlighted = highlighted

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
        source = self._sources[event.option_index]
        self.post_message(self.PassageChosen(source.passage, source.line))

    def _show_text(self, index: int) -> None:
        if index < len(self._sources):
            source = self._shown = self._sources[index]
            self._text.update(Content("\n\n").join([about(source), passage_text(source)]))
            self._hint.update(hint(source))
            self.call_after_refresh(self._scroll_to_support)

    def on_resize(self, event: Resize) -> None:
        box = self.query_one(VerticalScroll)
        short = event.size.height < SHORT
        if short != self.has_class("-short"):
            # On a short screen the text is what one has come for.
            self.set_class(short, "-short")
            if short:
                self.move_child(self._list, after=box)
            else:
                self.move_child(self._list, before=box)
        self._fill(self._list.highlighted or 0)
        self.call_after_refresh(self._scroll_to_support)

    def _scroll_to_support(self) -> None:
        """Brings the supporting sentence into sight with what is above it, as far as there
        is room; without one, the beginning of the text."""
        source, box = self._shown, self.query_one(VerticalScroll)
        width = box.scrollable_content_region.width
        if source is None or not width:
            return
        head = len(about(source).wrap(width)) + 1
        first = min((start for start, _ in source.support), default=0)
        above = strip_controls(source.passage.text[:first]).lstrip()
        # The last line above is the one that the sentence begins in.
        row = head + (len(Content(above).wrap(width)) - 1 if above else 0)
        fits = row + 1 < box.size.height
        box.scroll_to(y=0 if fits else max(row - 3, head), animate=False)


def ordered(passages: Sequence[Passage], citations: Sequence[Citation]) -> list[Source]:
    """Cited passages by number, then the others by rank."""
    cited = [Source(c.n, c.passage, c) for c in sorted(citations, key=lambda c: c.n)]
    known = {source.passage.chunk_id for source in cited}
    rest = sorted((p for p in passages if p.chunk_id not in known), key=lambda p: p.rank)
    return cited + [Source(passage.rank, passage) for passage in rest]


def by_file(sources: Sequence[Source]) -> list[Source]:
    """Those of a file one behind the other, the files in the order of their first passage."""
    places: dict[str, int] = {}
    for source in sources:
        places.setdefault(source.passage.path, len(places))
    return sorted(sources, key=lambda source: places[source.passage.path])


def title(sources: Sequence[Source]) -> Content:
    cited = sum(source.citation is not None for source in sources)
    added = sum(source.added for source in sources)
    counts = f"  {len(sources)} found, {cited} cited" if sources else ""
    if added:
        counts += f", {added} by matching"
    return Content.assemble("Sources", (counts, f"not bold {MUTED}"))


def entry(source: Source, room: int, again: bool = False) -> Content:
    """Number and place, and the heading below, in `room` cells. `again`: the file's name stands
    above already."""
    number = MUTED if source.citation is None else "$text-accent"
    behind = len(place_suffix(source.passage, source.line)) + len(ADDED) * source.added
    longest = max(room - INDENT - behind, NARROWEST)
    place = place_label(source.passage, longest=longest, line=source.line)
    if again:
        place = f"{INDENTED} {page_label(source.passage, source.line)}"
    heading = one_line(source.passage.heading or source.passage.title)
    lines = Content.assemble(
        (f"{source.n:>2} ", number if source.added or not source.citation else f"{number} bold"),
        (place, "$foreground" if source.citation else MUTED),
        (ADDED, MUTED) if source.added else "",
    )
    pieces = Content(heading).wrap(room - INDENT) if heading else []
    if len(pieces) > MOST_HEADING:
        rest = Content(" ").join(pieces[MOST_HEADING - 1 :]).truncate(room - INDENT, ellipsis=True)
        pieces = [*pieces[: MOST_HEADING - 1], rest]
    for piece in pieces:
        lines += Content.assemble("\n" + " " * INDENT, (piece.plain, MUTED))
    return lines


def about(source: Source) -> Content:
    """The whole path, where in it, under which heading, and who cited it."""
    passage = source.passage
    where = f"lines {passage.line_start}–{passage.line_end}"
    if passage.page_name:
        where = passage.page_name
    if passage.ocr:
        where += ", recognised in a picture"
    lines = [Content.styled(one_line(passage.path or passage.source), "bold")]
    lines.append(Content.styled(where, MUTED))
    for above in (passage.running_head, passage.heading, passage.header):
        if above := one_line(above):
            lines.append(Content.styled(above, MUTED))
    if passage.incomplete:
        lines.append(Content.styled(f"read in part: {one_line(passage.incomplete)}", WARNING))
    if source.added:
        lines.append(Content.styled("added by matching, not by the model", "$text-accent 60%"))
    return Content("\n").join(lines)


WITHOUT_LINES = frozenset(
    (".docx", ".docm", ".dotx", ".odt", ".ott", ".xlsx", ".xlsm", ".xls", ".ods", ".epub")
)
"""What other programs open: the lines of the text that was read in it are nowhere to be seen."""


def hint(source: Source) -> str:
    if source.passage.is_slide:
        return f"Enter opens it; see {source.passage.page_name}"
    if source.passage.page_name:
        return f"Enter opens it at {source.passage.page_name}"
    if PurePath(source.passage.source).suffix.lower() in WITHOUT_LINES:
        heading = one_line(source.passage.heading).rpartition("›")[2].strip()
        return f"Enter opens it; look for “{heading}”" if heading else "Enter opens it"
    return f"Enter opens it at line {source.line}"


def passage_text(source: Source) -> Content:
    """The text as it stands in the document; what supports the answer is marked."""
    text, done, pieces = source.passage.text, 0, []
    for start, end in sorted(source.support):
        if start >= done:
            pieces.append(Content(strip_controls(text[done:start])))
            pieces.append(Content.styled(strip_controls(text[start:end]), "$text-success bold"))
            done = end
    pieces.append(Content(strip_controls(text[done:])))
    content = Content("").join(pieces)
    lead = len(content.plain) - len(content.plain.lstrip())
    return content[lead : len(content.plain.rstrip())]
