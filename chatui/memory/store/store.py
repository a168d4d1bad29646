"""chats.db behind an async face. What the methods do is told where their queries are."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chatui.domain.conversation import Turn
from chatui.domain.errors import StoreError
from chatui.domain.media import Medium
from chatui.domain.passage import Passage
from chatui.domain.usage import Cost
from chatui.memory.policy import MemoryChoice
from chatui.memory.records import (
    HEAD,
    ConversationRow,
    Kept,
    LedgerRow,
    Listed,
    MessageHit,
    SentPrompt,
    StoredConversation,
    StoredMessage,
    StoredTurn,
    TurnVersion,
    VersionPlace,
    WindowMark,
)
from chatui.memory.store import (
    conversations,
    fork,
    heads,
    ledger,
    media,
    open_calls,
    search,
    sent,
    turn_path,
    turns,
    versions,
)
from chatui.memory.store.budgets import ConversationBudgets
from chatui.memory.store.drafts import Drafts
from chatui.memory.store.loaded import LastLoaded
from chatui.memory.store.masks import MaskStore
from chatui.memory.store.message_vectors import MessageVectors
from chatui.memory.store.notes import Notes
from chatui.memory.store.observations import Observations
from chatui.memory.store.promises import Promises, dead_writers, forget_dead
from chatui.memory.store.query_thread import QueryThread
from chatui.memory.store.running_costs import RunningCosts
from chatui.memory.store.summaries import Summaries
from chatui.memory.store.writers import Writers

if TYPE_CHECKING:
    from chatui.cost.stats.values import Grouping, Stats
    from chatui.memory.imported import ImportedConversation
    from chatui.memory.store.arrival import Arrival
    from chatui.memory.store.spoken import SentTurn

BUSY_SECONDS = 5.0
OLDER: Final = "The chats of an earlier chatui are brought up to date, this once; a copy is kept."


class ChatStore:
    """Conversations, turns and the ledger of every call.

    All methods raise StoreError, with one plain sentence, when the file is locked, damaged
    or full, or when an id is unknown (NoSuchConversation, its subclass, for a
    conversation's). A write is on the disk when it returns, and is carried out even if its
    caller is cancelled while waiting. Several processes may use one file at a time.
    """

    def __init__(self, path: Path) -> None:
        """Only names the file; `open` makes a store that can be used."""
        self.path = path
        self._thread = QueryThread(path)
        self._writers = Writers(path)
        self._last_loaded = LastLoaded()
        self._running_costs = RunningCosts()
        self.told: str | None = None
        """A sentence on what was done to a file that was damaged."""
        self.summaries = Summaries(self._thread)
        self.masks = MaskStore(self._thread)
        self.notes = Notes(self._thread)
        self.vectors = MessageVectors(self._thread)
        self.drafts = Drafts(self._thread, self._writers)
        self.budgets = ConversationBudgets(self._thread)
        self.promises = Promises(self._thread, self._writers)
        self.observations = Observations(self._thread)

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        busy_seconds: float = BUSY_SECONDS,
        on_warning: Callable[[str], None] = lambda sentence: None,
    ) -> ChatStore:
        """Opens the file, or creates it (0600, in folders of 0700). A write waits `busy_seconds`
        for another process's write to end. A damaged file is set aside, and one that can't be
        written can be read: `told` and `unwritable` say so. `on_warning` gets a sentence, in a
        thread, before a file of an earlier chatui is brought up to date."""
        store = cls(path)
        try:
            store.told = await store._thread.open(
                busy_seconds, store._last_loaded.watch, lambda: on_warning(OLDER)
            )
            with suppress(StoreError):
                # The next to open the file does it where it can't be written now.
                await store._book_left()
                if await store._thread.read(ledger.is_behind):
                    await store._sum_up()
        # Also a cancel: no thread and no file stay open behind whoever asked.
        except BaseException:
            await store.close()
            raise
        return store

    @property
    def unwritable(self) -> str | None:
        """Why the chats can only be read at present, and what to do."""
        return self._thread.unwritable

    async def _book_left(self) -> None:
        dead = await self._thread.read(lambda db: open_calls.left(db, self._writers.alive))
        for writer in dead:
            await self._thread.write(functools.partial(open_calls.book_left, writer=writer))
        if await self._thread.read(lambda db: dead_writers(db, self._writers)):
            await self._thread.write(lambda db: forget_dead(db, self._writers))

    async def _sum_up(self) -> None:
        """Keeps the ledger's sums as far as it goes, so that no statistics have to. Where they
        can't be written, those only take longer."""
        from chatui.memory.store import kept_sums  # seldom needed

        with suppress(StoreError):
            while await self._thread.write(kept_sums.keep_up):
                pass

    async def _write_booking(self, work: Callable[[sqlite3.Connection], None]) -> None:
        def booked(db: sqlite3.Connection) -> bool:
            work(db)
            return ledger.is_behind(db)

        # In a write of their own: no sum may cost a booking.
        if await self._thread.write(booked):
            await self._sum_up()

    async def close(self) -> None:
        """Closing twice is fine. A turn that this store began and that is still pending
        reads as interrupted from now on."""
        await self._thread.close(self._writers.close)

    # Conversations

    async def create(
        self, title: str = "", model: str = "", *, ask: bool = False
    ) -> StoredConversation:
        """A conversation without turns. An empty title is filled by the first question. An `ask`
        is one until it is gone on with, and then a chat."""
        return await self._thread.write(lambda db: conversations.create(db, title, model, ask=ask))

    async def resolve(self, prefix: str) -> str:
        """The full id of the one conversation whose id begins with `prefix`."""
        return await self._thread.read(lambda db: conversations.resolve(db, prefix))

    async def load(self, conversation_id: str) -> StoredConversation:
        """The conversation with the turns up to its head; a unique start of an id will do."""
        return await self._thread.read(
            lambda db: self._last_loaded.load(db, conversation_id, self._writers)
        )

    async def path_to(self, turn_id: str) -> tuple[StoredTurn, ...]:
        """The turns up to that one, on whatever branch it is; none for one that is not there."""
        return await self._thread.read(lambda db: turn_path.read_path(db, turn_id, self._writers))

    async def messages(self, conversation_id: str) -> tuple[StoredMessage, ...]:
        """The messages up to the head, in order, imported system messages included; empty
        ones are left out."""
        return await self._thread.read(
            lambda db: conversations.messages(
                db, self._last_loaded.load(db, conversation_id, self._writers)
            )
        )

    async def latest(self) -> str | None:
        """The id of the conversation that was last written to."""
        return await self._thread.read(conversations.latest)

    async def rows(
        self, limit: int = 100, offset: int = 0, listed: Listed = "all", tag: str = ""
    ) -> list[ConversationRow]:
        """The conversations last written to, newest first; with a `tag` those that have it, or one
        within it."""
        return await self._thread.read(
            lambda db: conversations.rows(db, limit, offset, listed, tag)
        )

    async def rename(self, conversation_id: str, title: str) -> None:
        await self._thread.write(lambda db: conversations.rename(db, conversation_id, title))

    async def keep(self, conversation_id: str, kept: Kept) -> None:
        """Pins the conversation, puts it into the archive, or neither. Raises
        NoSuchConversation."""
        await self._thread.write(lambda db: conversations.keep(db, conversation_id, kept))

    async def tags(self, conversation_id: str) -> tuple[str, ...]:
        return await self._thread.read(lambda db: conversations.tags(db, conversation_id))

    async def put_tags(self, conversation_id: str, tags: Sequence[str]) -> None:
        """In the place of those that it has, as `text.tags` writes them. Raises
        NoSuchConversation."""
        await self._thread.write(lambda db: conversations.put_tags(db, conversation_id, tags))

    async def tags_in_use(self) -> dict[str, int]:
        """How many conversations have each tag, the most frequent first."""
        return await self._thread.read(conversations.tags_in_use)

    async def remove(self, conversation_id: str) -> None:
        """Deletes the conversation with every turn of its tree; the ledger stays."""
        await self._thread.write(lambda db: conversations.remove(db, conversation_id))

    async def fork(self, conversation_id: str, turn_id: str) -> str:
        """A new conversation with copies of the turns up to `turn_id`; returns its id."""
        return await self._thread.write(lambda db: fork.fork(db, conversation_id, turn_id))

    async def add(self, imported: Iterable[ImportedConversation]) -> list[Arrival]:
        """Writes imported conversations, all or none, each as it comes, and of those that are here
        what is new. What `imported` raises is raised, and nothing is written then."""
        from chatui.memory.store import arrival  # few sessions import anything

        return await self._thread.write(lambda db: [arrival.add(db, one) for one in imported])

    # Turns

    async def begin_turn(
        self,
        conversation_id: str,
        question: str,
        *,
        parent: str | None = HEAD,
        model: str = "",
        move: bool = True,
        media: Sequence[Medium] = (),
    ) -> StoredTurn:
        """Stores the question, with its `media`, and a pending reply, after the head or after
        the given turn (None: as another beginning), and moves the head there unless `move` is
        False. It is on the disk when this returns; if the process then dies, the turn reads as
        interrupted."""
        return await self._thread.write(
            lambda db: turns.begin_turn(
                db,
                conversation_id,
                question,
                parent=parent,
                model=model,
                writer=self._writers.own(),
                move=move,
                media=media,
            )
        )

    async def media(self, hashes: Sequence[str]) -> Mapping[str, bytes]:
        """The bytes of pictures and PDFs, by their hashes; those that are gone are left out."""
        return await self._thread.read(lambda db: media.data_of(db, hashes))

    async def save_partial(
        self, turn_id: str, text: str, reasoning: str = "", call: LedgerRow | None = None
    ) -> None:
        """The reply so far, all of it, and what its call has used: if this process dies, the
        next one books that. A turn that is settled already is left alone."""

        def work(db: sqlite3.Connection) -> None:
            turns.save_partial(db, turn_id, text, reasoning)
            if call is not None:
                open_calls.keep(db, call, self._writers.own())

        await self._thread.write(work)

    async def reopen_turn(self, turn_id: str) -> None:
        """Makes a settled turn pending again, to go on with its reply."""
        await self._thread.write(lambda db: turns.reopen(db, turn_id, self._writers.own()))

    async def save_passages(self, turn_id: str, passages: tuple[Passage, ...]) -> None:
        await self._thread.write(lambda db: turns.save_passages(db, turn_id, passages))

    async def save_window(self, turn_id: str, mark: WindowMark) -> None:
        """Where the turn's prompt began; it comes back as `StoredTurn.window`."""

        def work(db: sqlite3.Connection) -> None:
            turns.save_window(db, turn_id, mark)
            sent.save(db, turn_id, mark)

        await self._thread.write(work)

    async def settle_turn(self, turn_id: str, turn: Turn, call: LedgerRow | None = None) -> None:
        """Stores how the turn ended: state, reply and passages, and books its call in the
        same write. Question, time and pin stay what they were."""

        def work(db: sqlite3.Connection) -> None:
            turns.settle_turn(db, turn_id, turn)
            open_calls.drop(db, turn_id)
            if call is not None:
                ledger.book(db, call)

        await self._write_booking(work)

    async def pin(self, turn_id: str, pinned: bool) -> None:
        """A pinned turn stays in the prompt when older ones are trimmed."""
        await self._thread.write(lambda db: turns.pin(db, turn_id, pinned))

    async def leave_out(self, turn_id: str, left_out: datetime | None) -> None:
        """Leaves the turn out of every prompt from then on; None lets it in again, and takes back
        the summaries that were made without it."""
        await self._thread.write(lambda db: turns.leave_out(db, turn_id, left_out))

    # Versions of a turn

    async def version_places(self, turn_ids: Sequence[str]) -> dict[str, VersionPlace]:
        """Of those turns that have several versions: which of them each is, and of how many."""
        return await self._thread.read(lambda db: versions.places(db, turn_ids))

    async def versions_of(self, turn_id: str) -> list[TurnVersion]:
        """The turns that follow the same one, itself among them, in the order they were made."""
        return await self._thread.read(lambda db: versions.versions_of(db, turn_id))

    async def version_tree(self, conversation_id: str) -> list[TurnVersion]:
        """All turns of the conversation, each behind the one that it follows."""
        return await self._thread.read(lambda db: versions.tree(db, conversation_id))

    async def newest_behind(self, turn_id: str) -> str:
        """The end of the branch through that turn which was gone on with last."""
        return await self._thread.read(lambda db: versions.newest_behind(db, turn_id))

    async def add_edited(self, turn_id: str, turn: Turn) -> str:
        """Stores `turn`, whose reply the user has edited, as a version beside that one, and moves
        the head to it; its id."""
        return await self._thread.write(lambda db: versions.add_edited(db, turn_id, turn))

    # What a prompt remembers

    async def memory_choice(self, conversation_id: str) -> MemoryChoice:
        """What the conversation's user set for its memory."""
        return await self._thread.read(lambda db: sent.choice(db, conversation_id))

    async def choose_memory(self, conversation_id: str, chosen: MemoryChoice) -> None:
        """Replaces what was set before."""
        await self._thread.write(lambda db: sent.choose(db, conversation_id, chosen))

    async def window_mark(self, turn_id: str) -> WindowMark | None:
        """All that is known of the prompt of a turn; None when none was sent."""
        return await self._thread.read(lambda db: sent.of_turn(db, turn_id))

    async def last_sent(self, conversation_id: str) -> SentPrompt | None:
        """The prompt that was sent last in the conversation, on any of its branches."""
        return await self._thread.read(lambda db: sent.last(db, conversation_id))

    async def chosen(self, conversation_id: str) -> str:
        """What `keep_chosen` was given; "" for nothing."""
        return await self._thread.read(lambda db: conversations.chosen(db, conversation_id))

    async def limit(self, conversation_id: str) -> tuple[str, ...]:
        """The paths of the files that its next questions are limited to; none without a limit."""
        return await self._thread.read(lambda db: conversations.limit(db, conversation_id))

    async def keep_chosen(self, conversation_id: str, chosen: str) -> None:
        """What was chosen for the conversation in the window, as text; "" for nothing."""
        await self._thread.write(lambda db: conversations.choose(db, conversation_id, chosen))

    # The head

    async def move_head(self, conversation_id: str, turn_id: str | None) -> None:
        """Shows the path up to that turn, None: no turn. Nothing is deleted."""
        await self._thread.write(lambda db: heads.move_head(db, conversation_id, turn_id))

    async def lay_trail(
        self, conversation_id: str, before: str | None, turns: Sequence[str], *, keep: bool
    ) -> None:
        """Makes each of the turns a step of undo and redo, in place of what came since the
        head was `before`; the head moves to the last of them, or back there."""
        await self._thread.write(
            lambda db: heads.lay_trail(db, conversation_id, before, turns, keep=keep)
        )

    async def head_before(self, conversation_id: str) -> str | None:
        """The newest turn that was shown before the head moved last."""
        return await self._thread.read(lambda db: heads.head_before(db, conversation_id))

    async def on_other_branches(self, conversation_id: str) -> int:
        """How many turns edits, retries or other programs have left beside the path."""
        return await self._thread.read(lambda db: heads.on_other_branches(db, conversation_id))

    async def undo(self, conversation_id: str) -> bool:
        """Takes back the last move of the head: a turn, an edit, a retry, a branch. False
        when there is none."""
        return await self._thread.write(lambda db: heads.undo(db, conversation_id))

    async def redo(self, conversation_id: str) -> bool:
        """Makes the move again that was undone last. False when there is none."""
        return await self._thread.write(lambda db: heads.redo(db, conversation_id))

    # Money and models

    async def book(self, row: LedgerRow) -> None:
        await self._write_booking(lambda db: ledger.book(db, row))

    async def ledger(
        self, conversation_id: str | None = None, *, since: datetime | None = None
    ) -> list[LedgerRow]:
        """The rows of one conversation or of all, oldest first, from `since` on."""
        return await self._thread.read(lambda db: ledger.read(db, conversation_id, since))

    async def spoken(self, conversation_id: str) -> list[SentTurn]:
        """The texts of all turns of the conversation, each after the one it follows."""
        from chatui.memory.store import spoken  # few sessions ask for them

        return await self._thread.read(lambda db: spoken.read(db, conversation_id))

    async def costs(self, conversation_id: str) -> tuple[Cost, ...]:
        """What a conversation cost, one sum per currency."""
        costs = self._running_costs.costs
        return await self._thread.read(lambda db: costs(db, conversation_id, None))

    async def costs_of(self, conversation_ids: Sequence[str]) -> dict[str, tuple[Cost, ...]]:
        """As `costs`, of several conversations."""
        return await self._thread.read(
            lambda db: {one: ledger.costs(db, one, None) for one in conversation_ids}
        )

    async def costs_since(self, moment: datetime) -> tuple[Cost, ...]:
        """What everything cost from that moment on, one sum per currency."""
        return await self._thread.read(lambda db: self._running_costs.costs(db, None, moment))

    async def stats(self, by: Grouping, days: int, now: datetime) -> Stats:
        """Sums of the ledger over the last `days` days, 0 for all; `now` is local time."""
        from chatui.memory.store import stats  # few sessions ask for them

        return await self._thread.read(lambda db: stats.read(db, by, days, now))

    async def remember_model(self, name: str) -> None:
        await self._thread.write(lambda db: ledger.remember_model(db, name))

    async def recent_models(self, limit: int = 10) -> list[str]:
        """The models used last, newest first."""
        return await self._thread.read(lambda db: ledger.recent_models(db, limit))

    async def last_model(self) -> str | None:
        return next(iter(await self.recent_models(1)), None)

    # Finding again

    async def prompts(self, limit: int = 500) -> list[str]:
        """The questions asked last, newest first, each once."""
        return await self._thread.read(lambda db: search.prompts(db, limit))

    async def search(
        self, query: str, k: int, conversation_id: str | None = None
    ) -> list[MessageHit]:
        """The k messages that match any text's words best; imported ones keep their ids."""
        return await self._thread.read(lambda db: search.search(db, query, k, conversation_id))
