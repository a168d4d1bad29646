"""What the styles of an OpenDocument file say of its text: lists and their numbers, hidden words.

Lists count by their own level's style (OpenDocument 1.3, part 3, 16.30 to 16.35); a paragraph may
name its list by its style.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from chatui.retrieval.readers.docx_numbering import numeral
from chatui.retrieval.readers.office_xml import attribute, local

MOST_LEVELS = 10
MOST_STYLES = 50
"""That one style may be based on, one on the other."""
_FORMS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman",
          "I": "upperRoman", "一, 二, 三, ...": "chineseCounting", "": "none"}  # fmt: skip
_COUNT = re.compile(r"%(\d{1,2})%")


@dataclass(frozen=True, slots=True)
class ListLevel:
    """How a level of a list counts; `pattern` holds %1% and so on, or is ""."""

    bullet: bool = False
    form: str = "none"
    before: str = ""
    behind: str = ""
    shown: int = 1
    start: int = 1
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Style:
    """What the text asks of a style. `list_name` is None where it says nothing of lists."""

    name: str
    parent: str = ""
    list_name: str | None = None
    hidden: bool = False
    hides_slide: bool = False


@dataclass(frozen=True, slots=True)
class Styles:
    lists: Mapping[str, Mapping[int, ListLevel]]
    """By a list style's name: its levels, from 1. "" is how headings are numbered."""
    styles: Mapping[tuple[str, str], Style]
    """By family and name."""

    def chain(self, family: str, name: str) -> Iterator[Style]:
        """The style and those that it is based on."""
        for _ in range(MOST_STYLES):
            found = self.styles.get((family, name))
            if found is None:
                return
            yield found
            name = found.parent

    def is_hidden(self, family: str, name: str) -> bool:
        return any(style.hidden for style in self.chain(family, name))

    def list_of(self, paragraph_style: str) -> str:
        named = (style.list_name for style in self.chain("paragraph", paragraph_style))
        return next((name for name in named if name is not None), "")

    def is_title(self, paragraph_style: str) -> bool:
        return paragraph_style == "Title" or any(
            "Title" in (style.name, style.parent)
            for style in self.chain("paragraph", paragraph_style)
        )


def styles_of(roots: Iterable[Element]) -> Styles:
    """From the roots of content.xml and styles.xml, or of the one flat file."""
    lists: dict[str, dict[int, ListLevel]] = {}
    styles: dict[tuple[str, str], Style] = {}
    for root in roots:
        for one in root.iter():
            name = local(one)
            if name == "style":
                made = _style(one)
                styles.setdefault((attribute(one, "family"), made.name), made)
            elif name == "list-style":
                lists.setdefault(attribute(one, "name"), dict(_levels(one)))
            elif name == "outline-style":
                lists.setdefault("", dict(_levels(one)))
    return Styles(lists, styles)


def _style(of: Element) -> Style:
    words = of.find("{*}text-properties")
    drawn = of.find("{*}drawing-page-properties")
    listed = next((v for k, v in of.items() if k.endswith("}list-style-name")), None)
    return Style(
        attribute(of, "name"),
        attribute(of, "parent-style-name"),
        listed,
        attribute(words, "display") == "none",
        attribute(drawn, "visibility") == "hidden",
    )


def _levels(of: Element) -> Iterator[tuple[int, ListLevel]]:
    for one in of:
        name = local(one)
        numbered = name in ("list-level-style-number", "outline-level-style")
        yield (
            whole(attribute(one, "level"), 1),
            ListLevel(
                bullet=name in ("list-level-style-bullet", "list-level-style-image"),
                form=_FORMS.get(attribute(one, "num-format"), "decimal") if numbered else "none",
                before=attribute(one, "num-prefix"),
                behind=attribute(one, "num-suffix"),
                shown=whole(attribute(one, "display-levels"), 1),
                start=whole(attribute(one, "start-value"), 1),
                pattern=attribute(one, "num-list-format"),
            ),
        )


@dataclass(slots=True)
class Counting:
    """The counts of one list, by level from 1."""

    levels: Mapping[int, ListLevel]
    counts: dict[int, int] = field(default_factory=dict)

    def label(self, at: int, start: int | None = None) -> str:
        """Counts on at the level, from `start` where that is given: "2.1", "-", or ""."""
        level = self.levels.get(at, ListLevel())
        for deeper in [one for one in self.counts if one > at]:
            del self.counts[deeper]
        if level.bullet:
            return "-"
        before = self.counts.get(at)
        counted = level.start if before is None else before + 1
        self.counts[at] = counted if start is None else start
        return self._written(at)

    def _written(self, at: int) -> str:
        level = self.levels.get(at, ListLevel())
        if level.form == "none":
            return f"{level.before}{level.behind}".strip()
        if level.pattern:
            return _COUNT.sub(lambda found: self._one(int(found[1])), level.pattern).strip()
        first = max(1, at - level.shown + 1)
        shown = ".".join(filter(None, (self._one(one) for one in range(first, at + 1))))
        label = f"{level.before}{shown}{level.behind}".strip()
        if at > 1 and label.startswith("(") and level.shown == 1:
            # "(a)" stands below 2.1: readers, and their questions, call it 2.1(a).
            return f"{self._written(at - 1).rstrip('.')}{label}"
        return label

    def _one(self, at: int) -> str:
        level = self.levels.get(at, ListLevel())
        return numeral(self.counts.get(at, level.start), level.form)


def whole(text: str, other: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else other
