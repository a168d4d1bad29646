"""The seam between a reply that was cut off and what a model says that was told to go on with it.

Told in words, models do what they were asked not to: they say the last words again, or the whole
answer, begin with a line on what they are about to do, or open a code fence that is open still.
"""

from __future__ import annotations

import re
from enum import Enum, auto

SHORTEST_OVERLAP = 6
"""Columns that count as said again. What is said again is a few words, mostly; a shorter match is
chance, unless it is all of a line, or the beginning of a word that is now said whole."""
SHORTEST_WORD = 4
SHORTEST_LINE = 2
LONGEST_ANNOUNCEMENT = 120
"""Characters of a line that says that the answer goes on."""

_OPENING = re.compile(
    r"\W{0,3}(?:(?:sure|certainly|of course|okay|ok|right|sorry|apologies|my apologies|absolutely"
    r"|here|let me|i'll|i will)\b"
    # "Continuing education:" is somebody's heading.
    r"|(?:continuing|continued|resuming|picking up|going on)(?:\W*$"
    r"|.*\b(?:where|from|left off|cut off|answer|response|reply)\b))",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"\b(?:continu(?:e|ing|ed|ation)|resum(?:e|ing)|pick(?:ing)? up|left off|cut off|go(?:ing)? on"
    r"|the rest|remain(?:ing|der))\b",
    re.IGNORECASE,
)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_WIDE = re.compile("[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]")
_WORD = re.compile(r"\w\Z")
_BLANK_LINES = re.compile(r"\A(?:\s*\n|\s+)")


class _Unknown(Enum):
    NOTHING = auto()
    """Nothing is said again."""
    UNDECIDED = auto()
    """What is yet to come decides."""


def seamless(said: str, new: str) -> str:
    """The new text without what it says again of what was said."""
    found = joined(said, new, ended=True)
    return new if found is None else found


def joined(said: str, new: str, *, ended: bool) -> str | None:
    """The same of as much of the new text as has come; None while what is to come decides. What
    comes behind what was given out is taken as it is."""
    start = new.lstrip()
    found = _said_again(said, start, ended=ended)
    if found is _Unknown.NOTHING:
        found = _announced(said, start, ended=ended)
    if found is _Unknown.UNDECIDED:
        return None
    return found if isinstance(found, str) else new


def _announced(said: str, start: str, *, ended: bool) -> str | _Unknown:
    """What stands behind a line that tells of itself, which says nothing of the answer."""
    line, broken, rest = start.partition("\n")
    if len(line) > LONGEST_ANNOUNCEMENT:
        return _Unknown.NOTHING
    if not broken:
        return _Unknown.NOTHING if ended else _Unknown.UNDECIDED
    rest = rest.lstrip("\n")
    found = _said_again(said, rest, ended=ended)
    if found is not _Unknown.NOTHING:
        return found
    told = line.rstrip().endswith((":", "…", "...")) and _OPENING.match(line)
    return rest if told and _GOES_ON.search(line) else _Unknown.NOTHING


def _said_again(said: str, start: str, *, ended: bool) -> str | _Unknown:
    """What stands behind a repetition, or behind a fence that was opened once more."""
    if not ended and _may_be_more(said, start):
        return _Unknown.UNDECIDED
    found = _reopened(said, start, ended=ended)
    if found is not _Unknown.NOTHING:
        return found
    text = start.lstrip()
    again = _begun_marks(said) if text.startswith(("```", "~~~")) else 0
    if again := again or _overlap(said, text):
        return text[again:]
    # The white space behind a sentence is seldom the same again.
    again = _overlap(said.rstrip(), text) if said[-1:].isspace() else 0
    if again and not ended and text[again:].isspace():
        return _Unknown.UNDECIDED
    return _BLANK_LINES.sub("", text[again:], count=1) if again else _Unknown.NOTHING


def _reopened(said: str, start: str, *, ended: bool) -> str | _Unknown:
    """The code behind a fence that is open already. One without a language closes it, unless what
    follows is the code once more."""
    opened = _open_fence(said)
    fence = _FENCE.match(start) if opened else None
    if fence is None or not fence[1].startswith(opened):
        return _Unknown.NOTHING
    _, _, code = start.partition("\n")
    if not ended and code in said:
        return _Unknown.UNDECIDED
    again = _overlap(said, code)
    return code[again:] if again or fence[2].strip() else _Unknown.NOTHING


def _may_be_more(said: str, start: str) -> bool:
    """Whether the start may yet turn out to be a repetition, or marks of a fence."""
    text = start.lstrip()
    if text in said:
        return True
    if _begun_marks(said) and len(text) < 3 and not text.strip("`~"):
        return True
    return "\n" not in start and text[0] in "`~" and bool(_open_fence(said))


def _overlap(said: str, text: str) -> int:
    """How many characters at the beginning of the text end what was said, beyond chance."""
    head = text[:SHORTEST_LINE]
    place = said.find(head) if len(head) == SHORTEST_LINE else -1
    while place >= 0:
        # Most places differ soon.
        differs = not text.startswith(said[place : place + 64])
        if not differs and text.startswith(said[place:]) and _is_telling(said, place, text):
            return len(said) - place
        place = said.find(head, place + 1)
    return 0


def _is_telling(said: str, place: int, text: str) -> bool:
    """Whether what was said from that place on is repeated at the text's beginning on purpose."""
    tail = said[place:]
    shown = tail.strip()
    if len(shown) + len(_WIDE.findall(shown)) >= SHORTEST_OVERLAP:
        return True
    line_start = said[said.rfind("\n", 0, place) + 1 : place]
    if not line_start.strip() and len(shown) >= SHORTEST_LINE:
        return True
    whole_before = not _WORD.match(said[place - 1 : place]) if place else True
    goes_on = bool(_WORD.match(text[len(tail) : len(tail) + 1]))
    return len(tail) >= SHORTEST_WORD and tail.isalnum() and whole_before and goes_on


def _open_fence(said: str) -> str:
    """The marks of the code fence that is open at the end; "" for none."""
    opened = ""
    for line in said.split("\n")[:-1]:
        fence = _FENCE.match(line)
        if fence is None:
            continue
        if not opened:
            opened = fence[1]
        elif fence[1].startswith(opened) and not fence[2].strip():
            opened = ""
    return opened


def _begun_marks(said: str) -> int:
    """How many marks of a fence stand alone on the last line: fewer than make one."""
    line = said[said.rfind("\n") + 1 :].strip()
    return len(line) if line in {"`", "``", "~", "~~"} else 0
