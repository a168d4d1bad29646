"""Facts that were corrected, asked for 140 turns later: whether the newest value comes back.

    .venv/bin/python benchmarks/recall_chains.py [FILE …]

A file has chains: what was said, in its order, with `gaps` turns of other talk before each
correction (none where it is left out), and what is asked then. Without a name they are those of
recall_chains.json, which the rules were tuned on, and recall_chains_held_out.json, of other topics
in other phrasing. Prints how often the newest turn comes back, the oldest one without it, and the
oldest one marked as corrected: with some talk between the chains, and with one chain told right
behind the other, where a correction may be taken for one of the wrong thing.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.recall_chat import talk
from chatui.assistant.recall.index import MessageIndex
from chatui.assistant.recall.recaller import TurnRecaller
from chatui.config.paths import resolve
from chatui.domain.conversation import Role
from chatui.jobs.profiles import ReplySettings
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.policy import MemoryPolicy
from chatui.memory.records import WindowMark
from chatui.memory.store.store import ChatStore
from chatui.retrieval.embedding.embedder import WorkerEmbedder
from chatui.retrieval.embedding.pair import EmbedderPair
from chatui.retrieval.embedding.source import UNIVERSAL

CHAINS = tuple(
    Path(__file__).with_name(name) for name in ("recall_chains.json", "recall_chains_held_out.json")
)
TURNS_BETWEEN = 140
IN_WINDOW = 20
BETWEEN_CHAINS = 3
NOTED = {"en": "Noted.", "de": "Notiert.", "fr": "C'est noté.", "zh": "好的，记下了。"}


def conversation(chains: list[dict[str, Any]], between: int) -> ImportedConversation:
    """The chains with so many turns of talk between them, then 140, a turn every 11 seconds."""
    others, said = talk(), list[tuple[str, str]]()
    for chain in chains:
        gaps = chain.get("gaps", [0] * (len(chain["said"]) - 1))
        for text, gap in zip(chain["said"], [between, *gaps], strict=True):
            said += [next(others)[1:] for _ in range(gap)]
            said.append((text, NOTED[chain["language"]]))
    said += [next(others)[1:] for _ in range(TURNS_BETWEEN)]
    began = datetime(2026, 1, 5, 9, tzinfo=UTC)
    messages: list[ImportedMessage] = []
    for place, (question, reply) in enumerate(said):
        time = began + timedelta(seconds=11 * place)
        before = len(messages) - 1 if messages else None
        messages.append(ImportedMessage(Role.USER, question, time, before))
        messages.append(ImportedMessage(Role.ASSISTANT, reply, time, len(messages) - 1))
    return ImportedConversation("Chains", began, tuple(messages), len(messages) - 1)


async def measure(
    name: str, chains: list[dict[str, Any]], between: int, store: ChatStore, index: MessageIndex
) -> None:
    (arrival,) = await store.add([conversation(chains, between)])
    past = (await store.load(arrival.conversation)).turns
    await store.save_window(past[-1].id, WindowMark(past[-IN_WINDOW].id, 500))
    past = (await store.load(arrival.conversation)).turns
    async for _ in index.catch_up(at_once=64):
        pass
    recaller = TurnRecaller(store, index, MemoryPolicy(recall=True), print)
    newest = alone = marked = turns = 0
    for chain in chains:
        found = await recaller.recall(chain["asked"], past, ReplySettings(model="mine/small"))
        said = [one.stored.turn.question for one in found]
        has_new = chain["said"][-1] in said
        has_old = chain["said"][0] in said
        newest += has_new
        alone += has_old and not has_new
        marked += any(
            one.corrected for one in found if one.stored.turn.question == chain["said"][0]
        )
        turns += len(found)
        if not has_new:
            print(f"  not the newest: {chain['said']} {chain['asked']} {said}")
    print(
        f"{name}: the newest in {newest} of {len(chains)}, the oldest alone in {alone}, marked as "
        f"corrected in {marked}; {turns / len(chains):.1f} turns"
    )


async def main() -> None:
    files = [Path(name) for name in sys.argv[1:]] or CHAINS
    cache = resolve(None, None).embedders
    with tempfile.TemporaryDirectory() as folder:
        store = await ChatStore.open(Path(folder) / "chats.db")
        embedder = EmbedderPair(
            WorkerEmbedder("all-MiniLM-L6-v2", cache), WorkerEmbedder(UNIVERSAL, cache)
        )
        index = MessageIndex(store, embedder)
        for file in files:
            chains = json.loads(file.read_text(encoding="utf-8"))["chains"]
            for between in (BETWEEN_CHAINS, 0):
                name = f"{file.stem}, {between} turns between chains"
                await measure(name, chains, between, store, index)
        await index.close()
        await embedder.close()
        await store.close()


if __name__ == "__main__":
    asyncio.run(main())
