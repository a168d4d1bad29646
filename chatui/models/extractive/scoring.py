"""Scores the pieces of the passages for one question. Pure functions.

The weights were fitted on 472 questions over five English corpora (speeches, encyclopedia
articles, financial reports, chats, biomedical papers), each corpus left out in turn; the
result moves by less than two points when any of them is halved or doubled.
`benchmarks/extract_quality.py` takes the figures anew.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from chatui.domain.passage import Passage
from chatui.models.extractive.titles import asks, leads_on, title_places, without_label
from chatui.text.blocks import BlockKind, is_part_title, is_row, table_head
from chatui.text.records import fields_of, is_delimited
from chatui.text.sentences import Piece, split
from chatui.text.terms import question_terms, rarity, terms, words_in

SIMILARITY = 7.5
"""Cosine of question and piece."""
NEARBY_SIMILARITY = 2.5
"""Mean cosine of the piece and its neighbours: an answer stands among its like."""
COVERAGE = 3.0
"""Share of the question's terms in the piece, rare ones counting more."""
NEARBY_COVERAGE = 4.0
RAREST = 1.6
"""The rarest term of the question in the piece, against the rarest of all."""
PASSAGE_RANK = 1.4
"""Falls off as 1 / (rank + 1)."""
PASSAGE_SCORE = 4.7
"""The passage's score against the best one's."""
LENGTH = 0.7
"""Taken off per e-fold of words: of two equal pieces the shorter one leaves room."""
SHORT = 8
"""Words; shorter pieces gain nothing by their shortness."""
QUESTION = 2.0
"""Taken off a piece that asks: a question repeats the words of ours and answers nothing."""
HEADINGS_PARTED = " › "
TITLE = 3.0
"""Taken off a title: it repeats the words of the question and answers nothing."""
OWN_WORDS = 6.0
"""What the words of a follow-up count that are not those of what it leans on."""
REFERS = 4.0
"""Taken off a piece that is hardly more than a link."""
MOST_REFERRING_WORDS = 3
UNDER = 0.5
"""How far a heading that is nearer to the question lifts what stands below it."""
MOST_TITLE_WORDS = 20
MOST_BARE_WORDS = 6
UNLIKE = 5.0
"""Taken off a row of a table whose own words are less like the question than another row's."""
BESIDE = 5.0
"""Taken off a piece that neither itself nor with its neighbours and headings has a word of the
question, unless it is about as near to it as the nearest one."""
NEAR_SHARE = 0.6
ANSWER_FORM = 0.6
"""The form that the question asks for: a number, a date, a name, a step."""

_HOW_MANY = re.compile(
    r"\bhow (?:many|much|long|often|old|far|big|large|high|tall|heavy|loud)\b|多少|几[个年位次]"
    r"|\bwie ?(?:viele?|lange?|oft|alt|weit|groß|hoch|schwer|laut|teuer)\b|\bcombien\b"
    r"|\bcuánt[oa]s?\b|\bquant[oiae]s?\b|\bскольк|いくつ|いくら|どれくらい|얼마|몇 ",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:year|date|day|month)\b|什么时候|哪一?年|何时"
    r"|\bwann\b|\bwelche[smnr]? (?:jahr|datum|tag|monat)\b|\bquand\b|\bquelle (?:année|date)\b"
    r"|\bcuándo\b|\bqué (?:año|fecha|día|mes)\b|\bquando\b|\bкогда\b|いつ|何年|언제",
    re.IGNORECASE,
)
_WHO = re.compile(
    r"\b(?:who|whom|whose|wer|wen|wem|wessen|qui|quién(?:es)?|chi|quem|кто)\b", re.IGNORECASE
)
_HOW_TO = re.compile(
    r"\bhow (?:do|can|should) (?:i|you|we|one)\b|\bhow to\b|\bsteps\b|怎么|如何", re.IGNORECASE
)
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|hundred)\b|[一二三四五六七八九十百千万]"
    r"|\b(?:zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|hundert|deux|trois|quatre|cinq|sept|huit"
    r"|neuf|dix|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|due|tre|quattro|cinque|sette|otto|dieci)\b"
)
_DATE = re.compile(
    r"\b1\d{3}\b|\b20\d\d\b|\d[年月日]|\d{1,2}[./:-]\d{1,2}|"
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|jän|mär|mai|okt|dez|fév|avr|jui|aoû|déc|ene"
    r"|abr|ago|dic|gen|mag|giu|lug|set|ott)[a-zéû]*\b|\d월",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-ZÄÖÜÉ][\w'’-]{1,60}+(?: [A-ZÄÖÜÉ][\w'’.-]+)+|(?<=[a-z,] )[A-Z][a-z]+")
