"""How a name sounds, roughly: what stays of it when it is written in another script.

"Josh Norman" is Джош Норман, جوش نورمان and जोश नॉर्मन elsewhere, and no letter of these is in the
English text. What they share are the consonants, in classes that no script tells apart for certain:
`nrmn`. Names of a text, which are its words in capitals, are indexed by these; a word of a question
in another script is looked up by all that it may be read as.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice, product

MARK = "\ue001"
"""Begins each sound: characters for private use are no letters, so that no text holds it."""
LEAST = 3
"""Consonants that a sound must have: with two, as many were found by chance as by the name."""
MOST_LETTERS = 24
"""Of a word that is read; longer ones are no names, or several written together."""
MOST_READINGS = 6
"""Of one form of a word."""

OTHER_SCRIPT = re.compile("[\u0370-\u05ff\u0620-\u06ff\u0900-\u0dff\u10a0-\u10ff\u30a1-\u30fa]")
"""Greek, Cyrillic, Armenian, Hebrew, Arabic, those of India, Georgian and katakana. Chinese, Korean
and Thai write names by syllables of their own, or among other words without blanks."""

_NAME = re.compile(r"(?<!\w)[A-Z\u00c0-\u00de][a-zA-Z\u00c0-\u024f\u0300-\u036f]{2,}")
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]{3,}")
_CONSONANTS = re.compile("t?sch|tch|dsch|[cszpktg]h|dg|dj|ck|qu|[b-df-gj-np-tvxz]")
_CLASSES = {
    "b": "b", "p": "b", "f": "f", "ph": "f", "v": "f", "d": "t", "t": "t", "th": "t", "l": "l",
    "r": "r", "m": "m", "n": "n", "k": "k", "q": "k", "qu": "k", "ck": "k", "c": "k", "g": "k",
    "kh": "k", "gh": "k", "x": "ks",
}  # fmt: skip
_HISS = "s"
"""All others: s, z, j, ch, sh and their kin. Vowels, h, y and w are left out: they come and go from
script to script, but for a w at the beginning, which is read as v."""

_MUTE = "-"
_READINGS = {
    # Arabic and Persian
    "ج": "jk", "ع": "-", "ح": "-", "ه": "-", "ي": "-", "غ": "g", "خ": "k",
    # Hebrew
    "ו": "v-", "י": "-", "ב": "bv", "פ": "bv", "ף": "bv", "ח": "k-", "ע": "-", "צ": "s", "ץ": "s",
    # Cyrillic
    "в": "v-", "х": "k-", "ц": "s", "ч": "s", "щ": "s", "й": "-", "ь": "-", "ъ": "-",
    # Greek
    "χ": "k-", "θ": "t",
    # The small tsu of Japanese, which doubles what follows
    "ッ": "-",
}  # fmt: skip
"""What a letter may be read as where a table of all scripts is of no use: each character is a way,
and _MUTE one as well."""
_FIRST = {"و": "v-", "г": "k-", "в": "v", "व": "v"}
"""The same at the beginning of a word."""
_LATER = {"و": "-", "व": "v-"}
_PLAIN = {"g": "k", "c": "s", "y": "", "h": "", "w": "", "ts": "s"}
"""Of the table's readings, those that would be read anew by the rules of Latin spelling."""
_NASAL = re.compile("[\u0902\u0982\u0a02\u0a82\u0b02\u0c02\u0c82\u0d02](?![\u092a-\u092e])")
"""Of India's scripts: an n, but for before closed lips."""
_LEADING = (re.compile("[وفبكل]?ال|لل|[وفبكل]"), re.compile("[והבלמשכ]"))
"""Articles and prepositions that Arabic and Hebrew write together with what follows."""
_ENDINGS = (
    re.compile("(?:[ая]?ми|[оеыи]г?м?[оу]|[оеыи]м|[оеё]в|[ая][хм])$"),
    re.compile("(?:[οαηε]υ?[ςν]|ων)$"),
)
"""Endings of cases, Russian and Greek, that have consonants."""


def index_sounds(text: str) -> str:
    """The sounds of a text's names, for an index: each once."""
    sounds = {sound(name) for name in set(_NAME.findall(text))}
    return " ".join(sorted(f"{MARK}{one}" for one in sounds if len(one) >= LEAST))


def sound(word: str) -> str:
    """The classes of the consonants of a word in Latin letters; doubled letters are one."""
    plain = unicodedata.normalize("NFD", word.lower())
    if plain[:1] == "w":
        plain = f"v{plain[1:]}"
    found, before = "", ("", -1)
    for match in _CONSONANTS.finditer(plain):
        if (match.group(), match.start()) != before:
            found += _class_of(match.group(), plain[match.end() : match.end() + 1])
        before = match.group(), match.end()
    return found


def _class_of(consonant: str, after: str) -> str:
    is_soft = consonant in ("c", "g") and after != "" and after in "eiy"
    return _HISS if is_soft else _CLASSES.get(consonant, _HISS)


def sounds_of(word: str) -> tuple[str, ...]:
    """What a word in another script is looked up by; nothing for one in Latin letters."""
    if len(word) > MOST_LETTERS or not OTHER_SCRIPT.search(word):
        return ()
    found: dict[str, None] = {}
    for run in _KATAKANA.findall(word) or [word]:
        for form in _forms(run.lower()):
            found.update(dict.fromkeys(map(sound, islice(_readings(form), MOST_READINGS))))
    return tuple(f"{MARK}{one}" for one in found if len(one) >= LEAST)


def _forms(word: str) -> Iterator[str]:
    """The word, and what it is without an article or the ending of a case."""
    yield word
    for pattern in _LEADING:
        if match := pattern.match(word):
            yield word[match.end() :]
    for pattern in _ENDINGS:
        if match := pattern.search(word):
            yield word[: match.start()]


def _readings(word: str) -> Iterator[str]:
    letters = _NASAL.sub("\u0928", word).replace("дж", "ж")
    ways = [_ways(letter, at == 0) for at, letter in enumerate(letters)]
    return map("".join, product(*ways))


def _ways(letter: str, is_first: bool) -> Sequence[str]:
    special = (_FIRST if is_first else _LATER).get(letter) or _READINGS.get(letter)
    if special:
        return ["" if way == _MUTE else way for way in special]
    # Here and not above: most questions have no such word.
    from anyascii import anyascii

    latin = anyascii(letter).lower()
    if "\u30a1" <= letter <= "\u30fa":
        # Japanese has one sound for r and l.
        return [latin, latin.replace("r", "l")] if "r" in latin else [latin]
    return [_PLAIN.get(latin, latin)]
