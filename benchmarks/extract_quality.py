"""What `builtin/extract` quotes and refuses, on question sets with known answer spans.

    python benchmarks/extract_quality.py EVAL_FOLDER [--passages 8] [--every N] [--questions 160]
        [--sets NAME …]

EVAL_FOLDER holds `spans/corpora/*.md` and `spans/questions.csv` (columns question,
corpus_id and references, a JSON list of spans with their `content`), and may hold
`zh/*.json` in SQuAD's layout. Files are ingested into a temporary data folder and searched
as the chat does it. `--every N` takes each Nth question for the refusals, `--sets` these sets alone
(`manual`, `small`, `spans`, `zh` or a folder's name).

- Answered: the reply quotes at least 80% of the characters of one of the question's
  references, from that very place (and, as the second figure, from any place with the same
  text: reports repeat themselves). Targets: >= 60% of the questions, <= 160 words each.
- Refused: half of the corpora are ingested and the questions of the others are asked, in
  every split of the five, both ways. Targets: >= 90% refused, <= 5% of the answerable ones.
- Each folder with `docs/` and `queries.jsonl` (a language, or questions in one language on text in
  another): its articles are dealt to two collections, and so many questions put to both. Targets:
  the answer quoted for >= 75%, and refusals as above.
- `small_libraries.json`: two to five files of one's own in ten languages, ten questions that they
  answer and ten about other documents.
- The manual: of `manual_questions.jsonl` those whose line is quoted.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import itertools
import json
import re
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from benchmarks.question_sets import Slice, asked
from chatui.bootstrap.documents import Documents, comparer, open_documents
from chatui.config.paths import Paths
from chatui.config.paths import resolve as resolve_paths
from chatui.config.schema import Config
from chatui.domain.passage import MANUAL, Passage
from chatui.models.base import ModelRequest, TextDelta
from chatui.models.extractive.likeness import Embed, SentenceComparer
from chatui.models.extractive.model import ExtractiveModel
from chatui.models.extractive.replies import NOTHING_FOUND
from chatui.retrieval.embedding.pair import EmbedderPair
from chatui.text.citations.marks import settled
from chatui.text.terms import words_in

OTHER_KINDS = ("finance", "locomo")
"""Sets of PDFs and of chats, whose answers are pages and messages."""
COVERED = 0.8
SHORTEST_MATCH = 12
"""Characters; shorter agreements of a reply with a reference are chance (CJK: a quarter)."""


@dataclass(frozen=True, slots=True)
class Question:
    """`references` are the texts that answer, `spans` their characters in the corpus."""

    text: str
    corpus: str
    references: tuple[str, ...]
    spans: tuple[tuple[int, int], ...] = ()


def remembering(documents: Documents) -> SentenceComparer:
    """Embeds a text once: the refusals ask about the same passages many times over."""
    pair = documents.embedder
    assert isinstance(pair, EmbedderPair)
    return SentenceComparer(
        once(pair.english.embed_documents),
        once(pair.universal.embed_documents),
        pair.universal.met_each,
    )


def once(embed: Embed) -> Embed:
    known: dict[str, bytes] = {}

    async def embedded(texts: Sequence[str]) -> list[bytes]:
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(missing, await embed(missing) if missing else [], strict=True))
        return [known[text] for text in texts]

    return embedded


@dataclass(slots=True)
class Bench:
    """The documents, a model over them, and how many passages it is given."""

    documents: Documents
    model: ExtractiveModel
    k: int

    async def ingest(self, collection: str, files: Sequence[Path]) -> None:
        async for _ in self.documents.ingestor.run(files, collection=collection):
            pass

    async def answer(self, question: str, collection: str) -> tuple[str, tuple[Passage, ...]]:
        passages = await self.documents.retriever.search(question, collection=collection, k=self.k)
        request = ModelRequest(messages=(), question=question, passages=passages)
        events = [event async for event in self.model.stream(request)]
        return "".join(e.text for e in events if isinstance(e, TextDelta)), passages


def folded(text: str) -> str:
    return " ".join(text.split())


def quotes_in(reply: str) -> list[str]:
    """Each for itself: those of one passage may stand in any order."""
    return re.split(r"(?<=\[\d\])\n\n", reply)


def agreements(quotes: Sequence[str], wanted: str) -> set[int]:
    """The characters of `wanted` that a quote holds too."""
    shortest = SHORTEST_MATCH if wanted.isascii() else SHORTEST_MATCH // 4
    found: set[int] = set()
    for quote in quotes:
        blocks = SequenceMatcher(None, quote, wanted, autojunk=False).get_matching_blocks()
        same = [b for b in blocks if b.size >= min(shortest, len(wanted))]
        found.update(at for b in same for at in range(b.b, b.b + b.size))
    return found


def holds_text(question: Question, text: str) -> bool:
    quotes = [folded(quote) for quote in quotes_in(text)]
    return any(
        len(agreements(quotes, reference)) >= COVERED * len(reference)
        for reference in map(folded, question.references)
    )


def quotes_place(question: Question, reply: str, passages: Sequence[Passage]) -> bool:
    quoted: set[int] = set()
    for citation in settled(reply, passages).citations:
        passage = citation.passage
        if passage.source == f"{question.corpus}.md":
            same = agreements(quotes_in(reply), passage.text)
            quoted.update(passage.char_start + at for at in same)
    return any(len(quoted & set(range(*span))) >= COVERED * (span[1] - span[0])
               for span in question.spans)  # fmt: skip


def span_questions(folder: Path) -> list[Question]:
    with (folder / "questions.csv").open(encoding="utf-8") as file:
        return [
            Question(
                row["question"],
                row["corpus_id"],
                tuple(reference["content"] for reference in json.loads(row["references"])),
                tuple((r["start_index"], r["end_index"]) for r in json.loads(row["references"])),
            )
            for row in csv.DictReader(file)
        ]


async def measure_answers(bench: Bench, questions: Sequence[Question], collection: str) -> None:
    hits: dict[str, list[bool]] = {}
    texts, found, refused = 0, 0, 0
    words: list[float] = []
    seconds: list[float] = []
    for question in questions:
        start = time.perf_counter()
        reply, passages = await bench.answer(question.text, collection)
        seconds.append(time.perf_counter() - start)
        holds = holds_text(question, reply)
        texts += holds
        hit = quotes_place(question, reply, passages) if question.spans else holds
        hits.setdefault(question.corpus, []).append(hit)
        found += holds_text(question, "\n".join(passage.text for passage in passages))
        refused += reply == NOTHING_FOUND
        words += [] if reply == NOTHING_FOUND else [words_in(reply)]
    total = len(questions)
    print(f"answered {sum(map(sum, hits.values())) / total:.1%} of {total} (target >= 60%)")
    print("  " + ", ".join(f"{name} {sum(h) / len(h):.0%}" for name, h in hits.items()))
    print(
        f"  the reply holds the text for {texts / total:.1%}, the passages for {found / total:.1%}"
    )
    print(f"  refused {refused / total:.1%}")
    print(f"  words: mean {statistics.mean(words):.0f}, most {max(words):.0f} (target <= 160)")
    print(f"  seconds a question: median {statistics.median(seconds):.2f}, most {max(seconds):.2f}")


async def refusals(
    bench: Bench, questions: Sequence[Question], collection: str, held: frozenset[str]
) -> tuple[list[bool], list[bool]]:
    """Whether each question was refused: those without, and those with an answer."""
    without: list[bool] = []
    answerable: list[bool] = []
    for question in questions:
        reply, _ = await bench.answer(question.text, collection)
        (answerable if question.corpus in held else without).append(reply == NOTHING_FOUND)
    return without, answerable


async def measure_refusals(bench: Bench, questions: Sequence[Question], corpora: Path) -> None:
    names = sorted({question.corpus for question in questions})
    right, wrong = [], []
    for pair in itertools.combinations(names, len(names) // 2):
        for part in (frozenset(pair), frozenset(names) - frozenset(pair)):
            collection = "-".join(sorted(part))
            await bench.ingest(collection, [corpora / f"{name}.md" for name in sorted(part)])
            without, answerable = await refusals(bench, questions, collection, part)
            right += without
            wrong += answerable
    print(f"refused {sum(right) / len(right):.1%} of {len(right)} without answer (target >= 90%)")
    print(f"  and {sum(wrong) / len(wrong):.1%} of {len(wrong)} with one (target <= 5%)")


def chinese_questions(file: Path, folder: Path) -> list[Question]:
    """Writes every other article into the folder; "held" is the corpus of their questions."""
    questions = []
    folder.mkdir()
    for place, article in enumerate(json.loads(file.read_text("utf-8"))["data"]):
        paragraphs = article["paragraphs"]
        if place % 2 == 0:
            text = "\n\n".join(paragraph["context"] for paragraph in paragraphs)
            (folder / f"{place}.md").write_text(text, "utf-8")
        for qa in (qa for paragraph in paragraphs for qa in paragraph["qas"][:2]):
            texts = tuple(answer["text"] for answer in qa["answers"])
            questions.append(Question(qa["question"], "other" if place % 2 else "held", texts))
    return questions


async def measure_chinese(bench: Bench, file: Path, folder: Path) -> None:
    questions = await asyncio.to_thread(chinese_questions, file, folder)
    await bench.ingest(file.stem, [folder])
    print(f"{file.name}:")
    answerable = [question for question in questions if question.corpus == "held"]
    await measure_answers(bench, answerable, file.stem)
    right, wrong = await refusals(bench, questions, file.stem, frozenset({"held"}))
    print(f"  refused {sum(right) / len(right):.1%} of {len(right)} without answer")
    print(f"  and {sum(wrong) / len(wrong):.1%} of {len(wrong)} with one")


def languages(folder: Path) -> list[Path]:
    sets = [queries.parent for queries in sorted(folder.glob("*/queries.jsonl"))]
    return [one for one in sets if one.name not in OTHER_KINDS]


async def measure_language(bench: Bench, folder: Path, count: int) -> None:
    """Every other article of a set in one collection, the rest in another: so many of its questions
    are put to both."""
    name, files = folder.name, sorted((folder / "docs").iterdir())
    halves = {file.name: side for side in (0, 1) for file in files[side::2]}
    for side in (0, 1):
        await bench.ingest(f"{name}-{side}", files[side::2])
    questions = asked(folder)
    hits, wrong, right = [], [], []
    for question in (questions[at * len(questions) // count] for at in range(count)):
        own = halves[question.source]
        reply, passages = await bench.answer(question.text, f"{name}-{own}")
        hits.append(question.is_hit(quoted(reply, passages)))
        wrong.append(reply == NOTHING_FOUND)
        reply, _ = await bench.answer(question.text, f"{name}-{1 - own}")
        right.append(reply == NOTHING_FOUND)
    print(
        f"{name}: {count} questions, gold inside {sum(hits) / count:.0%}; refused"
        f" {sum(right) / count:.0%} without an answer, {sum(wrong) / count:.0%} with one",
        flush=True,
    )


def quoted(reply: str, passages: Sequence[Passage]) -> list[Slice]:
    """The stretches of the passages that a reply quotes."""
    found: list[Slice] = []
    for citation in settled(reply, passages).citations:
        one = citation.passage
        start = one.char_start
        found += [
            (one.source, start + at, start + at + 1, one.page)
            for at in agreements(quotes_in(reply), one.text)
        ]
    return found


async def measure_manual(bench: Bench) -> None:
    """Of the questions on chatui's own manual, those whose line is quoted."""
    lines = (Path(__file__).parent / "manual_questions.jsonl").read_text("utf-8").splitlines()
    asked = [json.loads(line) for line in lines]
    await bench.documents.manual.ready()
    found: dict[str, list[bool]] = {}
    for one in asked:
        reply, _ = await bench.answer(one["question"], MANUAL)
        hit = any(quote in reply for quote in one["quotes"])
        found.setdefault(one["language"], []).append(hit)
    whole = sum(map(sum, found.values()))
    print(f"the manual: the line is quoted for {whole} of {len(asked)}")
    print("  " + ", ".join(f"{name} {sum(hits)}/{len(hits)}" for name, hits in found.items()))


