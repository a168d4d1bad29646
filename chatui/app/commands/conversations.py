"""Commands on whole conversations: start, resume, rename, fork."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from textual import on

from chatui.app.commands.command import Command
from chatui.domain.errors import UsageError
from chatui.text.tags import taken_apart
from chatui.text.time_alone import is_time_alone
from chatui.widgets.excerpts import excerpt
from chatui.widgets.sessions import FoundMessage, SessionRow, SessionsScreen

if TYPE_CHECKING:
    from chatui.app.window import Window
    from chatui.memory.records import Kept, MessageHit

LISTED = 1_000
FOUND = 200
"""Messages that a search looks at: the best ones, often several of one conversation."""
NEAR = 10
"""Messages that say the same in other words: more would stand there by chance."""
MEANING_PAUSE_SECONDS = 0.4
"""After the search by words: embedding a query that is still being typed is for nothing."""
EXCERPT_CHARACTERS = 200


async def new(window: Window, argument: str) -> None:
    await window.settle()
    window.session.new()
    await window.show_conversation()
    window.view.composer.focus()


async def resume(window: Window, argument: str) -> None:
    """Opens the conversation with that id, or lets the user choose one. One that was found
    by a message opens there."""
    chosen, message = (argument, None) if argument else await choose(window)
    if chosen and chosen != window.session.conversation_id:
        await window.settle()
        await window.session.resume(chosen)
        await window.show_conversation()
    window.view.composer.focus()
    if chosen and message:
        await go_to(window, chosen, message)


async def choose(window: Window) -> tuple[str | None, str | None]:
    """The chosen conversation's id, and that of the message by which it was found."""
    screen = StoredSessions(window, await session_rows(window))
    chosen = await window.push_screen_wait(screen)
    for doomed in screen.doomed:
        await remove(window, doomed)
    found = screen.found_in(chosen) if chosen else None
    return chosen, found.message_id if found else None


async def go_to(window: Window, conversation_id: str, message_id: str) -> None:
    """Shows the turn of a message, or says where it is when it is not among those shown."""
    stored = await (await window.session.services()).store.load(conversation_id)
    transcript = window.view.transcript
    for turn in stored.turns:
        if transcript and message_id in {turn.question_id, turn.reply_id}:
            await transcript.go_to(turn.id)
            return
    window.say("The words stand on a branch that was left by an edit, a retry or /undo.")


async def session_rows(window: Window, *, asks: bool = False) -> list[SessionRow]:
    """The chats, or with `asks` all conversations; pinned ones however old they are."""
    store = (await window.session.services()).store
    rows = await store.rows(LISTED, listed="all" if asks else "chats")
    pinned = await store.rows(LISTED, listed="pinned")
    by_id = {row.id: row for row in (*rows, *pinned)}
    doomed = window.view.side.doomed if window.view.side is not None else ()
    return [
        SessionRow(
            row.id,
            row.title,
            row.updated,
            row.turns,
            row.preview,
            row.ask,
            row.model,
            row.kept,
            row.tags,
        )
        for row in by_id.values()
        if row.id not in doomed
    ]


async def remove(window: Window, conversation_id: str) -> None:
    session = window.session
    current = conversation_id == session.conversation_id
    if current:
        await window.settle()
    await (await session.services()).store.remove(conversation_id)
    if current:
        session.new()
        await window.show_conversation()
    window.show_state()


def best_messages(hits: Sequence[MessageHit], query: str) -> list[FoundMessage]:
    """The best hit of each conversation, in their order."""
    best: dict[str, MessageHit] = {}
    for hit in hits:
        best.setdefault(hit.conversation, hit)
    return [
        FoundMessage(
            conversation_id=hit.conversation,
            title=hit.title or "Untitled",
            message_id=hit.message_id,
            created=hit.created,
            excerpt=excerpt(hit.text, query, EXCERPT_CHARACTERS),
        )
        for hit in best.values()
    ]


class StoredSessions(SessionsScreen):
    """The list of conversations, with the store behind it."""

    def __init__(self, window: Window, rows: list[SessionRow]) -> None:
        super().__init__(rows, window.session.conversation_id, datetime.now(UTC))
        self._window = window

    @on(SessionsScreen.RenameWanted)
    def _rename(self, event: SessionsScreen.RenameWanted) -> None:
        self._window.begin("sessions", self._change, event.conversation_id, event.title)

    @on(SessionsScreen.KeepWanted)
    def _keep(self, event: SessionsScreen.KeepWanted) -> None:
        self._window.begin("sessions", self._put, event.conversation_ids, event.kept)

    @on(SessionsScreen.AsksWanted)
    def _list(self) -> None:
        self._window.begin("sessions", self._show)

    @on(SessionsScreen.SearchWanted)
    def _search(self, event: SessionsScreen.SearchWanted) -> None:
        self._window.begin("search", self._find, event.query)

    async def _find(self, query: str) -> None:
        """By words at once; by what is meant when no more is typed for a while."""
        services = await self._window.session.services()
        _, words = taken_apart(query)
        hits = await services.store.search(words, FOUND)
        self.show_found(query, await asyncio.to_thread(best_messages, hits, query))
        await asyncio.sleep(MEANING_PAUSE_SECONDS)
        # All of a time that is looked for by itself; its words ("last", "May") say little.
        is_time = is_time_alone(words, date.today())
        near = await services.messages_about(words, FOUND if is_time else NEAR)
        if near:
            hits = [*near, *hits] if is_time else [*hits, *near]
            self.show_found(query, await asyncio.to_thread(best_messages, hits, query))

    async def _change(self, conversation_id: str, title: str) -> None:
        window, session = self._window, self._window.session
        await (await session.services()).store.rename(conversation_id, title)
        if conversation_id == session.conversation_id:
            session.title = title
        window.show_state()
        await self._show()

    async def _put(self, conversation_ids: Sequence[str], kept: Kept) -> None:
        store = (await self._window.session.services()).store
        for each in conversation_ids:
            await store.keep(each, kept)
        await self._show()

    async def _show(self) -> None:
        rows = await session_rows(self._window, asks=self.with_asks)
        self.show_sessions(rows, self._window.session.conversation_id, datetime.now(UTC))


async def rename(window: Window, argument: str) -> None:
    if not argument:
        raise UsageError("Give the new title: /rename TITLE.")
    await window.session.rename(argument)
    window.show_state()
    window.say(f"This conversation is now called {argument}.")


async def fork(window: Window, argument: str) -> None:
    """Goes on in a copy, which leaves this conversation as it is."""
    await window.settle()
    head = window.session.path.head
    if head is None:
        raise UsageError("There is nothing to fork yet: ask something first.")
    await window.session.fork(head)
    await window.show_conversation()
    window.say("This is a copy now; the conversation before it stays as it was.")


COMMANDS = (
    Command("new", "", "Start a new conversation", new, leads=True),
    Command("clear", "", "Start a new conversation; the old one stays stored", new, leads=True),
    Command("resume", "[ID]", "Open a stored conversation", resume, leads=True),
    Command("rename", "TITLE", "Give this conversation a title", rename),
    Command("fork", "", "Go on in a copy of this conversation", fork, leads=True),
)
