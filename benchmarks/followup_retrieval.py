"""How well a follow-up finds its passages, against the same question asked in full.

    python benchmarks/followup_retrieval.py FOLDER

FOLDER holds `spans/corpora/*.md` and `spans/questions.csv` (columns question, corpus_id and
references, a JSON list of {content, start_index, end_index}), and may hold `zh/*.json` in
SQuAD's layout. Follow-ups are made from pairs of questions about the same document: what the
second shares with the first is replaced by a pronoun ("What criticisms of it were noted?"),
or all of it but its last four new words is left out ("And the Little Rock Arsenal's
inventory?"). Then each full question is asked behind an unrelated conversation, which must not
drag it down, and once more in the form of a follow-up, which is taken for one ("moved on").

Printed is hit@5 (at least one gold span covered to 80% by the first five passages) of the
full question, the bare follow-up, the history-aware query, and the follow-up behind just those
words of the question before that the full one has too. Nobody can know these; an ellipsis has
lost more than that, and its full question is out of reach. The ratio is that of the
history-aware query to the full question.

What was tried, in the same figures (English pronouns and ellipses, Chinese 它 and 那…呢; then
what "moved on", English and Chinese, of a quarter or an eighth of these questions). They were
taken with exact cosines in place of the index, and differ by a point or so from what is printed.
"Of the halves" are two halves of the questions, by a hash of their text; both were in view when
the settings were chosen, so that neither is a held-out set. Bare, the
figures are .865 .772 .749 .747 and .797 .972, in full .924 .924 .996 .996.

    before: raw BM25 of the context, times .7      .873 .810 .960 .982   .720 .940
      of the halves                                .851/.894 .807/.813 .972/.949 .986/.979
      the same with .4, or with .25                .890 .840 .942 .962   .805 .960
                                                   .903 .831 .896 .924   .814 .972
    context and question joined as one text        .819 .671 .967 .987   .227 .904
    every question takes a context                 .861 .810 .978 .982   .720 .940
      but new topics then lose 2.6 points or more
    context only for chunks with the new words     .903 .848 .873 .887   .805 .972
      (BM25 times the share of the best)
    context brought to half the question's best    .907 .857 .902 .911   .797 .976
      and the root of it, for partial matches      .920 .865 .900 .911   .814 .976
    the same, weighed by how clear its best is     .916 .857 .938 .960   .797 .960
      1.3 of it                                    .916 .865 .947 .976   .754 .936
    and the last answer's documents lifted by .1   .916 .857 .951 .976   .780 .944
      of the halves                                .921/.911 .868/.846 .972/.932 .986/.966
      by .2                                        .920 .861 .962 .989   .720 .940
      or places near its passages, by .1           .920 .865 .951 .973   .797 .944

Printed now:

    spans          number  full  bare  with history  shared words known
    pronoun           237 0.920 0.865  0.920         0.920
    all               474 0.920 0.812  0.890         0.897
    ellipsis          237 0.920 0.759  0.861         0.873
    new topic         472 0.930 0.930  0.930         0.930
    moved on          472 0.930 0.763  0.737         0.763
    ratio 0.968
    cmrc2018_trial number  full  bare  with history  shared words known
    它                 450 0.996 0.747  0.973         0.996
    all               900 0.996 0.747  0.974         0.996
    那…呢               450 0.996 0.747  0.976         0.996
    new topic        1002 0.982 0.982  0.981         0.982
    moved on         1002 0.982 0.980  0.945         0.980
    ratio 0.979

Taken: the lift by .1 at a weight of 1, and 它, 他, 她 known behind more words. A higher weight
or lift gains half a point, but "and the price of the other one?" then finds the old one's.
"""

from __future__ import annotations

import asyncio
import csv
import json
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, pairwise
from pathlib import Path

from chatui.assistant.lookup import SearchDefaults, query_of
from chatui.bootstrap.documents import Documents, open_documents
from chatui.config.paths import Paths
from chatui.config.paths import resolve as resolve_paths
from chatui.config.schema import Config
from chatui.domain.conversation import Exchange
from chatui.domain.passage import Passage
from chatui.retrieval.search.query import Query
from chatui.text.followup_words import FORM_WORDS, HAN, folded

