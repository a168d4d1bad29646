"""The conversation on screen, with its keys: it follows the end until the reader scrolls away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from chatui.widgets.find_matches import matches_in, pattern_of
from chatui.widgets.links import open_link
from chatui.widgets.turn_column import TurnColumn

if TYPE_CHECKING:
    from textual import events

    from chatui.domain.conversation import Turn
    from chatui.widgets.modal_keys import TakesKeys
    from chatui.widgets.turn_view import TurnView

NOTICE = "▼ more below · Ctrl+End follows again"


ROWS_A_STEP = 3
"""How far an arrow scrolls within a turn that doesn't fit on the screen."""

FOR_A_CHOSEN_TURN = frozenset({"act", "source", "step", "go", "find", "find_step", "times"})

ROWS_ABOVE = 3
"""What stands above a turn that was gone to."""


class Transcript(TurnColumn):
    """What the app talks to: `show`, `start_turn`, `turn`, and two messages."""

    DEFAULT_CSS = """
    Transcript {
        layers: turns notice;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        scrollbar-color: $foreground 20%;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        padding: 0 0 0 1;
        & > TurnView { layer: turns; }
        & > .notice {
            layer: notice;
            dock: bottom;
            height: 1;
            width: 100%;
            text-align: center;
            color: $text-muted;
            background: $panel;
            display: none;
        }
        &.-away > .notice { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "choose(-1)", "Earlier turn, chosen for the keys below", show=False),
        Binding("down", "choose(1)", "Later turn", show=False),
        Binding("home", "oldest", show=False),
        Binding("end", "newest", show=False),
        Binding("j", "step(1)", "Next turn", show=False),
        Binding("k", "step(-1)", "Previous turn", show=False),
        Binding("g", "go('oldest')", "First turn", show=False),
        Binding("G,shift+g", "go('newest')", "Last turn, follow", show=False),
        Binding("y", "act('copy')", "Copy", id="copy"),
        Binding("e", "act('edit')", "Edit", id="edit"),
        Binding("r", "act('retry')", "Retry", id="retry"),
        Binding("c", "act('go_on')", "Go on", id="go_on"),
        Binding("b", "act('branch')", "Branch", id="branch"),
        Binding("p", "act('pin')", "Pin", id="pin"),
        Binding("left", "act('version_before')", "Version before", id="version_before"),
        Binding("right", "act('version_after')", "Version behind", id="version_after"),
        Binding("a", "act('edit_answer')", "Edit the answer", id="edit_answer"),
        Binding("x", "act('omit')", "Leave out of prompts", id="omit"),
        Binding("t", "times", "Show or hide times", id="times"),
        Binding("slash", "find", "Find in the conversation", id="find_here"),
        Binding("n", "find_step(-1)", "Match before", show=False),
        Binding("N,shift+n", "find_step(1)", "Match behind", show=False),
        Binding("enter", "act('read')", "Read what stands for earlier turns", show=False),
        Binding("Y,shift+y", "act('copy_sources')", "Copy with sources", show=False),
        Binding("C,shift+c", "act('copy_code')", "Copy the code, the next block", id="copy_code"),
        Binding("u", "act('copy_question')", "Copy the question", id="copy_question"),
        Binding("T,shift+t", "act('copy_table')", "Copy the table as CSV", id="copy_table"),
        Binding("o", "act('open_link')", "Open a link", id="open_link"),
        *(Binding(str(n), f"source({n})", show=False) for n in range(1, 10)),
    ]

    chosen: reactive[bool] = reactive(False, init=False)
    """Whether the selected turn was selected on purpose, by a key in the transcript: only then are
    letters for it. A click or a search marks a turn, too, and who types then means to write."""

    class TurnAction(Message):
        """The user wants `action` for a turn: "copy", "copy_sources", "copy_code", "copy_question",
        "copy_table", "open_link", "edit", "edit_answer",
        "retry", "go_on", "branch", "pin", "omit", "version_before", "version_after" or "read",
        which is for what came into the prompt in its place."""

        def __init__(self, key: str, action: str) -> None:
            super().__init__()
            self.key = key
            self.action = action

    class FindWanted(Message):
        """The user wants to look for something in the conversation."""

    class Found(Message):
        """Which of how many matches is shown, counted from 1; None for none that is looked for."""

        def __init__(self, at: int | None, count: int) -> None:
            super().__init__()
            self.at = at
            self.count = count

    class CodeCopied(Message):
        """The user wants the code block of that number, of the turn `key`."""

        def __init__(self, key: str, number: int) -> None:
            super().__init__()
            self.key = key
            self.number = number

    class CitationChosen(Message):
        """The user wants to see a source of the turn `key`: by a click on its `[n]` mark or
        its name, or by its number's key."""

        def __init__(self, key: str, n: int) -> None:
            super().__init__()
            self.key = key
            self.n = n

    vim: TakesKeys | None = None
    _matches: Sequence[tuple[str, int]] = ()
    _match = 0

    def compose(self) -> ComposeResult:
        yield Static(NOTICE, classes="notice", markup=False)

    async def show(self, turns: Sequence[tuple[str, Turn]]) -> None:
        """Replaces all turns. Returns when the newest few are on screen; others follow."""
        self.selected = None
        if self._pattern is not None:
            await self.find("")
        await super().show(turns)

    async def start_turn(self, key: str, question: str) -> TurnView:
        """Adds a pending turn at the end and follows it."""
        from chatui.domain.conversation import Turn

        self.selected = None
        return await self.add(key, Turn(question=question, asked=datetime.now(UTC)))

    def turn(self, key: str) -> TurnView | None:
        """The view of a turn, or None when that turn is not mounted."""
        return self._views.get(key)

    @property
    def selected_key(self) -> str | None:
        """The key of the selected turn, else of the newest; None when there is none."""
        return self.selected or (self._turns[-1][0] if self._turns else None)

    def show_reasoning(self, expanded: bool) -> None:
        """Opens or closes the reasoning of all turns, also of those to come."""
        self._show_reasoning = expanded
        for view in self._views.values():
            view.show_reasoning(expanded)

    def show_times(self, shown: bool) -> None:
        """Tells under all turns when they were asked, or no longer."""
        self._times_shown = shown
        for view in self._views.values():
            view.show_times(shown)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.chosen or action not in FOR_A_CHOSEN_TURN or parameters == ("read",)

    async def _on_key(self, event: events.Key) -> None:
        if self.vim is not None and await self.vim.takes(event):
            event.stop()
            event.prevent_default()

    def watch_chosen(self) -> None:
        self.refresh_bindings()
        if self.selected is not None and (view := self._views.get(self.selected)) is not None:
            view.refresh()

    def watch_selected(self, before: str | None, after: str | None) -> None:
        super().watch_selected(before, after)
        if after is None:
            self.chosen = False

    def on_blur(self) -> None:
        self.chosen = False

    async def enter(self) -> None:
        """Takes the focus and selects the turn in sight."""
        if self._turns:
            self.focus()
            await self.action_choose(-1)

    async def action_choose(self, step: int) -> None:
        """Selects the turn in sight, then its neighbours; scrolls through one that is taller than
        the screen."""
        view = self._views.get(self.selected or "")
        if self.chosen and view is not None:
            seen, shown = self.region, view.region
            if shown.bottom > seen.bottom if step > 0 else shown.y < seen.y:
                self.scroll_relative(y=step * ROWS_A_STEP, animate=False)
                return
        await self.action_select(step if self.chosen else 0)
        self.chosen = self.selected is not None

    async def action_step(self, step: int) -> None:
        await self.action_select(step)

    async def action_go(self, where: str) -> None:
        await (self.action_oldest() if where == "oldest" else self.action_newest())

    async def action_select(self, step: int) -> None:
        keys = [key for key, _ in self._turns]
        if not keys:
            return
        chosen = self.selected is not None and self.selected in keys
        index = keys.index(str(self.selected)) + step if chosen else self.index_in_sight()
        await self._select(max(0, min(index, len(keys) - 1)))

    async def go_to(self, key: str) -> None:
        """Selects the turn and brings it into sight, however far away it is."""
        keys = [each for each, _ in self._turns]
        if key in keys:
            await self.show_around(keys.index(key))
            self.selected = key
            if (view := self._views.get(key)) is not None:
                self.seek(view, ROWS_ABOVE)

    async def find(self, text: str) -> None:
        """Marks the text in all turns and goes to where it was said last; "" ends that."""
        self._pattern = pattern_of(text)
        self._matches, self._match = [], 0
        for view in self._views.values():
            view.show_found(self._pattern)
        if self._pattern is None:
            self.post_message(self.Found(None, 0))
            return
        turns = self.current_turns()
        self._matches = await asyncio.to_thread(matches_in, turns, self._pattern)
        self._match = len(self._matches) - 1
        await self._show_match()

    async def find_step(self, step: int) -> None:
        """Goes to the match so many further on, around the ends."""
        if self._matches:
            self._match = (self._match + step) % len(self._matches)
            await self._show_match()

    @property
    def finds(self) -> bool:
        """Whether something is looked for."""
        return self._pattern is not None

    async def _show_match(self) -> None:
        self.post_message(self.Found(self._match + 1, len(self._matches)))
        if not self._matches:
            return
        key, number = self._matches[self._match]
        for view in self._views.values():
            if view.key != key:
                view.show_found(self._pattern)
        await self.go_to(key)
        if (found := self._views.get(key)) is not None:
            found.show_found(self._pattern, number)
            # A view that was just mounted has no lines yet.
            self.call_after_refresh(self._seek_match, found, number)

    def _seek_match(self, view: TurnView, number: int) -> None:
        self.seek(view, self.size.height // 3 - view.row_found(number))

    async def action_times(self) -> None:
        await self.run_action("app.slash('times')")

    def action_find(self) -> None:
        self.post_message(self.FindWanted())

    async def action_find_step(self, step: int) -> None:
        await self.find_step(step)

    async def action_oldest(self) -> None:
        """To the first turn. While a reply streams its view stays: then to the first mounted."""
        await self.show_oldest()
        if self._turns:
            await self._select(self._window.first)
        self.scroll_home(animate=False, immediate=True)

    async def action_newest(self) -> None:
        """To the end, and follow it."""
        await self.show_newest()
        self.selected = None
        self.follow()

    def action_act(self, action: str) -> None:
        if (key := self.selected_key) is not None:
            self.post_message(self.TurnAction(key, action))

    def action_source(self, n: int) -> None:
        if (key := self.selected_key) is not None:
            self.post_message(self.CitationChosen(key, n))

    def follow_changed(self) -> None:
        self.set_class(not self.following or self._window.has_newer, "-away")

    def on_turn_view_chosen(self, event: TurnView.Chosen) -> None:
        event.stop()
        self.chosen = False
        self.selected = event.key

    def on_turn_view_boundary_chosen(self, event: TurnView.BoundaryChosen) -> None:
        event.stop()
        self.post_message(self.TurnAction(event.key, "read"))

    def on_turn_view_code_chosen(self, event: TurnView.CodeChosen) -> None:
        event.stop()
        self.post_message(self.CodeCopied(event.key, event.number))

    def on_turn_view_version_chosen(self, event: TurnView.VersionChosen) -> None:
        event.stop()
        action = "version_before" if event.step < 0 else "version_after"
        self.post_message(self.TurnAction(event.key, action))

    def on_turn_view_prompt_chosen(self, event: TurnView.PromptChosen) -> None:
        event.stop()
        self.post_message(self.TurnAction(event.key, "omit"))

    def on_turn_view_source_chosen(self, event: TurnView.SourceChosen) -> None:
        event.stop()
        self.post_message(self.CitationChosen(event.key, event.n))

    def on_turn_view_link_chosen(self, event: TurnView.LinkChosen) -> None:
        event.stop()
        open_link(self, event.href)

    async def _select(self, index: int) -> None:
        await self.show_index(index)
        self.selected = self._turns[index][0]
        # A view that was just mounted has no place yet.
        self.call_after_refresh(self._bring_into_sight, self.selected)

    def _bring_into_sight(self, key: str) -> None:
        if (view := self._views.get(key)) is not None:
            tall = view.outer_size.height > self.size.height
            self.scroll_to_widget(view, animate=False, top=tall)
