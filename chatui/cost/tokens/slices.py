"""Cutting long text for the tokeniser without changing what it counts.

tiktoken panics on about a million characters without a word break (tiktoken#587) and its
time grows faster than the text's length there, so it is fed limited slices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SLICE_CHARS = 100_000
"""The longest slice in characters; a tenth of what is known to break tiktoken."""

# Between a letter or digit and one of these, every shipped vocabulary starts a new piece,
# whatever stands farther left or right: its pattern's letter and digit runs end there, and
# no alternative looks back. So text may be cut there and the tokens stay the same. (An
# apostrophe is missing because "it's" may be one piece; marks because they belong to letters.)
# The class comes first because `re` leaps from one such character to the next: in a run of
# letters that takes a fifth of the time of looking ahead from each letter.
_BOUNDARY = re.compile(r"[\s!-&(-/:-@\[-`{-~，。、！？；：（）「」](?<=[^\W_].)", re.DOTALL)
_SURROGATES = re.compile("[\ud800-\udfff]+")


def well_formed(text: str) -> str:
    """The text with U+FFFD in place of surrogates, so that it has a UTF-8 form. Text
    without surrogates comes back unchanged."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATES.sub(lambda run: "\N{REPLACEMENT CHARACTER}" * len(run[0]), text)
    return text


def last_boundary(text: str, start: int, end: int) -> int | None:
    """The last index in (start, end] at which `text` may be cut without changing its
    tokens; None when there is none."""
    # Backwards in growing steps: the last boundary is nearly always within a few words.
    step, high = 64, min(end + 1, len(text))
    while high > start + 1:
        low = max(start + 1, high - step)
        found = None
        for match in _BOUNDARY.finditer(text, low, high):
            found = match.start()
        if found is not None:
            return found
        step, high = step * 8, low
    return None


def next_boundary(text: str, start: int, end: int) -> int | None:
    """The first index in (start, end) at which `text` may be cut; None when there is none."""
    match = _BOUNDARY.search(text, start + 1, end)
    return match.start() if match else None


def slices(text: str, limit: int = SLICE_CHARS) -> Iterator[tuple[str, bool]]:
    """The text in parts of at most `limit` characters. The flag is False for a part that
    had to be cut inside a piece: counts around that cut can be off by a few tokens."""
    start = 0
    while len(text) - start > limit:
        cut = last_boundary(text, start, start + limit)
        end = cut if cut is not None else start + limit
        yield text[start:end], cut is not None
        start = end
    yield text[start:], True
