"""Where Vim's motions lead, and which texts its text objects are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from chatui.text.vim.characters import (
    first_written,
    line_end,
    line_of,
    line_start,
    lines_on,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatui.text.vim.characters import Characters

Reach = Literal["exclusive", "inclusive", "lines"]
"""What an operator takes of the place that a motion leads to: nothing, its character, or its line
and that of the cursor, whole."""
PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}
OBJECTS = {"b": "(", ")": "(", "]": "[", "B": "{", "}": "{", ">": "<"}
"""Other names of the objects in brackets."""


@dataclass(frozen=True, slots=True)
class MotionEnd:
    at: int
    reach: Reach = "exclusive"


@dataclass(frozen=True, slots=True)
class Moment:
    """What a motion goes by: the text, the cursor's place, how many times; `counted`: whether the
    count was typed; `target`: the character that f and its kin look for."""

    text: str
    at: int
    characters: Characters
    count: int = 1
    counted: bool = False
    target: str = ""


def motion(name: str, now: Moment) -> MotionEnd | None:
    """None where it leads nowhere, or `name` is no motion."""
    known = MOTIONS.get(name)
    return known(now) if known else None


def _left(now: Moment) -> MotionEnd | None:
    at = now.at
    for _ in range(now.count):
        at = now.characters.before(now.text, at)
    return MotionEnd(at) if at != now.at else None


def _right(now: Moment) -> MotionEnd | None:
    """To the line's end at most, where an operator may end, but no cursor stand."""
    at = now.at
    for _ in range(now.count):
        at = now.characters.after(now.text, at)
    return MotionEnd(at) if at != now.at else None


def _word(*, big: bool) -> Callable[[Moment], MotionEnd | None]:
    def forward(now: Moment) -> MotionEnd | None:
        starts = [at for at, _ in now.characters.words(now.text, big=big) if at > now.at]
        if len(starts) >= now.count:
            return MotionEnd(starts[now.count - 1])
        return MotionEnd(len(now.text)) if now.at < len(now.text) else None

    return forward


def _back(*, big: bool) -> Callable[[Moment], MotionEnd | None]:
    def backward(now: Moment) -> MotionEnd | None:
        starts = [at for at, _ in now.characters.words(now.text, big=big) if at < now.at]
        if starts:
            return MotionEnd(starts[-min(now.count, len(starts))])
        return MotionEnd(0) if now.at else None

    return backward


def _ends(now: Moment, *, big: bool, empty: bool = False) -> list[int]:
    """The last character of each word; an `empty` line is one for some."""
    words = now.characters.words(now.text, big=big)
    return [
        now.characters.before(now.text, end) if end > start else end
        for start, end in words
        if empty or end > start
    ]


def _word_end(*, big: bool) -> Callable[[Moment], MotionEnd | None]:
    def end(now: Moment) -> MotionEnd | None:
        ends = [at for at in _ends(now, big=big) if at > now.at]
        if len(ends) >= now.count:
            return MotionEnd(ends[now.count - 1], "inclusive")
        last = now.characters.within(now.text, len(now.text))
        return MotionEnd(last, "inclusive") if last > now.at else None

    return end


def _end_before(*, big: bool) -> Callable[[Moment], MotionEnd | None]:
    def end(now: Moment) -> MotionEnd | None:
        ends = [at for at in _ends(now, big=big, empty=True) if at < now.at]
        if ends:
            return MotionEnd(ends[-min(now.count, len(ends))], "inclusive")
        return MotionEnd(0, "inclusive") if now.at else None

    return end


def _line_start(now: Moment) -> MotionEnd:
    return MotionEnd(line_start(now.text, now.at))


def _first_written(now: Moment) -> MotionEnd:
    return MotionEnd(first_written(now.text, now.at))


def _line_end(now: Moment) -> MotionEnd:
    below = lines_on(now.text, now.at, now.count - 1)
    end = line_end(now.text, max(below, now.at) if now.count == 1 else below)
    return MotionEnd(now.characters.within(now.text, end), "inclusive")


def _last_written(now: Moment) -> MotionEnd:
    start, end = line_start(now.text, now.at), line_end(now.text, now.at)
    written = start + len(now.text[start:end].rstrip())
    return MotionEnd(now.characters.before(now.text, max(written, start)), "inclusive")


