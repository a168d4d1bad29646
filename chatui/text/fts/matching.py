"""Which FTS5 expression finds what a query is about, in a table of words.

Scoring costs a few microseconds a row, and the words that most rows hold would have nearly all of
them scored for next to nothing. So only the rarer terms of a question propose rows; all its terms
score them, each by the same measure. With 2,000 rows scored and not 500 the right page of 1,607 in
financial reports was among the first ten for 63% of 24 long questions instead of 46%; at 20,000
rows a question took no more time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import log

from chatui.text.fts.lexical import Hint, Term, hints, phrase_of, query_terms
from chatui.text.fts.sounds import OTHER_SCRIPT

MOST_SCORED = 2_000
"""Rows that the rarer terms may bring together; the rarest term counts whatever it brings."""
MOST_COUNTED = 20_000
"""Rows up to which it is told which of nothing but common terms is the rarest. They are counted in
a millisecond."""
MOST_EVERYWHERE = 60_000
"""Rows up to which a word that all hold keeps the others from standing in an expression twice. BM25
goes through all rows for it, 1.6 ms for so many; scoring each word once instead of twice takes 2 ms
less (benchmarks/query_speed.py)."""


CountRows = Callable[[sqlite3.Connection, str, str, int], int]
"""How many rows of a table match an expression, counted no further than a number. Words are looked
up again and again, so that who calls may keep what was counted."""


@dataclass(frozen=True, slots=True)
class Among:
    """The rows that are looked for: `clause` is put behind MATCH, with its `values`. Without one
    it is all of the table."""

    clause: str = ""
    values: tuple[int | str, ...] = ()


ALL = Among()


@dataclass(frozen=True, slots=True)
class _Counted:
    """A phrase, how many of the rows that are looked for hold it, and how many do anywhere."""

    phrase: str
    rows: int
    anywhere: int


@dataclass(frozen=True, slots=True)
class Match:
    """`expression` is what to put behind MATCH; "" when no row holds a word of the query.
    `ideal` is about the BM25 score of a row of usual length that holds each of its terms
    once, those included that no row holds. `absent` is the part of it that words in other scripts
    than Latin have which no row holds, and `unheld` their share (0..1) of such words. `missing` are
    the phrases of the terms that no row holds in any form."""

    expression: str
    ideal: float = 0.0
    absent: float = 0.0
    unheld: float = 0.0
    scope: str = ""
    everywhere: str = ""
    terms: tuple[_Counted, ...] = ()
    missing: frozenset[str] = frozenset()

    @property
    def phrases(self) -> tuple[str, ...]:
        """What `expression` scores by."""
        return tuple(dict.fromkeys(term.phrase for term in self.terms))

    @property
    def proposing(self) -> frozenset[str]:
        """Those of its phrases of which a row must hold one."""
        return frozenset(term.phrase for term in _rarer(self.terms))

    def by(self, phrases: Collection[str]) -> Match:
        """What these of its phrases find and score; `ideal` stays that of all."""
        terms = tuple(term for term in self.terms if term.phrase in phrases)
        if not terms:
            return replace(self, expression="", terms=())
        expression = _scoped(self.scope, terms, _rarer(terms), self.everywhere)
        return replace(self, expression=expression, terms=terms)


def match(
    db: sqlite3.Connection,
    table: str,
    query: str,
    word: str = "",
    rows: int = 0,
    *,
    everywhere: str = "",
    count: CountRows | None = None,
    among: Among = ALL,
) -> Match:
    """How any text is looked up in a table of so many rows. `word`, when given, is one that
    every row must hold; `everywhere` one that every row that is looked for does hold, in a column
    without weight. Whether a word is held and which are the rarer ones goes by the rows `among`
    which is looked, what a word is worth by all."""
    return match_terms(
        db,
        table,
        query_terms(query),
        word,
        rows,
        everywhere=everywhere,
        more=hints(query),
        count=count,
        among=among,
    )


def match_terms(
    db: sqlite3.Connection,
    table: str,
    asked: Sequence[Term],
    word: str = "",
    rows: int = 0,
    *,
    everywhere: str = "",
    more: Sequence[Hint] = (),
    count: CountRows | None = None,
    among: Among = ALL,
) -> Match:
    """The same for terms that are known, and `more` to find rows by."""
    scope = f'"{word}" AND ' if word else ""
    counts = _RowCounts.of(db, table, scope, count, among)
    terms = [counts.held(term) for term in asked]
    counted = [term for term in terms if term.rows]
    counted += counts.hinted(more, {term.phrase for term in counted})
    pairs = zip(asked, terms, strict=True)
    missing = frozenset(term.phrase for term, found in pairs if not found.rows)
    foreign = [term for term in terms if OTHER_SCRIPT.search(term.phrase)]
    absent = [term for term in foreign if not term.rows]
    unheld = len(absent) / len(foreign) if foreign else 0.0
    if not counted:
        whole = sum(_rarity(term, rows) for term in terms)
        return Match(
            "", whole, sum(_rarity(term, rows) for term in absent), unheld, missing=missing
        )
    if len(counted) > 1 and all(term.rows == MOST_SCORED for term in counted):
        counted = [counts.recounted(term) for term in counted]
    rarer = _rarer(counted)
    everywhere = f'"{everywhere}"' if everywhere and rows <= MOST_EVERYWHERE else ""
    # What stands in both halves of the expression is scored twice.
    times = 2 if len(rarer) < len(counted) and not everywhere else 1
    ideal = times * sum(_rarity(term, rows) for term in terms)
    lost = times * sum(_rarity(term, rows) for term in absent)
    expression = _scoped(scope, counted, rarer, everywhere)
    return Match(expression, ideal, lost, unheld, scope, everywhere, tuple(counted), missing)


def rows_of(
    db: sqlite3.Connection,
    table: str,
    text: str,
    word: str = "",
    *,
    count: CountRows | None = None,
) -> int:
    """In how many rows a word stands, in any of its forms, counted up to MOST_SCORED; of several
    that stand one behind the other the rarest tells, or how often they do. `word`, when given, is
    one that every row must hold."""
    counts = _RowCounts.of(db, table, f'"{word}" AND ' if word else "", count)
    asked = query_terms(text)
    if " " in text:
        asked.append(Term(phrase_of(text)))
    return min((counts.held(term).rows for term in asked), default=0)


def rows_matching(db: sqlite3.Connection, table: str, expression: str, most: int) -> int:
    """How many rows match, counted no further than that."""
    return _rows_among(db, table, ALL, expression, most)


def _rows_among(
    db: sqlite3.Connection, table: str, among: Among, expression: str, most: int
) -> int:
    matching = f"SELECT 1 FROM {table} WHERE {table} MATCH ? {among.clause} LIMIT ?"
    statement = f"SELECT count(*) FROM ({matching})"
    return int(db.execute(statement, (expression, *among.values, most)).fetchone()[0])


def _rarity(term: _Counted, rows: int) -> float:
    """The weight that BM25 gives the term."""
    held = term.anywhere
    return max(0.0, log((rows - held + 0.5) / (held + 0.5))) if rows > held else 0.0


_Counting = Callable[[str, int], int]


@dataclass(frozen=True, slots=True)
class _RowCounts:
    """Counts the rows that match an expression, no further than a number: `here` those that are
    looked for, `anywhere` all of them."""

    scope: str
    here: _Counting
    anywhere: _Counting

    @classmethod
    def of(
        cls,
        db: sqlite3.Connection,
        table: str,
        scope: str,
        count: CountRows | None,
        among: Among = ALL,
    ) -> _RowCounts:
        anywhere = partial(count or rows_matching, db, table)
        here = partial(_rows_among, db, table, among) if among.clause else anywhere
        return cls(scope, here, anywhere)

    def held(self, term: Term) -> _Counted:
        """The term, or what stands for it when no row holds it, and how many hold that."""
        phrases = (term.phrase, " OR ".join(term.instead)) if term.instead else (term.phrase,)
        rows, phrase = 0, ""
        for phrase in phrases:
            rows = self.here(f"{self.scope}({phrase})", MOST_SCORED)
            if rows:
                break
        if self.here is self.anywhere:
            return _Counted(phrase, rows, rows)
        return _Counted(phrase, rows, self.anywhere(f"{self.scope}({phrase})", MOST_SCORED))

    def hinted(self, more: Sequence[Hint], held: Collection[str]) -> list[_Counted]:
        wanted = dict.fromkeys(hint.phrase for hint in more if hint.unless not in held)
        counted = (self.held(Term(phrase)) for phrase in wanted)
        return [one for one in counted if one.rows]

    def recounted(self, term: _Counted) -> _Counted:
        return replace(term, rows=self.here(f"{self.scope}({term.phrase})", MOST_COUNTED))


def _scoped(
    scope: str, terms: Sequence[_Counted], rarer: Sequence[_Counted], everywhere: str
) -> str:
    proposing = _any(rarer)
    if len(rarer) == len(terms):
        return f"{scope}({proposing})"
    common = [term for term in terms if term not in rarer]
    if everywhere:
        return f"{scope}(({proposing}) AND ({everywhere} OR {_any(common)}))"
    # The rarer terms stand in both halves, so the others do in this one.
    return f"{scope}(({proposing}) AND ({_any((*terms, *common))}))"


def _rarer(terms: Sequence[_Counted]) -> list[_Counted]:
    """In the order of the terms; at least the rarest one."""
    chosen: set[str] = set()
    rows = 0
    for term in sorted(terms, key=lambda term: term.rows):
        rows += term.rows
        if chosen and rows > MOST_SCORED:
            break
        chosen.add(term.phrase)
    return [term for term in terms if term.phrase in chosen]


def _any(terms: Sequence[_Counted]) -> str:
    return " OR ".join(term.phrase for term in terms)
