"""Whether what is said later takes back something that was said before: rules for English, German,
French, Spanish and Chinese. Pure.

A correction is told by its words ("no, it's 14", "doch erst am Montag", 改成) and by its values: it
gives another number, date or name than what it corrects, often beside the old one ("14, not 12").
It may leave out what it is about; then it means the last thing said that has such a value. It may
stand within a longer message about other things, which ends with a question, and it may be put as
one ("wasn't it 14?"). What says that it adds something ("also"), or says of something else what
another text says ("the train to Basel leaves at 8:05" beside the one to Bern), corrects nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache

from chatui.text.folding import with_plain_digits
from chatui.text.function_words import latin
from chatui.text.sentences import split

MOST_CHARACTERS = 1_500
"""How much of a text is looked at: a correction is short, or begins what is longer."""
SHORT = 160
"""Characters: what says no more leans on what was said before."""
FEW_WORDS = 3
FEW_HAN = 3
"""Of a text that says a number or a day and hardly anything else."""
ABOUT_SHARE = 0.4
"""Of the telling words of the shorter one: both are about the same thing."""
FEWEST_SHARED = 2
RARE = 2
"""What a word counts that few other texts have: one name may be enough to know what is meant."""
MOST_COMPARED = 40
"""Words of a text that are held beside those of another one: what is worded alike is short."""
ALIKE = 0.5
"""Of two texts' words, in their order."""
STEM = 6
"""Characters of a word by which it is the same as its other forms."""

