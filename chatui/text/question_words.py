"""What makes a question in its own language, and says nothing about its subject."""

from __future__ import annotations

import re

from chatui.text.function_words import latin, other_scripts
from chatui.text.languages import is_latin, languages_of

_ENGLISH = """
    a about after all also am an and any are as at be because been before being between both
    but by can could did do does doing during each either for from further had has have having
    he her here hers him his how i if in into is it its itself just may me might more most my no
    nor not of on once only or other our out over own same shall she should so some such than
    that the their them then there these they this those through to too under until up upon us
    very was we were what when where which while who whom whose why will with would you your
    tell explain describe please
"""
ENGLISH = frozenset(_ENGLISH.split())
_UNSPACED = re.compile(
    "什么时候|什么|甚么|为什么|为何|怎么样|怎么|怎样|如何|有?多[少长大高久远重深]|哪[里些个年种位儿]|谁|吗|呢|请问|"
    "ですか|ますか|でしょうか|何|どこ|だれ|いつ|なぜ|どの|どう|どれ|"
    "무엇|누구|언제|어디|어떻게|얼마나|얼마|어떤|어느|입니까|습니까|인가요|나요|"
    "อะไร|ใคร|ที่ไหน|เมื่อไหร่|เมื่อไร|เมื่อใด|ท\u0e4d\u0e32ไม|อย่างไร|ยังไง|เท่าไหร่|เท่าไร|เท่าใด|หรือไม่"
)
"""Of languages that write it together with other words, folded."""


def question_words(question: str) -> frozenset[str]:
    """Those of the question's language, as `folding.fold` writes them in small letters; those
    of English where nothing tells the language. In scripts other than Latin those of all."""
    if not is_latin(question):
        return other_scripts() | ENGLISH
    known = languages_of(question)
    if not known or "English" in known:
        return ENGLISH
    return frozenset[str]().union(*(latin().get(name, ENGLISH) for name in known))


def without_asking(folded: str) -> str:
    """The text without what only asks in languages that put no spaces between words; as it is where
    nothing else is in it."""
    if folded.isascii():
        return folded
    rest = _UNSPACED.sub(" ", folded)
    return rest if any(map(str.isalnum, rest)) else folded