K = 5
PASSAGES = SearchDefaults().passages
"""So many a turn gets; their documents draw the next one."""
COVERED = 0.8
EVERY = 2
"""Each so many-th English question gets follow-ups: all of them take twice as long."""
RARE = 0.2
"""A word that more of a document's questions have is not what two of them are about."""


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    source: str
    spans: tuple[tuple[int, int], ...]
    answer: str

    def is_hit(self, passages: Sequence[Passage]) -> bool:
        own = [passage for passage in passages[:K] if passage.source == self.source]
        return any(
            sum(max(0, min(end, p.char_end) - max(start, p.char_start)) for p in own)
            >= COVERED * (end - start)
            for start, end in self.spans
        )


@dataclass(frozen=True, slots=True)
class FollowUp:
    kind: str
    text: str
    before: Question
    full: Question
    known: str = ""
    """With what both share; "" where the full question has no more than that."""


def spans_questions(folder: Path) -> list[Question]:
    with (folder / "questions.csv").open(newline="", encoding="utf-8") as rows:
        return [
            Question(
                row["question"],
                f"{row['corpus_id']}.md",
                tuple((one["start_index"], one["end_index"]) for one in references),
                " ".join(one["content"] for one in references),
            )
            for row in csv.DictReader(rows)
            for references in [json.loads(row["references"])]
        ]


def chinese_questions(file: Path, out: Path) -> list[Question]:
    """Writes a file per article, and gives the questions with their answers' places."""
    out.mkdir(parents=True)
    found = []
    for number, article in enumerate(json.loads(file.read_text(encoding="utf-8"))["data"]):
        text = f"# {article['title']}"
        for paragraph in article["paragraphs"]:
            text += "\n\n"
            for asked in paragraph["qas"]:
                answer = asked["answers"][0]
                start = len(text) + paragraph["context"].find(answer["text"])
                span = (start, start + len(answer["text"]))
                name = f"{number:03}.md"
                found.append(Question(asked["question"], name, (span,), answer["text"]))
            text += paragraph["context"]
        (out / f"{number:03}.md").write_text(text, encoding="utf-8")
    return found


def follow_ups(questions: Sequence[Question]) -> Iterator[FollowUp]:
    """Each question behind the one about the same document that it shares most with."""
    documents: dict[str, list[Question]] = defaultdict(list)
    for question in questions:
        documents[question.source].append(question)
    for same in documents.values():
        frequency = Counter(word for one in same for word in _about(one.text))
        common = max(2.0, RARE * len(same))
        for full in same[::EVERY]:
            before = max(
                (one for one in same if one.spans != full.spans),
                key=lambda one, full=full: sum(  # type: ignore[misc]
                    1 / frequency[w] for w in _shared(one, full) if frequency[w] <= common
                ),
                default=None,
            )
            shared = _shared(before, full) if before else set()
            if before and any(frequency[word] <= common for word in shared):
                same_words = " ".join(w for w in before.text.split() if _about(w) & shared)
                for kind, text in (
                    ("pronoun", with_pronouns(full.text, shared)),
                    ("ellipsis", elliptic(full.text, shared)),
                ):
                    yield FollowUp(kind, text, before, full, f"{same_words} {text}")


