"""How often the gold span of a question is in the first 1, 3, 5 or 8 passages, by leg.

    python benchmarks/fusion.py FOLDER

FOLDER holds `corpora/*.md` and `questions.csv` with the columns question, references (JSON
list of {start_index, end_index} into the corpus) and corpus_id. A question counts as hit when
at least one of its spans is covered to 80% by the passages together. The ratio at the end is
hit@5 of the fused ranking over that of the better leg alone.
"""

from __future__ import annotations

import asyncio
import csv
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chatui.passage import Passage
from chatui.paths import resolve
from chatui.retrieval.embedder import WorkerEmbedder
from chatui.retrieval.fusion import reciprocal_ranks
from chatui.retrieval.ingest import Ingestor
from chatui.retrieval.library import Library
from chatui.retrieval.retriever import Retriever
from chatui.retrieval.vectors import ChromaIndex

PLACES = (1, 3, 5, 8)
CANDIDATES = 50
COLLECTION = "benchmark"


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    source: str
    spans: tuple[tuple[int, int], ...]

    def is_hit(self, passages: Sequence[Passage]) -> bool:
        own = [passage for passage in passages if passage.source == self.source]
        return any(
            sum(max(0, min(end, p.char_end) - max(start, p.char_start)) for p in own)
            >= 0.8 * (end - start)
            for start, end in self.spans
        )


def read_questions(file: Path) -> list[Question]:
    with file.open(newline="", encoding="utf-8") as rows:
        return [
            Question(
                row["question"],
                f"{row['corpus_id']}.md",
                tuple(
                    (span["start_index"], span["end_index"])
                    for span in json.loads(row["references"])
                ),
            )
            for row in csv.DictReader(rows)
        ]


async def rankings(retriever: Retriever, query: str) -> dict[str, list[Passage]]:
    """The passages of each way to rank them, the best first."""
    found: dict[str, list[Passage]] = {}
    for mode in ("dense", "lexical", "hybrid"):
        passages = await retriever.search(query, collection=COLLECTION, k=CANDIDATES, mode=mode)
        found[mode] = list(passages)
    by_id = {passage.chunk_id: passage for leg in found.values() for passage in leg}
    dense, lexical = ([p.chunk_id for p in found[leg]] for leg in ("dense", "lexical"))
    fused = reciprocal_ranks(dense, lexical, 0.5)
    found["rrf"] = [by_id[chunk_id] for chunk_id, _ in fused if chunk_id in by_id]
    return found


async def measure(folder: Path, data: Path) -> None:
    library = Library(data / "library.db")
    embedder = WorkerEmbedder("all-MiniLM-L6-v2", resolve().embedders)
    vectors = ChromaIndex(data / "vectors")
    async for _ in Ingestor(library, embedder, vectors).run(
        [folder / "corpora"], collection=COLLECTION
    ):
        pass
    retriever = Retriever(library, embedder, vectors)
    questions = await asyncio.to_thread(read_questions, folder / "questions.csv")
    hits: dict[str, list[int]] = defaultdict(lambda: [0] * len(PLACES))
    for question in questions:
        for name, passages in (await rankings(retriever, question.text)).items():
            for at, k in enumerate(PLACES):
                hits[name][at] += question.is_hit(passages[:k])
    for part in (library, embedder, vectors):
        await part.close()
    print(f"{'':10}" + "".join(f"  hit@{k}" for k in PLACES))
    for name, counts in hits.items():
        print(f"{name:10}" + "".join(f"  {count / len(questions):.3f}" for count in counts))
    at = PLACES.index(5)
    print(f"ratio {hits['hybrid'][at] / max(hits['dense'][at], hits['lexical'][at]):.3f}")


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as data:
        asyncio.run(measure(Path(sys.argv[1]), Path(data)))


if __name__ == "__main__":
    main()