_LINK = re.compile(r"\[[^\[\]]{1,200}\]\([^()\s]{1,300}\)")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_FIGURE = re.compile(r"(?!(?:19|20)\d\d$)[$€£(-]*+\d[\d.,]*+[)%]*+")
_FORMS = ((_HOW_MANY, _NUMBER), (_WHEN, _DATE), (_WHO, _NAME))


@dataclass(frozen=True, slots=True)
class Quotable:
    """A piece that may be quoted.

    `n` is its passage's place in the request, from 1; `topic` are the terms of the
    passage's title and headings; `words` is its length, `frame` what laying it out by
    itself adds: its citation mark, a table's head, a code block's fences. A table's row stands
    under the names of its columns (`head`) and perhaps the `title` of a part of the table, whose
    terms are its `context`. `under` is the nearest heading above it, else the document's title.
    `is_title` says that it is itself one, of a text that doesn't mark them.
    """

    n: int
    piece: Piece
    text: str
    terms: frozenset[str]
    topic: frozenset[str]
    words: float
    frame: float
    head: str = ""
    title: str = ""
    context: frozenset[str] = frozenset()
    under: str = ""
    is_title: bool = False


def candidates(n: int, passage: Passage) -> list[Quotable]:
    """All pieces of the passage but headings, the heads of tables and the titles of their parts,
    in reading order."""
    topic = frozenset(terms(f"{passage.title} {passage.heading}"))
    pieces = split(passage.text, passage.source)
    texts = [passage.text[piece.start : piece.end] for piece in pieces]
    rows = [piece.kind is BlockKind.ROW for piece in pieces]
    titles = title_places(passage.text, pieces)
    found = []
    title = ""
    under = passage.heading.rpartition(HEADINGS_PARTED)[2] or passage.title
    for place, (piece, text) in enumerate(zip(pieces, texts, strict=True)):
        if piece.kind is BlockKind.HEADING:
            under = text.strip("#=-~ \n") or under
        if piece.kind is BlockKind.HEADING or not any(map(str.isalnum, text)):
            continue
        if not rows[place]:
            # An item of a list ends that list above a table, and is no title of it.
            may_entitle = piece.kind is BlockKind.PROSE
            above_row = may_entitle and any(rows[place + 1 : place + 2])
            title = text if above_row and _is_title(text) else ""
            if not title and not (may_entitle and any(rows[place + 1 :]) and _is_bare(text)):
                own = frozenset(terms(text))
                frame = 3.0 if piece.kind is BlockKind.CODE else 1.0
                one = Quotable(n, piece, text, own, topic, words_in(text), frame, under=under)
                found.append(replace(one, is_title=place in titles))
            if place in titles:
                under = without_label(text)
            continue
        is_record = is_delimited(passage.source)
        in_text = (_record_head if is_record else _table_head)(passage, piece)
        has_rows = any(rows[place + 1 : place + 3])
        if in_text is None and _names_columns(text) and (has_rows or _YEAR.search(text)):
            continue
        head = passage.header if in_text is None or not _names_columns(in_text) else in_text
        # A table may go on from the passage before: its first row then serves as its head.
        head = head or ("" if is_record else in_text or "")
        context = frozenset(terms(f"{head} {title}"))
        own, frame = frozenset(terms(text)), 2 + words_in(f"{head} {title}")
        words = words_in(text)
        found.append(
            Quotable(n, piece, text, own, topic, words, frame, head, title, context, under)
        )
    return found


