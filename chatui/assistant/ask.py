"""A question on its way to a model, and the messages that it is sent as."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chatui.assistant.memories import Remembered
from chatui.assistant.prompt import compose
from chatui.domain.conversation import Message, Turn
from chatui.domain.passage import Passage
from chatui.memory.window.roles import alternate
from chatui.models.base import ModelInfo

if TYPE_CHECKING:
    from chatui.jobs.profiles import ReplySettings
    from chatui.memory.records import StoredTurn


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question on its way: who is asked, after which turns, with what at hand. The turns
    count only where the settings say so."""

    info: ModelInfo
    past: Sequence[StoredTurn]
    question: str
    settings: ReplySettings
    conversation_id: str | None = None
    passages: tuple[Passage, ...] | None = ()
    """None when there are no documents at all."""
    query: str = ""
    """What the passages were searched for."""
    likely: Sequence[Passage] = ()
    """Stand for passages that only sending will look up, where a trim is foretold."""
    remembered: Remembered = Remembered()
    mark: str = field(default_factory=lambda: secrets.token_hex(4))
    """The word in the fences around passages: made once, so that what is counted is sent."""

    def messages(
        self, history: Sequence[Turn] = (), pinned: Sequence[Turn] = (), summary: str = ""
    ) -> tuple[Message, ...]:
        """The prompt with these turns before the question, in roles that alternate."""
        remembered = self.remembered
        return alternate(
            compose(
                system=self.settings.system,
                pinned=pinned,
                history=history,
                question=self.question,
                passages=self.passages or (),
                summary=summary,
                recalled=[one.stored.turn for one in remembered.recalled],
                notes=[note.text for note in remembered.standing],
                called_notes=[note.text for note in remembered.called],
                cite=self.settings.rag,
                concise=self.settings.concise,
                mark=self.mark,
            )
        )