_SIGNS = re.compile(
    r"\b(?:actually|correction|corrected|i meant|i misspoke|my mistake|i was wrong|scratch that|"
    r"scrap that|make (?:that|it)|chang(?:e|ed|es|ing)|instead|rather than|no longer|any ?more|"
    r"called off|cancel(?:s|ed|led)?|postponed|moved|rescheduled|brought forward|turns out|"
    r"turned out|after all|second thoughts?|update[ds]?|sorry|wait|oops|replace[sd]?|switch(?:ed)?|"
    r"revised|let(?:'|’)s go with|now|drop(?:ped|s)? out|can(?:'|’)?t make it|isn(?:'|’)t|"
    r"doesn(?:'|’)t|won(?:'|’)t|aren(?:'|’)t|typo|mis(?:typed|read|heard|counted|remembered)|"
    r"on reflection|plan b|push(?:ed)? (?:back|out|to)|extended|delayed|these days|nowadays|"
    r"found out|sold out|out of stock|fell through|swapped|ruled out|took over|takes over|"
    r"got (?:it|that) wrong|back to|can only|holds? but|stays?|(?:the rest|same) as|typed wrong|"
    r"(?:came|went|goes|put|got|dropped|rose|raised|cut|lowered) (?:\w+ )?(?:down|up) to|"
    r"mix(?:ed|ing) (?:\w+ )?up|confused|swapp?ing|got .{3,20} mixed up|renamed|rechristened|"
    r"(?:said|told you|wrote|gave you|called it) (?:\w+ ){0,3}(?:earlier|before|above)|"
    r"(?:original|first|initial) (?:plan|idea|choice|version|one|date|time)|"
    r"as (?:originally )?planned|wie (?:zuerst )?geplant|ursprünglich\w*|"
    r"erste[nr]? (?:plan|idee|wahl|fassung)|comme prévu|(?:était|avait été) prévue?s?|"
    r"(?:premier|première) (?:plan|idée|choix|version)|"
    r"(?:plan|idée|choix|version|date) (?:initiale?|d['’]origine)|"
    r"(?:primer|primera) (?:plan|idea)|(?:plan|idea) original|"
    r"doch|korrektur|korrigiere|ich meinte|verschoben|verlegt|abgesagt|geändert|ändert|änderung|"
    r"statt|stattdessen|nicht mehr|sondern|entschuldigung|vertan|inzwischen|jetzt|umentschieden|"
    r"lieber|quatsch|falsch|ver(?:tippt|schrieben|lesen|hört|rechnet)|nachgesehen|nachgeschaut|"
    r"ab sofort|mittlerweile|leider|nur noch|gilt weiter|bleib(?:t|en)|zurück auf|"
    r"(?:herab|herauf|hoch|runter)gesetzt|erhöht|gesenkt|verlängert|verkürzt|"
    r"übernimmt|ausverkauft|stimmt nicht|keine?[nrs]? mehr|"
    r"verwechselt|vertauscht|durcheinander ?gebracht|umbenannt|umgetauft|(?:vorhin|eben) "
    r"(?:\w+ ){0,3}(?:gesagt|geschrieben|genannt|angegeben)|"
    r"en fait|finalement|plutôt|au lieu|pardon|erreur|je voulais dire|reportée?s?|annulée?s?|"
    r"déplacée?s?|décalée?s?|avancée?s?|changée?s?|changement|désormais|maintenant|"
    r"trompée?s?|disons|on dit|va pour|tout compte fait|ne bouge(?:nt)? pas|à la place|"
    r"(?:descendu|monté|remonté|passé|ramené|baissé|augmenté|réduit|raccourci|rallongé|prolongé)"
    r"e?s? (?:à|de)|vérification|vérifié|à la réflexion|remplace|remplacée?s?|rectification|"
    r"n(?:e |['’])(?:en |y )?\w+ plus|n['’]est plus|l['’]est plus|"
    r"mal (?:lu|noté|compris|entendu|écrit|compté|recopié)e?s?|confondue?s?|inversée?s?|"
    r"mélangée?s?|rebaptisée?s?|renommée?s?|"
    r"en realidad|perdón|perdona|corrección|mejor|al final|cambi(?:o|ó|amos|ado)|aplazad[oa]s?|"
    r"cancelad[oa]s?|siguen? igual|quedan? igual|(?:bajado|subido|bajaron|subieron) a|"
    r"confundí|confundido|(?:leí|anoté|entendí|escribí|conté) mal|rebautizad[oa]s?|"
    r"ya no|ahora|me equivoqué|quise decir|en vez de|en lugar de)\b"
    r"|^\W*(?:no|nope|nein|nee|non)\b|,\s*(?:not|nicht|keine?[nrsm]?|pas|y no)\b"
    r"|\bet non\b"
    r"|^那就|[\u3400-\u9fff]吧[。！!]?\s*$|不变|别带|[去删划]掉|又[\u3400-\u9fff]到"
    r"|原来的|原计划|原方案|最初的|最开始的|一开始的|照旧|不是|而是|改成|改为|改到|改在|改了|改期|更正|不对|其实|取消|换成|换了|不再|说错|[写抄记看弄听]错|错了|[写抄记看弄听说念][反混岔漏]|改名|推迟|提前|"
    r"搞[错混]|应该是|变成|现在|不用\w{0,2}了|还是|不去了|不来了|挪到|[降涨升加减提缩]到|延[期长到]|退休|戒了|重新|满了|调整|口误",
    re.IGNORECASE,
)  # fmt: skip
_TAKES_BACK = re.compile(
    r"\b(?:forget (?:that|it|this|what|about|the)|ignore (?:that|it|this|what|the)|never ?mind|"
    r"disregard|strike (?:that|the)|scratch (?:that|the)|scrap (?:that|the)|take (?:that|it) back|"
    r"vergiss|vergessen sie|ignoriere?|streich|(?:hat|haben) sich erledigt|"
    r"oublie[zr]?|laisse[zr]? tomber|comme si je n['’]avais rien dit|"
    r"olvídal[oa]|olvida|déjalo|como si no hubiera dicho)\b"
    r"|算了|当我没说|作废|别管|不用\w{0,2}了|就当没",
    re.IGNORECASE,
)
_ADDS = re.compile(
    r"\b(?:also|too|as well|another|one more|in addition|additionally|besides|a second|"
    r"auch|außerdem|zusätzlich|noch (?:ein\w*|etwas)|ebenfalls|"
    r"aussi|également|en plus|encore une?|autre chose|"
    r"también|además|otr[oa] (?:más|cosa))\b"
    r"|^\W*(?:另外|还有|再加)|也[要有是会在]",
    re.IGNORECASE,
)
_PATTERN = re.compile(r"\d+(?:[.,:/-]\d+)*|[\u3400-\u9fff]|[^\W\d_]+")
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_WORD = re.compile(r"[^\W\d_]{2,}")
_HAN = re.compile(r"[\u3400-\u9fff]")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]{2,}")
_HAN_DAY = re.compile(r"(?:周|星期|礼拜)[一二三四五六日天末]|[早上下晚中][上午]|[明后]天")
_HAN_NUMBER = re.compile(
    r"[一二两三四五六七八九十百千万]{2,}|[一二两三四五六七八九十百千万](?=[^\W\d_])"
)
_ASKS = re.compile(
    r"[?？؟]\s*$|^\W*(?:please )?(?:give|tell|show|write|explain|list|help|translate|summari[sz]e|"
    r"gib|zeig|schreib|erklär|nenn|übersetz|donne|montre|écris|explique|traduis)|^(?:请|给我|写|解释|帮)",
    re.IGNORECASE,
)
_DOUBTS = re.compile(
    r"n['’]t\b|\b(?:not|sure|certain|right|or|nicht|kein\w*|sicher|oder|etwa|doch|pas|plutôt|sûre?|ou|"
    r"no|segur[oa]|o)\b|不是|没|难道|还是|确定|吧",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"^\W*(?:he|she|they|it|er|sie|es|ils?|elles?|ça|cela|él|ella|ellos|ellas|eso)\b"
    r"|\b(?:him|them|ihn|ihm|ihnen)\b|^\W*(?:\w+ ){1,4}it\b"
    r"|\b(?:je|tu|on|nous|vous|ils?|elles?) (?:l['’]|(?:le|la|les|lui|leur|y|en) )|\bj['’](?:y|en) "
    r"|\b(?:lo|los|las) (?:he|ha|hemos|han|puse|moví|cambié)\b|[他她它]",
    re.IGNORECASE,
)
"""A pronoun for what was named before."""
_OPENER = re.compile(
    r"^\W*(?:(?:and|oh|und|et|y)\W+)?(?:also|besides|außerdem|auch|aussi|además|también|另外|还有)"
    r"[\s,:，：]*",
    re.IGNORECASE,
)
"""It tells that another point of the message begins, not that something is added to what was said
before it."""
_HARDLY_TELLING = """
    am an going gone got get so take made put very just out up down two it's i'm im ins mal etwas
    schon ganz gar als einmal été fait va sera c'est s'appelle es está son estamos sea
    stand stands stood steht stehen
"""
_NUMBERS = """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty hundred second third fourth fifth
    sixth seventh eighth ninth tenth zwei drei vier fünf sechs sieben acht neun zehn elf zwölf
    zwanzig dreißig vierzig fünfzig hundert zweite dritte vierte fünfte zweiten dritten vierten
    fünften deux trois quatre cinq sept huit neuf dix onze douze quinze vingt trente quarante
    cinquante cent deuxième troisième quatrième dos tres cuatro cinco seis siete ocho nueve diez
    once doce quince veinte treinta cuarenta cincuenta cien segundo tercero cuarto
"""
_DAYS = """
    monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays
    fridays saturdays sundays montag dienstag mittwoch donnerstag
    freitag samstag sonntag lundi mardi mercredi jeudi vendredi samedi dimanche january february
    march april may june july august september october november december januar februar märz mai
    juni juli oktober dezember janvier février mars avril juin juillet août septembre octobre
    novembre décembre lunes martes miércoles jueves viernes sábado domingo enero febrero marzo
    abril mayo junio julio agosto septiembre octubre noviembre diciembre noon midnight morning
    afternoon evening mittag abend morgen matin midi soir tarde noche mañana spring summer autumn
    winter
"""
_NUMBER_WORDS = frozenset(_NUMBERS.split())
_DAY_WORDS = frozenset(_DAYS.split())