def _table_head(passage: Passage, row: Piece) -> str | None:
    return table_head(passage.text, row.start)


def _record_head(passage: Passage, row: Piece) -> str | None:
    """The names of the columns, or the first line, which may tell them; None for itself."""
    first = passage.text.lstrip("\r\n").partition("\n")[0].rstrip("\r")
    return passage.header or (first if row.start > passage.text.index(first) else None)


def _is_title(text: str) -> bool:
    return words_in(text) <= MOST_TITLE_WORDS and is_part_title(text.splitlines()[-1])


def _is_bare(text: str) -> bool:
    """Whether it is a title and nothing more, as stands above tables: "ACME, INC."."""
    is_short = words_in(text) <= MOST_BARE_WORDS and not _NUMBER.search(text)
    return is_short and (text.isupper() or _is_title(text))


def _names_columns(row: str) -> bool:
    """Whether a row holds no figures but years."""
    (cells,) = [row.strip().strip("|").split("|")] if is_row(row) else fields_of([row]) or [[row]]
    return not any(_FIGURE.fullmatch(cell.strip()) for cell in cells)


def gained(n: int, standing: Mapping[int, float]) -> float:
    """What a piece gains by its passage's place."""
    return PASSAGE_RANK / (n + 1) + PASSAGE_SCORE * standing.get(n, 0.0)


def scores(
    question: str,
    pieces: Sequence[Quotable],
    similarities: Sequence[float],
    passages: Sequence[Passage] = (),
    headings: Sequence[float] = (),
) -> list[float]:
    """One score per candidate, on the scale of log odds; higher answers better.

    `similarities` are cosines to the question, 0 where they were not taken; `passages` those that
    the pieces are of; `headings` the cosines of the headings that they stand under.
    """
    wanted = question_terms(question)
    similarities = under_headings(similarities, headings)
    if not wanted:
        return [_lead_score(pieces, place) for place in range(len(pieces))]
    weights = rarity(wanted, [piece.terms | piece.context for piece in pieces])
    whole, rarest = sum(weights.values()), max(weights.values())
    has_asked_form = _asked_form(question)
    unlike = _unlike(pieces, weights)
    places = standing(passages)
    nearest = max(similarities, default=0.0)
    result = []
    for place, piece in enumerate(pieces):
        near = neighbours(pieces, place)
        near_terms = piece.topic.union(piece.context, *(pieces[i].terms for i in near))
        held = piece.terms | piece.context
        is_beside = near_terms.isdisjoint(weights)
        present = [weight for term, weight in weights.items() if term in held]
        result.append(
            SIMILARITY * similarities[place]
            + NEARBY_SIMILARITY * sum(similarities[i] for i in near) / len(near)
            + COVERAGE * sum(present) / whole
            + NEARBY_COVERAGE * _sum_of(weights, near_terms) / whole
            + RAREST * max(present, default=0.0) / rarest
            + gained(piece.n, places)
            - LENGTH * math.log(max(piece.words, SHORT))
            - UNLIKE * unlike[place]
            - BESIDE * (is_beside and similarities[place] < NEAR_SHARE * nearest)
            - TITLE * (piece.is_title and not leads_on(piece.text))
            - QUESTION * (not piece.is_title and asks(piece.text))
            - REFERS * _only_refers(piece.text)
            + ANSWER_FORM * has_asked_form(piece)
        )
    return result


def gained_by_own_words(question: str, whole: str, pieces: Sequence[Quotable]) -> list[float]:
    """What each piece gains by what a follow-up itself names ("and the rent?"), where it was
    looked for together (`whole`) with what it leans on."""
    own = question_terms(question) if question.strip() != whole.strip() else ()
    new = [term for term in own if term not in terms(whole.replace(question, " "))]
    if not new:
        return [0.0] * len(pieces)
    weights = rarity(new, [piece.terms | piece.context for piece in pieces])
    return [OWN_WORDS * share(weights, piece.terms | piece.context) for piece in pieces]


