"""How much room the notes get in a prompt. They give way to everything else in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatui.asking import Ask
    from chatui.memory.records import Note

Size = Callable[["Ask"], int]
"""Tokens of a prompt with nothing before its question but the system prompt."""

SHARE = 5
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
    room = min(cap // SHARE, cap - size(replace(bare, passages=())) - turns - SEAM)
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
