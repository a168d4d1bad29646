"""A summary of a conversation without any model: its most telling sentences, as they stand.

Facts come first: numbers, names, decisions, what the user says of themselves, by what they weigh
for each token. Of two lines that say the same of other figures the newer one wins, and what only
explains a fact goes from its end. What was picked before is weighed again beside what is new, so
that a summary can roll on for ever within one size.
Weights were set by hand on conversations in English, German and Chinese
(`tests/models/extractive/test_digest.py` holds what they must reach).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chatui.domain.conversation import Exchange
from chatui.text.blocks import BlockKind
from chatui.text.sentences import split
from chatui.text.small_talk import kind
from chatui.text.telling import is_decision, is_personal, names
from chatui.text.terms import question_terms, terms, words_in

USER, ASSISTANT = "User", "Assistant"
KEPT_SHARE = 0.6
"""Of the room: the most that lines of the summary before may take while new ones wait that
are worth it."""
ASKING = ("?", "？", "؟")
FACTLESS = 0.5
"""What a sentence is worth that has no figure, no name and no decision."""
HEAD_START = 8
"""Tokens that every line is reckoned with beside its own, so that short ones don't win by that."""
WORTH_IT = 1.0
"""Score of a line that older ones make room for: one with a name and a number, a decision,
something that the user says of themselves."""
LEAST_WORDS = 3.0
"""A sentence of fewer words is kept only for a number or a name."""
MOST_WORDS = 45.0
SAME = 0.75
"""Share of a sentence's terms in one that was chosen already, from which it says the same."""
ABOUT_SAME = 0.7
"""Share of a line's words beside its figures in a newer one, from which the newer one
is what holds now."""
ABOUT_SAME_CHANGED = 0.34
"""The same where the newer one says that something has changed."""
LEAST_SHARED = 2
"""Words that both must have at least."""
MOST_NEAR = 100
"""Newer lines that each is compared with. In a long talk of one thing all share its words."""
_FIGURE = re.compile(r"\d(?:[\d.,:/'’\-]{0,30}\d)?")
_CHANGED = re.compile(
    r"\b(?:now|instead|any more|anymore|no longer|moved|changed|again|actually|correction|rather"
    r"|jetzt|nun|doch|statt|stattdessen|nicht mehr|geändert|umgebucht|verschoben|neu|maintenant"
    r"|désormais|plus|changé|ahora|ya no|cambiado|adesso|cambiato)\b"
    r"|改|现在|現在|不再|换成|換成|取消",
    re.IGNORECASE,
)
_EXPLAINS = re.compile(
    r"(?:, (?:which|because|since|as|so|and I|please|weil|da|denn|das|was|bitte|car|parce que"
    r"|porque|perché)\b|，(?:因为|因為|所以|要|请|請|才|大家))",
    re.IGNORECASE,
)
"""What begins a clause that may go where it has no fact of its own; "but" and "unless" may not."""
_ITEM_MARK = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_MARKED = re.compile(rf"(?:[-*•]\s*+)?(?:(?P<who>{USER}|{ASSISTANT}):\s*+)?(?P<said>.*)")


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    terms: frozenset[str]
    score: float
    old: bool
    about: frozenset[str] = frozenset()
    """Its terms beside figures."""
    figures: frozenset[str] = frozenset()
    subject: str = ""
    """The term that it begins with, where that tells what it is about."""

    def told_in(self, folded: str) -> bool:
        """Whether a text has all its figures and names."""
        return all(one.casefold() in folded for one in self.figures)


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


def completed(
    written: str,
    previous: str,
    turns: Sequence[Exchange],
    room: int,
    size: Callable[[str], int],
) -> str:
    """A model's summary with the lines of what it sums up that hold what it lost: figures and
    names. Where not all of that has room, the best of both is taken; a line of the model's with
    figures that nobody said is none of them."""
    said = _scored([*_old_lines(previous), *_new_lines(turns)], "")
    outdated, told = _outdated(said), _folded(written)
    current = [line for place, line in enumerate(said) if place not in outdated]
    telling = [line for line in current if line.figures and not line.text.endswith(ASKING)]
    lost = [line for line in telling if line.score >= WORTH_IT and not line.told_in(told)]
    whole = "\n".join([written, *(line.text for line in lost)])
    if size(whole) <= room:
        return whole
    known = _folded("\n".join([previous, *(part for one in turns for part in _parts(one))]))
    read = _scored(_old_lines(written), "")
    own = [line for line in read if line.figures and line.told_in(known)]
    return "\n".join(line.text for line in _chosen([*own, *current], room, size, once=True))


def _parts(one: Exchange) -> tuple[str, str]:
    return one.question, one.reply


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def shrunk(summary: str, room: int, size: Callable[[str], int]) -> str:
    """A summary that has become too long for its room, by whomever it was written."""
    return summary if size(summary) <= room else digest(summary, (), room, size)