def under_headings(similarities: Sequence[float], headings: Sequence[float]) -> Sequence[float]:
    """A heading that asks what the question asks, or names it, speaks for what stands below."""
    if not headings:
        return similarities
    return [
        own + UNDER * max(0.0, above - own)
        for own, above in zip(similarities, headings, strict=True)
    ]


def _only_refers(text: str) -> bool:
    """Whether it leads to another page and says nothing else: "See [models](models.md)"."""
    rest = _LINK.sub(" ", text)
    return rest != text and words_in(rest) <= MOST_REFERRING_WORDS


def _unlike(pieces: Sequence[Quotable], weights: Mapping[str, float]) -> list[float]:
    """For each row of a table how much less of the question it holds than the best row, 0 to 1;
    the title of its part counts half. 0 for what is no row."""
    rows = [piece.piece.kind is BlockKind.ROW for piece in pieces]
    shares = [
        _sum_of(weights, piece.terms) + _sum_of(weights, piece.terms.union(terms(piece.title)))
        if is_row
        else 0.0
        for piece, is_row in zip(pieces, rows, strict=True)
    ]
    most = max(shares, default=0.0)
    return [
        1 - share / most if most and is_row else 0.0
        for share, is_row in zip(shares, rows, strict=True)
    ]


def standing(passages: Sequence[Passage]) -> dict[int, float]:
    """By a passage's number its score against the best one's, 0..1; by ranks where scores are no
    shares, as those of a reranker."""
    best = max((one.score for one in passages), default=0.0)
    if best <= 0 or any(one.score < 0 for one in passages):
        return {n: 1 / n for n, _ in enumerate(passages, start=1)}
    return {n: one.score / best for n, one in enumerate(passages, start=1)}


def promising(
    question: str, pieces: Sequence[Quotable], passages: Sequence[Passage], count: int
) -> list[int]:
    """Places of the `count` pieces that the words alone score best, in reading order."""
    by_words = scores(question, pieces, [0.0] * len(pieces), passages)
    return sorted(sorted(range(len(pieces)), key=lambda place: -by_words[place])[:count])


def share(weights: Mapping[str, float], present: frozenset[str]) -> float:
    """How much of the terms is present, 0..1, by their weights."""
    return _sum_of(weights, present) / (sum(weights.values()) or 1.0)


def _sum_of(weights: Mapping[str, float], present: frozenset[str]) -> float:
    return sum(weight for term, weight in weights.items() if term in present)


def neighbours(pieces: Sequence[Quotable], place: int) -> list[int]:
    """The piece's own place and those beside it in the same passage, where no title parts them."""
    before = [place - 1] * (place > 0 and not pieces[place].is_title)
    after = [one for one in (place + 1,) if one < len(pieces) and not pieces[one].is_title]
    if pieces[place].is_title:
        after = [place + 1] * (place + 1 < len(pieces))
    return [at for at in (*before, place, *after) if pieces[at].n == pieces[place].n]


def _lead_score(pieces: Sequence[Quotable], place: int) -> float:
    """For a question about nothing in particular ("summarise this"): what opens a passage."""
    first = next(i for i, piece in enumerate(pieces) if piece.n == pieces[place].n)
    return 1.0 - 0.5 * (place - first) - 0.1 * pieces[place].n


def _has_form(form: re.Pattern[str], piece: Quotable) -> bool:
    return bool(form.search(piece.text))


def _asked_form(question: str) -> Callable[[Quotable], bool]:
    """Tells whether a piece has the form that the question asks for."""
    for asked, form in _FORMS:
        if asked.search(question):
            return partial(_has_form, form)
    if _HOW_TO.search(question):
        return lambda piece: piece.piece.kind in (BlockKind.ITEM, BlockKind.CODE)
    return lambda piece: False
