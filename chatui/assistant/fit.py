"""A call half laid out: what the last message may hold beside the turns before it, how much room
the notes get, which give way to everything else, and how many recalled turns come back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatui.cost.tokens.tokens import REPLY_TOKENS
from chatui.memory.window.summary_window import Fitted, StandIn, fit_summarised
from chatui.memory.window.window import Bounds, Candidate, Held, fit, nothing_but

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatui.assistant.ask import Ask
    from chatui.memory.policy import TooLong
    from chatui.memory.window.sizes import PromptSizes

    pass
    from chatui.memory.records import Note, Recalled

Size = Callable[["Ask"], int]
"""Tokens of a prompt with nothing before its question but the system prompt."""

NOTES_SHARE = 5
"""Notes take at most a fifth of the cap, whatever they are allowed: a small cap would hold
little of the conversation else."""

SEAM = 4
"""Tokens that the text on both sides of notes may take more beside them than without."""


def with_room_for_notes(ask: Ask, cap: int | None, size: Size, turns: int = 0) -> Ask:
    """The ask with as many of its notes as there is room for: the oldest of the standing ones,
    the best of those called. None when the question, and the `turns` (tokens) that must not be
    left out, don't fit beside them, and none for the built-in model, which reads no prompt."""
    remembered = ask.remembered
    if not remembered.standing and not remembered.called:
        return ask
    bare = without_notes(ask)
    if ask.info.provider == "builtin":
        return bare
    if cap is None:
        return ask
    room = min(cap // NOTES_SHARE, cap - size(replace(bare, passages=())) - turns - SEAM)
    standing: tuple[Note, ...] = ()
    called: tuple[Note, ...] = ()
    if room > 0:
        standing = _most(remembered.standing, lambda some: _sizes(ask, size, some)[0] <= room)
        room -= _sizes(ask, size, standing)[0]
        called = _most(remembered.called, lambda some: _sizes(ask, size, (), some)[1] <= room)
    return replace(ask, remembered=replace(remembered, standing=standing, called=called))


def without_notes(ask: Ask) -> Ask:
    return replace(ask, remembered=replace(ask.remembered, standing=(), called=()))


def note_tokens(ask: Ask, size: Size) -> tuple[int, int]:
    """What the standing notes and the called ones take of the prompt."""
    return _sizes(ask, size, ask.remembered.standing, ask.remembered.called)


def _sizes(
    ask: Ask, size: Size, standing: Sequence[Note], called: Sequence[Note] = ()
) -> tuple[int, int]:
    """Measured beside no question and no passages, which would be counted each time else."""
    if not standing and not called:
        return 0, 0
    bare = replace(without_notes(ask), question="", passages=())
    nothing = bare.remembered
    empty = size(bare)
    head = size(replace(bare, remembered=replace(nothing, standing=tuple(standing))))
    tail = size(replace(bare, remembered=replace(nothing, called=tuple(called))))
    return head - empty, tail - empty


def _most(notes: tuple[Note, ...], fits: Callable[[Sequence[Note]], bool]) -> tuple[Note, ...]:
    """As many of the first notes as fit."""
    for count in range(len(notes), 0, -1):
        if fits(notes[:count]):
            return notes[:count]
    return ()


RECALLED_SHARE = 3
"""Recalled turns take at most this part of what is free beside the question: the newest turns
and the passages need the rest."""


def with_recalled(draft: Draft, most: int, sizes: PromptSizes) -> Draft:
    """The draft with the best of its recalled turns, as many as fit into `most` tokens and
    leave the question, the pinned turns and the summary their room. They come before the
    passages, which fill what is left."""
    recalled = draft.ask.remembered.recalled
    if not recalled:
        return draft
    name, cap = draft.ask.info.name, draft.bounds.cap
    bare = replace(draft.ask, passages=())
    question = sizes.of(_with(bare, ()).messages()[-1:], name)
    if cap is not None:
        most = min(most, (cap - draft.fixed - draft.reserved - question) // RECALLED_SHARE)
    while recalled and sizes.of(_with(bare, recalled).messages()[-1:], name) - question > most:
        recalled = recalled[:-1]
    return replace(draft, ask=_with(draft.ask, recalled))


def recalled_tokens(ask: Ask, sizes: PromptSizes) -> int:
    """What the recalled turns take of the last message."""
    if not ask.remembered.recalled:
        return 0
    whole = sizes.of(ask.messages()[-1:], ask.info.name)
    return whole - sizes.of(_with(ask, ()).messages()[-1:], ask.info.name)


def _with(ask: Ask, recalled: Sequence[Recalled]) -> Ask:
    return replace(ask, remembered=replace(ask.remembered, recalled=tuple(recalled)))


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