@dataclass(frozen=True, slots=True)
class SaidThing:
    """What a text says, as far as corrections go. `signed`: it has a word by which people take
    something back, `takes_back`: all of it, `adds`: say something more; `bare`: it has few words;
    `about` are its telling words that are no values, `wording` its first words in their order."""

    signed: bool
    takes_back: bool
    adds: bool
    asks: bool
    doubts: bool
    points_back: bool
    short: bool
    bare: bool
    numbers: frozenset[str]
    days: frozenset[str]
    names: frozenset[str]
    about: frozenset[str]
    wording: tuple[str, ...]

    @property
    def values(self) -> frozenset[str]:
        return self.numbers | self.days | self.names

    @property
    def only_a_value(self) -> bool:
        """It says another value and hardly anything else ("7718", "Marianne")."""
        only_names = bool(self.names) and len(self.about) == len(self.names)
        return self.bare and (bool(self.numbers or self.days) or only_names)

    @property
    def leans(self) -> bool:
        """It may leave out what it is about."""
        return self.short and not self.adds and (self.signed or self.only_a_value)


def spoken(text: str) -> tuple[SaidThing, ...]:
    """What a text says, without what it asks for: first as a whole, and behind that, where it is
    long, sentence by sentence. What only asks is there as a whole."""
    text = text[:MOST_CHARACTERS]
    if len(text) <= SHORT and not _ASKS.search(text):
        return (statement(text),)
    sentences = [text[piece.start : piece.end].strip() for piece in split(text)]
    said = [one for one in sentences if not _ASKS.search(one)]
    if not said:
        return (statement(text),)
    whole = statement(text if len(said) == len(sentences) else " ".join(said))
    if len(text) <= SHORT or len(sentences) == 1:
        return (whole,)
    first, *others = [one if one is sentences[0] else _OPENER.sub("", one) for one in said]
    # What stands within a longer text names what it is about.
    return (whole, *(replace(statement(one), short=False) for one in (first, *others)))


