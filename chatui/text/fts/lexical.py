"""Words for FTS5: how text goes into the index, and what a query looks up there.

The index has a column for the words and one for their parts (of names in code, and of words
whose script writes small words together with large ones), which count less.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import TypeVar

from chatui.text.folding import fold
from chatui.text.fts.identifiers import hump_parts, part_texts
from chatui.text.fts.scripts import (
    KANA,
    SEMITIC_WORD,
    UNSPACED,
    gram_size,
    gram_starts,
    grams,
    has_endings,
    semitic_grams,
)
from chatui.text.fts.sounds import other_sounds_of, sounds_of
from chatui.text.question_words import ENGLISH, question_words, without_asking
from chatui.text.syllables import is_syllabic, syllable_pairs

MAX_TERMS = 64
"""Terms of a question that are looked up; a pasted page would cost seconds."""
MOST_READ = 20_000
"""Characters of a question that are read for its terms, ten times those that any 64 of them take:
cutting a pasted book into terms of which 64 are kept took half a second for 130,000 characters."""

PREFIX_WEIGHT = 1.0
"""BM25 weight of a word in "title › heading", against 1 in the text."""
PARTS_WEIGHT = 0.4
"""And of a part of a word."""

STEM_SHARE = 0.7
STEM_LEAST = 4
"""How much of a word's beginning stands for its forms, in letters. On manual pages searched by
their one-line descriptions this took hit@5 from .86 to .94 in Russian; in French and Spanish,
where every word would be widened, it lost up to 5 points, so there (as in all Latin script)
only words that no chunk holds are widened, which lost nothing."""

_ELIDED = re.compile(
    r"(?:[cdjlmnst]|qu|(?:jus|lors|puis|quel)qu|un|[dns]?all|[dn]ell|sull|qu[ei](?:ll|st))['\u2019]"
    r"(?=\w)",
    re.IGNORECASE,
)
"""Words that have lost their vowel before another: l'eau, qu'est-ce, dell'acqua."""
_CHINESE_QUESTION_WORDS = re.compile(
    "为什么|為什麼|什么|什麼|怎么|怎麼|怎样|怎樣|多少|哪些|哪里|哪裡|哪个|哪個|哪|谁|誰|的|是|有|在|和|了|吗|嗎|呢"
)
_UMLAUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa"})
_DIGRAPH = re.compile(r"([aou])e|(a)a")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_HANGUL = re.compile("[\uac00-\ud7a3]{3,}")
_PARTICLE = re.compile(
    "(?<=..)(?:에서는|에서도|에게서|이라는|라는|에서|에는|에게|으로|부터|까지|[은는이가을를의와과도만에로])$"
)
"""Of Korean, written together with its word; what is left has two syllables at least."""


@dataclass(frozen=True, slots=True)
class Term:
    """An FTS5 phrase, and the ones to try instead when no chunk holds it."""

    phrase: str
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hint:
    """An FTS5 phrase that helps to find rows, where none of them holds the phrase `unless`. One
    without it holds no less of the question."""

    phrase: str
    unless: str = ""


Found = TypeVar("Found", bound=Hashable)


@lru_cache(maxsize=1)
def _folded(text: str) -> str:
    """A text is indexed by its words, and right behind that by their parts."""
    return fold(text)


def index_text(text: str) -> str:
    """The text as it goes into FTS5. What is found is always shown from the chunk itself."""
    folded = _folded(text)
    if folded.isascii():
        return folded
    return UNSPACED.sub(lambda run: f" {' '.join(gram_starts(run.group()))} ", folded)


def index_parts(text: str) -> str:
    """What goes into the column of parts."""
    folded = _folded(text)
    parts = part_texts(folded)
    if not folded.isascii():
        parts.extend(semitic_grams(folded))
    return "\n".join(parts)


def collection_word(collection_id: int) -> str:
    """Stands in the index for the collection. Characters for private use are no letters, so
    that no query holds it."""
    return f"\ue000{collection_id}"


def conversation_word(conversation: str) -> str:
    """Stands in the index of messages for their conversation, in the same way."""
    return f"\ue000{conversation}"


def query_terms(query: str) -> list[Term]:
    """What to look up for any text; nothing when it holds no word.

    Every word is quoted, so nothing in it is taken for syntax. A word with marks or humps
    inside (`state-of-the-art`, `os.path`, `getName`) is looked up whole and in its parts, and
    whole it counts twice. Words that only make up the question are left out, unless there
    are no others.
    """
    query = query[:MOST_READ]
    forms = question_words(query)
    terms: dict[Term, None] = {}
    asking: dict[Term, None] = {}
    wholes: list[Term] = []
    for piece in map(_unelided, without_asking(fold(query)).split()):
        words = _words(piece)
        telling = [word for word in words if word.lower() not in forms]
        for word in words:
            found = dict.fromkeys(_word_terms(word))
            (terms if word in telling else asking).update(found)
        if telling or forms is ENGLISH:
            wholes += (Term(_quoted(whole)) for whole in _wholes(piece, words))
        if len(terms) >= MAX_TERMS:
            # None of the words of what follows is looked up.
            break
    terms.update(dict.fromkeys(wholes))
    chosen = (list(terms) or list(asking))[:MAX_TERMS]
    return chosen + [whole for whole in dict.fromkeys(wholes) if whole in chosen]