async def measure_small(bench: Bench, folder: Path) -> None:
    """Those answered with the text that answers, and refused, of ten each."""
    libraries = json.loads((Path(__file__).parent / "small_libraries.json").read_text("utf-8"))
    for name, library in libraries.items():
        files = await asyncio.to_thread(written, folder / name, library["files"])
        await bench.ingest(name, files)
        hits, wrong = 0, 0
        for question, answer in library["asked"]:
            reply, _ = await bench.answer(question, name)
            hits += answer in reply
            wrong += reply == NOTHING_FOUND
        replies = [(await bench.answer(question, name))[0] for question in library["foreign"]]
        right = sum(reply == NOTHING_FOUND for reply in replies)
        print(f"small {name}: answered {hits}, refused {right} without and {wrong} with an answer")


def written(folder: Path, texts: dict[str, str]) -> list[Path]:
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return sorted(folder.iterdir())


async def run_sets(folder: Path, paths: Paths, k: int, count: int, sets: Sequence[str]) -> None:
    async with open_documents(Config(), paths) as documents:
        bench = Bench(documents, ExtractiveModel(remembering(documents)), k)
        for name in sets:
            if name == "manual":
                await measure_manual(bench)
            elif name == "small":
                await measure_small(bench, paths.data / "small")
            elif name == "spans":
                corpora = folder / "spans" / "corpora"
                await bench.ingest("all", sorted(corpora.glob("*.md")))
                await measure_answers(bench, span_questions(folder / "spans"), "all")
            elif name == "zh":
                for file in sorted((folder / "zh").glob("*.json")):
                    await measure_chinese(bench, file, paths.data / file.stem)
            else:
                await measure_language(bench, folder / name, count)


