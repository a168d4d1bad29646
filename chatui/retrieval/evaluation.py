"""How well passages answer questions whose answers are known: pure scoring.

The figures are the field's own: hit@k is the share of questions with a right passage among
the first k, MRR the mean of 1/rank of the first right one. hit@k alone rewards long passages;
so there is also hit@5 within the first 3,000 characters, of which a passage at the end may
hold a part.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from chatui.domain.passage import Passage
from chatui.retrieval.questions import Question
from chatui.text.languages import language_code

DEPTHS = (1, 3, 5, 8)
DEEPEST = max(DEPTHS)
BOUNDED_DEPTH, BOUND = 5, 3000
ANY_KIND = "?"
"""The kind of a file that nobody has named or found."""
ANY_LANGUAGE = "other"
"""That of a question in which nothing tells it."""
LEAST_QUOTE = 40
"""Characters of a passage that lies within a longer answer, to count as a part of it."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """What one search came to: the 1-based rank of the first right passage, None without
    one, and whether one lay within the bound."""

    rank: int | None
    bounded: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares from 0 to 1, over `questions` that have an answer. `hits` are by depth."""

    questions: int
    hits: tuple[tuple[int, float], ...]
    mrr: float
    bounded: float


@dataclass(frozen=True, slots=True)
class Refusals:
    """Of `unanswerable` questions, `refused` were rightly refused; of `answerable` ones,
    `missed` were wrongly. Counts."""

    unanswerable: int
    refused: int
    answerable: int
    missed: int


def fits(question: Question, passage: Passage) -> bool:
    """Whether the passage is a right one."""
    if question.none or (question.source and not _is_of(passage, question.source)):
        return False
    if question.page is not None and passage.page != question.page:
        return False
    if question.heading and plain(question.heading) not in plain(passage.heading):
        return False
    line = question.target_line
    if line is not None and not passage.line_start <= line <= passage.line_end:
        return False
    if question.spans and not any(_covers(passage, *span) for span in question.spans):
        return False
    return not question.answer or _holds(plain(passage.text), plain(question.answer))


def ranked(question: Question, passages: Sequence[Passage]) -> Ranked:
    places = (rank for rank, one in enumerate(passages, start=1) if fits(question, one))
    within = within_bound(passages[:BOUNDED_DEPTH], BOUND)
    return Ranked(next(places, None), any(fits(question, passage) for passage in within))


def within_bound(passages: Sequence[Passage], characters: int) -> list[Passage]:
    """The first passages up to so many characters; the last one is cut there."""
    found = []
    for passage in passages:
        if characters <= 0:
            break
        text = passage.text[:characters]
        cut = len(passage.text) - len(text)
        # The line of its last character, as of every passage: a break ends a line, and begins none.
        lines = text[:-1].count("\n")
        found.append(
            replace(
                passage,
                text=text,
                char_end=passage.char_end - cut,
                line_end=passage.line_start + lines if cut else passage.line_end,
            )
        )
        characters -= len(text)
    return found


def figures(results: Sequence[Ranked]) -> Figures:
    """Of the questions that have an answer; all 0 without any."""
    count = len(results)
    ranks = [result.rank for result in results]

    def share(number: float) -> float:
        return number / count if count else 0.0

    return Figures(
        count,
        tuple(
            (depth, share(sum(rank is not None and rank <= depth for rank in ranks)))
            for depth in DEPTHS
        ),
        share(sum(1 / rank for rank in ranks if rank is not None)),
        share(sum(result.bounded for result in results)),
    )


def language(question: Question) -> str:
    """What the question is in: as it says, or as it looks."""
    return question.language or language_code(question.text) or ANY_LANGUAGE


def kind_of_file(question: Question, passages: Sequence[Passage]) -> str:
    """The suffix of the file that has the answer, as far as that is known: "pdf", "md"."""
    right = next((one.source for one in passages if fits(question, one)), question.source)
    return PurePath(right).suffix.lower().removeprefix(".") or ANY_KIND


def refusals(questions: Sequence[Question], refused: Sequence[bool]) -> Refusals:
    """`refused` says of each question whether the built-in model would not answer it."""
    pairs = list(zip(questions, refused, strict=True))
    return Refusals(
        unanswerable=sum(question.none for question, _ in pairs),
        refused=sum(question.none and said_no for question, said_no in pairs),
        answerable=sum(not question.none for question, _ in pairs),
        missed=sum(not question.none and said_no for question, said_no in pairs),
    )


def plain(text: str) -> str:
    """Text as answers are compared: case, width and white space do not count."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def without_file(
    questions: Sequence[Question], files: Sequence[tuple[str, str]]
) -> tuple[Question, ...]:
    """The questions about a file that is none of these, each its (source, path): whatever is found,
    they count as missed."""
    return tuple(
        one
        for one in questions
        if one.source and not any(_is_file(one.source, *file) for file in files)
    )


def _is_of(passage: Passage, source: str) -> bool:
    return _is_file(source, passage.source, passage.path)


def _is_file(wanted: str, source: str, path: str) -> bool:
    wanted = wanted.removeprefix("./")
    return wanted in (source, path) or path.endswith(f"/{wanted}")


def _covers(passage: Passage, start: int, end: int) -> bool:
    """Half of the span, or of the passage where the span is the longer one."""
    shared = min(passage.char_end, end) - max(passage.char_start, start)
    return 2 * shared >= min(end - start, passage.char_end - passage.char_start) > 0


def _holds(passage: str, answer: str) -> bool:
    return answer in passage or (len(passage) >= LEAST_QUOTE and passage in answer)
