"""How a name sounds, roughly: what stays of it when it is written in another script.

"Josh Norman" is Джош Норман, جوش نورمان and जोश नॉर्मन elsewhere, and no letter of these is in the
English text. What they share are the consonants, in classes that no script tells apart for certain:
`nrmn`. Names of a text, which are its words in capitals, are indexed by these; a word of a question
in another script is looked up by all that it may be read as. The other way round the names of texts
in other scripts, or all words where a script has no capitals, are indexed by one reading each, and
a name in Latin letters is looked up by all that it may have become.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice, product

from chatui.text.folding import fold

MARK = "\ue001"
"""Begins each sound: characters for private use are no letters, so that no text holds it."""
OTHER_MARK = "\ue002"
"""The same, of words in other scripts than Latin."""
LEAST = 3
"""Consonants that a sound must have: with two, as many were found by chance as by the name."""
MOST_LETTERS = 24
"""Of a word that is read; longer ones are no names, or several written together."""
MOST_READINGS = 6
"""Of one form of a word."""

OTHER_SCRIPT = re.compile("[\u0370-\u05ff\u0620-\u06ff\u0900-\u0dff\u10a0-\u10ff\u30a1-\u30fa]")
"""Greek, Cyrillic, Armenian, Hebrew, Arabic, those of India, Georgian and katakana. Chinese, Korean
and Thai write names by syllables of their own, or among other words without blanks."""

_OTHER_NAME = re.compile(
    "(?<!\\w)[\u0391-\u03a9\u0410-\u042f\u0404-\u0407\u0531-\u0556][\u0370-\u03ff\u0400-\u052f\u0561-\u0587]{2,}"
    "|[\u05d0-\u05ea]{4,}|[\u0620-\u06d3]{4,}|[\u0900-\u0dff]{3,}|[\u10d0-\u10ff]{4,}"
)
"""Words in capitals, of scripts that have these; of others all that are long enough."""
_NAME = re.compile(r"(?<!\w)[A-Z\u00c0-\u00de][a-zA-Z\u00c0-\u024f\u0300-\u036f]{2,}")
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]{3,}")
_CONSONANTS = re.compile("t?sch|tch|dsch|[cszpktg]h|dg|dj|ck|qu|[b-df-gj-np-tvxz]")
_SOUNDING = re.compile(f"{_CONSONANTS.pattern}|[hw]")
_CLASSES = {
    "b": "b", "p": "b", "f": "f", "ph": "f", "v": "f", "d": "t", "t": "t", "th": "t", "l": "l",
    "r": "r", "m": "m", "n": "n", "k": "k", "q": "k", "qu": "k", "ck": "k", "c": "k", "g": "k",
    "kh": "k", "gh": "k", "x": "ks",
}  # fmt: skip
_HISS = "s"
"""All others: s, z, j, ch, sh and their kin. Vowels, h, y and w are left out: they come and go from
script to script, but for a w at the beginning, which is read as v."""

_ABROAD = {
    "h": "k", "v": ("", "b"), "f": "b", "ph": "b", "g": "s", "j": ("",), "ch": ("k", "ts"),
    "th": "s", "z": ("ts",),
}  # fmt: skip
"""What else a consonant of a Latin name is written as elsewhere: Hamilton begins with a g in
Russian and with nothing in Hebrew, which has one letter for p and f."""
MOST_ABROAD = 24

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
_USUAL = {"ו": "-", "ב": "b", "פ": "b", "ף": "b", "ח": "-", "в": "v", "х": "k", "χ": "k", "ج": "j"}
"""By which of them a text is indexed."""
_GREEK_PAIRS = (("μπ", "b"), ("ντ", "d"), ("γκ", "g"), ("τζ", "s"))
_NASAL = re.compile("[\u0902\u0982\u0a02\u0a82\u0b02\u0c02\u0c82\u0d02](?![\u092a-\u092e])")
"""Of India's scripts: an n, but for before closed lips."""
_LEADING = (re.compile("[وفبكل]?ال|لل|[وفبكل]"), re.compile("[והבלמשכ]"))
_ARTICLE = re.compile("[وفبكل]?ال|لل")
"""Articles and prepositions that Arabic and Hebrew write together with what follows."""
_ENDINGS = (
    re.compile("(?:[ая]?ми|[оеыи]г?м?[оу]|[оеыи]м|[оеё]в|[ая][хм])$"),
    re.compile("(?:[οαηε]υ?[ςν]|ων)$"),
)
"""Endings of cases, Russian and Greek, that have consonants."""


