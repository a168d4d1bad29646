"""How many of the recalled turns the last message has room for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatui.asking import Ask
    from chatui.draft import Draft
    from chatui.memory.records import Recalled
    from chatui.memory.sizes import PromptSizes

SHARE = 3
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
        most = min(most, (cap - draft.fixed - draft.reserved - question) // SHARE)
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
