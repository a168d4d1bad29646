"""Whether a model's summary may stand for the turns it is of. A bad one is worse than none:
it would be sent with every question until the next."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from chatui.domain.conversation import Exchange, FinishReason
from chatui.text.safety import strip_controls
from chatui.text.telling import names, numbers

MOST_TELLING = 12
"""Names and numbers that are looked for: those that were said most often, the user's own and
those of the summary before counted double."""
LEAST_TELLING = 4
"""Fewer than these, and the material names too little to judge by."""
KEPT = 1 / 3
"""Share of the most telling that a summary must hold. The built-in one, which can't but keep
them, holds over a half of them in English, German and Chinese talk; a summary of something
else holds hardly any. In between a model may have its reasons to leave things out."""
INVENTED = 0.5
"""Share of a summary's numbers that may be in none of the material: dates and sums are
rightly written in another form now and then."""
LEAST_NUMBERS = 4

_FENCED = re.compile(r"^```\w*\n(.*)\n```$", re.DOTALL)
_ERROR = r"""(?ix) ^\W* (?: error\b | http\s*\d{3}\b | traceback\s+\(most | <!doctype | <html
    | \{\s*"(?:error|detail)" | internal\s+server\s+error | bad\s+gateway
    | service\s+unavailable | rate\s+limit | too\s+many\s+requests )"""
_REFUSAL = r"""(?ix) ^\W* (?: (?:i[’']?m|i\s+am)\s+(?:sorry|unable|not\s+able) | sorry\b
    | i\s+apologi[sz]e | i\s+(?:can[’']?t|cannot|won[’']?t|will\s+not)\b | as\s+an\s+ai\b
    | unfortunately,?\s+i\b | es\s+tut\s+mir\s+leid | ich\s+kann\s+(?:\w+\s+){0,3}nicht
    | je\s+suis\s+désolée? | je\s+ne\s+peux\s+pas | lo\s+siento | no\s+puedo | mi\s+dispiace
    | desculpe | извините | к\s+сожалению
    | (?:很|非常)?(?:抱歉|对不起) | 申し訳 | すみません | 죄송 )"""
LOST = "it lost the names and numbers"
MADE_UP = "its numbers were made up"
NEVER_ENDED = "it never ended"
REASONS = {
    FinishReason.FILTER: "the provider's filter withheld it",
    FinishReason.ERROR: "it ended with an error",
    FinishReason.CANCELLED: "it was cancelled",
}


def cleaned(text: str) -> str:
    """Without control characters and a code fence around the whole."""
    text = strip_controls(text).strip()
    fenced = _FENCED.match(text)
    return fenced[1].strip() if fenced else text


def whole_lines(text: str) -> str:
    """Of a summary that was cut off, without the line in which that was."""
    return text.rstrip().rpartition("\n")[0].rstrip()


def problem(
    text: str, reason: FinishReason | None, turns: Sequence[Exchange], previous: str = ""
) -> str:
    """Why a cleaned summary of the turns and the summary before can't be used; "" when it
    can. None as `reason` is a reply that never ended."""
    if reason is not FinishReason.STOP:
        return REASONS.get(reason, NEVER_ENDED) if reason else NEVER_ENDED
    material = _material(turns, previous)
    checks = (
        (not any(map(str.isalnum, text)), "it was empty"),
        (re.match(_ERROR, text), "it was an error's text"),
        (re.match(_REFUSAL, text), "it was a refusal"),
        (len(text) >= sum(map(len, material)), "it was longer than what it sums up"),
        (invents(text, material), MADE_UP),
        (not keeps_the_telling(text, turns, previous), LOST),
    )
    return next((why for failed, why in checks if failed), "")


def _material(turns: Sequence[Exchange], previous: str) -> list[str]:
    return [previous, *(part for one in turns for part in (one.question, one.reply))]


def without_made_up(text: str, turns: Sequence[Exchange], previous: str) -> str:
    """The summary without the lines that hold numbers which nobody said."""
    known = {number for part in _material(turns, previous) for number in numbers(part)}
    return "\n".join(line for line in text.splitlines() if known.issuperset(numbers(line)))


def keeps_the_telling(text: str, turns: Sequence[Exchange], previous: str) -> bool:
    wanted = telling(turns, previous)
    if len(wanted) < LEAST_TELLING:
        return True
    return kept_share(text, wanted) >= KEPT


def telling(turns: Sequence[Exchange], previous: str = "") -> list[str]:
    """The names and numbers that matter most, by how often and by whom they were said."""
    weights: Counter[str] = Counter()
    for words, weight in (
        (previous, 2),
        ("\n".join(one.question for one in turns), 2),
        ("\n".join(one.reply for one in turns), 1),
    ):
        for word in (*numbers(words), *(name.casefold() for name in names(words))):
            weights[word] += weight
    return [word for word, _ in weights.most_common(MOST_TELLING)]


def kept_share(text: str, wanted: Sequence[str]) -> float:
    found, folded = set(numbers(text)), text.casefold()
    kept = sum(word in found if word.isdigit() else word in folded for word in wanted)
    return kept / len(wanted)


def invents(text: str, material: Sequence[str]) -> bool:
    said = set(numbers(text))
    if len(said) < LEAST_NUMBERS:
        return False
    known = {number for part in material for number in numbers(part)}
    return len(said - known) > INVENTED * len(said)
