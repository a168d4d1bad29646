"""chats.db beside bare SQLite: opening it, storing a question durably, and loading a
conversation of 10,000 messages, without passages and with 8 on every turn (target <= 1 s),
beside selecting the same rows."""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from chatui.domain.conversation import Role
from chatui.domain.passage import Citation, Passage, Ranks
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.store.codec import citations_to_text, passages_to_text
from chatui.memory.store.database import now
from chatui.memory.store.store import ChatStore

ROUNDS = 15
MESSAGES = 10_000
PASSAGES = 8


def long_conversation() -> ImportedConversation:
    said = (
        ImportedMessage(
            (Role.USER, Role.ASSISTANT)[n % 2],
            f"Message {n}. " + "It says what such messages say. " * 8,
            now(),
            n - 1 if n else None,
        )
        for n in range(MESSAGES)
    )
    return ImportedConversation("Long", now(), tuple(said), MESSAGES - 1)


def found_passages() -> tuple[Passage, ...]:
    """As long as those that a search gives a prompt."""
    text = "A passage says what passages say, sentence by sentence. " * 25
    return tuple(
        Passage(
            rank=rank,
            score=1 / rank,
            source=f"notes/{rank}.md",
            path=f"/home/me/notes/{rank}.md",
            title="Notes",
            heading="What passages say",
            page=None,
            char_start=0,
            char_end=len(text),
            line_start=1,
            line_end=20,
            text=text,
            collection="default",
            chunk_id=f"{rank:032x}",
            ranks=Ranks(rank, rank),
            similarity=0.5,
        )
        for rank in range(1, PASSAGES + 1)
    )


def give_passages(connection: sqlite3.Connection) -> None:
    """Stores the passages on every turn, and cites the first of them."""
    passages = found_passages()
    cited = citations_to_text([Citation(1, passages[0])], passages)
    connection.execute(
        "UPDATE turns SET passages = ?, citations = ?", (passages_to_text(passages), cited)
    )


async def median_seconds(
    work: Callable[[], Awaitable[object]], before: Callable[[], Awaitable[object]] | None = None
) -> float:
    """`before` is done ahead of each round and not timed."""
    taken = []
    for _ in range(ROUNDS):
        if before is not None:
            await before()
        start = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def report(what: str, ours: float, bare: float) -> None:
    print(f"{what}: {ours * 1000:.1f} ms, bare SQLite {bare * 1000:.1f} ms: {ours / bare:.1f}x")


def bare_connection(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    return connection


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chats.db"
        store = await ChatStore.open(path)
        (arrival,) = await store.add([long_conversation()])
        conversation = arrival.conversation
        bare = bare_connection(path)
        bare.execute("CREATE TABLE plain (text TEXT)")

        async def open_store() -> None:
            await (await ChatStore.open(path)).close()

        async def open_bare() -> None:
            connection = bare_connection(path)
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            connection.close()

        async def insert() -> None:
            bare.execute("INSERT INTO plain VALUES ('A question')")

        async def select() -> None:
            bare.execute("SELECT content, created, role FROM messages").fetchall()

        report("open", await median_seconds(open_store), await median_seconds(open_bare))

        async def forget() -> None:
            """A write makes the store forget the conversation that it has just loaded."""
            await store.rename(conversation, "Long")

        async def select_passages() -> None:
            bare.execute("SELECT passages, citations FROM turns").fetchall()
            await select()

        load = await median_seconds(lambda: store.load(conversation), forget)
        report(f"load {MESSAGES:,} messages", load, await median_seconds(select))
        give_passages(bare)
        load = await median_seconds(lambda: store.load(conversation), forget)
        what = f"load {MESSAGES:,} messages with {PASSAGES} passages on every turn"
        report(what, load, await median_seconds(select_passages))
        asking = await median_seconds(lambda: store.begin_turn(conversation, "A question"))
        report("store a question", asking, await median_seconds(insert))
        await store.close()
        bare.close()


if __name__ == "__main__":
    asyncio.run(main())
