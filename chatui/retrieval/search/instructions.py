"""What of a long question says only how to answer it. Pure.

"Answer in USD millions. If that is not a useful figure, then state so." has words that texts hold
too, and more of them than the question itself.
"""

from __future__ import annotations

import re

from chatui.text.question_words import ENGLISH

LONG = 12
"""Words from which on a question may carry instructions: a short one needs every word."""

MOST_PARTS = 5
"""Each costs an embedding, about 5 ms."""

_PART_OF_SHORT = re.compile(r"(?<=[.?!:;])\s+|(?<=[。？！；])")
_PART = re.compile(r"(?<=[.?!:;])\s+|,\s+(?=\D)|(?<=[。？！；，])")
_SENTENCE = re.compile(r"[^.?!:]+(?:[.?!:](?!\s)[^.?!:]*)*[.?!:]*\s*")
_PERSONA = re.compile(
    r"(?:please )?(?:assume|imagine|pretend|suppose|act|you are|you're)\b(?! the\b)", re.IGNORECASE
)
_ROLE = re.compile(
    r"\b(?:assuming|taking|adopting|from) the (?:standpoint|role|perspective|viewpoint|position) of"
    r"\b[^,.;:?!]*?\b(?:who|that)\b",
    re.IGNORECASE,
)
_LEAD = re.compile(r"(?:by|using|based|basing|relying|according|drawing|from)\b", re.IGNORECASE)
_ASKS = re.compile(r"(?:what|which|who|whose|how|when|where|why)\b", re.IGNORECASE)
_FALLBACK = re.compile(r"(?:please )?(?:if|where|when|in case|unless|otherwise)\b", re.IGNORECASE)
_THEN_SAY = re.compile(
    r"\b(?:state|say|explain|answer|reply|respond|return|write|mention|note|indicate|tell)\b",
    re.IGNORECASE,
)
_FORM = re.compile(
    r"\b(?:answers?|answering|responses?|respond|reply|questions?|asked|please|help|give|provide"
    r"|provided|shown|stated|following|primarily|only|solely|relying|rely|basing|base|based|using"
    r"|use|drawing|draw|conclusions?|judge?ments?|details?|information|approach|abilit(?:y|ies)|best"
    r"|round(?:ed)?|(?:(?:one|two|three|four|\d) )?decimal|places?|units?|express(?:ed)?|calculate"
    r"|compute|extract|define[ds]?"
    r"|according|here|has access|want|we|us|briefly|concise(?:ly)?|sentences?|step|steps"
    r"|usd|eur|gbp|dollars?|euros?|thousands?|millions?|billions?|percents?|percentages?)\b",
    re.IGNORECASE,
)


def without_instructions(question: str) -> str:
    """The question without them; a short one as it is.

    Sentences that give a role to whoever answers, or say what to do when there is no answer, go
    whole; of the others that ask nothing the words about answering go, and what they name (a
    statement to look into) stays.
    """
    if len(question.split()) < LONG or "\n" in question.strip():
        return question
    sentences = _SENTENCE.findall(question)
    kept = " ".join(filter(None, map(_asked, sentences))).strip()
    return kept or question


def parts(question: str) -> tuple[str, ...]:
    """The sentences of a question without its instructions, and what stands before and behind the
    commas of a long one; () where it is of one piece.

    "Using the balance sheet, what are …" names a page by one part and its rows by the other: no
    text has the words of both.
    """
    kept = without_instructions(question)
    cut = _PART if len(kept.split()) >= LONG else _PART_OF_SHORT
    found = [part.strip(" .,:;") for part in cut.split(kept)[:MOST_PARTS]]
    telling = tuple(dict.fromkeys(part for part in found if len(part) > 1))
    return telling if len(telling) > 1 else ()


def _asked(sentence: str) -> str:
    sentence = sentence.strip()
    if sentence.endswith("?"):
        lead, comma, rest = sentence.partition(",")
        # "By drawing conclusions from the income statement, what is …"
        aside = comma and _LEAD.match(lead) and _ASKS.match(rest.strip())
        return f"{_bare(lead)}, {rest.strip()}" if aside else sentence
    if _PERSONA.match(sentence) or (_FALLBACK.match(sentence) and _THEN_SAY.search(sentence)):
        return ""
    return _bare(sentence)


def _bare(sentence: str) -> str:
    words = _FORM.sub(" ", _ROLE.sub(" ", sentence)).split()
    bare = [(word, word.strip(".,:;()'").lower()) for word in words]
    return " ".join(word for word, core in bare if core and core not in ENGLISH)
