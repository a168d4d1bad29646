"""When a question says that something was ("last May", "letzte Woche", "il y a deux mois", "ayer",
上周): rules for English, German, French, Spanish and Chinese. Pure.

What names a month or a day without its year may mean that of any year.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

YEARS_BACK = 12
"""How far back a month or day without a year may lie."""
MOST_CHARACTERS = 2_000
"""A longer text is none that asks for a time."""


HAN = "\u3000"
_GAP = " \0 "
_FRENCH = re.compile(r"\b(?:le|la|les|du|est|que|qui|ai|au|je|nous|quoi|où|fait|avons)\b")


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last of these days."""

    first: date
    last: date


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier janv enero",
            "february feb februar feber février fevrier févr febrero",
            "march mar märz maerz mrz mars marzo",
            "april apr avril avr abril",
            "may mai mayo",
            "june jun juni juin junio",
            "july jul juli juillet juil julio",
            "august aug août aout agosto",
            "september sept sep septembre septiembre setiembre",
            "october oct oktober okt octobre octubre",
            "november nov novembre noviembre",
            "december dec dezember dez décembre decembre déc diciembre",
        ),
        start=1,
    )
    for name in names.split()
}
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday montag lundi lunes",
            "tuesday dienstag mardi martes",
            "wednesday mittwoch mercredi miércoles miercoles",
            "thursday donnerstag jeudi jueves",
            "friday freitag vendredi viernes",
            "saturday samstag sonnabend samedi sábado sabado",
            "sunday sonntag dimanche domingo",
        )
    )
    for name in names.split()
}
_SEASONS = {
    name: first_month
    for first_month, names in (
        (3, "spring frühling frühjahr printemps primavera"),
        (6, "summer sommer été verano"),
        (9, "autumn fall herbst automne otoño"),
        (12, "winter hiver invierno"),
    )
    for name in names.split()
}
_COUNTS = {
    name: number
    for number, names in (
        (1, "a an one ein eine einem einer un une 一 uno una"),
        (2, "two couple zwei deux 两 二 dos"),
        (3, "three few drei trois paar 三 几 tres"),
        (4, "four vier quatre 四 cuatro"),
        (5, "five fünf cinq 五 cinco"),
        (6, "six sechs 六 seis"),
        (7, "seven sieben sept 七 siete"),
        (8, "eight acht huit 八 ocho"),
        (9, "nine neun neuf 九 nueve"),
        (10, "ten zehn dix 十 diez"),
        (11, "eleven elf onze 十一 once"),
        (12, "twelve zwölf douze 十二 doce"),
    )
    for name in names.split()
}
_UNITS = {
    name: days
    for days, names in (
        (1, "day days tag tage tagen jour jours 天 日 día días"),
        (7, "week weeks woche wochen semaine semaines 周 星期 礼拜 semana semanas"),
        (30, "month months monat monate monaten mois 月 mes meses"),
        (365, "year years jahr jahre jahren an ans année années 年 año años"),
    )
    for name in names.split()
}
_DAYS_AGO = {
    "today": 0, "yesterday": 1, "heute": 0, "gestern": 1, "vorgestern": 2, "hier": 1,
    "avant-hier": 2, "aujourd'hui": 0, "hoy": 0, "ayer": 1, "anoche": 1, "anteayer": 2,
    "今天": 0, "昨天": 1, "昨晚": 1, "前天": 2, "大前天": 3,
}  # fmt: skip

_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_WEEKDAY = rf"(?P<weekday>{'|'.join(_WEEKDAYS)})"
_SEASON = rf"(?P<season>{'|'.join(_SEASONS)})"
_NUMBER = rf"(?P<count>\d{{1,3}}|{'|'.join(name for name in _COUNTS if name < HAN)})"
_LATIN_UNITS = sorted((name for name in _UNITS if name < HAN), key=len, reverse=True)
_LATIN_UNIT = rf"(?P<unit>{'|'.join(_LATIN_UNITS)})"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th|er)?\b\.?"
_LAST = r"(?:last|past|previous|letzte[nrsm]?|vorige[nrsm]?|vergangene[nrsm]?)"
_THIS = r"(?:this|current|diese[nrsm]?|aktuelle[nrsm]?|cette|ce|cet)"
_IN = (
    r"(?:in|im|of|since|during|seit|en|depuis|desde|by|until|bis|from|von|early|late|mid|anfang|ende|"
    r"mitte|début|fin)"
)
_HAN_MONTH = r"(?P<month>[01]?\d|十[一二]?|[一二三四五六七八九])"
_HAN_COUNT = r"(?P<count>\d{1,3}|十[一二]?|[一二两三四五六七八九几])"

FORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            "date",
            r"(?<![\d.-])(?P<year>(?:19|20)\d\d)[-/.](?P<month>[01]?\d)[-/.](?P<day>"
            r"[0-3]?\d)(?![\d-])",
        ),
        (
            "figures",
            r"(?<![\d.])(?P<day>[0-3]?\d)[./](?P<month>[01]?\d)[./](?P<year>(?:19|20"
            r")\d\d)(?!\d)",
        ),
        (
            "date",
            rf"(?P<year>(?:19|20)\d\d)\s?年\s?{_HAN_MONTH}\s?"
            r"月(?:\s?(?P<day>[0-3]?\d)\s?[日号])?",
        ),
        (
            "relative_month",
            rf"(?P<back>去年|今年|前年)\s?{_HAN_MONTH}\s?月(?:份)?",
        ),
        (
            "date",
            rf"(?<!\d){_HAN_MONTH}\s?月\s?(?P<day>[0-3]?\d)\s?[日号]",
        ),
        (
            "date",
            rf"(?<![\d个]){_HAN_MONTH}\s?月份?(?![\d日号])",
        ),
        ("year", r"(?P<year>(?:19|20)\d\d)\s?年"),
        ("ago", rf"{_HAN_COUNT}\s?个?\s?(?P<unit>天|日|周|星期|礼拜|月|年)(?:之)?前"),
        (
            "last",
            r"(?<!上)上{1,3}\s?个?\s?(?P<unit>周|星期|礼拜|月)(?P<han_day>[一二三四五六日天末])?",
        ),
        ("this", r"[这本]\s?个?\s?(?P<unit>周|星期|礼拜|月)"),
        ("past_year", r"(?P<back>去年|今年|前年)"),
        ("days", r"(?P<word>大前天|前天|昨天|昨晚|今天)"),
        (
            "date",
            rf"\b(?:(?:on|am|the|vom|le|du|el)\s)?{_DAY}\s(?:of\s|de\s)?{_MONTH},?"
            rf"(?:\s(?:de\s)?{_YEAR}\b)?",
        ),
        ("date", rf"\b(?:on\s)?{_MONTH}\s{_DAY}(?!\d),?(?:\s{_YEAR}\b)?"),
        ("date", rf"\b(?:{_IN}\s)?(?:the\s)?{_MONTH},?\s(?:of\s|de\s)?{_YEAR}\b"),
        ("last_month", rf"\b{_LAST}\s{_MONTH}"),
        ("last_month", rf"\b(?:(?:en|au mois de)\s)?{_MONTH}\s(?:dernier|passé|pasado)\b"),
        ("date", rf"\b{_IN}\s(?:the\s(?:month\sof\s)?)?{_MONTH}"),
        (
            "season",
            rf"\b(?:(?:in|im|en|au)\s)?(?:the\s)?(?:{_LAST}\s)?{_SEASON}\s(?:of\s|de"
            rf"\s)?{_YEAR}\b",
        ),
        (
            "last_season",
            rf"\b{_LAST}\s{_SEASON}\b|\b(?:l['’])?(?P<season2>été|automne|hiver|print"
            rf"emps|primavera|verano|otoño|invierno)\s(?:dernier|pasad[oa])\b",
        ),
        (
            "last_weekday",
            rf"\b(?:{_LAST})\s{_WEEKDAY}\b|\b(?P<weekday2>lundi|mardi|mercredi|jeudi|"
            rf"vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo)\s"
            rf"(?:dernier|pasado)\b",
        ),
        (
            "last",
            rf"\b(?:the\s|der\s|die\s|das\s|den\s)?{_LAST}\s(?P<unit>week|weekend|mon"
            rf"th|year|night|woche|wochenende|monat|monats|jahr|jahres)\b",
        ),
        (
            "last",
            r"\b(?:la\s|le\s|l['’])?(?P<unit>semaine|mois|année|an|week-end)\s(?:der"
            r"nière|dernier|passée|passé)\b",
        ),
        (
            "last",
            r"\b(?:la\s|el\s)?(?P<unit>semana|mes|año|noche|fin\sde\ssemana)\s(?:pasad[oa]|anterior)\b",
        ),
        ("this", r"\b(?:esta|este)\s(?P<unit>semana|mes|año)\b"),
        ("this", rf"\b{_THIS}\s(?P<unit>week|month|year|woche|monat|jahr|semaine|mois|année)\b"),
        ("ago", rf"\b{_NUMBER}\s(?:of\s)?{_LATIN_UNIT}\sago\b"),
        ("ago", rf"\bvor\s{_NUMBER}\s{_LATIN_UNIT}\b"),
        ("ago", rf"\bhace\s{_NUMBER}\s{_LATIN_UNIT}\b"),
        ("ago", rf"\bil\sy\sa\s{_NUMBER}\s{_LATIN_UNIT}\b"),
        (
            "days",
            r"\b(?P<word>yesterday|today|vorgestern|gestern|heute|avant-hier|hier|au"
            r"jourd'hui|hoy|ayer|anoche|anteayer)\b",
        ),
        ("year", rf"\b{_IN}\s(?:the\syear\s|dem\sjahr\s|jahr\s|l'an\s)?{_YEAR}\b"),
    )
)


