"""What may stay in a prompt: the settings of a conversation's memory, and who may change them.

The config's [memory] holds for every chat. A profile changes what it names, and a
conversation what its user chose with `/context`; all of it can be combined.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from chatui.domain.errors import UsageError

TooLong = Literal["error", "cut"]
LEAST_CAP = 64
"""Tokens. Less than this holds no system prompt beside a question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPolicy:
    """`cap` is tokens, 0 for the model's own context; `turns` is how many earlier turns may
    stay, 0 for all. `full` leaves nothing out and refuses what does not fit. `reserve` is
    tokens kept for the reply. `low_water` is the share that a trim leaves. `too_long` says
    what becomes of a single message that is beyond the cap: an error, or a cut in it.
    `summarise` puts a summary in the place of the turns that left, of at most
    `summary_tokens`; `recall` brings those that the question is about back, in at most
    `recall_tokens`."""

    cap: int = 0
    turns: int = 0
    full: bool = False
    reserve: int = 1024
    low_water: float = 0.7
    too_long: TooLong = "error"
    summarise: bool = False
    summary_tokens: int = 600
    recall: bool = False
    recall_tokens: int = 800

    def prompt_cap(self, context_size: int | None, output: int = 0) -> int | None:
        """The most tokens that a prompt may hold: the smaller of the cap and what the
        context leaves beside the reply (`output` tokens when more than the reserve), which
        never takes more than half. None: no limit is known or set."""
        if context_size is None:
            return self.cap or None
        room = context_size - min(max(self.reserve, output), context_size // 2)
        return min(self.cap, room) if self.cap else room

    @property
    def strategy(self) -> str:
        """The policy in a word or two, as `ask --json` names it."""
        bounded = f"last {self.turns} turns" if self.turns else ""
        summarise = "summarise" if self.summarise and not self.full else ""
        recall = "recall" if self.recall else ""
        parts = (bounded, "full" if self.full else "tokens", summarise, recall)
        return " + ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryChoice:
    """What a profile or a conversation sets for itself; None keeps what is below it."""

    cap: int | None = None
    turns: int | None = None
    full: bool | None = None
    too_long: TooLong | None = None
    summarise: bool | None = None
    recall: bool | None = None

    def over(self, policy: MemoryPolicy) -> MemoryPolicy:
        return replace(policy, **self._given())

    def on(self, below: MemoryChoice) -> MemoryChoice:
        """The two as one; this one wins."""
        return replace(below, **self._given())

    def _given(self) -> dict[str, Any]:
        names = ("cap", "turns", "full", "too_long", "summarise", "recall")
        values = ((name, getattr(self, name)) for name in names)
        return {name: value for name, value in values if value is not None}


NO_CHOICE = MemoryChoice()


def read_choice(text: str, before: MemoryChoice) -> MemoryChoice:
    """What the words behind `/context` make of a conversation's choice: `turns N`, `cap N`,
    `full`, `trim`, `cut`, `error`, `summarise on|off`, `recall on|off`, several of them, or
    `default` for none. "all" and "model" stand for 0. Raises UsageError for anything else."""
    words = text.lower().split()
    choice = before
    while words:
        match words:
            case ["default", *words]:
                choice = NO_CHOICE
            case ["full" | "trim" as word, *words]:
                choice = replace(choice, full=word == "full")
            case ["cut" | "error" as word, *words]:
                choice = replace(choice, too_long=word)
            case ["summarise" | "summarize", ("on" | "off") as switch, *words]:
                choice = replace(choice, summarise=switch == "on")
            case ["recall", ("on" | "off") as switch, *words]:
                choice = replace(choice, recall=switch == "on")
            case ["turns", number, *words]:
                choice = replace(choice, turns=_number(number, "turns", "all"))
            case ["cap", number, *words]:
                cap = _number(number, "cap", "model")
                if 0 < cap < LEAST_CAP:
                    raise UsageError(f"A cap of {cap} tokens holds no question; give more.")
                choice = replace(choice, cap=cap)
            case [word, *_]:
                raise UsageError(
                    f"/context knows no {word!r}; it takes turns N, cap N, full, trim, cut, "
                    "error, summarise on|off, recall on|off or default."
                )
    return choice


def _number(text: str, what: str, none: str) -> int:
    digits = text.replace(",", "").replace("_", "")
    if text == none:
        return 0
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise UsageError(f"`{what}` takes a number or `{none}`, not {text!r}.")
    return int(digits)
