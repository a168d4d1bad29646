"""What of a conversation's pictures and PDFs a model gets to see; in the place of the others stands
a mark with their names."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chatui.domain.conversation import Message
from chatui.domain.errors import UsageError
from chatui.domain.media import PDF, Medium, with_marks
from chatui.memory.records import StoredTurn
from chatui.models.base import ModelInfo
from chatui.models.files.model_files import LOCAL

if TYPE_CHECKING:
    from chatui.memory.store.store import ChatStore

BLIND = (
    "{model} doesn't see {what}, so {name} can't be sent to it: choose a model that does, or, if "
    'this one does, {remedy} in [models."{model}"].'
)
REMEDY = "say so with vision = true"
REMEDY_OF_FILES = (
    "put its projector (a file called mmproj) beside it and start anew, or name it as mmproj"
)


def sees(info: ModelInfo, medium: Medium) -> bool:
    return medium.kind in (info.takes or ())


def refuse_unseen(media: Sequence[Medium], info: ModelInfo) -> None:
    """Raises UsageError for one that the model can't be shown."""
    for one in media:
        if not sees(info, one):
            what = "PDFs" if one.kind == PDF else "pictures"
            of_file = info.provider == LOCAL and one.kind != PDF
            remedy = REMEDY_OF_FILES if of_file else REMEDY
            told = BLIND.format(model=info.name, what=what, name=one.name, remedy=remedy)
            raise UsageError(told)


def shown(
    question: str, media: Sequence[Medium], info: ModelInfo
) -> tuple[str, tuple[Medium, ...]]:
    """A question as the model gets it, and what it sees with it."""
    seen = tuple(one for one in media if sees(info, one))
    if len(seen) == len(media):
        return question, seen
    return with_marks(question, [one for one in media if one not in seen]), seen


class EarlierMedia:
    """Earlier turns as a model gets them. The very same values each time, so that what was measured
    of them holds."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, frozenset[str]], tuple[StoredTurn, StoredTurn]] = {}

    def shown(self, past: Sequence[StoredTurn], info: ModelInfo) -> Sequence[StoredTurn]:
        unseen = [
            at
            for at, stored in enumerate(past)
            if stored.turn.media and not all(sees(info, one) for one in stored.turn.media)
        ]
        if not unseen:
            return past
        turns = list(past)
        for at in unseen:
            turns[at] = self._shown(past[at], info)
        return turns

    def _shown(self, stored: StoredTurn, info: ModelInfo) -> StoredTurn:
        key = (stored.id, frozenset(info.takes or ()))
        before, made = self._made.get(key, (None, stored))
        if before is not stored:
            question, media = shown(stored.turn.question, stored.turn.media, info)
            made = replace(stored, turn=replace(stored.turn, question=question, media=media))
            self._made[key] = stored, made
        return made


async def loaded(messages: Sequence[Message], store: ChatStore) -> Sequence[Message]:
    """The messages with the bytes of what they show; a mark stands for what the store has no
    more."""
    # In a thread: a long prompt is put together when it is first looked at.
    wanted = await asyncio.to_thread(
        lambda: [one.hash for each in messages for one in each.media if not one.data]
    )
    if not wanted:
        return messages
    found = await store.media(wanted)

    def with_bytes(message: Message) -> Message:
        if not message.media:
            return message
        media = [one if one.data else replace(one, data=found.get(one.hash, b""))
                 for one in message.media]  # fmt: skip
        there = tuple(one for one in media if one.data)
        gone = [one for one in media if not one.data]
        content = with_marks(message.content, gone) if gone else message.content
        return replace(message, content=content, media=there)

    return tuple(map(with_bytes, messages))
