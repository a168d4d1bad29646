"""The chat itself, as frozen values without ids: the store gives them identity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chatui.domain.media import Medium
from chatui.domain.passage import Citation, Passage
from chatui.domain.usage import Cost, Timing, Usage


class Role(StrEnum):
    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class TurnState(StrEnum):
    PENDING = "pending"
    """The question is on disk; the reply has not ended. After a crash it reads as interrupted."""
    COMPLETE = "complete"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


class FinishReason(StrEnum):
    """How a reply ended. STOP is only for one that ended by itself."""

    STOP = "stop"
    LENGTH = "length"
    FILTER = "content_filter"
    REFUSAL = "refusal"
    TOOL = "tool_calls"
    """The model wanted a tool, and there is none."""
    PAUSED = "pause"
    """The provider paused a long turn of its model's."""
    OTHER = "other"
    """For a reason that only the provider's own word tells."""
    CANCELLED = "cancelled"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Message:
    """Role-tagged text, as a model gets it, with the pictures and PDFs that stand before it."""

    role: Role
    content: str
    name: str | None = None
    media: tuple[Medium, ...] = ()


def shared_beginning(one: Sequence[Message], other: Sequence[Message]) -> int:
    """With how many messages both begin."""
    pairs = zip(one, other, strict=False)
    # Mostly they are the very same values, which is told without looking at their texts.
    differs = (at for at, (a, b) in enumerate(pairs) if a is not b and a != b)
    return next(differs, min(len(one), len(other)))


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered to a question, whole or in part."""

    text: str = ""
    reasoning: str = ""
    model: str = ""
    usage: Usage | None = None
    cost: Cost | None = None
    timing: Timing | None = None
    finish_reason: FinishReason | None = None
    citations: Sequence[Citation] = ()
    dangling: tuple[int, ...] = ()
    """Numbers that the model cited and no passage had; they are no longer in the text."""
    mark_prefix: str = ""
    """What stands before the numbers in the marks of its citations: "s" where they are written
    `[s2]`, because the model was given texts that hold a `[2]` of their own."""
    error: str | None = None
    """Why it failed; of a reply that did not end by itself, the provider's own word for that."""
    edited: bool = False
    """Whether its text is the user's, made of what a model had said."""

    @property
    def quotes(self) -> bool:
        """Whether the built-in model gave it."""
        return is_quoting(self.model)


def is_quoting(model: str) -> bool:
    """Whether the model of that full name is the built-in one, which has no context to fill and
    writes nothing: it quotes."""
    return model.startswith("builtin/")


@dataclass(frozen=True, slots=True)
class RecalledTurn:
    """An earlier turn that had left the prompt and came back for one question. `question` is
    at least its beginning; `score` (0..1) is how much it is about what was asked."""

    turn_id: str
    asked: datetime
    question: str
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with its reply, passages and state."""

    question: str
    asked: datetime
    state: TurnState = TurnState.PENDING
    reply: Reply = Reply()
    passages: Sequence[Passage] = ()
    pinned: bool = False
    searched: str = ""
    """What was looked for in the documents; "" when nothing was."""
    limited: tuple[str, ...] = ()
    """The files that it was looked for in, by the names of their sources, where others were not
    looked into."""
    cut: int = 0
    """Tokens that were left out of the question's middle when it was sent."""
    recalled: tuple[RecalledTurn, ...] = ()
    left_out: datetime | None = None
    """Since when the user has had it left out of every prompt."""
    media: tuple[Medium, ...] = ()
    """The pictures and PDFs that the question has with it, for a model that sees them."""
    _messages: tuple[Message, ...] | None = field(
        default=None, init=False, repr=False, compare=False
    )

    @property
    def counts(self) -> bool:
        """Whether what comes later may build on it: it was answered, and not left out."""
        return bool(self.reply.text) and self.left_out is None

    def messages(self) -> tuple[Message, ...]:
        """The turn as a prompt shows it: no reasoning, no empty message. The very same values each
        time, so that who writes a prompt can tell what it has in common with the one before."""
        made = self._messages
        if made is None:
            asked = self.question or self.media
            user = (Message(Role.USER, self.question, media=self.media),) if asked else ()
            assistant = (Message(Role.ASSISTANT, self.reply.text),) if self.reply.text else ()
            made = user + assistant
            object.__setattr__(self, "_messages", made)
        return made


@dataclass(frozen=True, slots=True)
class Exchange:
    """The words of a turn alone: a question and its answer, either of which may be empty."""

    question: str
    reply: str = ""
