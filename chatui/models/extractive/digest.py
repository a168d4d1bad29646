"""A summary of a conversation without any model: its most telling sentences, as they stand.

The user's own statements, decisions, numbers and names come first; what was picked before is
weighed again beside what is new, so that a summary can roll on for ever within one size.
Weights were set by hand on conversations in English, German and Chinese
(`tests/models/extractive/test_digest.py` holds what they must reach).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from chatui.domain.conversation import Exchange
from chatui.text.blocks import BlockKind
from chatui.text.sentences import split
from chatui.text.small_talk import kind
from chatui.text.telling import is_decision, is_personal, names, numbers
from chatui.text.terms import question_terms, terms, words_in

USER, ASSISTANT = "User", "Assistant"
KEPT_SHARE = 0.6
"""Of the room: the most that lines of the summary before may take while new ones wait that
are worth it."""
WORTH_IT = 1.0
"""Score of a line that older ones make room for: one with a name and a number, a decision,
something that the user says of themselves."""
LEAST_WORDS = 3.0
"""A sentence of fewer words is kept only for a number or a name."""
MOST_WORDS = 45.0
SAME = 0.75
"""Share of a sentence's terms in one that was chosen already, from which it says the same."""
_ITEM_MARK = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_MARKED = re.compile(rf"(?:[-*•]\s*+)?(?:(?P<who>{USER}|{ASSISTANT}):\s*+)?(?P<said>.*)")


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    terms: frozenset[str]
    score: float
    old: bool


def digest(
    previous: str,
    turns: Sequence[Exchange],
    room: int,
    size: Callable[[str], int],
    focus: str = "",
) -> str:
    """Lines of the summary before and of the turns, in their order, in at most `room` as
    `size` measures a text. `focus` says what to keep in view. "" when there is nothing to
    say, or no room to say it."""
    lines = _scored([*_old_lines(previous), *_new_lines(turns)], focus)
    return "\n".join(line.text for line in _chosen(lines, room, size))


def shrunk(summary: str, room: int, size: Callable[[str], int]) -> str:
    """A summary that has become too long for its room, by whomever it was written."""
    return summary if size(summary) <= room else digest(summary, (), room, size)


def _old_lines(previous: str) -> Iterator[tuple[str, str, float, bool]]:
    for line in previous.splitlines():
        match = _MARKED.match(line.strip())
        if match and match["said"]:
            yield match["who"] or "", match["said"], 0.5, True


def _new_lines(turns: Sequence[Exchange]) -> Iterator[tuple[str, str, float, bool]]:
    """Who said it, what, and what its place is worth."""
    for turn in turns:
        for who, text in ((USER, turn.question), (ASSISTANT, turn.reply)):
            for place, (said, weight) in enumerate(_sentences(text)):
                # An answer mostly says at its start what it then explains.
                yield who, said, weight + 0.6 * (place == 0), False


def _sentences(text: str) -> Iterator[tuple[str, float]]:
    for piece in split(text):
        if piece.kind in (BlockKind.CODE, BlockKind.HEADING):
            continue
        said = " ".join(_ITEM_MARK.sub("", text[piece.start : piece.end]).split())
        yield said, -0.5 * (piece.kind is BlockKind.ROW)


def _scored(said: Iterable[tuple[str, str, float, bool]], focus: str) -> list[_Sentence]:
    """Each sentence once, with its score; those that say next to nothing are gone."""
    seen = dict.fromkeys(said)
    with_terms = [(*each, frozenset(terms(each[1]))) for each in seen]
    common = Counter(term for *_, held in with_terms for term in held if len(term) > 3)
    heaviest = math.log1p(max(common.values(), default=0)) or 1.0
    wanted = frozenset(question_terms(focus)) if focus.strip() else frozenset[str]()
    lines = []
    for who, text, weight, old, held in with_terms:
        score = worth(who, text)
        if score is None:
            continue
        topical = sum(math.log1p(common[term]) for term in held if common[term] > 1)
        score += weight + 1.2 * topical / heaviest / (len(held) or 1)
        if wanted:
            score += 4 * len(wanted & held) / len(wanted)
        shown = f"- {who}: {text}" if who else f"- {text}"
        lines.append(_Sentence(shown, held, score, old))
    return lines


def worth(who: str, text: str) -> float | None:
    """What a sentence tells by itself; None for next to nothing."""
    length = words_in(text)
    facts = min(2.4, len(set(numbers(text)))) + 0.7 * min(3, len(set(names(text))))
    if not facts and (length < LEAST_WORDS or (who == USER and kind(text, True))):
        return None
    score = facts + 1.2 * is_decision(text)
    if text.endswith(("?", "？", "؟")):
        # The answer tells more than the question, and mostly says what was asked.
        score *= 0.4
    elif who == USER:
        score += 1.0 + 1.5 * is_personal(text)
    return score / math.sqrt(max(1.0, length / MOST_WORDS * 2))


def _chosen(lines: Sequence[_Sentence], room: int, size: Callable[[str], int]) -> list[_Sentence]:
    """The best lines that fit, each saying something new, in their order."""
    left, for_old = room, room - _for_new(lines, room, size)
    taken: list[int] = []
    for place in sorted(range(len(lines)), key=lambda place: (-lines[place].score, -place)):
        line = lines[place]
        if any(_says_same(line, lines[other]) for other in taken):
            continue
        tokens = size(line.text) + 1
        if tokens > left or (line.old and tokens > for_old):
            if left < room * 0.05:
                break
            continue
        left -= tokens
        for_old -= tokens if line.old else 0
        taken.append(place)
    return [lines[place] for place in sorted(taken)]


def _for_new(lines: Sequence[_Sentence], room: int, size: Callable[[str], int]) -> float:
    """What is kept free for new lines that are worth it."""
    most, taken = room * (1 - KEPT_SHARE), 0
    for line in lines:
        if not line.old and line.score >= WORTH_IT:
            taken += size(line.text) + 1
            if taken >= most:
                return most
    return taken


def _says_same(line: _Sentence, other: _Sentence) -> bool:
    return len(line.terms & other.terms) >= SAME * len(line.terms)
