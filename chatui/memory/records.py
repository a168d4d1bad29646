"""Values of chats.db that carry ids: what the store takes and gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from chatui.domain.conversation import Turn, TurnState
from chatui.domain.usage import UNKNOWN_COST, Cost, Usage

HEAD: Final = "HEAD"
"""As a turn's parent: wherever the conversation's head is. Ids are hex, so none is equal."""


@dataclass(frozen=True, slots=True)
class WindowMark:
    """Where a turn's prompt began: the id of the oldest turn in it, and the bounds that it
    was cut to, in tokens and in turns (0: none). The next turn starts from here, so that
    the prompt's prefix holds; a `start` of "" gives it nothing to start from. `model`, `system`
    (a fingerprint) and `pinned` (ids of turns from before the start, with those that the window
    was `refilled` with) are what else the prefix was made of, and the id of the `summary` that
    stood for the turns before it. `cut` is the tokens left out of the question's middle.
    A mark that comes with a StoredTurn has the start and the cap alone."""

    start: str
    cap: int
    turns: int = 0
    model: str = ""
    system: str = ""
    pinned: tuple[str, ...] = ()
    summary: str = ""
    cut: int = 0
    refilled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """Stands for the turns up to and including `upto`, `turns` of them. `kind` is "rolling",
    or "compact" when the user asked for it, with what it was to keep in view as `focus` and
    the newest turn of then as `head`. `withdrawn`: the user took it back."""

    id: str
    conversation: str
    upto: str
    text: str
    kind: Literal["rolling", "compact"]
    model: str
    turns: int
    created: datetime
    focus: str = ""
    head: str | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Recalled:
    """A turn that had left the prompt and came back for one question. `corrected` is when a later
    turn took back something of it; a correction has the score 0 where it was not found itself."""

    stored: StoredTurn
    score: float
    corrected: datetime | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A fact that is kept across conversations. `state` is "kept", or "proposed" while the
    user has not said whether to keep it. `conversation` is where it came from."""

    number: int
    text: str
    created: datetime
    updated: datetime
    state: Literal["kept", "proposed"] = "kept"
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class SentPrompt:
    """The prompt of a turn as far as it is remembered. `before` are the ids of the turns on
    the path to that turn, oldest first, itself left out."""

    asked: datetime
    mark: WindowMark
    before: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A turn with its place in the tree. `question_id` and `reply_id` name its messages."""

    id: str
    parent_id: str | None
    question_id: str
    reply_id: str
    turn: Turn
    window: WindowMark | None = None


@dataclass(frozen=True, slots=True)
class VersionPlace:
    """Which of the versions of a turn one is, counted from 1, and how many there are."""

    number: int
    count: int


@dataclass(frozen=True, slots=True)
class TurnVersion:
    """A turn as a tree shows it. `question` is its beginning."""

    id: str
    parent_id: str | None
    question: str
    asked: datetime
    model: str
    state: TurnState
    cost: Cost | None
    edited: bool = False
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """`turns` is the path from the root of the tree to its head, oldest first. Turns that
    an edit, a retry or an undo left behind are still stored, but not part of it."""

    id: str
    title: str
    created: datetime
    turns: tuple[StoredTurn, ...] = ()

    @property
    def head(self) -> str | None:
        return self.turns[-1].id if self.turns else None


Listed = Literal["all", "chats", "asks", "pinned"]
"""Which conversations a list has: asks are those that were asked once from the shell; chats are the
others, but for those that were put into the archive."""
Kept = Literal["", "pinned", "archived"]
"""Where the user has put a conversation: before all others, or out of the list of chats."""


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A line of the list of conversations. `turns` counts those on the path to the head;
    `preview` is the start of the newest question on it, on one line; `ask` tells what was asked
    once from the shell, and not gone on with. `model` is that of the newest reply."""

    id: str
    title: str
    created: datetime
    updated: datetime
    turns: int
    preview: str
    ask: bool = False
    model: str = ""
    kept: Kept = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One message of a conversation's path. `role` is user, assistant or, where an import
    brought one, system. `turn` carries the rest of what is known of it."""

    id: str
    role: str
    name: str | None
    content: str
    model: str
    created: datetime
    turn: StoredTurn


@dataclass(frozen=True, slots=True)
class LongGaps:
    """Seconds between the pieces of a reply: as long as 95 of 100, and the longest."""

    p95: float
    longest: float


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One paid or free call. `kind` is what it was for: "reply", "summary", "embedding" …;
    `outcome` is how it ended: a TurnState's value, or the name of an error.

    `raw_usage` is what the provider sent and `price` the dated price row used. `ttft` and
    `seconds` are seconds; `ttft` is None when no token came. `profile` is "" for none, and
    None where it is not known; `concise`: the prompt asked for a brief answer. `streamed` are the
    output's tokens that came piece by piece, None where that is not known.
    """

    kind: str
    model: str
    started: datetime
    usage: Usage = Usage()
    cost: Cost = UNKNOWN_COST
    conversation_id: str | None = None
    turn_id: str | None = None
    raw_usage: Mapping[str, Any] | None = field(default=None, hash=False)
    price: Mapping[str, Any] | None = field(default=None, hash=False)
    ttft: float | None = None
    seconds: float = 0.0
    outcome: str = "complete"
    profile: str | None = ""
    concise: bool = False
    streamed: int | None = None
    gaps: LongGaps | None = None


@dataclass(frozen=True, slots=True)
class MessageHit:
    """A message that a search found. `score` grows with relevance and compares hits of one
    search only. `messages` are the ids of those that it was found with, itself among them."""

    conversation: str
    title: str
    message_id: str
    role: str
    created: datetime
    text: str
    score: float
    messages: tuple[str, ...] = ()


def standing_summaries(
    summaries: Sequence[Summary], path: Sequence[StoredTurn]
) -> dict[str, tuple[Summary, int]]:
    """Those that may stand for the beginning of the path, by id and in their order, each with how
    many of its turns it stands for. One that the user took back may not, nor one that was made
    before a turn was left out that it tells of: what comes next is made anew without that."""
    places = {stored.id: place for place, stored in enumerate(path)} if summaries else {}
    left_out = [
        (place, since) for place, one in enumerate(path) if (since := one.turn.left_out) is not None
    ]
    return {
        one.id: (one, places[one.upto] + 1)
        for one in summaries
        if one.upto in places
        and not one.withdrawn
        and not any(place <= places[one.upto] and since > one.created for place, since in left_out)
    }
