"""The numbers that Word puts before paragraphs: of clauses, headings and lists. Pure functions.

They are not in the text of a document. Each paragraph names a list and a level, by itself or by
its style; the list says how its levels count and what is written (ECMA-376, part 1, 17.9).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
VAL = f"{W}val"
LEVELS = 9
MOST_STYLES = 50
"""That a style may be based on, one on the other."""
_COUNT = re.compile(r"%([1-9])")
_DIGITS = "〇一二三四五六七八九"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
          (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Level:
    """How a level counts. `text` holds %1 to %9 for the counts of the levels from the outermost;
    `restarts` is the level, from 1, behind which it begins anew: 0 for none, None for all above."""

    start: int = 1
    form: str = "decimal"
    text: str = ""
    is_legal: bool = False
    restarts: int | None = None
    style: str = ""


_List = tuple[str, Mapping[int, Level], Mapping[int, int]]
"""What it counts together with, its levels, and where each of them begins anew."""
_Place = tuple[str, int]
"""A list's id and a level, from 0."""


@dataclass(slots=True)
class Numbering:
    """Gives each paragraph its label, in the order of the text."""

    lists: Mapping[str, _List]
    styles: Mapping[str, _Place]
    """By the id of a style."""
    _counts: defaultdict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    _begun: set[_Place] = field(default_factory=set)

    def label(self, paragraph: Element) -> tuple[str, int] | None:
        """What stands before the paragraph, "-" for a bullet, and its level from 0; None where
        nothing does."""
        place = self._place(paragraph)
        if place is None or place[0] not in self.lists:
            return None
        number, at = place
        group, levels, _ = self.lists[number]
        level = levels.get(at, Level())
        if level.form == "bullet":
            return "-", at
        self._count(number, at)
        written = self._written(group, levels, at)
        return (written, at) if written else None

    def _place(self, paragraph: Element) -> _Place | None:
        """List and level, of the paragraph itself before those of its style."""
        properties = paragraph.find(f"{W}pPr")
        if properties is None:
            return None
        style = _value(properties, "pStyle")
        inherited = self.styles.get(style, ("", 0))
        own = properties.find(f"{W}numPr")
        number = _value(own, "numId") if own is not None else ""
        at = _value(own, "ilvl") if own is not None else ""
        number = number or inherited[0]
        if number in ("", "0"):
            return None
        level = int(at) if at.isdigit() else inherited[1]
        return number, min(level, LEVELS - 1)

    def _count(self, number: str, at: int) -> None:
        group, levels, starts = self.lists[number]
        counts = self._counts[group]
        anew = at in starts and (number, at) not in self._begun
        if anew or at not in counts:
            self._begun.add((number, at))
            counts[at] = starts.get(at, levels.get(at, Level()).start)
        else:
            counts[at] += 1
        for above in range(at):
            counts.setdefault(above, levels.get(above, Level()).start)
        for below in [deeper for deeper in counts if deeper > at]:
            restarts = levels.get(below, Level()).restarts
            if restarts is None or (restarts > 0 and at < restarts):
                del counts[below]

    def _written(self, group: str, levels: Mapping[int, Level], at: int) -> str:
        counts, level = self._counts[group], levels.get(at, Level())

        def count(match: re.Match[str]) -> str:
            named = int(match[1]) - 1
            one = levels.get(named, Level())
            form = "decimal" if level.is_legal else one.form
            return numeral(counts.get(named, one.start), form)

        label = _COUNT.sub(count, level.text).strip()
        if at and label.startswith("(") and "%1" not in level.text:
            # "(a)" stands below 2.1: readers, and their questions, call it 2.1(a).
            return f"{self._written(group, levels, at - 1).rstrip('.')}{label}"
        return label


def numbering(parts: Mapping[str, Element]) -> Numbering:
    """From the roots of numbering.xml and styles.xml, under these names, where there are any."""
    lists, by_style = _lists(parts["numbering"]) if "numbering" in parts else ({}, {})
    return Numbering(lists, _styles(parts["styles"], by_style) if "styles" in parts else {})


