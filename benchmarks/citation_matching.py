"""How exactly sentences without a mark get their citation by matching.

    python benchmarks/citation_matching.py EVAL_FOLDER [--every N]

EVAL_FOLDER holds `spans/corpora/*.md` and `spans/questions.csv` (columns question, corpus_id
and references, a JSON list of spans). For each question an answer is made by rule of:

- sentences of the references, word for word and lightly paraphrased: each has a source;
- sentences of the same document that stand in none of the passages, of other documents, and
  of the references with another number, another name, or denied: these have none.

Eight passages hold the references among others of the document. Targets: at least 95% of the
added citations point to a passage that holds the sentence's source, and an answer of 1,000
words takes at most 20 ms. Exit code 1 when either is missed.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from chatui.domain.passage import Passage
from chatui.text.citations.statements import answer_statements
from chatui.text.citations.support import FEWEST_WORDS, supported

PASSAGES = 8
PASSAGE_CHARACTERS = 900
SYNONYMS = {
    "however": "but", "began": "started", "also": "too", "large": "big", "shows": "demonstrates",
    "significant": "considerable", "help": "assist", "increase": "growth", "found": "discovered",
    "primarily": "mainly", "approximately": "about", "requires": "needs", "many": "numerous",
    "due to": "because of", "people": "persons", "used": "employed", "important": "essential",
    "will": "shall", "such as": "like", "including": "among them", "provide": "offer",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a made answer. `source` is the text that it was made from, or None."""

    kind: str
    text: str
    source: str | None


def sentences_in(text: str) -> list[str]:
    found = [text[one.start : one.end] for one in answer_statements(text) if fits(one.words)]
    return [" ".join(sentence.split()) for sentence in found if "|" not in sentence]


def fits(words: frozenset[str]) -> bool:
    return FEWEST_WORDS + 2 <= len(words) <= 60


def paraphrased(sentence: str) -> str:
    """Other words for some, the order of two clauses changed, an opening word left out."""
    changed = re.sub(r"^(?:And|But|So|However|Additionally|Moreover),? ", "", sentence)
    for word, other in SYNONYMS.items():
        changed = re.sub(rf"\b{word}\b", other, changed)
    clauses = changed.rstrip(".").split(", ", 1)
    if len(clauses) == 2 and all(len(clause.split()) > 4 for clause in clauses):
        changed = f"{clauses[1]}, {clauses[0]}."
    return changed[0].upper() + changed[1:]


def falsified(sentence: str, chance: random.Random) -> Iterator[Sentence]:
    """The sentence with one thing in it that no source says."""
    if numbers := re.findall(r"\d+(?:[.,]\d+)*", sentence):
        number = chance.choice(numbers)
        other = str(chance.randint(100, 9999))
        yield Sentence("another number", sentence.replace(number, other, 1), None)
    if names := re.findall(r"(?<=[a-z,] )[A-Z][a-z]{3,}", sentence):
        yield Sentence("another name", sentence.replace(chance.choice(names), "Quenterra"), None)
    denied = re.sub(r"\b(is|are|was|were|will|can|has|have) (?!not)", r"\1 not ", sentence, count=1)
    if denied != sentence and " not" not in sentence and "n't" not in sentence:
        yield Sentence("denied", denied, None)


def pieces(document: str) -> list[str]:
    """The document in passages of about PASSAGE_CHARACTERS that end with a sentence."""
    found, start = [], 0
    while start < len(document):
        end = document.find(". ", start + PASSAGE_CHARACTERS)
        end = len(document) if end < 0 else end + 1
        found.append(document[start:end])
        start = end
    return found


