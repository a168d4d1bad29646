"""Text that enters and text that is drawn: what a terminal obeys, or hides from the eye, is
taken out.

A terminal obeys what it is sent: text from a model, a document, a server or a file's name may
hold escape sequences that set the clipboard, change the title or hide what follows, and
characters that turn the reading direction around or are not to be seen at all.

`strip_controls` is for text where it enters: it takes out what no text needs, so that whatever
is stored, sent and parsed is otherwise to the letter what came. The grammar is that of ECMA-48
and xterm, in its 7-bit and 8-bit forms:

- CSI (`ESC [` or U+009B) up to its final byte: removed.
- OSC, DCS, SOS, PM and APC strings up to BEL or ST: removed with what they carry. A string
  that is never ended, or holds a line break, loses its introducer only: a lone `ESC ]`
  must not swallow the rest of an answer.
- other escape sequences, C0 and C1 controls but newline and tab, DEL: removed; line breaks of
  any kind become \\n.
- embeddings, overrides and isolates of the reading direction: removed.
- a lone surrogate, which SQLite and UTF-8 refuse, becomes U+FFFD.

`drawable` is for text where it is drawn. It takes out the above, and what else shows nothing:
directional marks, soft hyphens, zero-width spaces, word joiners, fillers, invisible operators,
interlinear annotation, tags and other format characters; U+2028 and U+2029 become \\n. What
scripts and emoji are made of stays: the joiners U+200C and U+200D beside a letter of a script
that joins (Arabic to Adlam, the Indic scripts, Mongolian …); U+200D between two pictographs; a
variation selector behind what has variants (pictographs, keycaps, Han, symbols); the tags of
the flags of England, Scotland and Wales.

Who calls it. No type stands for drawable text: nearly every string of the program is drawn
somewhere in the end, and a type that all of them have says nothing. Instead whatever draws
cleans, each time, for cleaning twice changes nothing: `cli.output` all that is printed, the
filter of `widgets.drawn` every line of the window. Nothing gets to a terminal around these two;
tests/test_drawn.py reads the sources for that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import ClassVar

STRING_LIMIT = 4096
"""Characters that a control string may carry before it is taken for ordinary text."""

SENTENCE_LIMIT = 1000
"""Characters of a sentence that tells of an error; a longer one quotes somebody at length."""

REPLACEMENT = "\ufffd"

_BEFORE = 2
"""Characters that decide, from before it, whether one stays: ❤, U+FE0F, and then U+200D."""

_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
# Each of these is either removed, or stays by what stands beside it. No other character may be
# removed by itself, or a second cleaning would find other neighbours than the first.
_UNSEEN = (
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028\u2029"
    r"\u2060-\u2065\u206a-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001343f"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)

_JOINING = (
    "\u0600-\u061b\u061d-\u07ff\u0840-\u0dff\u0f00-\u109f\u1780-\u17b3\u17b6-\u180a\u1810-\u18af"
    "\u1900-\u1cff\ua840-\ua8ff\ua980-\ua9df\uaa00-\uaaff\uabc0-\uabff\ufb50-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00010fff\U00011000-\U00011fff\U0001e900-\U0001e95f"
)
_PICTOGRAPHS = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_HAN = "\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WITH_VARIANTS = (
    f"{_PICTOGRAPHS}{_HAN}#*0-9\u1000-\u109f\u2010-\u2027\u2030-\u205e\u2070-\u312f\u3190-\u33ff"
    "\ua840-\ua87f\uff01-\uff60\U00010ac0-\U00010aff"
)
_FLAG = "\U0001f3f4"
_TAG_LETTERS = "\U000e0061-\U000e007a"


def _tags(letters: str) -> str:
    return "".join(chr(0xE0000 + ord(letter)) for letter in letters)


_NATIONS = rf"{_tags('gb')}(?:{_tags('eng')}|{_tags('sct')}|{_tags('wls')})\U000e007f"

_PAYLOAD = rf"[^\x00-\x08\x0a-\x1f\x7f-\x9f]{{0,{STRING_LIMIT}}}"
_STRING = rf"(?:\x1b[P\]X^_]|[\x90\x98\x9d-\x9f]){_PAYLOAD}"
_CSI = r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}"
_ESCAPE = r"\x1b[ -/]{0,8}"
_SEQUENCE = rf"{_STRING}(?:\x07|\x1b\\|\x9c) | {_CSI}[@-~] | {_ESCAPE}[0-OQ-WYZ\\`-~]"
_BEGUN = rf"{_STRING}\x1b? | {_CSI} | {_ESCAPE} | \r | [\ud800-\udbff]"

_SEEN = rf"""
    (?<=[{_JOINING}])[\u200c\u200d] | [\u200c\u200d](?=[{_JOINING}])
    | (?:(?<=[{_PICTOGRAPHS}])|(?<=[{_PICTOGRAPHS}]\ufe0f))\u200d(?=[{_PICTOGRAPHS}])
    | (?<=[{_WITH_VARIANTS}])[\ufe00-\ufe0f]
    | (?<=[{_HAN}])[\U000e0100-\U000e01ef]
    | (?<=[\u1820-\u18aa])[\u180b-\u180f]
    | (?<={_FLAG}){_NATIONS}
    """
_MAY_BE_SEEN = rf"[\u200c\u200d] | (?<={_FLAG})[{_TAG_LETTERS}]{{1,5}}"
_NEVER = "(?!)"


class _Rule:
    """What is taken out, as patterns; compiled when they are first needed, for that takes
    longer than a start may. Of the groups `kept` stays, `undecided` depends on what follows."""

    def __init__(self, suspects: str, newlines: str, kept: str, begun: str) -> None:
        self._suspects = suspects
        self._newlines = newlines
        self._kept = kept
        self._begun = begun

    @cached_property
    def suspects(self) -> re.Pattern[str]:
        """The characters at which something has to be decided."""
        return re.compile(f"[{self._suspects}]")

    @cached_property
    def controls(self) -> re.Pattern[str]:
        """Those of them that ASCII has, which are found four times as fast."""
        return re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

    @cached_property
    def complete(self) -> re.Pattern[str]:
        return self._compiled(undecided=_NEVER)

    @cached_property
    def growing(self) -> re.Pattern[str]:
        return self._compiled(undecided=rf"(?:{self._begun})\Z")

    @cached_property
    def character(self) -> re.Pattern[str]:
        """For text in which nothing is a sequence."""
        return re.compile(rf"(?P<kept> {self._kept} ) | (?P<other> . )", re.VERBOSE | re.DOTALL)

    def _compiled(self, *, undecided: str) -> re.Pattern[str]:
        return re.compile(
            rf"""
            (?P<kept> {self._kept} )
            | (?P<sequence> {_SEQUENCE} )
            | (?P<undecided> {undecided} )
            | (?P<newline> \r\n? | [{self._newlines}] )
            | (?P<pair> [\ud800-\udbff][\udc00-\udfff] )
            | (?P<surrogate> [\ud800-\udfff] )
            | (?P<other> . )
            """,
            re.VERBOSE | re.DOTALL,
        )

    def rewritten(
        self,
        text: str,
        start: int,
        pattern: Callable[[], re.Pattern[str]],
        replacement: Callable[[re.Match[str]], str],
    ) -> str:
        """The text from `start` on, with what the pattern finds at suspects replaced. Plain
        text is only looked through."""
        search = (self.controls if text.isascii() else self.suspects).search
        suspect = search(text, start)
        if suspect is None:
            return text[start:] if start else text
        match_at = pattern().match
        parts = []
        while suspect is not None:
            match = match_at(text, suspect.start())
            assert match is not None  # The last alternative is any character.
            parts += [text[start : match.start()], replacement(match)]
            start = match.end()
            suspect = search(text, start)
        return "".join([*parts, text[start:]])

    def clean(self, text: str) -> str:
        return self.rewritten(text, 0, lambda: self.complete, self.replacement)

    def replacement(self, match: re.Match[str]) -> str:
        kind = match.lastgroup
        if kind == "kept":
            return match.group()
        if kind == "newline":
            return "\n"
        if kind == "surrogate":
            return REPLACEMENT
        if kind == "pair":
            joined = match.group().encode("utf-16-le", "surrogatepass").decode("utf-16-le")
            return "" if self.suspects.match(joined) else joined
        return ""


_ENTERING = _Rule(_CONTROLS, r"\x0b\x0c", _NEVER, _BEGUN)
_DRAWING = _Rule(_CONTROLS + _UNSEEN, r"\x0b\x0c\u2028\u2029", _SEEN, f"{_BEGUN} | {_MAY_BE_SEEN}")


def strip_controls(text: str) -> str:
    """The text as it may enter; text that has nothing to be taken out comes back as it is."""
    return _ENTERING.clean(text)


def drawable(text: str) -> str:
    """The text as it may be drawn; the same."""
    return _DRAWING.clean(text)


def one_line(text: str, most: int | None = None) -> str:
    """The text as it may be drawn, on one line; of one that is longer than `most` characters
    the beginning, and an ellipsis."""
    line = " ".join(drawable(text).split())
    return line if most is None or len(line) <= most else line[: most - 1] + "…"


def escape_controls(text: str) -> str:
    r"""JSON text with `\uXXXX` for each character that `drawable` would take out. It says the
    same: such characters stand within JSON's strings alone."""
    return _DRAWING.rewritten(text, 0, lambda: _DRAWING.character, _escaped)


