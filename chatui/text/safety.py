"""Control sequences, taken out of text where it enters and again where it is drawn.

A terminal obeys what it is sent: text from a model or a document may hold escape
sequences that set the clipboard, change the title or hide what follows. What comes out
of here holds no control character but newline and tab, no bidirectional override and no
lone surrogate (SQLite and UTF-8 refuse those). The grammar is that of ECMA-48 and xterm:

- CSI (`ESC [` or U+009B) up to its final byte: removed.
- OSC, DCS, SOS, PM and APC strings up to BEL or ST: removed with what they carry. A string
  that is never ended, or holds a line break, loses its introducer only: a lone `ESC ]`
  must not swallow the rest of an answer.
- other escape sequences, C0 and C1 controls, DEL: removed; line breaks of any kind become \\n.
"""

from __future__ import annotations

import re
from functools import cache

STRING_LIMIT = 4096
"""Characters that a control string may carry before it is taken for ordinary text."""

REPLACEMENT = "\ufffd"

_PAYLOAD = rf"[^\x00-\x08\x0a-\x1f\x7f-\x9f]{{0,{STRING_LIMIT}}}"
_STRING = rf"(?:\x1b[P\]X^_]|[\x90\x98\x9d-\x9f]){_PAYLOAD}"
_CSI = r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}"
_ESCAPE = r"\x1b[ -/]{0,8}"

_WHOLE = rf"""
    (?P<removed> {_STRING}(?:\x07|\x1b\\|\x9c) | {_CSI}[@-~] | {_ESCAPE}[0-OQ-WYZ\\`-~] )
    """
_UNDECIDED = rf"""
    | (?P<undecided> (?:{_STRING}\x1b? | {_CSI} | {_ESCAPE} | \r | [\ud800-\udbff])\Z )
    """
_SINGLE = r"""
    | (?P<newline> \r\n? | [\x0b\x0c] )
    | (?P<pair> [\ud800-\udbff][\udc00-\udfff] )
    | (?P<surrogate> [\ud800-\udfff] )
    | [\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]
    """
_SUSPECT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@cache
def _complete_text() -> re.Pattern[str]:
    # Compiled when first needed: that takes longer than a start may.
    return re.compile(_WHOLE + _SINGLE, re.VERBOSE)


@cache
def _growing_text() -> re.Pattern[str]:
    return re.compile(_WHOLE + _UNDECIDED + _SINGLE, re.VERBOSE)


def strip_controls(text: str) -> str:
    """The text without control sequences; text that has none comes back as it is."""
    if not _SUSPECT.search(text):
        return text
    return _complete_text().sub(_harmless, text)


def one_line(text: str, most: int | None = None) -> str:
    """The text without control sequences, on one line; of one that is longer than `most`
    characters the beginning, and an ellipsis."""
    line = " ".join(strip_controls(text).split())
    return line if most is None or len(line) <= most else line[: most - 1] + "…"


class ControlStripper:
    """`strip_controls` for text that arrives in pieces, cut anywhere.

    The pieces given out join to what `strip_controls` makes of the joined input. At most
    STRING_LIMIT characters are held back, and only behind an introducer.
    """

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> str:
        """What can be shown now of all that was fed."""
        text = self._held + piece
        self._held = ""
        if not _SUSPECT.search(text):
            return text
        return _growing_text().sub(self._hold_or_strip, text)

    def finish(self) -> str:
        """What was held back, now that nothing follows."""
        text, self._held = self._held, ""
        return strip_controls(text)

    def _hold_or_strip(self, match: re.Match[str]) -> str:
        if match.lastgroup == "undecided":
            self._held = match.group()
            return ""
        return _harmless(match)


def _harmless(match: re.Match[str]) -> str:
    kind = match.lastgroup
    if kind == "newline":
        return "\n"
    if kind == "surrogate":
        return REPLACEMENT
    if kind == "pair":
        return match.group().encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    return ""
