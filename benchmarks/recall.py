"""Facts said once, asked for 500 turns later: how many are found, and how fast.

    .venv/bin/python benchmarks/recall.py

200 questions, half of them in other words than the fact, then 80 more that nothing was tuned
on. Prints the share with the fact in
the first five messages, the same by words alone, how many related and unrelated questions
recall anything at the threshold, and the warm lookup beside embedding the question alone.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.recall_chat import CASES, HELD_OUT, Case, cases, conversation, unrelated
from chatui.assistant.recall.index import MessageIndex, NearMessage
from chatui.assistant.recall.recaller import LEAST_SCORE
from chatui.config.paths import resolve
from chatui.memory.store.store import ChatStore
from chatui.retrieval.embedding.embedder import WorkerEmbedder
from chatui.retrieval.embedding.pair import EmbedderPair
from chatui.retrieval.embedding.source import UNIVERSAL
from chatui.retrieval.search.query import Query

FIRST = 5
IN_WINDOW = 20
"""The newest turns, which the prompt holds and recall leaves out."""


async def main() -> None:
    for file in (CASES, HELD_OUT):
        print(f"== {file.name}")
        await measured(file)


async def measured(file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = await ChatStore.open(Path(folder) / "chats.db")
        cache = resolve(None, None).embedders
        embedder = EmbedderPair(
            WorkerEmbedder("all-MiniLM-L6-v2", cache), WorkerEmbedder(UNIVERSAL, cache)
        )
        index = MessageIndex(store, embedder)
        try:
            await measure(store, embedder, index, file)
        finally:
            await index.close()
            await embedder.close()
            await store.close()


async def measure(
    store: ChatStore, embedder: EmbedderPair, index: MessageIndex, file: Path
) -> None:
    (arrival,) = await store.add([conversation(file)])
    cid = arrival.conversation
    started, done = time.perf_counter(), 0
    async for progress in index.catch_up():
        done = progress.done
    seconds = time.perf_counter() - started
    print(f"indexed {done} messages in {seconds:.1f} s ({done / seconds:.0f} a second)")
    turns = [stored.id for stored in (await store.load(cid)).turns[:-IN_WINDOW]]

    found: dict[bool, list[bool]] = {True: [], False: []}
    by_words: list[bool] = []
    recalled: list[bool] = []
    lookups: list[float] = []
    for case in cases(file):
        begun = time.perf_counter()
        messages = await index.find(Query(case.question), conversation=cid, turns=turns)
        lookups.append(time.perf_counter() - begun)
        recalled.append(is_recalled(messages))
        best = [(one.number, one.rank) for one in messages]
        found[case.reworded].append(await holds(store, best, case))
        words, _ = await store.vectors.words(case.question, FIRST, cid, turns)
        by_words.append(await holds(store, words, case))
    others = [
        await index.find(Query(question), conversation=cid, turns=turns)
        for question in unrelated(file)
    ]
    false = sum(map(is_recalled, others))
    embeddings: list[float] = []
    for case in cases(file):
        begun = time.perf_counter()
        await embedder.embed_query(f"{case.question} ")
        embeddings.append(time.perf_counter() - begun)

    every = found[True] + found[False]
    print(f"in the first {FIRST}: {share(every)} of {len(every)}")
    print(f"  asked in the same words {share(found[False])}, in other words {share(found[True])}")
    print(f"  by words alone {share(by_words)}")
    print(f"recalled at {LEAST_SCORE}: {share(recalled)}; {false} of {len(others)} unrelated")
    lookup, embedding = (1000 * statistics.median(times) for times in (lookups, embeddings))
    print(f"warm lookup p50 {lookup:.1f} ms, of which embedding {embedding:.1f} ms")
    print(f"ratio {lookup / embedding:.2f} of the time that embedding the question takes")


def is_recalled(found: Sequence[NearMessage]) -> bool:
    return max((one.score for one in found), default=0.0) >= LEAST_SCORE


async def holds(store: ChatStore, scores: list[tuple[int, float]], case: Case) -> bool:
    hits = await store.vectors.hits(scores, FIRST)
    return case.message in [hit.message_id for hit in hits]


def share(found: list[bool]) -> str:
    return f"{sum(found) / len(found):.1%}"


if __name__ == "__main__":
    asyncio.run(main())
