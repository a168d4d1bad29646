"""Ways to write a listed word so that a plain search misses it: 300 of them, and none gets by."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatui.jobs.filters.lookalikes import LETTERS
from chatui.jobs.filters.words import WordList

WORDS = ["secret", "passphrase", "Kronos", "merger", "Straße", "naïve", "project x", "敏感词",
         "секрет", "機密情報"]  # fmt: skip

MATHS = {"bold": 0x1D41A, "italic": 0x1D622, "script": 0x1D4EA, "fraktur": 0x1D586,
         "double": 0x1D552, "sans": 0x1D5BA, "mono": 0x1D68A}  # fmt: skip


def letters(start: int) -> Callable[[str], str]:
    return lambda word: "".join(
        chr(start + ord(mark) - 97) if "a" <= mark <= "z" else mark for mark in word.lower()
    )


def wide(word: str) -> str:
    return "".join(chr(ord(mark) + 0xFEE0) if "!" <= mark <= "~" else mark for mark in word)


def between(mark: str) -> Callable[[str], str]:
    return lambda word: mark.join(word.replace(" ", ""))


def decomposed(word: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFD", word)


PLAIN: dict[str, Callable[[str], str]] = {
    "capitals": str.upper,
    "small": str.lower,
    "title": str.title,
    "swapped": str.swapcase,
    "full width": wide,
    "wide capitals": lambda word: wide(word.upper()),
    "decomposed": decomposed,
    "circled": letters(0x24D0),
    **{f"mathematical {name}": letters(start) for name, start in MATHS.items()},
    "zero-width space": "\u200b".join,
    "zero-width joiner": "\u200d".join,
    "soft hyphen": "\u00ad".join,
    "word joiner": "\u2060".join,
    "byte order mark": "\ufeff".join,
    "direction": lambda word: "\u202d" + word + "\u202c",
    "variation": "\ufe0f".join,
    "grapheme joiner": "\u034f".join,
    "hangul filler": "\u3164".join,
    "tags": "\U000e0061".join,
}
SPACED: dict[str, Callable[[str], str]] = {
    "spaces": between(" "),
    "two spaces": between("  "),
    "dots": between("."),
    "hyphens": between("-"),
    "underscores": between("_"),
    "stars": between("*"),
    "slashes": between("/"),
    "wide spaces": between("\u3000"),
    "lines": between("\n"),
    "struck out": lambda word: "".join(f"{mark}\u0336" for mark in word),
}
LOOKS: dict[str, Callable[[str], str]] = {
    "cyrillic": lambda word: word.translate(str.maketrans("aeopcxyi", "аеорсхуі")),
    "greek": lambda word: word.translate(str.maketrans("aopx", "αορχ")),
    "figures": lambda word: word.translate(str.maketrans("eosat", "30547")),
    "signs": lambda word: word.translate(str.maketrans("as", "@$")),
    "accents": lambda word: "".join(f"{mark}\u0301" for mark in word),
    "capital look": lambda word: word.upper().translate(str.maketrans("AEOPCXTKM", "АЕОРСХТКМ")),
}

TABLE = [
    (word, name, spell(word), looks)
    for spellings, looks in ((PLAIN, False), (SPACED, False), (LOOKS, True))
    for name, spell in spellings.items()
    for word in WORDS
]


def test_the_table_has_300_spellings_that_are_not_the_word() -> None:
    assert len({spelt for word, _, spelt, _ in TABLE if spelt != word}) >= 300


def test_no_hostile_spelling_gets_past_the_words() -> None:
    lists = {looks: WordList(WORDS, lookalikes=looks) for looks in (False, True)}
    missed = []
    for word, name, spelt, looks in TABLE:
        text = f"Tell them: {spelt}. And no more!"
        found = [(text[start:end], rule) for start, end, rule in lists[looks].find(text)]
        # What stands around the word is no part of it: direction marks may stay.
        if not any(rule == word and set(spelt.strip("\u202d\u202c")) >= set(part)
                   for part, rule in found):  # fmt: skip
            missed.append((name, word, spelt, found))
    assert not missed, missed[:10]


@pytest.mark.parametrize("lookalikes", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        "The secretary merges her emergency submerger.",
        "undersecretary and secrets",
        "a cl\u00adassecret b",
        "12 3456 789, 100 % of 50",
        "I am a bit lost in b c d",
        "Kronosaurus",
        "敏 锐 的 感 觉",
        "def f(x): return x + 1",
    ],
)
def test_an_innocent_text_has_no_listed_word(text: str, lookalikes: bool) -> None:
    assert list(WordList(WORDS, lookalikes=lookalikes).find(text)) == []


@pytest.mark.parametrize("mark", sorted(LETTERS)[:: len(LETTERS) // 40])
def test_a_letter_that_looks_like_another_is_that_one(mark: str) -> None:
    words = WordList([f"zz{LETTERS[mark]}zz"], lookalikes=True)
    assert len(list(words.find(f"see zz{mark}zz."))) == 1


def test_without_the_flag_a_lookalike_is_another_letter() -> None:
    assert list(WordList(["secret"]).find("sеcrеt")) == []