class ControlStripper:
    """`strip_controls` for text that arrives in pieces, cut anywhere.

    The pieces given out join to what `strip_controls` makes of the joined input. At most
    STRING_LIMIT characters are held back, and only behind an introducer.
    """

    rule: ClassVar = _ENTERING

    def __init__(self) -> None:
        self._before = ""
        self._held = ""

    def feed(self, piece: str) -> str:
        """What can be shown now of all that was fed."""
        return self._take(piece, lambda: self.rule.growing)

    def finish(self) -> str:
        """What was held back, now that nothing follows."""
        return self._take("", lambda: self.rule.complete)

    def _take(self, piece: str, pattern: Callable[[], re.Pattern[str]]) -> str:
        start = len(self._before)
        text = self._before + self._held + piece
        self._held = ""
        shown = self.rule.rewritten(text, start, pattern, self._hold_or_replace)
        self._before = text.removesuffix(self._held)[-_BEFORE:]
        return shown

    def _hold_or_replace(self, match: re.Match[str]) -> str:
        if match.lastgroup == "undecided":
            self._held = match.group()
            return ""
        return self.rule.replacement(match)


class DrawableStripper(ControlStripper):
    """The same with `drawable`; a joiner at the end is held back, too."""

    rule: ClassVar = _DRAWING


def _escaped(match: re.Match[str]) -> str:
    if match.lastgroup == "kept":
        return match.group()
    units = match.group().encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