def hints(query: str) -> list[Hint]:
    """What finds more than the terms: a Chinese character that no row has beside one of its
    neighbours in the question, which may be a word of its own there, and the words of Vietnamese,
    which are written in several syllables, each of which means ten things.

    Of 240 Vietnamese questions on 48 articles the passage was first for .871 and among five for
    .963 without, and is for .921 and .988; of 1,002 Chinese ones (CMRC 2018) first for .978 and
    .982, among five for .994 and .995; 600 Japanese ones (JaQuAD) stay as they are."""
    query = query[:MOST_READ]
    plain = without_asking(fold(query))
    characters = (hint for run in _HAN.finditer(plain) for hint in _characters(run.group()))
    syllables = _syllables(plain, question_words(query)) if is_syllabic(query) else ()
    return _first(chain(characters, syllables))


def _first(found: Iterable[Found]) -> list[Found]:
    """Each once, and of those no more than are looked up."""
    kept: dict[Found, None] = {}
    for one in found:
        kept[one] = None
        if len(kept) == MAX_TERMS:
            break
    return list(kept)


def _characters(run: str) -> Iterator[Hint]:
    for pair in map("".join, pairwise(run)):
        yield from (Hint(f"{_quoted(one)} *", unless=_quoted(pair)) for one in pair)


def _syllables(plain: str, forms: frozenset[str]) -> Iterator[Hint]:
    words = [word for piece in plain.split() for word in _words(piece)]
    for pair in syllable_pairs([words]):
        if not {word.lower() for word in pair} <= forms:
            yield Hint(phrase_of(" ".join(pair)))


def phrase_of(words: str) -> str:
    """What to look up for words that stand one behind the other."""
    return _quoted(fold(words).lower())


def _unelided(piece: str) -> str:
    while match := _ELIDED.match(piece):
        piece = piece[match.end() :]
    return piece


def name_terms(query: str, missing: Collection[str]) -> list[Term]:
    """What its names in Latin letters may sound like in other scripts, a term for each of those
    whose phrase is `missing` from the texts. Names are words in capitals; where only the first word
    of a question has one, all may be."""
    query = query[:MOST_READ]
    forms = question_words(query)
    words = list(dict.fromkeys(word for piece in fold(query).split() for word in _words(piece)))
    asked = [word for word in words if word.lower() not in forms]
    capitals = [word for word in asked if word[:1].isupper()]
    names = capitals if set(capitals) - set(words[:1]) else asked
    heard = (other_sounds_of(one) for one in names if _quoted(one.lower()) in missing)
    return _first(Term(f"({' OR '.join(map(_quoted, sounds))})") for sounds in heard if sounds)


def sound_terms(query: str) -> list[Term]:
    """What its words in other scripts than Latin may sound like there, a term for each."""
    query = query[:MOST_READ]
    words = dict.fromkeys(word for piece in fold(query).split() for word in _words(piece))
    heard = (sounds_of(word) for word in words)
    return _first(Term(f"({' OR '.join(map(_quoted, sounds))})") for sounds in heard if sounds)


def _words(piece: str) -> list[str]:
    """Letters, digits and their marks; Python's own word class breaks Indian scripts. What
    Python's tables don't know yet may be a letter to SQLite's, so it stays where it is."""
    return "".join(c if _is_word(c) else " " for c in piece).split()


def _is_word(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LNM" or category == "Cn"


def _wholes(piece: str, words: list[str]) -> Iterator[str]:
    if UNSPACED.search(piece):
        return
    if len(words) > 1:
        yield " ".join(words).lower()
    parts = [part for word in words for part in hump_parts(word)]
    if len(parts) > len(words):
        yield " ".join(parts).lower()


def _word_terms(word: str) -> Iterator[Term]:
    at = 0
    for run in UNSPACED.finditer(word):
        yield from _spaced_terms(word[at : run.start()], word)
        for gram in grams(_without_particle(run.group())):
            short = len(gram) < gram_size(gram)
            yield Term(f"{_quoted(gram)} *" if short else _quoted(gram))
        yield from (Term(f"{_quoted(one)} *") for one in _alone(run.group()))
        at = run.end()
    yield from _spaced_terms(word[at:], word)


def _without_particle(run: str) -> str:
    return _PARTICLE.sub("", run) if _HANGUL.fullmatch(run) else run


def _alone(run: str) -> list[str]:
    """Chinese words of one character in a question, which stand between words that only ask: no
    pair of characters holds them as they are in a text."""
    if KANA.search(run):
        return []
    parts = _CHINESE_QUESTION_WORDS.split(run)
    return [part for part in parts if len(part) == 1] if len(parts) > 1 else []


def _spaced_terms(part: str, word: str) -> Iterator[Term]:
    if not (len(part) > 1 or part.isdigit() or (part and part == word)):
        return
    yield _term(part.lower())
    humps = hump_parts(part)
    if len(humps) > 1:
        yield from (Term(_quoted(h.lower())) for h in humps if len(h) > 1 or h.isdigit())
    if SEMITIC_WORD.fullmatch(part):
        yield from (Term(_quoted(gram)) for gram in semitic_grams(part))


def _term(word: str) -> Term:
    whole = _quoted(word)
    if not (word.isalpha() or has_endings(word)) or len(word) < STEM_LEAST:
        return Term(whole)
    stem = f"{_quoted(word[: max(STEM_LEAST - 1, round(len(word) * STEM_SHARE))])} *"
    if has_endings(word):
        widened = len(word) > STEM_LEAST
        return Term(f"({whole} OR {stem})") if widened else Term(whole, (stem,))
    spellings = {word.translate(_UMLAUT): None, _DIGRAPH.sub(r"\1\2", word): None}
    return Term(whole, (*(_quoted(s) for s in spellings if s != word), stem))


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'
