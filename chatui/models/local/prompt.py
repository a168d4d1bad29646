"""From a rendered prompt to tokens: text stays text, and what is evaluated already is kept. Pure.

A message may spell a control token, `<|im_end|>` say, and would end its own turn with it. Such
places are marked in the messages before the template sees them, and read as plain text after.

Where a picture is, a mark with its number stands in the message. A text that spells one is marked
like a control token, so that it shows no picture.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

MARK = "\ue0ff"
"""A character for private use; it stands behind the first one of what is to stay text."""

PICTURE = "\ue0fa\ue0fb"
"""Characters for private use, with which the mark of a picture begins."""
PICTURE_END = "\ue0fb"
_SHOWN = re.compile(f"{PICTURE}([0-9]{{1,6}}){PICTURE_END}")

Part = tuple[str, bool]
"""Text, and whether control tokens in it are meant."""


def picture_mark(number: int) -> str:
    """What stands in a message for the picture of that number, the first of all being 0."""
    return f"{PICTURE}{number}{PICTURE_END}"


def marked(content: str, control: Iterable[str]) -> str:
    """The content with a MARK in each control token that it spells."""
    spelt = [text for text in control if len(text) > 1 and text in content]
    if not spelt:
        return content
    pattern = "|".join(re.escape(text) for text in sorted(spelt, key=len, reverse=True))
    return re.sub(pattern, lambda found: found[0][0] + MARK + found[0][1:], content)


def parts(prompt: str, control: Iterable[str]) -> list[Part | int]:
    """The prompt cut at what `marked` had marked, which comes out without its mark, and at its
    pictures, of which the numbers come out."""
    if MARK not in prompt:
        return _with_pictures(prompt)
    marks = {text[0] + MARK + text[1:]: text for text in control if len(text) > 1}
    found: list[Part | int] = []
    pattern = "|".join(re.escape(text) for text in sorted(marks, key=len, reverse=True))
    for place, text in enumerate(re.split(f"({pattern})", prompt)):
        found += [(marks[text], False)] if place % 2 else _with_pictures(text)
    return found


def _with_pictures(text: str) -> list[Part | int]:
    cut = _SHOWN.split(text)
    found = [int(one) if place % 2 else (one, True) for place, one in enumerate(cut)]
    return [one for one in found if one != ("", True)]


def evaluated(
    prompt: str,
    tokens: Sequence[int],
    piece: Callable[[int], bytes],
    control: Mapping[int, str],
    *,
    space_first: bool = False,
) -> tuple[int, int]:
    """How many of the tokens the prompt begins with, and the bytes of the prompt that they spell.
    With `space_first` the tokenizer puts a space before each text between control tokens.

    Only up to a control token, since a text is cut into tokens alike on both sides of one,
    whatever is on the other. So an answer keeps the tokens that it was generated as, where the
    tokenizer would write the same text with others.
    """
    text = prompt.encode("utf-8", "replace")
    kept = end = matched = place = 0
    for number, token in enumerate(tokens, 1):
        spelt = piece(token)
        if space_first and kept == matched and token not in control:
            spelt = spelt.removeprefix(b" ")
            if not spelt:
                matched = number
                continue
        if not spelt or not text.startswith(spelt, place):
            break
        matched, place = number, place + len(spelt)
        if token in control:
            kept, end = matched, place
    following = tuple(written.encode() for written in control.values() if written)
    if place == len(text) or text.startswith(following, place):
        return matched, place
    return kept, end


def common(first: Sequence[object], second: Sequence[object]) -> int:
    """The length of what both begin with."""
    for number, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return number
    return min(len(first), len(second))
