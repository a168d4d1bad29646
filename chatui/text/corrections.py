"""Whether what is said later takes back something that was said before: rules for English, German,
French and Chinese. Pure.

A correction is told by its words ("no, it's 14", "doch erst am Montag", 改成) and by its values: it
gives another number, date or name than what it corrects, often beside the old one ("14, not 12").
It may leave out what it is about, where it follows at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_CHARACTERS = 1_500
"""How much of a text is looked at: a correction is short, or begins what is longer."""
SHORT = 160
"""Characters: what says no more leans on what was said before."""
FEW_WORDS = 7
FEW_HAN = 10
ABOUT_SHARE = 0.4
"""Of the telling words of the shorter one: both are about the same thing."""

_SIGNS = re.compile(
    r"\b(?:actually|correction|corrected|i meant|i misspoke|my mistake|i was wrong|scratch that|"
    r"scrap that|make (?:that|it)|chang(?:e|ed|es|ing)|instead|rather than|no longer|any ?more|"
    r"called off|cancel(?:s|ed|led)?|postponed|moved|rescheduled|brought forward|turns out|"
    r"turned out|after all|second thoughts?|update[ds]?|sorry|wait|oops|replace[sd]?|switch(?:ed)?|"
    r"revised|let(?:'|’)s go with|now|drop(?:ped|s)? out|can(?:'|’)?t make it|isn(?:'|’)t|"
    r"doesn(?:'|’)t|won(?:'|’)t|aren(?:'|’)t|"
    r"doch|korrektur|korrigiere|ich meinte|verschoben|verlegt|abgesagt|geändert|ändert|änderung|"
    r"statt|stattdessen|nicht mehr|sondern|entschuldigung|vertan|inzwischen|jetzt|umentschieden|"
    r"en fait|finalement|plutôt|au lieu|pardon|erreur|je voulais dire|reportée?s?|annulée?s?|"
    r"déplacée?s?|changée?s?|changement|désormais|maintenant|ne \w+ plus|n['’]est plus|"
    r"l['’]est plus)\b"
    r"|^\W*(?:no|nope|nein|nee|non)\b|,\s*(?:not|nicht|pas)\b"
    r"|不是|而是|改成|改为|改到|改在|改了|更正|不对|其实|取消|换成|换了|不再|说错|错了|推迟|提前|搞错|应该是|变成|"
    r"现在是|不用了|还是|不去了|不来了",
    re.IGNORECASE,
)  # fmt: skip
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_WORD = re.compile(r"[^\W\d_]{2,}")
_HAN = re.compile(r"[\u3400-\u9fff]")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]{2,}")
_ASKS = re.compile(
    r"[?？؟]\s*$|^\W*(?:please )?(?:give|tell|show|write|explain|list|help|translate|summari[sz]e|"
    r"gib|zeig|schreib|erklär|nenn|übersetz|donne|montre|écris|explique|traduis)|^(?:请|给我|写|解释|帮)",
    re.IGNORECASE,
)
_COMMON = """
    the a an am is are was were will be to of in on at for and or we i my our it its that this you
    your he she they his her their with not no do does did have has had so then der die
    das ein eine ist sind wird ich wir mein unser und oder nicht es sie er im am für mit zu
    le la les un une est sont
    de du des et ou je on nous mon notre ne pas que qui ce il elle dans pour au going sorry actually
    wait now after all instead make that meant doch nein non en fait finalement plutôt pardon it's
"""
_COMMON_WORDS = frozenset(_COMMON.split())
_VALUES = """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty hundred zwei drei vier fünf sechs
    sieben acht neun zehn elf zwölf zwanzig deux trois quatre cinq sept huit neuf dix onze douze
    monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag
    freitag samstag sonntag lundi mardi mercredi jeudi vendredi samedi dimanche january february
    march april may june july august september october november december januar februar märz mai
    juni juli oktober dezember janvier février mars avril juin juillet août septembre octobre
    novembre décembre noon midnight morning afternoon evening
"""
_VALUE_WORDS = frozenset(_VALUES.split())


@dataclass(frozen=True, slots=True)
class SaidThing:
    """What a text says, as far as corrections go. `signed`: it has a word by which people take
    something back; `values` are its numbers, days and names, `about` its other telling words."""

    signed: bool
    asks: bool
    short: bool
    bare: bool
    values: frozenset[str]
    about: frozenset[str]


def statement(text: str) -> SaidThing:
    looked = text[:MOST_CHARACTERS]
    words = [word for word in _WORD.findall(looked) if word.casefold() not in _COMMON_WORDS]
    first = next(iter(_WORD.findall(looked)), "")
    values = set(_NUMBER.findall(looked))
    about = set()
    for word in words:
        small = word.casefold()
        if small in _VALUE_WORDS or (word[0].isupper() and word != first):
            values.add(small)
        if small not in _VALUE_WORDS and not _HAN.match(word):
            about.add(small[:6])
    for run in _HAN_RUN.findall(looked):
        about.update(run[at : at + 2] for at in range(len(run) - 1))
    han = len(_HAN.findall(looked))
    few = han <= FEW_HAN if han else len(_WORD.findall(looked)) <= FEW_WORDS
    return SaidThing(
        signed=_SIGNS.search(looked) is not None,
        asks=_ASKS.search(looked) is not None,
        short=len(text) <= SHORT,
        bare=few,
        values=frozenset(values),
        about=frozenset(about),
    )


def corrects(later: SaidThing, earlier: SaidThing, *, at_once: bool) -> bool:
    """Whether the later text takes back something of the earlier one. `at_once`: it follows it
    directly, so that it need not say what it is about."""
    if later.asks or earlier.asks:
        return False
    new, old = later.values - earlier.values, earlier.values - later.values
    if at_once and later.short and (later.signed or (later.bare and bool(new))):
        return True
    if same_thing(later, earlier, least=1 if later.signed else 2):
        return later.signed or bool(new and old)
    return later.signed and later.short and bool(new) and bool(later.values & earlier.values)


def goes_on(later: SaidThing, earlier: SaidThing, *, at_once: bool) -> bool:
    """Whether the later text says something more of the same, which may be another value."""
    if later.asks or earlier.asks:
        return False
    if at_once:
        return later.short
    return same_thing(later, earlier, least=2) and bool(later.values - earlier.values)


def same_thing(one: SaidThing, other: SaidThing, *, least: int) -> bool:
    """Whether both are about the same thing, by the words that they share: two fifths of
    those of the one that has fewer, and so many at least."""
    fewer = min(len(one.about), len(other.about))
    shared = len(one.about & other.about)
    return shared >= max(least, ABOUT_SHARE * fewer)
