"""Which language a text is in, roughly: by its script, and of Latin ones by common words. Pure.

Good enough to sort questions by, of a few words or more; it decides nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

UNKNOWN = "other"
LEAST_WORDS = 3
"""Of fewer, in Latin script, nothing can be said."""
_LOOKED_AT = 2_000
_WORD = re.compile(r"[^\W\d_]+")
_SCRIPTS = {
    "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "CYRILLIC": "ru", "ARABIC": "ar",
    "DEVANAGARI": "hi", "THAI": "th", "HEBREW": "he", "GREEK": "el", "BENGALI": "bn",
    "TAMIL": "ta", "TELUGU": "te", "GEORGIAN": "ka", "ARMENIAN": "hy", "CJK": "zh",
    "LATIN": "latin",
}  # fmt: skip
_COMMON = {
    "en": "the of and to in is are was were what when where which who how does did do has have "
    "with for that this from",
    "de": "der die das und ist ein eine einer den dem des von zu mit für auf wie wer wo wann warum "
    "welche welcher welches wurde wurden sind nicht im",
    "fr": "le la les du une un et est sont dans pour qui que quel quelle quels quelles où comment "
    "combien avec sur des au aux en",
    "es": "el los las una por para con del qué cuál cuándo quién dónde cómo cuántos cuántas se su "
    "fue es en de la y",
    "it": "il lo gli di che non sono nel della dei delle cosa chi dove come quando quale è un una",
    "pt": "o os da dos das em um uma não quem quando onde como qual são foi no na do que e",
    "nl": "het een van voor niet met zijn wat hoe wie de en waar wanneer welke wordt is op",
    "sv": "och att det som är ett av på med till hur vad vem när var den en i",
    "da": "og at det som er et af på med til hvad hvem hvor hvornår den en i hvordan ikke",
    "pl": "w z na się nie jest że jak czy kto gdzie kiedy od do i co który",
    "cs": "a v na se že je jak kdo kde kdy který jaký co z do",
    "tr": "ve bir bu için ne kim nerede hangi nasıl mi da de ile kaç",
    "vi": "của và là có những được trong cho không với một các ai gì đâu nào bao nhiêu",
    "id": "yang dan di dengan untuk dari pada adalah itu ini apa siapa bagaimana kapan mana",
    "ro": "și în cu pe nu care este la de ce cine unde când a fost un o",
    "fi": "ja on ei että mikä kuka missä milloin miten kuinka oli mitä",
    "hu": "az a egy és hogy nem ki hol mi mikor melyik volt",
}
_WORDS = {name: frozenset(words.split()) for name, words in _COMMON.items()}


def language_of(text: str) -> str:
    """Its two letters after ISO 639, or "other"."""
    script = _script(text[:_LOOKED_AT])
    if script != "latin":
        return script
    words = [word.casefold() for word in _WORD.findall(text[:_LOOKED_AT])]
    # A word that many languages have tells the less.
    hits: Counter[str] = Counter()
    for word in words:
        having = [name for name, held in _WORDS.items() if word in held]
        for name in having:
            hits[name] += 60 // len(having)
    if len(words) < LEAST_WORDS or not hits:
        return UNKNOWN
    return hits.most_common(1)[0][0]


def _script(text: str) -> str:
    """The language of the script that most of its letters are of; Japanese is what has kana."""
    found: Counter[str] = Counter()
    for letter in text:
        if letter.isascii():
            if letter.isalpha():
                found["latin"] += 1
            continue
        name = unicodedata.name(letter, "").partition(" ")[0]
        if name in _SCRIPTS:
            found[_SCRIPTS[name]] += 1
    if not found:
        return UNKNOWN
    if found["ja"] and 5 * found["ja"] >= found["zh"]:
        return "ja"
    return found.most_common(1)[0][0]
