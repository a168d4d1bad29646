"""What a text must not lose when it is made shorter: numbers, names, decisions.

The rules serve any script that has them: a script without capitals has no names here, and
its numbers and Latin words count alone.
"""

from __future__ import annotations

import re
from functools import cache

_NUMBER = re.compile(r"\d[\d.,:/'’\-]*\d|\d{2,}")
# Plain words of small letters, most of a text, are passed over by the pattern itself.
_WORD = re.compile(
    r"(?<!\w)(?:[^\W\d_a-z][\w'’\-]*(?:[./@_][\w\-]+)*"
    r"|[a-z][a-z\-]{0,60}+(?:[A-Z\d_]|[./@](?=\w))[\w'’\-./@]*)"
)
_UNCASED = re.compile(r"[\u0590-\u109f\u1200-\u13ff\u1780-\u18af\u3040-\u9fff\uac00-\ud7af]")
_LATIN = re.compile(r"[A-Za-z][\w'’\-./@]{2,}", re.ASCII)
_INNER = re.compile(r"[\d_/@.]|(?<=[a-z])[A-Z]")
_STARTS_SENTENCE = frozenset(".!?…:;\n\"'“„«(*#>|-–•。！？：；")
_DECISION_WORDS = """
    decid decision agreed agree settle choose chose chosen will going must should prefer deadline
    remember important always never instead final beschlossen entschieden entscheid vereinbart
    werden müssen wichtig immer niemals décidé décision choisi important toujours jamais decidido
    decisión elegido siempre nunca deciso scelto decidido решил решено важно
"""
_PERSONAL_WORDS = """
    i i'm i've i'd my mine me we we're we've our us ich mein meine meinen meiner wir unser unsere
    je j'ai mon ma mes nous notre nos yo mi mis nosotros nuestro nuestra io mio mia noi eu meu
    minha nós я мой моя мы наш
"""
_UNSPACED_DECISION = re.compile(
    "决定|決定|必须|必須|重要|同意|选择|選択|記住|记住|期限|截止|결정|중요"
)
_UNSPACED_PERSONAL = re.compile("我们?|我|私|僕|俺|나는|내|우리")


def numbers(text: str) -> list[str]:
    """The numbers of two digits and more, as digits alone: 1,200 and 1200 are the same."""
    return ["".join(filter(str.isdigit, found)) for found in _NUMBER.findall(text)]


def names(text: str) -> list[str]:
    """Words with a capital that no start of a sentence explains, and words with an inner
    capital, digit, dot, slash or underscore: names, files, identifiers."""
    found = []
    for match in _WORD.finditer(text):
        word = match[0]
        if not word.isascii() and _UNCASED.search(word):
            # A script without capitals or spaces is no name by a digit or a Latin word in it.
            found += [
                one for one in _LATIN.findall(word) if _is_identifier(one) or one[0].isupper()
            ]
            continue
        if word.lower().replace("’", "'") in _personal_words():
            continue
        if not _is_identifier(word) and (
            word.islower() or len(word) < 3 or _starts(text, match.start())
        ):
            continue
        found.append(word.rstrip("'’-./@"))
    return found


def is_decision(text: str) -> bool:
    """Whether it says what was decided, is to be done, or must not be forgotten."""
    words = set(text.lower().split())
    return not words.isdisjoint(_decision_words()) or bool(_UNSPACED_DECISION.search(text))


def is_personal(text: str) -> bool:
    """Whether someone speaks of themselves."""
    words = set(text.lower().replace("’", "'").split())
    return not words.isdisjoint(_personal_words()) or bool(_UNSPACED_PERSONAL.search(text))


@cache
def _decision_words() -> frozenset[str]:
    return frozenset(_DECISION_WORDS.split())


@cache
def _personal_words() -> frozenset[str]:
    return frozenset(_PERSONAL_WORDS.split())


def _is_identifier(word: str) -> bool:
    return _INNER.search(word, 1) is not None


def _starts(text: str, place: int) -> bool:
    """Whether a sentence starts there, so that its capital tells nothing."""
    before = text[max(0, place - 4) : place].rstrip(" \t")
    return not before or before[-1] in _STARTS_SENTENCE
