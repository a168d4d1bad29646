"""Reasoning that a model writes into its answer, told from it by the marks around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from chatui.models.base import ReasoningDelta, TextDelta, TextTakenBack


@dataclass(frozen=True, slots=True)
class ReasoningMark:
    """What stands before and behind reasoning. A `bare` one is letters that a text may have too: it
    counts only before a capital, a digit or a quotation mark, and only where it is closed."""

    opening: str
    closing: str
    bare: bool = False


MARKS = (
    ReasoningMark("<think>", "</think>"),
    ReasoningMark("<thinking>", "</thinking>"),
    ReasoningMark("<thought>", "</thought>"),
    ReasoningMark("<reasoning>", "</reasoning>"),
    ReasoningMark("[THINK]", "[/THINK]"),
    ReasoningMark("◁think▷", "◁/think▷"),
    ReasoningMark("<seed:think>", "</seed:think>"),
    ReasoningMark("<|START_THINKING|>", "<|END_THINKING|>"),
    ReasoningMark("<|begin_of_thought|>", "<|end_of_thought|>"),
    ReasoningMark("<unused94>thought", "<unused95>"),
    ReasoningMark("<|channel>thought", "<channel|>"),
    ReasoningMark("analysis", "assistantfinal", bare=True),
)
"""DeepSeek, Qwen, GLM and MiniMax; Claude-like tunes; EXAONE; tunes of Llama; Magistral; Kimi-VL;
Seed-OSS; Command A; OpenThinker and Sky-T1; MedGemma; Gemma; and gpt-oss where a server leaves its
control tokens out."""

HARMONY_STARTS = ("<|channel|>", "<|start|>assistant")
MESSAGE = "<|message|>"
HARMONY_ENDS = ("<|end|>", "<|return|>", "<|call|>", "<|start|>", "<|channel|>")
"""gpt-oss writes messages, each into a channel: `final` is for the user, all others are not
(OpenAI, harmony response format)."""
HARMONY_TOKENS = frozenset((*HARMONY_ENDS, MESSAGE, "<|constrain|>"))

FIRST_LINE = 200
"""Characters. So long may a line be that stands before the reasoning."""

Delta = TextDelta | ReasoningDelta | TextTakenBack
_CLOSINGS = tuple(mark.closing for mark in MARKS if not mark.bare)
_OPENINGS = tuple(mark.opening for mark in MARKS if not mark.bare)
_FENCE = "```"
_BEFORE_LONE = ("", *"\n.!?。！？…)）")


class _Stage(Enum):
    START = auto()
    """Nothing but white space has come: a mark may still open."""
    FIRST_LINE = auto()
    """At most one line has come: behind it one may open as well."""
    REASONING = auto()
    TEXT = auto()
    HEADER = auto()
    """Between a message of harmony and the next one."""
    MESSAGE = auto()


class ReasoningSplitter:
    """Tells reasoning from text in pieces that may cut a mark anywhere.

    A mark opens reasoning at the very start or behind one first line, so that an answer about marks
    keeps them. Line breaks behind a mark belong to it. A mark that is never closed makes the rest
    reasoning, as in a reply that was cut. One that closes what was never opened, because the
    prompt had opened it, takes back all text before it.
    """

    def __init__(self) -> None:
        self._place = _Stage.START
        self._behind_mark = False
        self._held = ""
        self._mark = MARKS[0]
        self._doubted = ""
        """The reasoning of a mark that may turn out to be text, with the mark."""
        self._final = False
        """Whether harmony's message is for the user."""
        self._line = ""
        self._last = ""
        """The last characters that were given out as text."""
        self._fences = 0
        self._may_close_alone = True

    @property
    def in_reasoning(self) -> bool:
        """Whether a mark is open."""
        return self._place is _Stage.REASONING or (
            self._place is _Stage.MESSAGE and not self._final
        )

    def feed(self, piece: str) -> list[Delta]:
        """The deltas that are certain by now; none of them is empty."""
        self._held += piece
        found: list[Delta] = []
        while True:
            before = self._place, self._line, len(self._held)
            found += self._step()
            if (self._place, self._line, len(self._held)) == before:
                return found

    def finish(self) -> list[Delta]:
        """What was held back for a mark that did not come."""
        rest = self._take(len(self._held))
        if self._doubted:
            return self._text(self._doubted + rest)
        if self._place is _Stage.HEADER:
            return []
        return self._reasoning(rest) if self.in_reasoning else self._text(rest)

    def _step(self) -> Iterator[Delta]:
        match self._place:
            case _Stage.START:
                return self._open("", _Stage.FIRST_LINE)
            case _Stage.FIRST_LINE:
                return self._first_line()
            case _Stage.REASONING:
                return self._until_closed()
            case _Stage.HEADER:
                return self._header()
            case _Stage.MESSAGE:
                return self._message()
            case _Stage.TEXT:
                return self._plain()

    def _open(self, before: str, otherwise: _Stage) -> Iterator[Delta]:
        """Looks for a mark at the start of what is held, behind the text `before`."""
        start = self._held.lstrip()
        if not before and any(start.startswith(one) for one in HARMONY_STARTS):
            self._place, self._held = _Stage.HEADER, start
            return
        for mark in MARKS:
            behind = start[len(mark.opening) :]
            if start.startswith(mark.opening) and (not mark.bare or _bare(behind) is True):
                if mark.bare and before:
                    continue
                doubted = bool(before) or mark.bare
                self._doubted = mark.opening if doubted else ""
                blank = self._held[: len(self._held) - len(start)]
                self._place, self._mark, self._behind_mark = _Stage.REASONING, mark, True
                self._held = behind
                if before:
                    yield from self._text(blank)
                return
        if not self._may_open(start, bare=not before):
            self._place = otherwise

    def _may_open(self, start: str, *, bare: bool) -> bool:
        """Whether what follows may still make it a mark."""
        if any(one.startswith(start) for one in (*_OPENINGS, *HARMONY_STARTS)):
            return True
        return bare and any(
            mark.opening.startswith(start) or mark.opening == start for mark in MARKS if mark.bare
        )

    def _first_line(self) -> Iterator[Delta]:
        if self._line.endswith("\n"):
            yield from self._open(self._line, _Stage.TEXT)
            return
        end = self._held.find("\n")
        if _first_of(_CLOSINGS, self._held if end < 0 else self._held[:end]):
            self._place = _Stage.TEXT
            return
        if end < 0:
            given = self._safe_length()
            self._line += self._held[:given]
            yield from self._given(given)
            if len(self._line) > FIRST_LINE:
                self._place = _Stage.TEXT
            return
        line = self._line + self._held[:end]
        if not line.strip() or len(line) > FIRST_LINE:
            self._place = _Stage.TEXT
            return
        self._line = f"{line}\n"
        yield from self._given(end)

    def _until_closed(self) -> Iterator[Delta]:
        end = self._held.find(self._mark.closing)
        closed = end >= 0
        length = end if closed else len(self._held) - _overlap(self._held, self._mark.closing)
        inside = self._take(length)
        if self._doubted:
            self._doubted += inside
        yield from self._reasoning(inside)
        if closed:
            self._place, self._behind_mark, self._doubted = _Stage.TEXT, True, ""
            self._may_close_alone = False
            self._held = self._held.removeprefix(self._mark.closing)

    def _plain(self) -> Iterator[Delta]:
        if not self._may_close_alone:
            yield from self._text(self._take(len(self._held)))
            return
        found = _first_of(_CLOSINGS, self._held)
        if found is None:
            yield from self._given(self._safe_length())
            return
        at, closing = found
        yield from self._given(at)
        behind = self._held[len(closing) :][:1]
        alone = self._last[-1:] in _BEFORE_LONE or behind == "\n"
        if not alone and not behind:
            return
        # An answer about marks has the other one too, or this one in the middle of a sentence.
        if not (alone and self._may_close_alone) or self._fences % 2:
            yield from self._text(self._take(len(closing)))
            return
        if self._last:
            yield TextTakenBack()
        self._held = self._held.removeprefix(closing)
        self._behind_mark, self._may_close_alone = True, False

    def _header(self) -> Iterator[Delta]:
        head, message, rest = self._held.partition(MESSAGE)
        if message:
            channel = head.rpartition("<|channel|>")[2].split()
            self._final = channel[:1] in (["final"], [])
            self._place, self._held, self._behind_mark = _Stage.MESSAGE, rest, False
        yield from ()

    def _message(self) -> Iterator[Delta]:
        found = _first_of(HARMONY_ENDS, self._held)
        length = found[0] if found else len(self._held) - _overlap(self._held, *HARMONY_ENDS)
        inside = self._take(length)
        yield from self._text(inside) if self._final else self._reasoning(inside)
        if found:
            self._place = _Stage.HEADER

    def _given(self, length: int) -> Iterator[Delta]:
        """So many characters of what is held, as text; an opening mark among them is noted."""
        text = self._held[:length]
        if self._may_close_alone and _first_of(_OPENINGS, self._last + text):
            self._may_close_alone = False
        yield from self._text(self._take(length))

    def _safe_length(self) -> int:
        return len(self._held) - _overlap(self._held, *_CLOSINGS)

    def _text(self, text: str) -> list[Delta]:
        if not text:
            return []
        self._fences += (self._last[-2:] + text).count(_FENCE)
        self._last = (self._last + text)[-24:]
        return [TextDelta(text)]

    def _reasoning(self, text: str) -> list[Delta]:
        return [ReasoningDelta(text)] if text else []

    def _take(self, length: int) -> str:
        """The first characters of what is held, without line breaks right behind a mark."""
        taken, self._held = self._held[:length], self._held[length:]
        if self._behind_mark:
            taken = taken.lstrip("\n")
            self._behind_mark = not taken
        return taken


def opened_mark(prompt: str) -> str:
    """The mark that a prompt ends with, for templates that open it themselves; "" for none."""
    end = prompt.rstrip()
    return next((mark for mark in _OPENINGS if end.endswith(mark)), "")


def _bare(behind: str) -> bool | None:
    """Whether a bare mark stands before this; None where that is not known yet."""
    return (behind[0].isupper() or behind[0] in "\"'“(0123456789") if behind else None


def _first_of(wanted: tuple[str, ...], text: str) -> tuple[int, str] | None:
    places = [(at, one) for one in wanted if (at := text.find(one)) >= 0]
    return min(places) if places else None


def _overlap(text: str, *wanted: str) -> int:
    """How many characters at the text's end may be the start of one that is wanted."""
    longest = max(map(len, wanted)) - 1
    lengths = range(min(longest, len(text)), 0, -1)
    return next((n for n in lengths if any(len(one) > n and one.startswith(text[-n:])
                                           for one in wanted)), 0)  # fmt: skip