async def run(folder: Path, paths: Paths, k: int, every: int, count: int) -> None:
    async with open_documents(Config(), paths) as documents:
        fresh = Bench(documents, ExtractiveModel(comparer(documents.embedder)), k)
        await measure_manual(fresh)
        for language in await asyncio.to_thread(languages, folder):
            await measure_language(fresh, language, count)
        questions, corpora = span_questions(folder / "spans"), folder / "spans" / "corpora"
        await fresh.ingest("all", sorted(corpora.glob("*.md")))
        await measure_answers(fresh, questions, "all")
        cached = Bench(documents, ExtractiveModel(remembering(documents)), k)
        await measure_refusals(cached, questions[::every], corpora)
        for file in sorted((folder / "zh").glob("*.json")):
            await measure_chinese(cached, file, paths.data / file.stem)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--passages", type=int, default=8)
    parser.add_argument("--every", type=int, default=4)
    parser.add_argument("--questions", type=int, default=160)
    parser.add_argument("--sets", nargs="*", default=())
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        paths = resolve_paths(data_dir=Path(data))
        k, count = options.passages, options.questions
        asyncio.run(
            run_sets(options.folder, paths, k, count, options.sets)
            if options.sets
            else run(options.folder, paths, k, options.every, count)
        )


if __name__ == "__main__":
    main()
