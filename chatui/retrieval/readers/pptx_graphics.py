"""What is drawn on slides and holds words: tables, charts with their saved values, SmartArt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from xml.etree.ElementTree import Element

from chatui.retrieval.readers.composing import DocumentBuilder
from chatui.retrieval.readers.office_blocks import Covered, Row, write_item, write_line, write_table
from chatui.retrieval.readers.office_xml import Link, attribute, clean, local
from chatui.retrieval.readers.pptx_text import lines

MOST_POINTS = 1_000
"""Of a chart's series; a chart of more shows a shape, which its figures do not tell."""
FIRST_DAY = date(1899, 12, 30)
LAST_DAY = 2_958_466
"""In the year 9999, counted as spreadsheets count days."""
MOST_NESTED = 20
"""Levels of SmartArt."""
_KINDS = {"xVal": "x", "yVal": "y", "bubbleSize": "size"}


def write_table_of(table: Element, composer: DocumentBuilder, known: Mapping[str, Link]) -> None:
    write_table(composer, (_cells(row, known) for row in table.findall("{*}tr")))


def _cells(row: Element, known: Mapping[str, Link]) -> Row:
    cells: list[str | Covered] = []
    for cell in row.findall("{*}tc"):
        if cell.get("hMerge") in ("1", "true"):
            cells.append(Covered.FROM_LEFT)
        elif cell.get("vMerge") in ("1", "true"):
            cells.append(Covered.FROM_ABOVE)
        else:
            found = lines(cell.find("{*}txBody"), (), known)
            cells.append(" ".join(f"{one.label} {one.text}".strip() for one in found))
    return cells


def write_chart(chart: Element, composer: DocumentBuilder) -> bool:
    """The chart's title, the titles of its axes, and a table with a row for each of its points;
    whether all of that was in the file and not too long."""
    titles = [clean(_words(title)) for title in chart.iterfind(".//{*}title")]
    named = " · ".join(filter(None, dict.fromkeys(titles)))
    write_line(composer, f"Chart: {named}" if named else "Chart")
    series = list(chart.iterfind(".//{*}ser"))
    columns: list[tuple[str, dict[int, str]]] = []
    categories: dict[int, str] = {}
    for one in series:
        name = clean(_words(one.find("{*}tx"))) or "value"
        categories = categories or _points(one.find("{*}cat"))
        for kind in ("val", "xVal", "yVal", "bubbleSize"):
            points = _points(one.find(f"{{*}}{kind}"))
            if points:
                columns.append((f"{name} {_KINDS.get(kind, '')}".strip(), points))
    places = sorted({at for _, points in columns for at in points} | set(categories))
    if not columns or len(places) > MOST_POINTS:
        return False
    head = (["" if categories else "point"], [name for name, _ in columns])
    rows = (
        [
            categories.get(at, "") if categories else str(at + 1),
            *(p.get(at, "") for _, p in columns),
        ]
        for at in places
    )
    write_table(composer, [[*head[0], *head[1]], *rows])
    return True


def _points(of: Element | None) -> dict[int, str]:
    """The values that are kept beside a formula, by their places; of several levels of categories
    the words of all, the outermost first, which goes on until the next of its level."""
    found: dict[int, str] = {}
    if of is None:
        return found
    groups = [_values(group) for group in of.findall(".//{*}lvl") or [of]]
    inner, outer = groups[0], groups[1:]
    for at in sorted(inner):
        above = (_latest(group, at) for group in reversed(outer))
        found[at] = " ".join(filter(None, (*above, inner[at])))
    return found


def _latest(values: Mapping[int, str], at: int) -> str:
    before = [place for place in values if place <= at]
    return values[max(before)] if before else ""


def _values(of: Element) -> dict[int, str]:
    code = of.findtext(".//{*}formatCode", "")
    return {
        int(at): _shown(clean(point.findtext("{*}v", "")), code)
        for point in of.iterfind(".//{*}pt")
        if (at := point.get("idx", "")).isdecimal() and len(at) < 7
    }


def _shown(value: str, code: str) -> str:
    """A value as its chart shows it: a date, a share, a number without a computer's last digits."""
    try:
        number = float(value)
    except ValueError:
        return value
    if "y" in code.lower() and 0 < number < LAST_DAY:
        return str(FIRST_DAY + timedelta(days=int(number)))
    return f"{number * 100:.15g}%" if "%" in code else f"{number:.15g}"


def _words(of: Element | None) -> str:
    if of is None:
        return ""
    texts = [one.text or "" for one in of.iter() if local(one) == "t"]
    return "".join(texts) if texts else " ".join(v.text or "" for v in of.iterfind(".//{*}v"))


def write_diagram(data: Element, composer: DocumentBuilder) -> None:
    """The words of a diagram's points, each below the one that it hangs on."""
    points = {attribute(one, "modelId"): one for one in data.iterfind(".//{*}pt")}
    below: dict[str, list[tuple[int, str]]] = {}
    for one in data.iterfind(".//{*}cxn"):
        if one.get("type", "parOf") == "parOf":
            order = one.get("srcOrd", "0")
            at = int(order) if order.isdecimal() and len(order) < 7 else 0
            below.setdefault(one.get("srcId", ""), []).append((at, one.get("destId", "")))
    roots = [name for name, one in points.items() if one.get("type") == "doc"]
    written = False
    for depth, name in _tree(roots, below):
        text = " ".join(one.text for one in lines(points[name].find("{*}t"), (), {}))
        if text:
            write_item(composer, "-", depth, text, tight=written)
            written = True


def _tree(
    roots: list[str], below: Mapping[str, list[tuple[int, str]]]
) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    waiting = [(-1, name) for name in reversed(roots)]
    while waiting:
        depth, name = waiting.pop()
        if name in seen or depth > MOST_NESTED:
            continue
        seen.add(name)
        if depth >= 0:
            yield depth, name
        inner = sorted(below.get(name, ()))
        waiting += [(depth + 1, child) for _, child in reversed(inner)]
