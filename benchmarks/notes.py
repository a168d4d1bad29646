"""Which notes a question calls for, out of 50, when there are too many for every prompt.

`note_cases.json` has notes of one person, 35 questions with the notes that they need (hardly
one in the note's own words), and 20 that need none. Beside the product, words alone and
vectors alone are measured in the same run.

    python benchmarks/notes.py
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chatui.assistant.notes.keeper import LEAST_COSINE, called, cosines
from chatui.config.paths import resolve
from chatui.memory.records import Note
from chatui.retrieval.embedding.embedder import WorkerEmbedder

CASES: dict[str, Any] = json.loads(Path(__file__).with_name("note_cases.json").read_text())
NOW = datetime(2026, 1, 1, tzinfo=UTC)
NOTES = [Note(n, text, NOW, NOW) for n, text in enumerate(CASES["notes"], start=1)]

Choose = Callable[[str, Mapping[int, float]], list[int]]

WAYS: dict[str, Choose] = {
    "words and meaning": lambda question, near: called(NOTES, question, near),
    "words alone": lambda question, near: called(NOTES, question, {}),
    "meaning alone": lambda question, near: [n for n, c in near.items() if c >= LEAST_COSINE],
}


async def nearness(questions: list[str]) -> dict[str, dict[int, float]]:
    embedder = WorkerEmbedder("all-MiniLM-L6-v2", resolve(None, None).cache / "embedders")
    try:
        made = await embedder.embed_documents([note.text for note in NOTES])
        vectors = {note.number: vector for note, vector in zip(NOTES, made, strict=True)}
        return {text: cosines(await embedder.embed_query(text), vectors) for text in questions}
    finally:
        await embedder.close()


def main() -> None:
    asked, unrelated = CASES["asked"], CASES["unrelated"]
    near = asyncio.run(nearness([case["question"] for case in asked] + unrelated))
    print(f"{len(NOTES)} notes, {len(asked)} questions, {len(unrelated)} that need none")
    print(f"{'':20} {'found':>6} {'others':>7} {'needless':>9} {'ms':>6}")
    found = {}
    for way, choose in WAYS.items():
        began = time.perf_counter()
        chosen = {text: set(choose(text, cosines)) for text, cosines in near.items()}
        spent = (time.perf_counter() - began) / len(near) * 1000
        wanted = {case["question"]: set(case["notes"]) for case in asked}
        hits = sum(len(chosen[text] & notes) for text, notes in wanted.items())
        others = sum(len(chosen[text] - notes) for text, notes in wanted.items())
        needless = sum(len(chosen[text]) for text in unrelated)
        found[way] = hits / sum(map(len, wanted.values()))
        print(
            f"{way:20} {found[way]:>6.0%} {others / len(wanted):>7.1f} "
            f"{needless / len(unrelated):>9.1f} {spent:>6.2f}"
        )
    ratio = found["words and meaning"] / found["words alone"]
    print(f"ratio: {ratio:.2f} times as many of the needed notes as words alone find")


if __name__ == "__main__":
    main()
