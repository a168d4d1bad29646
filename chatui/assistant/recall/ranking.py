"""Which messages a question is about, by what they and their neighbours say. Needs numpy: it runs
in the recall process.

A message is rarely all of what was said: the question before it names what it is about, the answer
behind it tells more. So the words of a question are looked for in a window, the message with the
two before it and the one behind it, and how near it is in meaning takes in how near those are.
Nothing but the messages themselves is embedded. Figures: four chats of LoCoMo, 582 questions,
evidence among the first 5 and 10 messages.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chatui.retrieval.embedding.pair import SHARE
from chatui.retrieval.search.fusion import trust

if TYPE_CHECKING:
    from chatui.memory.store.message_scan import MessageRows

WORD_SHARES = (0.8, 0.9, 0.8)
"""What a word in a neighbour counts, of the two before and the one behind: .754 and .830, with
words of the message alone .680 and .761, of windows of two before and two behind .761 and .833, of
the one before .720 and .797."""
MEANING_SHARES = (0.5, 1.0, 1.0)
"""Of the neighbours' likeness. Vectors of whole windows, which take five times as long to make,
were no better: .765 and .842, of the neighbours' mean .766 and .835."""
OTHER_SPEAKER = 0.7
"""What a message of somebody else counts, where the question names who spoke: .742 and .830
without, .777 and .847 with it."""
NEAR_DAYS = 10
NEAR_TIME = 0.85
OTHER_TIME = 0.5
"""Where the question names a time: what is told in the days behind it, and all else. 70 questions
name one; all 582 went from .770 and .844 to .796 and .869."""
TELLS_WHEN = 1.2
"""What a message that tells a time counts for a question that asks when. LoCoMo has 125 of those:
.816 and .881 of all 582 became .825 and .887."""
LEADING_SHARE = 0.7
"""Of the first model's likeness, where a text has vectors of two: questions in other words than the
fact, 500 turns later, find it among the first five at .95 with this, .91 with halves. A text that
has the second alone counts by that in full, or a message in another language would stand behind all
in the question's own: of 120 questions about four chats in Chinese, French and several languages,
which nothing was tuned on, .725 found theirs among the first five so, and .79 with this."""
ANSWERING = 0.2
"""Of the likeness and of the words of what was said right before, where that asks and a person
answers, who leaves out what the question named: .825 and .887 became .828 and .890, the first place
.522 .537. A model's reply names it, and tells little of who asked: with replies lifted too, six of
100 facts that were asked for in other words fell behind them."""
LITTLE_SAID = 0.5
LITTLE_BYTES = 20
"""What an empty message would lose, and by how much text that falls to a third: thanks and
agreement stand beside everything and tell nothing."""
UNREAD_SCORE = 0.475
"""A busy machine embeds late what has just left the prompt: till then two fifths of a question's
words tell as much as a likeness that is recalled (`recaller.LEAST_SHARE`)."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A rank is the likeness, `neighbours` times that of the neighbours, and `words` times the
    share of the question's words that the window holds, to the power of `words_power` and times
    the best share there is to the power of `sureness`. A message that asks counts `asking`: it is
    as near to a question about the same thing as the answer is. Last comes `session` times the mean
    rank of the two best messages that were said in one go with it. A person's answer takes
    `answering` of its question's likeness and words, and an empty text would lose `little`. The
    score of a message that has no vector yet is at least `unread` times its share of the words."""

    neighbours: float
    words: float
    words_power: float
    sureness: float
    asking: float
    session: float = 0.0
    answering: float = 0.0
    little: float = 0.0
    unread: float = 0.0


SEARCHED = Weights(
    neighbours=0.4,
    words=1.0,
    words_power=1,
    sureness=0,
    asking=0.8,
    session=0.3,
    answering=ANSWERING,
    little=LITTLE_SAID,
)
"""Where somebody looks for something that was said: .825 and .892; before a person's answer and
the length of a text counted .825 and .887, without what a session adds .820 and .878, and without
the vector of the question's subject (`without_speakers`) .809 and .881. Values beside these did the
same (.818 to .833 at 5), in each of the four chats. Of 200 questions about 100 facts said 500 turns
ago, half in other words, 82% found it among the first five."""
RECALLED = replace(
    SEARCHED,
    neighbours=0.1,
    words=1.5,
    words_power=2,
    sureness=1,
    asking=0.6,
    session=0.2,
    unread=UNREAD_SCORE,
)
"""Where something is to come back unasked: a few words of a question are found in any conversation,
by chance. Of the 200 questions 96% found it; LoCoMo's .802 and .873."""

FEWEST_OF_A_QUESTION = 3
"""Words that tell something. Who looks for fewer looks for the words themselves."""

ASKING_SCORE = 0.7
SURE_WORDS = 0.5
SURE_POWER = 3
"""For the absolute score: half of a question's words, found by chance, count an eighth."""

