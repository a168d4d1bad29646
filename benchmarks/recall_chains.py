"""Facts that were corrected, asked for 140 turns later: whether the newest value comes back.

    .venv/bin/python benchmarks/recall_chains.py [FILE …]

A file has chains: what was said, in its order, with `gaps` turns of other talk before each
correction (none where it is left out), and what is asked then. Without a name they are those of
recall_chains.json, which the rules were tuned on, recall_chains_held_out.json, of other topics in
other phrasing, and recall_chains_kinds.json, of other kinds: corrected several times, in part,
taken back, by the reply, in its unit, in one item of a list, hundreds of turns later, and what is
said about another thing and corrects nothing; and recall_chains_in_passing.json: corrected within
a longer message that asks for something else, by a question, by others, with a pronoun, turns
later, and back to the first plan. What is said is a question, or one and its reply;
`needed` are the places of what must come back (the last where it is left out), `uncorrected` of
what must not be marked. Prints how often what is needed comes back, the oldest one without the
newest, and the oldest one marked as corrected: with some talk between the chains, and with one
chain told right behind the other, where a correction may be taken for one of the wrong thing.
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
    Path(__file__).with_name(f"recall_chains{name}.json")
    for name in ("", "_held_out", "_kinds", "_in_passing")
)
TURNS_BETWEEN = 140
IN_WINDOW = 20
BETWEEN_CHAINS = 3
NOTED = {
    "en": "Noted.",
    "de": "Notiert.",
    "fr": "C'est noté.",
    "es": "Anotado.",
    "zh": "好的，记下了。",
}


def conversation(chains: list[dict[str, Any]], between: int) -> ImportedConversation:
    """The chains with so many turns of talk between them, then 140, a turn every 11 seconds."""
    others, said = talk(), list[tuple[str, str]]()
    for chain in chains:
        gaps = chain.get("gaps", [0] * (len(chain["said"]) - 1))
        for text, gap in zip(chain["said"], [between, *gaps], strict=True):
            said += [next(others)[1:] for _ in range(gap)]
            whole = isinstance(text, list)
            said.append((text[0], text[1]) if whole else (text, NOTED[chain["language"]]))
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
    came = alone = marked = wrongly = turns = 0
    for chain in chains:
        found = await recaller.recall(chain["asked"], past, ReplySettings(model="mine/small"))
        by_text = {one.stored.turn.question: one for one in found}
        said = [text if isinstance(text, str) else text[0] for text in chain["said"]]
        back = [by_text.get(text) for text in said]
        all_came = all(back[place] for place in chain.get("needed", [-1]))
        came += all_came
        alone += back[0] is not None and back[-1] is None and "needed" not in chain
        wrong = any((one := back[at]) and one.corrected for at in chain.get("uncorrected", ()))
        wrongly += wrong
        marked += "uncorrected" not in chain and bool(back[0] and back[0].corrected)
        turns += len(found)
        if not all_came or wrong:
            what = "marked" if all_came else "not there"
            print(f"  {what} ({chain['kind']}): {said} {chain['asked']} {list(by_text)}")
    print(
        f"{name}: what is needed in {came} of {len(chains)}, the oldest alone in {alone}, marked "
        f"as corrected in {marked}, wrongly so in {wrongly}; {turns / len(chains):.1f} turns"
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
