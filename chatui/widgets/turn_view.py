"""One turn on screen: question, reasoning, reply, and the notes under it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message

from chatui.domain.conversation import Reply, Turn, TurnState
from chatui.domain.passage import Passage
from chatui.widgets.find_matches import spans_in
from chatui.widgets.line_view import LEFT, LineGroup, LineView, joined
from chatui.widgets.markdown_document import (
    MarkdownDocument,
    reasoning_laid_out,
    reply_laid_out,
)
from chatui.widgets.markdown_inline import CITATION, LINK
from chatui.widgets.markdown_layout import CODE
from chatui.widgets.streamed_text import StreamedText
from chatui.widgets.turn_boundary import BOUNDARY, boundary_section
from chatui.widgets.turn_notes import LEFT_OUT, VERSION
from chatui.widgets.turn_parts import FOLD, notes_section, question_section, reasoning_head

if TYPE_CHECKING:
    from datetime import datetime

    from textual import events
    from textual.timer import Timer

    from chatui.domain.boundary import Boundary

SECONDS_BETWEEN_DRAWINGS = 1 / 20
SHARE_OF_TIME = 1 / 8
"""The most of one core that parsing and layout may take: a slow step delays the next."""

FITTED_AT_ONCE = 200
"""Lines of a reply; a longer one is laid out for a new width in a thread, as there may be many."""
REASONING_AT_ONCE = 500
"""Characters of the reasoning of a turn that has ended. All turns may be told to show theirs at
once, so that of a longer one is laid out in a thread."""

FOUND, CURRENT = "find--match", "find--current"

_BAR = Content.styled("│ ", "markdown--rule")


class TurnView(LineView):
    """Shows a turn and lets a pending one grow. `turn` is what it shows now.

    Deltas are cheap: they are drawn together, at most twenty times a second.
    """

    DEFAULT_CSS = """
    TurnView { margin-bottom: 1; }
    """

    class Chosen(Message):
        """The user clicked the turn."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    class SourceChosen(Message):
        """The user clicked the mark `[n]` or a source's name."""

        def __init__(self, key: str, n: int) -> None:
            super().__init__()
            self.key = key
            self.n = n

    class BoundaryChosen(Message):
        """The user clicked the boundary above the turn."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    class CodeChosen(Message):
        """The user clicked the label of the code block of that number."""

        def __init__(self, key: str, number: int) -> None:
            super().__init__()
            self.key = key
            self.number = number

    class VersionChosen(Message):
        """The user clicked an arrow to the version `step` further on."""

        def __init__(self, key: str, step: int) -> None:
            super().__init__()
            self.key = key
            self.step = step

    class PromptChosen(Message):
        """The user clicked the note that the turn is left out of prompts."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    class LinkChosen(Message):
        """The user clicked a link; `href` is the model's word, not yet checked."""

        def __init__(self, href: str) -> None:
            super().__init__()
            self.href = href

    def __init__(
        self,
        key: str,
        turn: Turn,
        document: MarkdownDocument | None = None,
        show_reasoning: bool = False,
    ) -> None:
        super().__init__()
        self.key = key
        self.turn = turn
        self._reply = StreamedText(document or reply_laid_out(turn.reply, 0))
        self._reasoning = StreamedText()
        self._reasoning.append(turn.reply.reasoning)
        self._reasoning_shown = show_reasoning
        self._boundary: Boundary | None = None
        self._version: tuple[int, int] | None = None
        self._times_shown = False
        self._found: re.Pattern[str] | None = None
        self._found_at: int | None = None
        self._rows_found: dict[int, int] = {}
        self._question_unfolded = False
        self._asked: tuple[str, int, bool] | None = None
        self._asked_section = LineGroup()
        self._refitting = 0
        self._thought = MarkdownDocument()
        """The reasoning of a turn that has ended, for the width that it was last shown in."""
        self._thinking = 0
        self._waited = 0
        self._ticker: Timer | None = None
        self._drawing = False
        self._next_drawing = 0.0

    def on_mount(self) -> None:
        if self.pending:
            self._ticker = self.set_interval(1.0, self._wait)

    @property
    def pending(self) -> bool:
        """Whether the reply has not ended."""
        return self.turn.state is TurnState.PENDING

    @property
    def text(self) -> str:
        """The reply so far, or the settled reply."""
        return self._reply.text or self.turn.reply.text

    def append_text(self, delta: str) -> None:
        self._reply.append(delta)
        self._draw_soon()

    def append_reasoning(self, delta: str) -> None:
        self._reasoning.append(delta)
        self._draw_soon()

    def take_back(self) -> None:
        """What has come of the reply was reasoning."""
        self._reasoning.append(self._reply.text)
        self._reply = StreamedText(reply_laid_out(Reply(), self._reply.document.width))
        self._draw_soon()

    def show_passages(self, passages: Sequence[Passage]) -> None:
        """The passages that the reply will be based on."""
        self.turn = replace(self.turn, passages=tuple(passages))
        self.renew()

    async def settle(self, turn: Turn) -> None:
        """The turn as it ended. What streamed is replaced by the turn's own text, parsed as
        a whole, off the event loop."""
        width = self._reply.document.width
        shown = self._reasoning.document.width if self._reasoning_shown else 0
        document = await asyncio.to_thread(reply_laid_out, turn.reply, width)
        thought = await asyncio.to_thread(reasoning_laid_out, turn.reply, shown)
        self._stop_waiting()
        self.turn = turn
        self._reply.settle(document)
        self._reasoning = StreamedText()
        self._reasoning.append(turn.reply.reasoning)
        self._thought, self._thinking = thought, 0
        self.renew()

    def set_pinned(self, pinned: bool) -> None:
        self.turn = replace(self.turn, pinned=pinned)
        self.renew()

    def show_found(self, pattern: re.Pattern[str] | None, current: int | None = None) -> None:
        """Marks what the pattern finds in question and reply; the match of the `current` number
        stands out."""
        if (pattern, current) != (self._found, self._found_at):
            self._found, self._found_at = pattern, current
            self._strips = {}
            self.renew()

    def row_found(self, number: int) -> int:
        """The row of that match; of the last one where fewer are drawn than there are in the text,
        as in a link's address."""
        rows = self._rows_found
        return rows.get(number, max(rows.values(), default=0))

    def _mark_found(self, groups: Sequence[LineGroup], said: Sequence[LineGroup]) -> None:
        """Marks the lines of the groups that are `said`, of all that are drawn."""
        before, self.marked, self._rows_found = self.marked, {}, {}
        number = row = 0
        for group in groups:
            if self._found is not None and any(group is one for one in said):
                spans, number = spans_in(group.lines, self._found, number)
                for place, found in spans.items():
                    for _, _, match in found:
                        self._rows_found.setdefault(match, row + place)
                    self.marked[row + place] = [
                        (start, end, CURRENT if match == self._found_at else FOUND)
                        for start, end, match in found
                    ]
            row += len(group.lines)
        if before != self.marked:
            self._strips = {}

    def set_left_out(self, since: datetime | None) -> None:
        self.turn = replace(self.turn, left_out=since)
        # Its lines stay the same; only their look is another one.
        self._strips = {}
        self.renew()

    def show_version(self, version: tuple[int, int] | None) -> None:
        """Which of the turn's versions it is, and of how many; None where it is the only one."""
        if version != self._version:
            self._version = version
            self.renew()

    def show_boundary(self, boundary: Boundary | None) -> None:
        """Draws above the turn that the prompt begins with it, or no longer."""
        if boundary != self._boundary:
            self._boundary = boundary
            self.renew()

    def show_reasoning(self, expanded: bool) -> None:
        """Opens or closes the reasoning, also that which is still to come."""
        self._reasoning_shown = expanded
        self.renew()

    def show_times(self, shown: bool) -> None:
        """Tells under the turn when it was asked, or no longer."""
        if shown != self._times_shown:
            self._times_shown = shown
            self.renew()

    def mark(self) -> tuple[str, str]:
        if not self.has_class("-selected"):
            return " ", ""
        # Bright where letters are for it.
        chosen = getattr(self.parent, "chosen", False)
        return "▌", "turn--focused" if chosen else "turn--selected"

    def lay_out(self, width: int) -> list[LineGroup]:
        self._fit_reply(width)
        streaming = self.pending and bool(self._reply.text or self._reasoning.words)
        notes = LineGroup() if streaming else self._notes_section(width)
        above = [boundary_section(self._boundary, width)] if self._boundary else []
        asked = self._question_section(width)
        muted = "turn--muted" if self.turn.left_out else ""
        answered = LineGroup(self._reply.document.lines, muted)
        parts = joined([asked, *self._reasoning_sections(width), answered, notes])
        self._mark_found([*above, *parts], (asked, answered))
        return above + parts

    def on_click(self, event: events.Click) -> None:
        if event.button != LEFT or event.chain > 1 or self.text_selection is not None:
            # It marks text: what is below is not what is meant.
            return
        meta = event.style.meta
        if CITATION in meta:
            self.post_message(self.SourceChosen(self.key, int(meta[CITATION])))
        elif LINK in meta:
            self.post_message(self.LinkChosen(str(meta[LINK])))
        elif CODE in meta:
            # Numbers are right when the text is whole.
            if not self.pending:
                self.post_message(self.CodeChosen(self.key, int(meta[CODE])))
        elif VERSION in meta:
            self.post_message(self.VersionChosen(self.key, int(meta[VERSION])))
        elif LEFT_OUT in meta:
            self.post_message(self.PromptChosen(self.key))
        elif BOUNDARY in meta:
            self.post_message(self.BoundaryChosen(self.key))
        elif meta.get(FOLD) == "reasoning":
            self.show_reasoning(not self._reasoning_shown)
        elif meta.get(FOLD) == "question":
            self._question_unfolded = True
            self.renew()
        else:
            self.post_message(self.Chosen(self.key))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        # Where a link leads is shown before it is followed.
        href = event.style.meta.get(LINK)
        self.tooltip = Content(href) if href else None

    def _fit_reply(self, width: int) -> None:
        document = self._reply.document
        if self.pending or len(document.lines) <= FITTED_AT_ONCE:
            document.reflow(width)
        elif width not in (document.width, self._refitting):
            self._refitting = width
            self.run_worker(self._refit(width), group="refit", exclusive=True)

    async def _refit(self, width: int) -> None:
        """Until then the lines of the width before are to be seen."""
        before = self._reply.document
        document = await asyncio.to_thread(before.in_width, width)
        self._refitting = 0
        if self._reply.document is before:
            self._reply.settle(document)
            self.renew()

    def _question_section(self, width: int) -> LineGroup:
        # Laid out once: a long question stands above each drawing of its reply.
        asked = (self.turn.question, width, self._question_unfolded)
        if asked != self._asked:
            self._asked, self._asked_section = asked, question_section(*asked)
        return self._asked_section

    def _notes_section(self, width: int) -> LineGroup:
        version, timed = self._version, self._times_shown
        return notes_section(self.turn, width, self._waited, version, timed=timed)

    def _reasoning_sections(self, width: int) -> list[LineGroup]:
        if not self._reasoning.words:
            return []
        usage = self.turn.reply.usage
        tokens = usage.reasoning if usage else 0
        head = reasoning_head(self._reasoning.words, tokens, self._reasoning_shown, self.pending)
        if not self._reasoning_shown:
            return [head]
        width -= _BAR.cell_length
        if self.pending:
            document = self._reasoning.document
            document.reflow(width)
            self._reasoning.draw()
        else:
            self._fit_reasoning(width)
            document = self._thought
        return [head, LineGroup(document.lines, "turn--muted", _BAR)]

    def _fit_reasoning(self, width: int) -> None:
        if width == self._thought.width:
            return
        if len(self.turn.reply.reasoning) <= REASONING_AT_ONCE:
            self._thought = reasoning_laid_out(self.turn.reply, width)
        elif width != self._thinking:
            self._thinking = width
            self.run_worker(self._think(width), group="reasoning", exclusive=True)

    async def _think(self, width: int) -> None:
        """Until then the lines of the width before are to be seen, if there are any."""
        reply = self.turn.reply
        thought = await asyncio.to_thread(reasoning_laid_out, reply, width)
        if self.turn.reply is reply:
            self._thought, self._thinking = thought, 0
            self.renew()

    def _draw_soon(self) -> None:
        self._stop_waiting()
        if self._drawing:
            return
        self._drawing = True
        wait = self.drawing_time(self._next_drawing) - monotonic()
        if wait > 0:
            self.set_timer(wait, self._draw)
        else:
            self.call_later(self._draw)

    def drawing_time(self, earliest: float) -> float:
        """When the next drawing is to be, on the clock of `monotonic`; for subclasses."""
        return earliest

    def _draw(self) -> None:
        self._drawing = False
        if not self.pending:
            return
        started = monotonic()
        reply_row = self._reply.draw()
        # A growing reply is the last section; what is above it changes with the reasoning.
        above = self._height() - len(self._reply.document.lines)
        self.renew(max(0, above + reply_row) if self._reply.text else 0)
        spent = monotonic() - started
        self._next_drawing = started + max(SECONDS_BETWEEN_DRAWINGS, spent / SHARE_OF_TIME)
        if self._reply.behind or (self._reasoning_shown and self._reasoning.behind):
            self._draw_soon()

    def _wait(self) -> None:
        self._waited += 1
        self.renew()

    def _stop_waiting(self) -> None:
        if self._ticker is not None:
            self._ticker.stop()
            self._ticker = None