def statement(text: str) -> SaidThing:
    looked = with_plain_digits(text[:MOST_CHARACTERS])
    asks = _ASKS.search(looked) is not None
    takes_back = _TAKES_BACK.search(looked) is not None
    unsigned = _SIGNS.sub(" ", _TAKES_BACK.sub(" ", looked))
    words = [word for word in _WORD.findall(unsigned) if word.casefold() not in _common()]
    first = next(iter(_WORD.findall(looked)), "")
    numbers, days, names = {*_NUMBER.findall(looked), *_HAN_NUMBER.findall(looked)}, set(), set()
    days.update(_HAN_DAY.findall(looked))
    about = set()
    for word in words:
        small = word.casefold()
        if small in _NUMBER_WORDS:
            numbers.add(small)
        elif small in _DAY_WORDS:
            days.add(small)
        elif not _HAN.match(word):
            about.add(small[:STEM])
            if word[0].isupper() and word != first:
                names.add(small)
    for run in _HAN_RUN.findall(unsigned):
        about.update(run[at : at + 2] for at in range(len(run) - 1))
    han = len(_HAN.findall(looked))
    few = han <= FEW_HAN if han else len(_WORD.findall(looked)) <= FEW_WORDS
    return SaidThing(
        signed=takes_back or _SIGNS.search(looked) is not None,
        takes_back=takes_back,
        adds=_ADDS.search(looked) is not None,
        asks=asks,
        doubts=asks and _DOUBTS.search(looked) is not None,
        points_back=not asks and len(text) <= SHORT and _POINTS_BACK.search(looked) is not None,
        short=len(text) <= SHORT,
        bare=few,
        numbers=frozenset(numbers),
        days=frozenset(days),
        names=frozenset(names),
        about=frozenset(about),
        wording=tuple(_PATTERN.findall(looked.casefold())[:MOST_COMPARED]),
    )


def corrects(
    later: SaidThing, earlier: SaidThing, *, at_once: bool, rare: Collection[str] = ()
) -> bool:
    """Whether the later text takes back something of the earlier one. `at_once`: it follows it
    directly, so that it need not say what it is about. A `rare` word tells by itself what is taken
    back as a whole, which may have been asked for."""
    if later.takes_back and not later.asks and same_thing(later, earlier, rare):
        return True
    if later.asks or earlier.asks:
        return False
    if at_once and later.leans and (later.signed or bool(later.values - earlier.values)):
        return True
    about_it = (later.signed or contradicts(later, earlier)) and same_thing(later, earlier)
    return about_it and not is_another(later, earlier)


def is_another(later: SaidThing, earlier: SaidThing) -> bool:
    """Whether the later one says that it is something more, or is worded like the earlier one and
    has other words in two places or more: what it is about and what it says of it."""
    if later.adds:
        return True
    if later.signed or not (later.wording and earlier.wording):
        return False
    beside = SequenceMatcher(None, earlier.wording, later.wording, autojunk=False)
    if beside.ratio() < ALIKE:
        return False
    other = [opcode for opcode in beside.get_opcodes() if opcode[0] != "equal"]
    return len(other) > 1 and all(
        kind == "replace" and abs((end - start) - (there_end - there)) <= 1
        for kind, start, end, there, there_end in other
    )


def contradicts(later: SaidThing, earlier: SaidThing) -> bool:
    """Whether each has a number, a day or a name of its own, of the same kind."""
    pairs = (
        (later.numbers, earlier.numbers),
        (later.days, earlier.days),
        (later.names, earlier.names),
    )
    return any(new - old and old - new for new, old in pairs)


def contradicts_within(later: SaidThing, earlier: SaidThing) -> bool:
    """Whether the later one has a value of the earlier one beside another of the same kind."""
    pairs = (
        (later.numbers, earlier.numbers),
        (later.days, earlier.days),
        (later.names, earlier.names),
    )
    return any(new & old and new - old for new, old in pairs)


def replaces(later: SaidThing, earlier: SaidThing) -> bool:
    """Whether the later one has a value that could stand in the place of one of the earlier's."""
    return bool(
        (later.numbers and earlier.numbers)
        or (later.days and earlier.days)
        or (later.names and earlier.names)
    )


def same_thing(one: SaidThing, other: SaidThing, rare: Collection[str] = ()) -> bool:
    """Whether both are about the same thing, by the words that they share: two fifths of those of
    the one that has fewer, and two at least, or one that is `rare`: that few other texts have."""
    fewer = min(len(one.about), len(other.about))
    shared = sum(RARE if word in rare else 1 for word in one.about & other.about)
    return shared >= max(FEWEST_SHARED, ABOUT_SHARE * fewer)


@cache
def _common() -> frozenset[str]:
    known = latin()
    languages = ("English", "German", "French", "Spanish")
    return frozenset(_HARDLY_TELLING.split()).union(*(known[language] for language in languages))