_ASKS_WHEN = re.compile(
    r"\b(?:when|(?:what|which) (?:day|date|week|month|year|season|weekend)|how long ago|"
    r"wann|(?:an )?welche[mnrs]? (?:tag|datum|woche|monat|jahr)|"
    r"quand|quel(?:le)? (?:jour|date|semaine|mois|année)|"
    r"cuándo|cuando|qué (?:día|fecha|semana|mes|año)|quando|che giorno|que dia|когда)\b"
    r"|什么时候|何时|何時|什麼時候|哪[天年月]|几[月号]|いつ|何[日月年]|언제",
    re.IGNORECASE,
)
_UNSURE_MONTHS = {"may", "mar", "march", "mai", "mars", "dec", "sept"}
_SURE_MONTHS = sorted(set(_MONTHS) - _UNSURE_MONTHS, key=len, reverse=True)
_TELLS_WHEN = re.compile(
    r"\b(?:(?:19|20)\d\d|\d{1,2}[./]\d{1,2}[./]?|"
    r"(?:in|on|of|since|last|next|im|seit|en|depuis) (?:may|march|mai|mars)|(?:may|march) \d+|"
    rf"(?:{'|'.join(_SURE_MONTHS)})|(?:{'|'.join(_WEEKDAYS)})s?|"
    r"tonight|tomorrow|yesterday|ago|recently|days|weeks|weekend|months|years|"
    r"(?:next|this|last|previous|following) (?:week|month|year|summer|spring|fall|autumn|winter|"
    r"night)|"
    r"gestern|vorgestern|neulich|(?:letzte|nächste|vorige|kommende|diese)[nrsm]? \w+|wochenende|"
    r"(?:tage|wochen|monate|jahre)n?|demain|hier|avant-hier|il y a|semaines|années|"
    r"(?:dernier|dernière|prochaine?)|ayer|anoche|pasad[oa]|próxim[oa]|semanas|meses|años|"
    r"lunes|martes|miércoles|jueves|viernes|sábado|enero|febrero|abril|mayo|junio|julio|"
    r"agosto|septiembre|octubre|noviembre|diciembre)\b"
    r"|[昨明前去][天年]|[上下]个?[周月]|[周星期][一二三四五六日天]|\d[月日号点]|昨日|先週|先月|来週|来月",
    re.IGNORECASE,
)
"""Not today, and no single day, week or year: they are said in passing."""


def asks_when(question: str) -> bool:
    return _ASKS_WHEN.search(question[:MOST_CHARACTERS]) is not None


def tells_when(text: str) -> bool:
    """Whether the text names a day, a month, a year or a stretch of them."""
    return _TELLS_WHEN.search(text[:MOST_CHARACTERS]) is not None


def times(question: str, today: date) -> list[Period]:
    """The days that the question speaks of, seen from `today`: any of them may be meant. A word
    that says too little ("may I", "on Monday") is no time."""
    return times_and_rest(question, today)[0]


def times_and_rest(question: str, today: date) -> tuple[list[Period], str]:
    """The days, and the question without what says them."""
    if len(question) > MOST_CHARACTERS:
        return [], question
    periods: list[Period] = []
    rest = question
    for kind, form in FORMS:
        parts, at = [], 0
        for match in form.finditer(rest):
            found = list(_periods(kind, match, today))
            if not found or (match[0].casefold() == "hier" and not _may_be_french(question)):
                continue
            periods += found
            # What one rule has read is nothing to the next ones.
            parts += [rest[at : match.start()], _GAP]
            at = match.end()
        rest = "".join([*parts, rest[at:]])
    return periods, rest.replace("\0", "")