def _old_lines(previous: str) -> Iterator[tuple[str, str, float, bool]]:
    for line in previous.splitlines():
        match = _MARKED.match(line.strip())
        if match and match["said"]:
            yield match["who"] or USER, match["said"], 0.5, True


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
        said = _without_explanation(said)
        yield said, -0.5 * (piece.kind is BlockKind.ROW)


def _subject(text: str, about: frozenset[str]) -> str:
    head = text.split(" ", 1)[0]
    first = terms(head) if head != text else []
    return first[0] if first and first[0] in about else ""


def _without_explanation(said: str) -> str:
    """The sentence without clauses at its end that only explain it, which have no fact."""
    for found in reversed(list(_EXPLAINS.finditer(said))):
        head, gone = said[: found.start()], said[found.start() :]
        if _facts(gone) or not _facts(head):
            break
        said = head + " …"
    return said


def _facts(text: str) -> bool:
    return bool(_FIGURE.search(text) or names(text))


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
        bonus = weight + 1.2 * topical / heaviest / (len(held) or 1)
        score += bonus if _facts(text) else bonus * FACTLESS
        if wanted:
            score += 4 * len(wanted & held) / len(wanted)
        # Most of what is kept is the user's: only what is not says whose it is.
        shown = f"- {text}" if who == USER else f"- {who}: {text}"
        counted = frozenset(terms(" ".join(_FIGURE.findall(text))))
        figures = frozenset((*_FIGURE.findall(text), *names(text)))
        about = frozenset(question_terms(text)) - counted
        lines.append(_Sentence(shown, held, score, old, about, figures, _subject(text, about)))
    return lines


def worth(who: str, text: str) -> float | None:
    """What a sentence tells by itself; None for next to nothing."""
    length = words_in(text)
    facts = min(2.4, len(set(_FIGURE.findall(text)))) + 0.7 * min(3, len(set(names(text))))
    if not facts and (length < LEAST_WORDS or (who == USER and kind(text, True))):
        return None
    decision = is_decision(text)
    score = facts + 1.2 * decision
    if text.endswith(ASKING):
        # The answer tells more than the question, and mostly says what was asked.
        score *= 0.4
    elif who == USER:
        # What one thinks and hopes is said in the first person too.
        score += 1.0 + (1.5 if facts else 0.4) * is_personal(text)
    if not facts and not decision:
        score *= FACTLESS
    return score / math.sqrt(max(1.0, length / MOST_WORDS * 2))


def _chosen(
    lines: Sequence[_Sentence], room: int, size: Callable[[str], int], *, once: bool = False
) -> list[_Sentence]:
    """The best lines that fit, each saying something new, in their order. `once`: several
    figures that were told are not told again."""
    left, for_old = room, room - _for_new(lines, room, size)
    taken: list[int] = []
    outdated, told = _outdated(lines), set[str]()
    sizes = [size(line.text) + 1 for line in lines]
    worth = [line.score / (tokens + HEAD_START) for line, tokens in zip(lines, sizes, strict=True)]
    for place in sorted(range(len(lines)), key=lambda place: (-worth[place], -place)):
        line = lines[place]
        if place in outdated or any(_says_same(line, lines[other]) for other in taken):
            continue
        if once and len(line.figures) > 1 and line.figures <= told:
            continue
        tokens = sizes[place]
        if tokens > left or (line.old and tokens > for_old):
            if left < room * 0.05:
                break
            continue
        left -= tokens
        for_old -= tokens if line.old else 0
        taken.append(place)
        told |= line.figures
    return [lines[place] for place in sorted(taken)]


def _outdated(lines: Sequence[_Sentence]) -> set[int]:
    """The places of those lines that a newer one corrects: of the same, with other figures."""
    holding: dict[str, list[int]] = {}
    found = set()
    for place in range(len(lines) - 1, -1, -1):
        line = lines[place]
        if not line.figures:
            continue
        for newer in _near(line, holding):
            shared = len(line.about & lines[newer].about)
            if shared >= LEAST_SHARED and _corrects(lines[newer], line, shared):
                found.add(place)
                break
        for term in line.about:
            holding.setdefault(term, []).append(place)
    return found


def _near(line: _Sentence, holding: Mapping[str, Sequence[int]]) -> set[int]:
    """The places of newer lines that share what few hold; of many the nearest."""
    near: set[int] = set()
    for term in sorted(line.about, key=lambda term: (len(holding.get(term, ())), term)):
        near.update(holding.get(term, ())[-MOST_NEAR:])
        if len(near) >= MOST_NEAR:
            break
    return near


def _corrects(newer: _Sentence, older: _Sentence, shared: int) -> bool:
    if not newer.figures - older.figures or newer.figures >= older.figures:
        return False
    if older.subject and older.subject not in newer.terms:
        return False
    # Other names make it of something else.
    named = {one for one in older.figures if not one[0].isdigit()}
    if named and not named & newer.figures:
        return False
    changed = _CHANGED.search(newer.text) is not None
    least = ABOUT_SAME_CHANGED if changed else ABOUT_SAME
    return shared >= least * min(len(older.about), len(newer.about))


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
