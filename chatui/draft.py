"""A call half laid out: what the last message may hold beside the turns before it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatui.cost.tokens import REPLY_TOKENS
from chatui.memory.summary_window import Fitted, StandIn, fit_summarised
from chatui.memory.window import Bounds, Candidate, Held, fit, nothing_but

if TYPE_CHECKING:
    from chatui.asking import Ask
    from chatui.memory.policy import TooLong
    from chatui.memory.sizes import PromptSizes


@dataclass(frozen=True, slots=True)
class Draft:
    """`turns` are those before the question, `system` the tokens of what comes before them,
    `summaries` what could stand for some of them."""

    ask: Ask
    turns: tuple[Candidate, ...]
    system: int
    bounds: Bounds
    held: Held | None
    summaries: tuple[StandIn, ...] = ()

    @property
    def fixed(self) -> int:
        return self.system + REPLY_TOKENS

    @property
    def reserved(self) -> int:
        """Tokens of the pinned turns and of the longest summary, which passages don't push
        out. A pinned turn that could not be sent by itself takes no room."""
        cap = self.bounds.cap
        if not self.ask.settings.remember or cap is None:
            return 0
        sizes = (turn.tokens for turn in self.turns if turn.pinned and turn.answered)
        pins = sum(size for size in sizes if self.fixed + size <= cap)
        return pins + max((one.tokens for one in self.summaries), default=0)

    def window(self, tail: int) -> Fitted:
        """The window before a last message of that many tokens, and the summary before it.
        Raises ContextTooLong."""
        if not self.ask.settings.remember:
            return Fitted(nothing_but(self.turns, fit((), tail, self.fixed, self.bounds).tokens))
        return fit_summarised(self.turns, tail, self.fixed, self.bounds, self.held, self.summaries)


@dataclass(frozen=True, slots=True)
class Tail:
    """The last message: of what it is made (passages that don't fit are gone from `ask`),
    its tokens, those of the question alone, and how many were cut out of that."""

    ask: Ask
    tokens: int
    question: int
    cut: int = 0


def fit_tail(draft: Draft, sizes: PromptSizes, too_long: TooLong) -> Tail:
    """The question, cut if need be, with as many of its best passages as there is room
    for beside the pinned turns and the summary, or beside all turns where none may be left out."""
    ask, name, cap = draft.ask, draft.ask.info.name, draft.bounds.cap
    bare = replace(ask, passages=() if ask.passages else ask.passages)
    question = sizes.of(bare.messages()[-1:], name)
    if cap is None:
        return Tail(ask, sizes.of(ask.messages()[-1:], name), question)
    room = cap - draft.fixed
    if question > room and too_long == "cut":
        # Where no turn may leave, the question gives way, but keeps half: less is refused.
        full = draft.bounds.full
        stays = draft.window(0).window.tokens - draft.fixed if full else draft.reserved
        text, cut = sizes.cut(ask.question, name, max(room - stays, room // 2))
        bare = replace(bare, question=text)
        question = sizes.of(bare.messages()[-1:], name)
        return Tail(bare, question, question, cut)
    beside = draft.window(question).window.tokens - question if draft.bounds.full else None
    room = cap - beside if beside is not None else room - draft.reserved
    while ask.passages:
        size = sizes.of(ask.messages()[-1:], name)
        if size <= room:
            return Tail(ask, size, question)
        ask = replace(ask, passages=ask.passages[:-1])
    return Tail(ask, question, question)


def to_come(draft: Draft, tail: Tail, sizes: PromptSizes) -> int:
    """Tokens by which the last message will grow when `likely` passages are found: as many
    as there is room for beside the pinned turns."""
    ask, cap = draft.ask, draft.bounds.cap
    if not ask.likely or ask.passages or cap is None or draft.bounds.full:
        return 0
    found = replace(ask, passages=tuple(ask.likely))
    size = sizes.of(found.messages()[-1:], ask.info.name) - tail.tokens
    return max(0, min(size, cap - draft.fixed - draft.reserved - tail.tokens))