def index_sounds(text: str) -> str:
    """The sounds of a text's names, for an index: each once."""
    found = {f"{MARK}{one}" for one in map(sound, set(_NAME.findall(text))) if len(one) >= LEAST}
    if OTHER_SCRIPT.search(text):
        folded = fold(text)
        for word in {*_OTHER_NAME.findall(folded), *_KATAKANA.findall(folded)}:
            found.update(_heard(word))
    return " ".join(sorted(found))


@lru_cache(maxsize=32_768)
def _heard(word: str) -> tuple[str, ...]:
    """What a word of a text in another script than Latin is indexed by."""
    if len(word) > MOST_LETTERS:
        return ()
    most = MOST_READINGS if _KATAKANA.match(word) else 1
    forms = (islice(_readings(form, usual=True), most) for form in _forms(word.lower(), usual=True))
    found = dict.fromkeys(sound(reading) for readings in forms for reading in readings)
    return tuple(f"{OTHER_MARK}{one}" for one in found if len(one) >= LEAST)


def other_sounds_of(name: str) -> tuple[str, ...]:
    """What a name in Latin letters may sound like in a text of another script; nothing for a word
    that has few consonants, or is in another script itself."""
    if len(name) > MOST_LETTERS or OTHER_SCRIPT.search(name):
        return ()
    plain = unicodedata.normalize("NFD", name.lower())
    ways: list[Sequence[str]] = []
    before = -1
    for match in _SOUNDING.finditer(plain):
        one, at = match.group(), match.start()
        doubled = ways and before == at and plain[at - 1] == one
        if not doubled:
            ways.append(_ways_abroad(one, plain[match.end() : match.end() + 1], at))
        before = match.end()
    found = dict.fromkeys(map("".join, islice(product(*ways), MOST_ABROAD)))
    return tuple(f"{OTHER_MARK}{one}" for one in found if len(one) >= LEAST)


def _ways_abroad(consonant: str, after: str, at: int) -> Sequence[str]:
    if consonant == "w":
        return (_CLASSES["v"], "") if at == 0 else ("", _CLASSES["v"])
    own = _class_of(consonant, after) if consonant != "h" else ""
    return (own, *_ABROAD.get(consonant, ()))


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


def _forms(word: str, *, usual: bool = False) -> Iterator[str]:
    """The word, and what it is without an article or the ending of a case."""
    yield word
    for pattern in (_ARTICLE,) if usual else _LEADING:
        if match := pattern.match(word):
            yield word[match.end() :]
    for pattern in _ENDINGS:
        if match := pattern.search(word):
            yield word[: match.start()]


def _readings(word: str, *, usual: bool = False) -> Iterator[str]:
    letters = _NASAL.sub("\u0928", word).replace("дж", "ж")
    for pair, one in _GREEK_PAIRS:
        letters = letters.replace(pair, one)
    ways = [_ways(letter, at == 0, usual) for at, letter in enumerate(letters)]
    return map("".join, product(*ways))


def _ways(letter: str, is_first: bool, usual: bool) -> Sequence[str]:
    special = (_FIRST if is_first else _LATER).get(letter) or _READINGS.get(letter)
    if special:
        if usual:
            special = special[0] if is_first else _USUAL.get(letter, special[0])
        return ["" if way == _MUTE else way for way in special]
    latin = _latin(letter)
    if "\u30a1" <= letter <= "\u30fa":
        # Japanese has one sound for r and l.
        return [latin, latin.replace("r", "l")] if "r" in latin else [latin]
    return [_PLAIN.get(latin, latin)]


@lru_cache(maxsize=2048)
def _latin(letter: str) -> str:
    # Here and not above: most questions have no such word.
    from anyascii import anyascii

    return anyascii(letter).lower()