def _lists(root: Element) -> tuple[dict[str, _List], dict[str, _Place]]:
    """The lists by their ids, and the abstract list and level that a style is linked to."""
    abstract = {
        one.get(f"{W}abstractNumId", ""): dict(_levels(one)) for one in root.iter(f"{W}abstractNum")
    }
    lists: dict[str, _List] = {}
    for one in root.findall(f"{W}num"):
        group = _value(one, "abstractNumId")
        levels = dict(abstract.get(group, {}))
        starts: dict[int, int] = {}
        for change in one.findall(f"{W}lvlOverride"):
            at = _whole(change.get(f"{W}ilvl"), 0)
            levels.update(_levels(change))
            if change.find(f"{W}startOverride") is not None:
                starts[at] = _whole(_value(change, "startOverride"), 1)
        lists[one.get(f"{W}numId", "")] = (group, levels, starts)
    linked = {
        level.style: (number, at)
        for number, (_, levels, _) in reversed(lists.items())
        for at, level in levels.items()
        if level.style
    }
    return lists, linked


def _levels(of: Element) -> Iterator[tuple[int, Level]]:
    for one in of.findall(f"{W}lvl"):
        restart = _value(one, "lvlRestart")
        legal = one.find(f"{W}isLgl")
        yield (
            _whole(one.get(f"{W}ilvl"), 0),
            Level(
                start=_whole(_value(one, "start"), 0),
                form=_value(one, "numFmt") or "decimal",
                text=_value(one, "lvlText"),
                is_legal=legal is not None and legal.get(VAL) not in ("0", "false", "off"),
                restarts=_whole(restart, 0) if restart else None,
                style=_value(one, "pStyle"),
            ),
        )


def _styles(root: Element, linked: Mapping[str, _Place]) -> dict[str, _Place]:
    """List and level of each style that has them, by itself or by what it is based on."""
    own: dict[str, tuple[str, int | None]] = {}
    based: dict[str, str] = {}
    for style in root.findall(f"{W}style"):
        name = style.get(f"{W}styleId", "")
        based[name] = _value(style, "basedOn")
        place = style.find(f"{W}pPr/{W}numPr")
        if place is not None:
            named = _value(place, "ilvl")
            own[name] = (_value(place, "numId"), int(named) if named.isdigit() else None)
    found: dict[str, _Place] = {}
    for name in based:
        number, level = _inherited(name, own, based)
        # A list names the style of each of its levels; the style names the list alone.
        at = linked[name][1] if name in linked else level
        number = number or (linked[name][0] if name in linked else "")
        if number:
            found[name] = (number, at or 0)
    return found


def _inherited(
    name: str, own: Mapping[str, tuple[str, int | None]], based: Mapping[str, str]
) -> tuple[str, int | None]:
    """List and level of the nearest style that has them, from this one on."""
    for _ in range(MOST_STYLES):
        if own.get(name, ("", None))[0]:
            return own[name]
        name = based.get(name, "")
    return "", None


def numeral(number: int, form: str) -> str:
    """A count as it is written; forms that are rare are written as figures."""
    write = _FORMS.get(form)
    return write(number) if write else str(number)


def _nothing(number: int) -> str:
    return ""


def _letter(number: int) -> str:
    """a to z, aa to zz, aaa …"""
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1) if number > 0 else "0"


def _with_zero(number: int) -> str:
    return f"{number:02}"


def _ordinal(number: int) -> str:
    teen = 10 < number % 100 < 14
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _roman(number: int) -> str:
    written = ""
    for value, letters in _ROMAN:
        written += letters * (number // value)
        number %= value
    return written


def _chinese(number: int) -> str:
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return f"{_DIGITS[tens] if tens > 1 else ''}十{_DIGITS[ones] if ones else ''}"


_FORMS: dict[str, Callable[[int], str]] = {
    "none": _nothing,
    "lowerLetter": _letter,
    "upperLetter": lambda number: _letter(number).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "decimalZero": _with_zero,
    "ordinal": _ordinal,
    "chineseCounting": _chinese,
    "chineseCountingThousand": _chinese,
    "ideographDigital": _chinese,
    "japaneseCounting": _chinese,
    "taiwaneseCounting": _chinese,
    "taiwaneseCountingThousand": _chinese,
}


def _value(of: Element, name: str) -> str:
    found = of.find(f"{W}{name}")
    return found.get(VAL, "") if found is not None else ""


def _whole(text: str | None, other: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else other
