"""Conversations from elsewhere, on their way into the store, and how they become turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from chatui.domain.conversation import Role, TurnState
from chatui.domain.media import Medium
from chatui.domain.passage import Citation
from chatui.domain.usage import Cost, Usage


@dataclass(frozen=True, slots=True)
class ImportedMessage:
    """`parent` is the place, in the same list, of the message before this one; it comes
    earlier in the list. `id` is "" where the file has none."""

    role: Role
    content: str
    created: datetime
    parent: int | None = None
    id: str = ""
    name: str | None = None
    model: str = ""
    reasoning: str = ""
    usage: Usage | None = None
    cost: Cost | None = None
    citations: tuple[Citation, ...] = ()
    mark_prefix: str = ""
    state: TurnState = TurnState.COMPLETE
    error: str | None = None
    pinned: bool = False
    edited: bool = False
    left_out: bool = False
    media: tuple[Medium, ...] = ()
    limited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedConversation:
    """`head` is the place of the newest message of the path that is shown. `origin` names the
    conversation where it comes from, so that it is known again; "" for what is new each time.
    `only` are the paths of the files that its next questions are limited to."""

    title: str
    created: datetime
    messages: tuple[ImportedMessage, ...]
    head: int | None = None
    origin: str = ""
    tags: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


@dataclass(slots=True)
class ImportedTurn:
    """A turn in the making: at most one question and one reply, and system messages around
    them. `parent` is the place of the turn before, in the list of turns; `followed` is
    whether another turn goes on from this one as it is."""

    parent: int | None
    messages: list[ImportedMessage] = field(default_factory=list)
    followed: bool = False

    @property
    def question(self) -> ImportedMessage | None:
        return next((m for m in self.messages if m.role is Role.USER), None)

    @property
    def reply(self) -> ImportedMessage | None:
        return next((m for m in self.messages if m.role is Role.ASSISTANT), None)

    def takes(self, message: ImportedMessage) -> bool:
        """Whether the message goes on in this turn, and doesn't begin the next one."""
        if message.role is Role.ASSISTANT:
            return self.reply is None
        if message.role is Role.USER:
            return self.question is None and self.reply is None
        return True

    def copy_up_to(self, last: ImportedMessage) -> ImportedTurn:
        """A turn beside this one, for another way on from `last`. An id names one message
        of a conversation, so the copies get new ones."""
        kept = next(place for place, message in enumerate(self.messages) if message is last)
        copies = [replace(message, id="") for message in self.messages[: kept + 1]]
        return ImportedTurn(self.parent, copies)


def turns_of(messages: Sequence[ImportedMessage]) -> tuple[list[ImportedTurn], list[int]]:
    """The turns, parents first, and for each message the place of its turn.

    A role that speaks twice in a row begins a turn without a question or without a reply. A
    second reply to one question becomes a turn beside the first, as a retry is.
    """
    turns: list[ImportedTurn] = []
    places: list[int] = []
    for message in messages:
        place = None
        if message.parent is not None:
            place = places[message.parent]
            before = messages[message.parent]
            turn = turns[place]
            if turn.messages[-1] is not before or (turn.followed and turn.takes(message)):
                turns.append(turn.copy_up_to(before))
                place = len(turns) - 1
        if place is None or not turns[place].takes(message):
            if place is not None:
                turns[place].followed = True
            turns.append(ImportedTurn(place))
            place = len(turns) - 1
        turns[place].messages.append(message)
        places.append(place)
    return turns, places