def _column(now: Moment) -> MotionEnd:
    start, end = line_start(now.text, now.at), line_end(now.text, now.at)
    starts = now.characters.starts(now.text, start, end)
    return MotionEnd(starts[min(now.count, len(starts)) - 1] if starts else start)


def _vertical(step: int) -> Callable[[Moment], MotionEnd | None]:
    def lines(now: Moment) -> MotionEnd | None:
        start = line_start(now.text, now.at)
        there = lines_on(now.text, now.at, step * now.count)
        if there == start:
            return None
        column = len(now.characters.starts(now.text, start, now.at))
        starts = now.characters.starts(now.text, there, line_end(now.text, there))
        return MotionEnd(starts[min(column, len(starts) - 1)] if starts else there, "lines")

    return lines


def _first_line(now: Moment) -> MotionEnd:
    start = line_of(now.text, now.count if now.counted else 1)
    return MotionEnd(first_written(now.text, start), "lines")


def _last_line(now: Moment) -> MotionEnd:
    start = line_of(now.text, now.count) if now.counted else line_start(now.text, len(now.text))
    return MotionEnd(first_written(now.text, start), "lines")


def _find(*, forward: bool, till: bool) -> Callable[[Moment], MotionEnd | None]:
    """On the cursor's line. `till`: to the character beside it."""

    def find(now: Moment) -> MotionEnd | None:
        text, chars = now.text, now.characters
        start, end = line_start(text, now.at), line_end(text, now.at)
        places = chars.starts(text, start, end)
        found = [at for at in places if text[at : chars.after(text, at)] == now.target]
        if forward:
            found = [at for at in found if at > now.at]
        else:
            found = [at for at in reversed(found) if at < now.at]
        if len(found) < now.count:
            return None
        there = found[now.count - 1]
        if till:
            there = chars.before(text, there) if forward else chars.after(text, there)
        return MotionEnd(there, "inclusive" if forward else "exclusive")

    return find


def _paragraph(step: int) -> Callable[[Moment], MotionEnd | None]:
    def blank(now: Moment) -> MotionEnd | None:
        text, start = now.text, line_start(now.text, now.at)
        for _ in range(now.count):
            seen = False
            while True:
                written = line_end(text, start) > start
                if seen and not written:
                    break
                seen = seen or written
                there = lines_on(text, start, step)
                if there == start:
                    start = len(text) if step > 0 else 0
                    break
                start = there
        return MotionEnd(start) if start != now.at else None

    return blank


def _bracket(now: Moment) -> MotionEnd | None:
    """From the next bracket on the line to the one that closes or opens it."""
    if now.counted:
        return None
    text = now.text
    both = {**PAIRS, **{close: opened for opened, close in PAIRS.items()}}
    both.pop("<"), both.pop(">")
    line = range(now.at, line_end(text, now.at))
    at = next((place for place in line if text[place] in both), None)
    if at is None:
        return None
    step = 1 if text[at] in PAIRS else -1
    there = _closing(text, at, text[at], both[text[at]], step)
    return MotionEnd(there, "inclusive") if there is not None else None


def _closing(text: str, at: int, own: str, other: str, step: int) -> int | None:
    depth = 0
    places = range(at, len(text)) if step > 0 else range(at, -1, -1)
    for place in places:
        depth += (text[place] == own) - (text[place] == other)
        if not depth:
            return place
    return None


MOTIONS: dict[str, Callable[[Moment], MotionEnd | None]] = {
    "h": _left,
    "left": _left,
    "backspace": _left,
    "l": _right,
    "right": _right,
    " ": _right,
    "w": _word(big=False),
    "W": _word(big=True),
    "b": _back(big=False),
    "B": _back(big=True),
    "e": _word_end(big=False),
    "E": _word_end(big=True),
    "ge": _end_before(big=False),
    "gE": _end_before(big=True),
    "0": _line_start,
    "home": _line_start,
    "^": _first_written,
    "$": _line_end,
    "end": _line_end,
    "g_": _last_written,
    "|": _column,
    "j": _vertical(1),
    "down": _vertical(1),
    "k": _vertical(-1),
    "up": _vertical(-1),
    "gg": _first_line,
    "G": _last_line,
    "f": _find(forward=True, till=False),
    "F": _find(forward=False, till=False),
    "t": _find(forward=True, till=True),
    "T": _find(forward=False, till=True),
    "}": _paragraph(1),
    "{": _paragraph(-1),
    "%": _bracket,
}