def _may_be_french(question: str) -> bool:
    """Whether "hier" is yesterday, and not the German word for here, which nobody says alone."""
    return question.strip(" ?!.").casefold() == "hier" or bool(_FRENCH.search(question))


def _periods(kind: str, match: re.Match[str], today: date) -> Iterator[Period]:
    said = {name: value.casefold() for name, value in match.groupdict().items() if value}
    match kind:
        case "date" | "figures":
            yield from _dated(said, today, unsure=kind == "figures")
        case "year":
            yield _year(int(said["year"]))
        case "relative_month":
            yield from _dated({**said, "year": str(_back_year(said["back"], today))}, today)
        case "past_year":
            yield _year(_back_year(said["back"], today))
        case "last_month":
            month = _month(said["month"])
            yield _whole_month(today.year - (month >= today.month), month)
        case "season" | "last_season":
            first = _SEASONS[said.get("season") or said["season2"]]
            year = int(said["year"]) if "year" in said else today.year - (first + 2 >= today.month)
            start = date(year, first, 1)
            yield Period(start, start + timedelta(days=91))
        case "last_weekday":
            weekday = _WEEKDAYS[said.get("weekday") or said["weekday2"]]
            back = (today.weekday() - weekday - 1) % 7 + 1
            day = today - timedelta(days=back)
            yield Period(day, day)
        case "last":
            back = max(1, match[0].count("上"))
            yield _last(said["unit"], said.get("han_day", ""), back, today)
        case "this":
            yield _this(said["unit"], today)
        case "ago":
            yield _ago(said["count"], said["unit"], today)
        case _:
            day = today - timedelta(days=_DAYS_AGO[said["word"]])
            yield Period(day, day)


def _dated(said: dict[str, str], today: date, *, unsure: bool = False) -> Iterator[Period]:
    """A day or a month, of that year or of any."""
    month = _month(said["month"])
    years = (
        [int(said["year"])] if "year" in said else range(today.year - YEARS_BACK, today.year + 1)
    )
    for year in years:
        if "day" not in said:
            if 1 <= month <= 12:
                yield _whole_month(year, month)
            continue
        day = int(said["day"])
        # 3/5/2023 is one day to some and another one to others.
        for one, other in {(month, day), (day, month)} if unsure else {(month, day)}:
            try:
                found = date(year, one, other)
            except ValueError:
                continue
            yield Period(found, found)


def _month(name: str) -> int:
    return int(name) if name.isdigit() else _MONTHS.get(name) or _COUNTS[name]


def _whole_month(year: int, month: int) -> Period:
    return Period(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def _year(year: int) -> Period:
    return Period(date(year, 1, 1), date(year, 12, 31))


def _back_year(word: str, today: date) -> int:
    return today.year - {"今年": 0, "去年": 1, "前年": 2}[word]


def _last(unit: str, day: str, back: int, today: date) -> Period:
    monday = today - timedelta(days=today.weekday())
    if unit in ("weekend", "week-end", "wochenende", "fin de semana"):
        return Period(monday - timedelta(days=2), monday - timedelta(days=1))
    if unit in ("night", "noche"):
        return Period(today - timedelta(days=1), today)
    days = _UNITS.get(unit) or _UNITS.get(unit.removesuffix("s"), 30)
    if days == 7:
        start = monday - timedelta(days=7 * back)
        if day:
            found = start + timedelta(days="一二三四五六日".find(day.replace("天", "日")))
            return Period(found, found)
        return Period(start, start + timedelta(days=6))
    if days == 365:
        return _year(today.year - 1)
    months = today.year * 12 + today.month - 1 - back
    return _whole_month(months // 12, months % 12 + 1)


def _this(unit: str, today: date) -> Period:
    days = _UNITS.get(unit, 30)
    if days == 7:
        return Period(today - timedelta(days=today.weekday()), today)
    return Period(today.replace(day=1) if days == 30 else today.replace(month=1, day=1), today)


def _ago(count: str, unit: str, today: date) -> Period:
    """Give or take half of the unit."""
    number = int(count) if count.isdigit() else _COUNTS[count]
    days = _UNITS[unit]
    middle = today - timedelta(days=min(number * days, today.toordinal() - 366))
    return Period(middle - timedelta(days=days // 2), middle + timedelta(days=days // 2))
