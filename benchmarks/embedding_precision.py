"""Whether int8 and bf16 find what float32 finds, and how fast each is, in one run.

    python benchmarks/embedding_precision.py FOLDER

FOLDER holds `spans/` as benchmarks/retrieval_quality.py describes it, and
`zh/cmrc2018_trial.json` in SQuAD's layout. Only the vectors rank here: hit@5 is the share of
questions with a chunk among the first five that covers 80% of a gold span (spans), or that
holds the answer (zh). Target: within 0.3 points of fp32. bf16 takes part where the processor
calculates in it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.question_sets import Question
from benchmarks.question_sets import spans as span_questions
from chatui.config.paths import resolve
from chatui.domain.errors import EmbedderFailed
from chatui.retrieval.chunking.chunker import Chunker
from chatui.retrieval.chunking.document import Chunk
from chatui.retrieval.embedding.embedder import WorkerEmbedder
from chatui.retrieval.embedding.prepared import WantedPrecision
from chatui.retrieval.readers.reader import read

MODEL = "all-MiniLM-L6-v2"
PLACES = 5
COVERED = 0.8
CHUNK_TOKENS = 200


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """`hits[q]` are the numbers of the chunks that answer question q."""

    chunks: list[str]
    questions: list[str]
    hits: list[set[int]]


def spans(folder: Path, chunker: Chunker) -> QuestionSet:
    found = [
        (file.name, chunk)
        for file in sorted((folder / "corpora").glob("*.md"))
        for chunk in chunker.chunks(read(file.name, file.read_bytes()))
    ]
    questions = span_questions(folder)
    hits = [
        {number for number, (source, chunk) in enumerate(found) if covers(chunk, source, question)}
        for question in questions
    ]
    return QuestionSet(
        [chunk.indexed_text for _, chunk in found], [one.text for one in questions], hits
    )


def covers(chunk: Chunk, source: str, question: Question) -> bool:
    return source == question.source and any(
        min(end, chunk.char_end) - max(start, chunk.char_start) >= COVERED * (end - start)
        for start, end in question.spans
    )


def chinese(file: Path, chunker: Chunker) -> QuestionSet:
    chunks: list[str] = []
    questions: list[str] = []
    hits: list[set[int]] = []
    for number, article in enumerate(json.loads(file.read_text())["data"]):
        for paragraph in article["paragraphs"]:
            name = f"{number}.md"
            cut = chunker.chunks(read(name, paragraph["context"].encode()))
            for asked in paragraph["qas"]:
                answers = [answer["text"] for answer in asked["answers"]]
                questions.append(asked["question"])
                hits.append(
                    {
                        len(chunks) + at
                        for at, chunk in enumerate(cut)
                        if any(answer in chunk.text for answer in answers)
                    }
                )
            chunks += [chunk.indexed_text for chunk in cut]
    return QuestionSet(chunks, questions, hits)


async def matrix(embedder: WorkerEmbedder, texts: list[str], *, queries: bool) -> numpy.ndarray:
    if queries:
        rows = [await embedder.embed_query(text) for text in texts]
    else:
        rows = await embedder.embed_documents(texts)
    return numpy.frombuffer(b"".join(rows), "<f4").reshape(len(rows), -1)


async def hit_share(embedder: WorkerEmbedder, questions: QuestionSet) -> tuple[float, float]:
    """(hit@5, chunks embedded a second)."""
    start = time.perf_counter()
    chunks = await matrix(embedder, questions.chunks, queries=False)
    rate = len(chunks) / (time.perf_counter() - start)
    asked = await matrix(embedder, questions.questions, queries=True)
    nearest = numpy.argsort(-(asked @ chunks.T), axis=1, kind="stable")[:, :PLACES]
    found = sum(
        not wanted.isdisjoint(row.tolist())
        for wanted, row in zip(questions.hits, nearest, strict=True)
    )
    return found / len(questions.questions), rate


async def measure(folder: Path) -> None:
    plain = WorkerEmbedder(MODEL, resolve().embedders, precision="fp32")
    tokenizer, limit = await plain.tokenizer_file()
    await plain.close()
    chunker = Chunker.by_tokens(tokenizer, limit, CHUNK_TOKENS)
    sets = {
        "spans": spans(folder / "spans", chunker),
        "zh": chinese(folder / "zh" / "cmrc2018_trial.json", chunker),
    }
    base: dict[str, float] = {}
    precisions: tuple[WantedPrecision, ...] = ("fp32", "int8", "bf16")
    for precision in precisions:
        embedder = WorkerEmbedder(MODEL, resolve().embedders, precision=precision)
        try:
            await embedder.start()
        except EmbedderFailed as error:
            print(f"{precision}: {error}")
            continue
        for name, questions in sets.items():
            share, rate = await hit_share(embedder, questions)
            points = 100 * (share - base.setdefault(name, share))
            print(
                f"{name:6}{precision}  hit@5 {share:.4f} ({points:+.2f} points), "
                f"{rate:.1f} chunks/s, load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
        await embedder.close()


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    asyncio.run(measure(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