def _about(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", folded(text)) if word not in FORM_WORDS}


def _shared(one: Question, other: Question) -> set[str]:
    return _about(one.text) & _about(other.text)


def with_pronouns(text: str, shared: set[str]) -> str:
    """The question with "it" where shared words stand, with the words of form before them."""
    pieces: list[str] = []
    for is_shared, run in groupby(text.split(), lambda word: bool(_about(word) & shared)):
        found = list(run)
        if not is_shared:
            pieces += found
            continue
        while pieces and pieces[-1].lower() in ("the", "a", "an", "of", "of the"):
            pieces.pop()
        pieces.append("its" if found[-1].endswith(("'s", "s'")) else "it")
    sentence = re.sub(r"\b(its?)(?: \w+)? \1\b", r"\1", " ".join(pieces))
    return sentence if sentence.endswith("?") else f"{sentence}?"


def elliptic(text: str, shared: Collection[str] = ()) -> str:
    """ "And …?" with the words of content that the question before did not have."""
    new = [word.strip("?,.") for word in text.split() if _about(word) - set(shared)]
    return f"And {' '.join(new[-4:])}?"


def chinese_follow_ups(questions: Sequence[Question]) -> Iterator[FollowUp]:
    """The part that two questions about one article share becomes 它."""
    for _, group in groupby(questions, lambda question: question.source):
        same = list(group)
        for before, full in pairwise(same):
            match = SequenceMatcher(None, before.text, full.text, autojunk=False)
            at = match.find_longest_match()
            shared = full.text[at.b : at.b + at.size]
            if len(HAN.findall(shared)) >= 3:
                yield FollowUp("它", full.text.replace(shared, "它", 1), before, full)
                rest = full.text.replace(shared, "").strip("？?的，")
                yield FollowUp("那…呢", f"那{rest}呢？", before, full)


async def report(documents: Documents, collection: str, questions: list[Question]) -> float:
    chinese = bool(HAN.search(questions[0].text))
    asked = list((chinese_follow_ups if chinese else follow_ups)(questions))
    known: dict[Query, tuple[Passage, ...]] = {}

    async def hit(query: Query, question: Question) -> bool:
        if query not in known:
            known[query] = await documents.retriever.search(
                query, collection=collection, k=PASSAGES
            )
        return question.is_hit(known[query])

    async def aware(text: str, before: Question) -> Query:
        """What the chat searches for."""
        await hit(Query(before.text), before)
        near = tuple(passage.path for passage in known[Query(before.text)])
        return query_of(text, [Exchange(before.text, before.answer)], near)

    hits: dict[str, list[list[bool]]] = defaultdict(list)
    for one in asked:
        history = await aware(one.text, one.before)
        queries = Query(one.full.text), Query(one.text), history, Query(one.known or one.full.text)
        row = [await hit(query, one.full) for query in queries]
        hits[one.kind].append(row)
        hits["all"].append(row)
    for number, question in enumerate(questions):
        other = questions[(number + len(questions) // 2) % len(questions)]
        full = Query(question.text)
        as_follow_up = f"那{question.text.strip('？?')}呢？" if chinese else elliptic(question.text)
        for kind, text in (("new topic", question.text), ("moved on", as_follow_up)):
            bare, history = Query(text), await aware(text, other)
            row = [await hit(one, question) for one in (full, bare, history, bare)]
            hits[kind].append(row)
    print(f"{collection:15}{'number':>6}  full  bare  with history  shared words known")
    for kind, rows in hits.items():
        shares = (sum(column) / len(rows) for column in zip(*rows, strict=True))
        in_full, alone, with_history, best = (f"{share:.3f}" for share in shares)
        print(f"{kind:15}{len(rows):6} {in_full} {alone}  {with_history:12}  {best}")
    all_full, _, all_aware, _ = (sum(column) for column in zip(*hits["all"], strict=True))
    return float(all_aware / all_full)


async def measure(folder: Path, data: Path) -> None:
    cache = resolve_paths().embedders.parent
    async with open_documents(Config(), Paths(data / "config.toml", data, data, cache)) as found:
        sets = {"spans": (folder / "spans" / "corpora", spans_questions(folder / "spans"))}
        for file in sorted((folder / "zh").glob("*.json")):
            written = data / "zh" / file.stem
            sets[file.stem] = (written, chinese_questions(file, written))
        for collection, (place, questions) in sets.items():
            async for _ in found.ingestor.run([place], collection=collection):
                pass
            print(f"ratio {await report(found, collection, questions):.3f}")


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as data:
        asyncio.run(measure(Path(sys.argv[1]), Path(data)))


if __name__ == "__main__":
    main()
