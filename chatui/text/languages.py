"""Which language a text is in, and whether it may be English: by its script and its most common
words. Pure."""

from __future__ import annotations

import re

from chatui.text.folding import fold
from chatui.text.function_words import LETTERS, asking, cyrillic, latin, signs

_WORD = re.compile(r"[^\W\d_]+")
_LOOKED_AT = 3_000
"""Characters: the language of a longer text shows in its beginning."""
_ENGLISH = """
    the of and to in is are was were be been that for on with as by at from it its this these those
    which who whom whose what when where why how do does did has have had not or an he she they his
    her their there than can could would should will may into about between during such after before
    also only more most many much you your my me we our i if then but so no all any each other
"""
_OTHERS = """
    der das und ist ein eine einer eines einem einen dem des von zu mit für auf als auch nicht sich
    wird werden wurde wurden wie wer wo wann warum welche welcher welches bei nach aus durch um
    het een van voor niet met zijn wat hoe wie och att det som är ett av på med til og ikke hva hvem
    le la les du une un et est sont dans pour qui que quel quelle quels quelles où comment combien
    avec sur par ce cette el los las y es una por para con del qué cuál cuándo quién dónde cómo
    cuántos se su os da dos das em um uma não quem quando onde il lo gli di che non sono nel della
    dei delle cosa chi dove și în cu pe nu care w z na się nie jest że jak czy kto gdzie kiedy od po
    ve bir bu için ne kim nerede hangi nasıl değil yang dan dengan untuk dari pada adalah itu ini
    apa siapa on ei että mikä kuka az egy és hogy nem ki hol ya wa kwa ni nini
"""
_COMMON_ENGLISH = frozenset(_ENGLISH.split())
_COMMON_ELSEWHERE = frozenset(_OTHERS.split()) - _COMMON_ENGLISH
"""Of German, Dutch, Swedish, Danish, French, Spanish, Portuguese, Italian, Romanian, Polish, Czech,
Turkish, Indonesian, Finnish, Hungarian and Swahili."""


def may_be_english(text: str) -> bool:
    """False for a text in another script, or with more signs of another language than of English;
    true where nothing tells, as of names, numbers and code."""
    words = _WORD.findall(text[:_LOOKED_AT].casefold())
    foreign = sum(1 for word in words if not _is_latin(word[0]))
    if 2 * foreign > len(words):
        return False
    english = sum(1 for word in words if word in _COMMON_ENGLISH)
    others = sum(1 for word in words if word in _COMMON_ELSEWHERE or not word.isascii())
    return english >= others


def _is_latin(letter: str) -> bool:
    return letter < "\u0250" or "\u1e00" <= letter <= "\u1eff"


def asks_in_english(question: str) -> bool:
    """As `may_be_english`, and nothing tells for certain that it is in another language: "Was
    bedeutet Kernfusion?" has one word in common with English."""
    return may_be_english(question) and language_of_prose(question) in ("", "English")


def is_latin(text: str) -> bool:
    """Whether most of a text's letters are Latin ones."""
    if text.isascii():
        return any(map(str.isalpha, text[:_LOOKED_AT]))
    letters = [one for one in text[:_LOOKED_AT] if one.isalpha()]
    return 2 * sum(map(_is_latin, letters)) > len(letters)