Near = tuple[int, float, float, int, int, list[str]]
"""(message number, rank, score, start, end, window): `rank` orders the messages of one question,
`score` (0..1) compares with any other's; the piece of the message that is nearest; the ids of the
messages of its window, itself among them, in the order in which they were said."""


_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for. `words`: for each of its words the rarity and the places of messages
    that hold it; `context_words` the same of what it leans on, which counts `context_share`.
    `leading` numbers of the vector are the first model's of two, 0 where there is one.
    `periods` are first and last days, as ordinals."""

    text: str
    vector: Any
    leading: int
    words: Sequence[tuple[float, Any]]
    context_words: Sequence[tuple[float, Any]] = ()
    context_share: float = 0.0
    periods: Sequence[tuple[int, int]] = ()


def ranked(
    rows: MessageRows,
    sought: Sought,
    k: int,
    turns: Collection[str] | None = None,
    weights: Weights = SEARCHED,
) -> list[Near]:
    """The k messages that fit best, the best first, among the turns if they are given."""
    import numpy

    if not len(rows):
        return []
    among = numpy.ones(len(rows), numpy.bool_)
    if turns is not None:
        wanted = frozenset(turns)
        among = numpy.array([turn in wanted for turn in rows.turns], numpy.bool_)
    likeness, nearest = _likeness(rows, sought.vector, sought.leading, among)
    words = _held(rows, sought.words, WORD_SHARES)
    alone = _held(rows, sought.words, ())
    if sought.context_words:
        share = sought.context_share
        words = numpy.minimum(1, words + share * _held(rows, sought.context_words, WORD_SHARES))
        alone = numpy.minimum(1, alone + share * _held(rows, sought.context_words, ()))
    words = words**weights.words_power * float(alone[among].max(initial=0.0)) ** weights.sureness
    around = rows.neighbours_mean(likeness, MEANING_SHARES)
    rank = likeness + weights.neighbours * around + weights.words * words
    if weights.answering:
        rank = rank + weights.answering * rows.of_questions(likeness + alone)
    if len(sought.words) >= FEWEST_OF_A_QUESTION or sought.text.rstrip().endswith("?"):
        rank = rank * numpy.where(rows.asking, weights.asking, 1.0)
    rank = rank * _by_speaker(rows, sought.text) * _by_time(rows, sought.periods, among)
    if weights.little:
        rank = rank * (1 - weights.little * numpy.exp(-rows.sizes / LITTLE_BYTES))
    if weights.session:
        rank = rank + weights.session * _of_sessions(rows, rank * among)
    score = (likeness + SURE_WORDS * alone**SURE_POWER) / (1 + SURE_WORDS)
    score = numpy.where(nearest < 0, numpy.maximum(score, weights.unread * alone), score)
    score = score * numpy.where(rows.asking, ASKING_SCORE, 1.0)
    candidates = numpy.nonzero(among & (rank > 0))[0]
    order = candidates[numpy.argsort(-rank[candidates], kind="stable")][:k]
    spans = [
        rows.spans[piece].tolist() if (piece := int(nearest[place])) >= 0 else (0, 0)
        for place in order
    ]
    return [
        (
            int(rows.numbers[place]),
            float(rank[place]),
            float(score[place]),
            start,
            end,
            rows.window(int(place)),
        )
        for place, (start, end) in zip(order, spans, strict=True)
    ]


def said_in(
    rows: MessageRows,
    periods: Sequence[tuple[int, int]],
    words: Sequence[tuple[float, Any]],
    k: int,
) -> list[Near]:
    """The k messages of these days, the latest first, behind those that hold all of the words.
    Where nothing was said on them, those of the days beside: it is another date in another time
    zone."""
    import numpy

    if not len(rows):
        return []
    holding = _held(rows, words, ()) > 1 - 1e-6
    within = _within(rows, periods, 0)
    if not within.any():
        within = _within(rows, periods, 1)
    found = numpy.nonzero(within | holding)[0]
    times = numpy.asarray(rows.times)
    order = found[numpy.lexsort((-found, -times[found], ~holding[found]))][:k]
    return [(int(rows.numbers[place]), 1.0, 1.0, 0, 0, rows.window(int(place))) for place in order]


def _within(rows: MessageRows, periods: Sequence[tuple[int, int]], more: int) -> Any:
    """Which messages are of these days, with so many `more` on each side."""
    import numpy

    within = numpy.zeros(len(rows), numpy.bool_)
    for first, last in periods:
        within |= (rows.days >= first - more) & (rows.days <= last + more)
    return within


def _likeness(rows: MessageRows, vector: Any, leading: int, among: Any) -> tuple[Any, Any]:
    """How near each message is, 0..1, by its nearest piece; and which that is, -1 for none.

    Each model's cosines are looked at apart, and a piece counts by the vectors that it has, so that
    what was said in several languages is told apart by what it says.
    """
    import numpy

    best = numpy.zeros(len(rows))
    nearest = numpy.full(len(rows), -1)
    if rows.matrix is None:
        return best, nearest
    counted = rows.pieces >= 0
    counted[counted] = among[rows.pieces[counted]]
    shares = ((0, leading, LEADING_SHARE), (leading, None, 1 - LEADING_SHARE))
    pieces, there = numpy.zeros(len(rows.pieces)), numpy.zeros(len(rows.pieces))
    for start, end, share in shares if leading else ((0, None, 1.0),):
        cosines = rows.matrix[:, start:end] @ vector[start:end]
        # A question or a piece without a vector of this model.
        known = cosines != 0
        if not (known & counted).any():
            continue
        cosines = cosines / (SHARE**2 if leading else 1.0)
        pieces += share * numpy.where(known, _above_chance(cosines, known & counted), 0.0)
        there += share * known
    pieces /= numpy.maximum(there, 1e-9)
    order = numpy.nonzero(rows.pieces >= 0)[0]
    order = order[numpy.argsort(pieces[order], kind="stable")]
    # Of several pieces of a message the last that is written is the nearest.
    best[rows.pieces[order]] = pieces[order]
    nearest[rows.pieces[order]] = order
    return best, nearest


def _above_chance(cosines: Any, counted: Any) -> Any:
    """The cosines from the mean of all that count on, 0..1: models differ in how alike they find
    any two texts. They are less where the model hardly tells the texts apart, as those of a
    language that it does not know (`fusion.trust`)."""
    import numpy

    floor = min(max(0.0, float(cosines[counted].mean())), 0.99)
    top = numpy.sort(cosines[counted])[::-1][:50]
    trusted = trust([(str(place), float(cosine)) for place, cosine in enumerate(top)])
    return trusted * numpy.maximum(0.0, cosines - floor) / (1 - floor)


def _held(rows: MessageRows, words: Sequence[tuple[float, Any]], shares: Sequence[float]) -> Any:
    """Which share of the words the messages or their neighbours hold, weighed by their rarity."""
    import numpy

    found = numpy.zeros(len(rows))
    for rarity, places in words:
        there = numpy.zeros(len(rows))
        there[places] = rarity
        found += rows.spread(there, shares)
    return found / (sum(rarity for rarity, _ in words) or 1.0)


def _of_sessions(rows: MessageRows, rank: Any) -> Any:
    """For each message the mean of the two best of its session."""
    import numpy

    best = numpy.zeros((2, len(rows)))
    order = numpy.argsort(rank, kind="stable")
    # Of several assignments to one place the last stays: the best of each session.
    best[0][rows.sessions[order]] = rank[order]
    first = numpy.zeros(len(rows), numpy.int64)
    first[rows.sessions[order]] = order
    others = order[order != first[rows.sessions[order]]]
    best[1][rows.sessions[others]] = rank[others]
    return best.mean(0)[rows.sessions]


def without_speakers(rows: MessageRows, question: str) -> str:
    """The question without the names of those who speak; as it is, but for
    its blanks, where it names none."""
    names = [name.split() for name in map(_words, _named(rows, question))]
    words = list(_WORD.finditer(question))
    said = [word.group().casefold() for word in words]
    parts, at = [], 0
    for place, word in enumerate(words):
        lengths = [len(name) for name in names if said[place : place + len(name)] == name]
        if not lengths or word.start() < at:
            continue
        end = words[place + max(lengths) - 1].end()
        parts.append(question[at : word.start()])
        at = end + 2 if question[end : end + 2] in ("'s", "’s") else end
    return " ".join(" ".join([*parts, question[at:]]).split())


def _named(rows: MessageRows, question: str) -> set[str]:
    asked = _words(question.casefold())
    return {name for name in set(rows.speakers) if name.strip() and _words(name) in asked}


def _by_speaker(rows: MessageRows, question: str) -> Any:
    import numpy

    named = _named(rows, question)
    if not named:
        return 1.0
    return numpy.array([1.0 if one in named or not one else OTHER_SPEAKER for one in rows.speakers])


def _words(text: str) -> str:
    """With a blank around each word."""
    return f" {' '.join(_WORD.findall(text))} "


def _by_time(rows: MessageRows, periods: Sequence[tuple[int, int]], among: Any) -> Any:
    """A day more on each side: it was another date in another time zone. Where nothing was said
    in that time, it says nothing."""
    import numpy

    within = _within(rows, periods, 1)
    behind = numpy.zeros(len(rows), numpy.bool_)
    for _, last in periods:
        behind |= (rows.days > last) & (rows.days <= last + NEAR_DAYS)
    if not (among & (within | behind)).any():
        return 1.0
    return numpy.where(within, 1.0, numpy.where(behind, NEAR_TIME, OTHER_TIME))