def word_end_from_here(now: Moment, *, big: bool) -> MotionEnd:
    """Where `cw` ends: like `e`, but the word under the cursor counts at its end, too."""
    ends = [at for at in _ends(now, big=big) if at >= now.at]
    return MotionEnd(ends[min(now.count, len(ends)) - 1] if ends else now.at, "inclusive")


def text_object(name: str, now: Moment) -> tuple[int, int, Reach] | None:
    """From where to where, the end not included, that object goes: `iw`, `a"`, `i(`, `ap` and so
    on. None where there is none around the cursor."""
    inner, kind = name[0] == "i", OBJECTS.get(name[1:], name[1:])
    if kind in {"w", "W"}:
        return _word_object(now, inner=inner, big=kind == "W")
    if kind in {'"', "'", "`"}:
        return _quoted(now, kind, inner=inner)
    if kind in PAIRS:
        return _bracketed(now, kind, inner=inner)
    return _paragraph_object(now, inner=inner) if kind == "p" else None


def _word_object(now: Moment, *, inner: bool, big: bool) -> tuple[int, int, Reach]:
    """The word, or the blanks between two, under the cursor; `a` takes the blanks behind it, or
    else those before it, as well."""
    text, at = now.text, now.at
    start, end = line_start(text, at), line_end(text, at)
    pieces: list[tuple[int, int, bool]] = []
    done = start
    for first, last in now.characters.words(text[start:end], big=big):
        if last > first:
            if start + first > done:
                pieces.append((done, start + first, False))
            pieces.append((start + first, start + last, True))
            done = start + last
    if end > done:
        pieces.append((done, end, False))
    here = next((n for n, (first, last, _) in enumerate(pieces) if first <= at < last), None)
    if here is None:
        return at, at, "exclusive"
    is_blank, behind = not pieces[here][2], here
    for _ in range(now.count):
        behind += behind < len(pieces)
        if not inner and behind < len(pieces) and pieces[behind][2] == is_blank:
            behind += 1
    if not inner and not is_blank and pieces[behind - 1][2] and here and not pieces[here - 1][2]:
        here -= 1
    return pieces[here][0], pieces[behind - 1][1], "exclusive"


def _quoted(now: Moment, mark: str, *, inner: bool) -> tuple[int, int, Reach] | None:
    """Between two marks of the line: those around the cursor, else the next ones."""
    text = now.text
    start, end = line_start(text, now.at), line_end(text, now.at)
    marks = [
        place
        for place in range(start, end)
        if text[place] == mark and not (place > start and text[place - 1] == "\\")
    ]
    pairs = zip(marks[::2], marks[1::2], strict=False)
    first, last = next(((one, two) for one, two in pairs if two >= now.at), (-1, -1))
    if last < 0:
        return None
    if inner:
        return first + 1, last, "exclusive"
    # With the blanks behind it, or else those before it.
    behind = last + 1 + len(text[last + 1 : end]) - len(text[last + 1 : end].lstrip(" "))
    if behind == last + 1:
        first = start + len(text[start:first].rstrip(" "))
    return first, behind, "exclusive"


def _bracketed(now: Moment, opened: str, *, inner: bool) -> tuple[int, int, Reach] | None:
    text, closed = now.text, PAIRS[opened]
    depth, first = now.count, min(now.at, len(text) - 1)
    while first >= 0:
        depth += (text[first] == closed and first != now.at) - (text[first] == opened)
        if not depth:
            break
        first -= 1
    if first < 0 and now.count == 1:
        # None around the cursor: the next one on its line.
        first = text.find(opened, now.at, line_end(text, now.at))
    last = _closing(text, first, opened, closed, 1) if first >= 0 else None
    if last is None:
        return None
    return (first + 1, last, "exclusive") if inner else (first, last + 1, "exclusive")


def _paragraph_object(now: Moment, *, inner: bool) -> tuple[int, int, Reach]:
    """Lines of one kind, written or empty; `a` takes the empty ones behind them as well."""
    text = now.text
    start = line_start(text, now.at)

    def written(at: int) -> bool:
        return bool(text[at : line_end(text, at)].strip())

    def run(at: int, step: int) -> int:
        """The last line of the kind of that at `at`, in that direction."""
        while (there := lines_on(text, at, step)) != at and written(there) == written(at):
            at = there
        return at

    first, last = run(start, -1), run(start, 1)
    if not inner and (behind := lines_on(text, last, 1)) != last:
        last = run(behind, 1)
    return first, line_end(text, last), "lines"