SCRIPTS = (
    ("Japanese", re.compile("[\u3040-\u30ff]")),
    ("Korean", re.compile("[\uac00-\ud7a3\u1100-\u11ff]")),
    ("Chinese", re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")),
    ("Thai", re.compile("[\u0e00-\u0e7f]")),
    ("Arabic", re.compile("[\u0600-\u06ff\u0750-\u077f]")),
    ("Hebrew", re.compile("[\u0590-\u05ff]")),
    ("Hindi", re.compile("[\u0900-\u097f]")),
    ("Greek", re.compile("[\u0370-\u03ff\u1f00-\u1fff]")),
    ("Bengali", re.compile("[\u0980-\u09ff]")),
    ("Tamil", re.compile("[\u0b80-\u0bff]")),
    ("Telugu", re.compile("[\u0c00-\u0c7f]")),
    ("Georgian", re.compile("[\u10a0-\u10ff\u1c90-\u1cbf]")),
    ("Armenian", re.compile("[\u0530-\u058f]")),
)
"""Languages that their script tells, Persian but for its letters."""
_CYRILLIC = re.compile("[\u0400-\u052f]")
_PERSIAN = frozenset("پچژگ")
_LEAST_SHARE = 0.3
"""Of a text's letters, from which it is in their script: names in Latin letters are often beside.
Kana are a tenth of the letters of a Japanese text at least."""
_LEAST_WORDS = 2
"""Of a language in Latin or Cyrillic script, more than of any other."""


def language_of(text: str) -> str:
    """The name of the text's language in English, "" where nothing tells it for certain."""
    looked_at = text[:_LOOKED_AT]
    letters = sum(map(str.isalpha, looked_at)) or 1
    for name, script in SCRIPTS:
        share = len(script.findall(looked_at)) / letters
        if share >= (0.1 if name == "Japanese" else _LEAST_SHARE):
            is_persian = name == "Arabic" and len(_PERSIAN & set(looked_at)) > 1
            return "Persian" if is_persian else name
    told = _told(looked_at, letters)
    return told[0] if len(told) == 1 else ""


_ROW = re.compile(r"[|\t]")
_CELL = re.compile(r"(?<!\d)[,;](?=\S)|[,;](?=[^\s\d])")
"""A mark between two values that has no space behind it."""
_CELLS = 2
LEAST_RUNNING = 5
"""Words, or pairs of characters, of sentences."""


def language_of_prose(text: str) -> str:
    """As `language_of`, by the lines that are no rows of a table: names of streets and towns have
    the commonest words of their languages. "" where hardly any are left."""
    lines = text[:_LOOKED_AT].splitlines()
    kept = [one for one in lines if not _ROW.search(one) and len(_CELL.findall(one)) < _CELLS]
    prose = "\n".join(kept)
    if len(kept) < len(lines) and len(_WORD.findall(prose)) < LEAST_RUNNING:
        return ""
    return language_of(prose)


def languages_of(text: str) -> tuple[str, ...]:
    """As `language_of`, but all that it may be in where several are as likely."""
    looked_at = text[:_LOOKED_AT]
    letters = sum(map(str.isalpha, looked_at)) or 1
    known = language_of(text)
    return (known,) if known else _told(looked_at, letters)


def _told(text: str, letters: int) -> tuple[str, ...]:
    """The languages in Latin or Cyrillic script of which a text has the most signs."""
    small = text.casefold()
    words = _WORD.findall(fold(small))
    if not words:
        return ()
    is_cyrillic = len(_CYRILLIC.findall(text)) >= _LEAST_SHARE * letters
    found = {
        name: sum(map(common.__contains__, words))
        for name, common in (cyrillic() if is_cyrillic else latin()).items()
    }
    for name, known in signs().items() if not is_cyrillic else ():
        found[name] += sum(map(known.__contains__, words))
        found[name] += words[0] in asking().get(name, ())
    for name, own in LETTERS.items():
        if name in found:
            found[name] += sum(letter in small for letter in own)
    best = max(found.values())
    if not best or best < min(_LEAST_WORDS, len(words)):
        return ()
    return tuple(name for name, count in found.items() if count == best)


CODES = {
    "Arabic": "ar", "Armenian": "hy", "Bengali": "bn", "Bulgarian": "bg", "Chinese": "zh",
    "Czech": "cs", "Danish": "da", "Dutch": "nl", "English": "en", "Finnish": "fi", "French": "fr",
    "Georgian": "ka", "German": "de", "Greek": "el", "Hebrew": "he", "Hindi": "hi",
    "Hungarian": "hu", "Indonesian": "id", "Italian": "it", "Japanese": "ja", "Korean": "ko",
    "Norwegian": "no", "Persian": "fa", "Polish": "pl", "Portuguese": "pt", "Romanian": "ro",
    "Russian": "ru", "Spanish": "es", "Swahili": "sw", "Swedish": "sv", "Tamil": "ta",
    "Telugu": "te", "Thai": "th", "Turkish": "tr", "Ukrainian": "uk", "Vietnamese": "vi",
}  # fmt: skip
"""After ISO 639-1, of all languages that are told apart."""


def language_code(text: str) -> str:
    """The two letters after ISO 639-1 of the text's language, "" where nothing tells it."""
    return CODES.get(language_of(text), "")


_SIXTEEN = re.compile(
    "[A-Za-z\u00c0-\u024f\u0400-\u052f\u0600-\u06ff\u0e00-\u0e7f\u1100-\u11ff\u1e00-\u1eff"
    "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]"
)


def in_known_script(text: str) -> bool:
    """Whether half of the letters at least are of scripts that the multilingual model which comes
    with chatui has learnt: Latin, Cyrillic, Arabic, Thai, Chinese, Japanese and Korean."""
    letters = sum(map(str.isalpha, text))
    return 2 * len(_SIXTEEN.findall(text)) >= letters
