"""What must be known of the world's scripts to find words in them.

SQLite's tokenizer parts words at spaces and marks. Scripts that write no spaces are therefore
indexed as overlapping runs of characters: two for Chinese, Japanese and Korean, whose
characters say much each, three for the alphabets of South-East Asia. Recall in the first five
on public question sets: Chinese 0.99 and Japanese 0.96 with pairs, Thai 0.98 with triples.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import add

_CJK = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\uac00-\ud7a3"  # Hangul
    "\U00020000-\U0003ffff"  # Han, rare
)
_SOUTH_EAST = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Myanmar, Khmer
_SEMITIC = "\u0590-\u06ff\u0750-\u077f\u08a0-\u08ff"  # Hebrew, Arabic and its kin

UNSPACED = re.compile(f"[{_CJK}]+|[{_SOUTH_EAST}]+")
KANA = re.compile("[\u3040-\u30ff]")
_CJK_START = re.compile(f"[{_CJK}]")
SEMITIC_WORD = re.compile(f"[{_SEMITIC}]{{4,}}")
_SPACED_FOREIGN = re.compile("[\u0370-\u058f\u0900-\u0dff\u10a0-\u10ff]")  # Greek to Sinhala

PAIR, TRIPLE = 2, 3

_KATAKANA = re.compile("[\u30a1-\u30f6]+")
_KANA_ALIKE = {katakana: katakana - 0x60 for katakana in range(0x30A1, 0x30F7)}


def one_kana(text: str) -> str:
    """The same word is written in either kana (りんご, リンゴ): all as hiragana."""
    return _KATAKANA.sub(_hiragana, text)


def _hiragana(run: re.Match[str]) -> str:
    return run[0].translate(_KANA_ALIKE)


def grams(run: str) -> list[str]:
    """The overlapping characters that an unspaced run is looked up by. One that is shorter
    than a gram is given back whole: it can only be the start of one."""
    size, run = gram_size(run), one_kana(run)
    return [run[at : at + size] for at in range(max(1, len(run) - size + 1))]


def gram_starts(run: str) -> list[str]:
    """As `grams`, with the shorter ends of the run, so that any character in it starts one."""
    size, run = gram_size(run), one_kana(run)
    if size == PAIR:
        # Half the time of cutting them out: a long chat in Chinese has millions.
        return [*map(add, run, run[1:]), run[-1]]
    return [run[at : at + size] for at in range(len(run))]


def gram_size(run: str) -> int:
    return PAIR if _CJK_START.match(run) else TRIPLE


def semitic_grams(text: str) -> Iterator[str]:
    """Triples inside Arabic and Hebrew words, which write articles, prepositions and endings
    together with the stem."""
    for word in SEMITIC_WORD.findall(text):
        yield from (word[at : at + TRIPLE] for at in range(len(word) - TRIPLE + 1))


def has_endings(word: str) -> bool:
    """Whether the word's script is spaced and alphabetic, but not one that the stemmer knows:
    there the beginning of a word stands for its forms."""
    return bool(_SPACED_FOREIGN.search(word) or "\u0400" <= word[:1] <= "\u052f")
