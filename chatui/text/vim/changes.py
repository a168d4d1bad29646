"""What Vim's commands without a motion make of a text: pure, as what is to be put where."""

from __future__ import annotations

from dataclasses import dataclass

from chatui.text.vim.characters import Characters, first_written, line_end, line_start
from chatui.text.vim.registers import Taken


@dataclass(frozen=True, slots=True)
class VimChange:
    """`text` comes in the place of what is between `start` and `end`; then the cursor is at
    `at`."""

    start: int
    end: int
    text: str
    at: int


def put(text: str, at: int, taken: Taken, characters: Characters, *, behind: bool) -> VimChange:
    """Whole lines below the cursor's or above it, other text behind the cursor or before it."""
    if taken.lines:
        if behind:
            place = line_end(text, at)
            # Its end may have been the text's, and comes before it then.
            written = len(taken.text) - len(taken.text.lstrip(" \t"))
            return VimChange(place, place, f"\n{taken.text}", place + 1 + written)
        place = line_start(text, at)
        written = len(taken.text) - len(taken.text.lstrip(" \t"))
        return VimChange(place, place, f"{taken.text}\n", place + written)
    place = characters.after(text, at) if behind else at
    last = characters.before(taken.text, len(taken.text))
    return VimChange(place, place, taken.text, place if "\n" in taken.text else place + last)


def put_over(text: str, start: int, end: int, taken: Taken, *, lines: bool) -> VimChange:
    """In the place of what is marked, which is whole lines or not."""
    written = f"\n{taken.text}\n" if taken.lines and not lines else taken.text
    at = start if "\n" in written else start + max(len(written) - 1, 0)
    return VimChange(start, end, written, at)


def overwrite(text: str, at: int, count: int, by: str, characters: Characters) -> VimChange | None:
    """So many characters, each by the one that was named; None where there are fewer."""
    end = at
    for _ in range(count):
        behind = characters.after(text, end)
        if behind == end:
            return None
        end = behind
    return VimChange(at, end, by * count, at + count - 1) if len(by) == 1 else None


def overwrite_all(text: str, start: int, end: int, by: str, characters: Characters) -> VimChange:
    """Every character of what is marked, but for the ends of lines."""
    starts = characters.starts(text, start, end)
    written = "".join("\n" if text[each] == "\n" else by for each in starts)
    return VimChange(start, end, written if len(by) == 1 else text[start:end], start)


def swap_case(text: str, at: int, count: int, characters: Characters) -> VimChange | None:
    end = at
    for _ in range(count):
        end = characters.after(text, end)
    swapped = text[at:end].swapcase()
    return VimChange(at, end, swapped, at + len(swapped)) if end > at else None


def join(text: str, at: int) -> VimChange | None:
    """With the line below, by a blank; None where there is none."""
    end = line_end(text, at)
    if end == len(text):
        return None
    below = first_written(text, end + 1)
    blank = end > line_start(text, end) and not text[end - 1].isspace()
    closes = text[below : below + 1] in {"", ")", "\n"}
    return VimChange(end, below, " " * (blank and not closes), end)


def difference(before: str, after: str) -> tuple[int, int, str]:
    """From where to where `before` differs, and what stands there in `after`."""
    start, most = 0, min(len(before), len(after))
    while start < most and before[start] == after[start]:
        start += 1
    behind = 0
    while behind < most - start and before[-1 - behind] == after[-1 - behind]:
        behind += 1
    return start, len(before) - behind, after[start : len(after) - behind]
