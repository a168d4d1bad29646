"""Ways to write the same made one, in every script, for words that are indexed or compared.

Each rule is one that writers of the script don't keep themselves: marks that most texts leave out,
letters that stand for one another on keyboards and in codes, digits, old and new forms. Case and
the accents of Latin letters are left to SQLite's tokenizer and to those who compare words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

HAN_TABLE = "han_variants.txt"
"""A line for each simplified Chinese character that has others beside it: it, and then these,
traditional ones and those of Taiwan, Hong Kong and Japan. Made of OpenCC's tables (see NOTICE)."""

# No letters: bullets of PDFs, mostly. The index keeps them for words of its own.
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")

# What shows nothing inside a word, vowel signs that most texts leave out, the stretching stroke of
# Arabic, the dots under letters of India that were borrowed.
_DROPPED = re.compile(
    "[\u00ad\u200b\u200d\u2060\ufeff\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u093c\u09bc\u0a3c\u0abc\u0b3c\u0cbc]"
)
_SAME: Mapping[str, str] = {
    # Arabic, with Persian, Urdu and their kin
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ؤ": "و", "ئ": "ي", "ى": "ي", "ی": "ي", "ې": "ي",
    "ے": "ي", "ۓ": "ي", "ک": "ك", "ڪ": "ك", "ة": "ه", "ہ": "ه", "ھ": "ه", "ە": "ه", "ۀ": "ه",
    "ۂ": "ه", "ۃ": "ه", "ں": "ن", "٫": ".", "٬": ",",
    # Cyrillic
    "ё": "е", "Ё": "Е", "ґ": "г", "Ґ": "Г", "ъ": "ь", "Ъ": "Ь", "ў": "у", "Ў": "У",
    # Greek
    "ς": "σ",
    # India: the sign of a nasal vowel
    "\u0901": "\u0902", "\u0981": "\u0982",
    # Latin letters that Unicode does not take apart
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O",
    "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i",
    "ħ": "h", "Ħ": "H",
}  # fmt: skip
_VARIANT = re.compile(f"[{''.join(_SAME)}]")
_DIGIT = re.compile(r"[^\D0-9]")
"""Decimal digits of other scripts."""
_HAN_YEAR = re.compile("[〇○零一二三四五六七八九]{4}(?=年)")
_HAN_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_GREEK = re.compile("[\u0386-\u03ce\u1f00-\u1fff][\u0300-\u036f]*")
_ACCENTS = re.compile("[\u0300-\u036f]")
_STRESS = re.compile("(?<=[\u0400-\u052f])[\u0300\u0301]")
"""As dictionaries and primers mark it in Cyrillic words."""
_APOSTROPHE = re.compile("(?<=[\u0400-\u052f])['\u2019\u02bc\u02b9*](?=[\u0400-\u052f])")
"""Between a consonant and a vowel, in Ukrainian and Belarusian; it is written in many ways and
often left out."""
_JOINT = re.compile("(?<=[\u0900-\u0dff])\u200c")
"""Between letters of India, where it only chooses their form; in Persian it parts words."""
_NASALS = re.compile("[\u0919\u091e\u0923\u0928\u092e]\u094d(?=[\u0915-\u092d])")
"""Written out before a consonant of India's Nagari, where a dot above says the same."""
_TONES = re.compile("\u0e4d([\u0e48-\u0e4b])|\u0ecd([\u0ec8-\u0ecb])")
"""Of Thai and Lao: the ring of the vowel am, written before the sign of the tone."""
_BEYOND_LATIN = re.compile("[^\x00-\u024f\u1e00-\u1eff\u2010-\u2015\u2018-\u201f\u2026\u20ac]")
_GREEK_OR_CYRILLIC = re.compile("[\u0370-\u052f\u1f00-\u1fff]")
_INDIC_OR_THAI = re.compile("[\u0900-\u0eff]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f]+")


def fold(text: str) -> str:
    """Ways to write the same made one; the text of an index, a query or a comparison."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKC", text)
    if not _BEYOND_LATIN.search(plain):
        return _VARIANT.sub(_same, plain.replace("\u00ad", ""))
    plain = _DIGIT.sub(_digit, _VARIANT.sub(_same, _PRIVATE.sub(" ", _DROPPED.sub("", plain))))
    if _INDIC_OR_THAI.search(plain):
        plain = _TONES.sub(_tone_first, _NASALS.sub("\u0902", _JOINT.sub("", plain)))
    if _GREEK_OR_CYRILLIC.search(plain):
        plain = _GREEK.sub(_bare, _APOSTROPHE.sub("", _STRESS.sub("", plain)))
    if _HAN.search(plain):
        plain = _HAN.sub(_simplified, _HAN_YEAR.sub(_year, plain))
    return plain


def with_plain_digits(text: str) -> str:
    """The text with the digits 0 to 9 in the place of those of other scripts, and with their signs
    between them; as long as before."""
    if text.isascii():
        return text
    return _DIGIT.sub(_digit, text.replace("\u066b", ".").replace("\u066c", ","))


def _same(letter: re.Match[str]) -> str:
    return _SAME[letter[0]]


def _digit(figure: re.Match[str]) -> str:
    return str(unicodedata.decimal(figure[0]))


def _year(figures: re.Match[str]) -> str:
    return figures[0].translate(_HAN_DIGITS)


def _bare(letter: re.Match[str]) -> str:
    return _ACCENTS.sub("", unicodedata.normalize("NFD", letter[0]))


def _tone_first(vowel: re.Match[str]) -> str:
    return f"{vowel[1] or vowel[2]}{vowel[0][0]}"


def _simplified(run: re.Match[str]) -> str:
    return run[0].translate(_han())


@cache
def _han() -> Mapping[int, str]:
    lines = (files("chatui") / "data" / HAN_TABLE).read_text("utf-8").split()
    return {ord(other): line[0] for line in lines for other in line[1:]}
