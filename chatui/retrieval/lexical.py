"""Words for FTS5: how text goes into the index, and how any query becomes a safe expression.

SQLite's tokenizer parts words at spaces and marks. Scripts that write none between words
(Chinese, Japanese, Thai and others) are therefore indexed as overlapping pairs of characters.
"""

from __future__ import annotations

import re
import unicodedata

MAX_TERMS = 64
"""Words of a question that are looked up; a pasted page would cost seconds."""

PREFIX_WEIGHT = 1.0
"""BM25 weight of a word in "title › heading", against 1 in the text."""

_RANGES = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f"  # Myanmar
    "\u1780-\u17ff"  # Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\uac00-\ud7a3"  # Hangul
    "\U00020000-\U0003ffff"  # Han, rare
)
_UNSPACED = re.compile(f"[{_RANGES}]+")

# Words of a question that say nothing about its subject.
_QUESTION_WORDS = """
    a about after all also am an and any are as at be because been before being between both
    but by can could did do does doing during each either for from further had has have having
    he her here hers him his how i if in into is it its itself just may me might more most my no
    nor not of on once only or other our out over own same shall she should so some such than
    that the their them then there these they this those through to too under until up upon us
    very was we were what when where which while who whom whose why will with would you your
    tell explain describe please
"""
_STOPWORDS = frozenset(_QUESTION_WORDS.split())


def index_text(text: str) -> str:
    """The text as it goes into FTS5. What is found is always shown from the chunk itself."""
    return _UNSPACED.sub(_pairs, unicodedata.normalize("NFKC", text))


def _pairs(match: re.Match[str]) -> str:
    run = match.group()
    # The last character stands alone too, so that any single one is the start of a word.
    pairs = [run[at : at + 2] for at in range(len(run))]
    return f" {' '.join(pairs)} "


def match_expression(query: str) -> str | None:
    """An FTS5 expression for any text, or None when it holds no word.

    Every word is quoted, so nothing in it is taken for syntax. A word with marks inside
    (`state-of-the-art`, `os.path`) is looked up whole and in its parts. Words that only
    make up the question are left out, unless there are no others.
    """
    terms: dict[str, None] = {}
    for piece in unicodedata.normalize("NFKC", query).lower().split():
        words = _words(piece)
        for word in words:
            terms.update(dict.fromkeys(_word_terms(word)))
        if len(words) > 1 and not _UNSPACED.search(piece):
            terms[_quoted(" ".join(words))] = None
    telling = [term for term in terms if term.strip('"') not in _STOPWORDS]
    return " OR ".join((telling or list(terms))[:MAX_TERMS]) or None


def _words(piece: str) -> list[str]:
    """Letters, digits and their marks; Python's own word class breaks Indian scripts."""
    return "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in piece).split()


def _word_terms(word: str) -> list[str]:
    terms: list[str] = []
    for part in re.split(f"([{_RANGES}]+)", word):
        if len(part) == 1 and _UNSPACED.match(part):
            terms.append(f"{_quoted(part)} *")
        elif _UNSPACED.match(part):
            terms += [_quoted(part[at : at + 2]) for at in range(len(part) - 1)]
        elif len(part) > 1 or part.isdigit() or word == part:
            terms.append(_quoted(part))
    return [term for term in terms if term != '""']


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'
