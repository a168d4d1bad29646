"""The turns on screen: a window over the conversation that moves as the reader scrolls.

Turns outside the window are values without a widget, so a conversation of any length
opens as fast as a short one. What draws a turn is imported with the first turn, or a moment
after the first frame.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from textual.reactive import reactive

from chatui.widgets.follow_scroll import FollowScroll
from chatui.widgets.turn_window import TurnWindow

if TYPE_CHECKING:
    from chatui.domain.boundary import Boundary
    from chatui.domain.conversation import Turn
    from chatui.widgets.markdown_document import MarkdownDocument
    from chatui.widgets.turn_view import TurnView

STEP = 8
"""Most turns mounted at a time: one step must not be felt."""

MOST_AT_LEAST = 24
"""Turns that may always be mounted: short ones must fill a tall screen and what is near it."""

SECONDS_BETWEEN_STEPS = 0.05
"""A pause in which keys are handled while the window fills."""


SECONDS_TO_FIRST_FRAME = 0.2
"""When the parts that draw a turn are loaded, if no turn was shown before."""


class TurnColumn(FollowScroll):
    """Mounts and drops views of turns: twice `turns_shown` at most, or MOST_AT_LEAST."""

    selected: reactive[str | None] = reactive(None, init=False)
    """The key of the turn that the user selected, or None."""

    def __init__(
        self, *, turns_shown: int = 30, show_reasoning: bool = False, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._turns_shown = turns_shown
        self._step = min(STEP, turns_shown)
        self._most = max(MOST_AT_LEAST, 2 * turns_shown)
        self._heading = 0
        self._show_reasoning = show_reasoning
        self._turns: list[tuple[str, Turn]] = []
        self._boundary: Boundary | None = None
        self._times_shown = False
        self._pattern: re.Pattern[str] | None = None
        self._versions: Mapping[str, tuple[int, int]] = {}
        self._window = TurnWindow(0, 0, 0)
        self._views: dict[str, TurnView] = {}
        self._mounting = asyncio.Lock()

    def on_mount(self) -> None:
        self.set_timer(SECONDS_TO_FIRST_FRAME, self._load)

    def _load(self) -> None:
        self.run_worker(load_turns, thread=True, group="load")

    async def show(self, turns: Sequence[tuple[str, Turn]]) -> None:
        """Replaces all turns. Returns when the newest few are on screen; others follow."""
        async with self._mounting:
            self._views, old = {}, list(self._views.values())
            self._turns = list(turns)
            await self._open(TurnWindow.newest(len(self._turns), self._step), old)
        self.run_worker(self._fill(), group="fill", exclusive=True)

    async def add(self, key: str, turn: Turn) -> TurnView:
        """Puts a turn at the end and follows it."""
        async with self._mounting:
            if self._window.has_newer:
                await self._reopen(TurnWindow.newest(len(self._turns), self._step))
            self.run_worker(load_colours, thread=True, group="load")
            self._turns.append((key, turn))
            self._window = self._window.with_one_more()
            if self._window.size > self._most:
                newest = TurnWindow.newest(len(self._turns), self._turns_shown)
                await self._drop(self._window.first, newest.first)
                self._window = newest
            view = (await self._new_views(len(self._turns) - 1, len(self._turns)))[0]
            self._views[key] = view
            await self.mount(view)
            self.follow()
        return view

    async def show_oldest(self) -> None:
        """Moves the window to the first turns; not while a reply streams at the end."""
        if self._window.has_older and not self._is_streaming():
            async with self._mounting:
                await self._reopen(TurnWindow.oldest(len(self._turns), self._step), at_end=False)

    async def show_newest(self) -> None:
        if self._window.has_newer:
            async with self._mounting:
                await self._reopen(TurnWindow.newest(len(self._turns), self._step))
            self.run_worker(self._fill(), group="fill", exclusive=True)

    async def show_around(self, index: int) -> None:
        """Moves the window to that turn if it is elsewhere; not while a reply streams."""
        inside = self._window.first <= index < self._window.last
        if not inside and not self._is_streaming():
            async with self._mounting:
                # As many as `_fill` would mount: it must not move what is being looked at.
                window = TurnWindow.around(len(self._turns), index, self._turns_shown)
                await self._reopen(window, at_end=False)

    async def show_index(self, index: int) -> TurnView | None:
        """Mounts a step at the edge that the turn lies beyond; its view, if it has one now."""
        if index < self._window.first:
            await self._mount_older()
        elif index >= self._window.last:
            await self._mount_newer()
        return self._views.get(self._turns[index][0])

    def show_boundary(self, boundary: Boundary | None) -> None:
        """Draws where the prompt begins; there is one such place or none."""
        self._boundary = boundary
        for key, view in self._views.items():
            view.show_boundary(self._boundary_of(key))

    def show_versions(self, versions: Mapping[str, tuple[int, int]]) -> None:
        """Of those turns that have several versions: which each is, and of how many."""
        self._versions = versions
        for key, view in self._views.items():
            view.show_version(versions.get(key))

    def _boundary_of(self, key: str) -> Boundary | None:
        return self._boundary if self._boundary and self._boundary.key == key else None

    def current_turns(self) -> list[tuple[str, Turn]]:
        """All turns, with what mounted views know of theirs."""
        return [
            (key, self._views[key].turn if key in self._views else turn)
            for key, turn in self._turns
        ]

    def index_in_sight(self) -> int:
        """Index of the last turn that is at least partly visible."""
        bottom = self.scroll_offset.y + self.size.height
        index = self._window.first
        for place in range(self._window.first, self._window.last):
            view = self._views.get(self._turns[place][0])
            if view is not None and view.virtual_region.y < bottom:
                index = place
        return index

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._heading = -1 if new_value < old_value else 1
        self._mount_what_is_near()

    def watch_selected(self, before: str | None, after: str | None) -> None:
        for key in (before, after):
            if key is not None and (view := self._views.get(key)) is not None:
                view.set_class(key == after, "-selected")
                view.refresh()

    def _mount_what_is_near(self) -> None:
        """Mounts a step where the reader is heading, when the edge is near. Only there: at
        both edges at once, two steps could push each other out for ever."""
        if self._mounting.locked() or self.holding or not self._views:
            return
        near = self.size.height / 2
        if self._heading < 0:
            if self._window.has_older and self.scroll_y < near:
                self.call_next(self._mount_older)
        elif self._window.has_newer and self.max_scroll_y - self.scroll_y < near:
            self.call_next(self._mount_newer)

    def _is_streaming(self) -> bool:
        newest = self._views.get(self._turns[-1][0]) if self._turns else None
        return newest is not None and newest.pending

    async def _fill(self) -> None:
        """Mounts what is missing to `turns_shown`, a step at a time."""
        while self._window.has_older and self._window.size < self._turns_shown:
            await asyncio.sleep(SECONDS_BETWEEN_STEPS)
            await self._mount_older()

    async def _mount_older(self) -> None:
        async with self._mounting:
            window = self._window.with_older(self._step, self._most)
            if self._is_streaming():
                # The view that the reply streams into has to stay.
                window = TurnWindow(window.total, window.first, window.total)
            await self._move_to(window)

    async def _mount_newer(self) -> None:
        async with self._mounting:
            await self._move_to(self._window.with_newer(self._step, self._most))

    async def _reopen(self, window: TurnWindow, at_end: bool = True) -> None:
        self._turns = self.current_turns()
        self._views, old = {}, list(self._views.values())
        await self._open(window, old, at_end)

    async def _open(self, window: TurnWindow, old: Sequence[TurnView], at_end: bool = True) -> None:
        """Shows the window's turns instead of the old views."""
        views = await self._new_views(window.first, window.last)
        self._window = window
        self._views = {view.key: view for view in views}
        with self.app.batch_update():
            await self.remove_children(old)
            await self.mount_all(views)
            if at_end:
                self.follow()
            else:
                self.scroll_home(animate=False, immediate=True)

    async def _move_to(self, window: TurnWindow) -> None:
        """Mounts and drops at the edges; what is in sight stays where it is."""
        now = self._window
        above = await self._new_views(window.first, now.first)
        below = await self._new_views(now.last, window.last)
        first, last = (self._views.get(self._turns[i][0]) for i in (now.first, now.last - 1))
        if not self.following and (held := first if above else last):
            self.hold(held)
        self._views.update({view.key: view for view in (*above, *below)})
        with self.app.batch_update():
            await self.mount_all(above, before=first)
            await self.mount_all(below, after=last)
            await self._drop(now.first, window.first)
            await self._drop(window.last, now.last)
        self._window = window
        self.call_after_refresh(self._settle_down)

    def _settle_down(self) -> None:
        self.let_go()
        if not self.following:
            self._mount_what_is_near()

    async def _drop(self, first: int, last: int) -> None:
        """Unmounts the turns of those indexes; what they show is kept as values."""
        gone = []
        for index in range(first, last):
            key, _ = self._turns[index]
            if (view := self._views.pop(key, None)) is not None:
                self._turns[index] = (key, view.turn)
                gone.append(view)
        await self.remove_children(gone)

    async def _new_views(self, first: int, last: int) -> list[TurnView]:
        if first >= last:
            return []
        turns = self._turns[first:last]
        width = self.scrollable_content_region.width
        documents = await asyncio.to_thread(_documents, [turn for _, turn in turns], width)
        from chatui.widgets.turn_view import TurnView

        views = []
        for (key, turn), document in zip(turns, documents, strict=True):
            view = TurnView(key, turn, document, self._show_reasoning)
            view.set_class(key == self.selected, "-selected")
            view.show_boundary(self._boundary_of(key))
            view.show_version(self._versions.get(key))
            view.show_found(self._pattern)
            view.show_times(self._times_shown)
            views.append(view)
        return views


def load_turns() -> None:
    """Imports what drawing a turn takes; slow the first time, so meant for a thread."""
    import_module("chatui.widgets.turn_view")
    parse_markdown = import_module("chatui.widgets.markdown_parser").parse_markdown
    parse_markdown("*")


def load_colours() -> None:
    """Imports what colours code, before the first reply can hold any."""
    import_module("chatui.widgets.code_colours").colour_code("pass", "python")


def _documents(turns: Sequence[Turn], width: int) -> list[MarkdownDocument]:
    """The replies of the turns, laid out for a column of that width."""
    load_turns()
    from chatui.widgets.line_view import INSET
    from chatui.widgets.markdown_document import reply_laid_out

    return [reply_laid_out(turn.reply, width - INSET) for turn in turns]