def passage(rank: int, text: str, source: str) -> Passage:
    return Passage(
        rank=rank, score=1.0, source=source, path=f"/{source}", title="", heading="", page=None,
        char_start=0, char_end=len(text), line_start=1, line_end=1, text=text,
        collection="default", chunk_id=str(rank),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    answer: tuple[Sentence, ...]
    passages: tuple[Passage, ...]


def cases(folder: Path, every: int) -> Iterator[Case]:
    chance = random.Random(7)
    documents = {path.stem: path.read_text() for path in (folder / "corpora").glob("*.md")}
    cut = {name: pieces(text) for name, text in documents.items()}
    with (folder / "questions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))[::every]
    for row in rows:
        name = row["corpus_id"]
        wanted = [reference["content"] for reference in json.loads(row["references"])]
        holding = [piece for piece in cut[name] if any(text in piece for text in wanted)]
        others = [piece for piece in cut[name] if piece not in holding]
        chosen = holding[:PASSAGES]
        chosen += chance.sample(others, PASSAGES - len(chosen))
        chance.shuffle(chosen)
        true = [one for text in wanted for one in sentences_in(text)]
        true = [one for one in true if any(one in " ".join(piece.split()) for piece in chosen)]
        left = " ".join(chance.choice([piece for piece in others if piece not in chosen]).split())
        seen = " ".join(" ".join(piece.split()) for piece in chosen)
        made = [Sentence("word for word", one, one) for one in true]
        made += [Sentence("paraphrased", paraphrased(one), one) for one in true]
        made += [false for one in true for false in falsified(one, chance)]
        near = [one for one in sentences_in(left)[1:-1] if one not in seen]
        made += [Sentence("same document", one, None) for one in near]
        far = chance.choice(cut[chance.choice([other for other in cut if other != name])])
        made += [Sentence("other document", one, None) for one in sentences_in(far)[1:-1]]
        chance.shuffle(made)
        if true:
            ranked = (passage(n, text, f"{name}.md") for n, text in enumerate(chosen, start=1))
            yield Case(tuple(made), tuple(ranked))


def judge(case: Case, seen: Counter[str], cited: Counter[str], right: Counter[str]) -> None:
    """Counts for each kind its sentences, those that were cited, and rightly so."""
    text = "\n\n".join(sentence.text for sentence in case.answer)
    citations = supported(text, (), case.passages)
    ends, place = {}, 0
    for sentence in case.answer:
        place += len(sentence.text)
        ends[place] = sentence
        place += 2
    for sentence in case.answer:
        seen[sentence.kind] += 1
    for citation in citations:
        holds = " ".join(citation.passage.text.split())
        for offset in citation.added:
            sentence = ends[min(end for end in ends if end >= offset)]
            cited[sentence.kind] += 1
            right[sentence.kind] += sentence.source is not None and sentence.source in holds


def milliseconds(made: Sequence[Case]) -> float:
    """Median of the processor time over answers of 1,000 words, eight passages each."""
    words = " ".join(one.text + ("\n\n" if n % 4 == 3 else "") for case in made[:40] for n, one in
                     enumerate(case.answer)).split(" ")  # fmt: skip
    taken = []
    for case, start in zip(made[:20], range(0, 20_000, 500), strict=False):
        text = " ".join(words[start : start + 1000])
        began = time.process_time()
        supported(text, (), case.passages)
        taken.append((time.process_time() - began) * 1000)
    return statistics.median(taken)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1)
    given = parser.parse_args()
    seen, cited, right = Counter[str](), Counter[str](), Counter[str]()
    made = list(cases(given.folder / "spans", given.every))
    for case in made:
        judge(case, seen, cited, right)
    print(f"{'kind':<16}{'sentences':>10}{'cited':>8}{'rightly':>8}")
    for kind in sorted(seen):
        print(f"{kind:<16}{seen[kind]:>10}{cited[kind]:>8}{right[kind]:>8}")
    precision = right.total() / cited.total()
    true = ("word for word", "paraphrased")
    recall = sum(right[kind] for kind in true) / sum(seen[kind] for kind in true)
    took = milliseconds(made)
    print(f"{len(made)} answers: precision {precision:.3f} (>= 0.95), recall {recall:.3f}")
    print(f"1,000 words against {PASSAGES} passages: {took:.1f} ms of processor (<= 20 ms)")
    return 0 if precision >= 0.95 and took <= 20 else 1


if __name__ == "__main__":
    raise SystemExit(main())
