"""A question on its way to a model, and the messages that it is sent as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatui.assistant.memories import Remembered
from chatui.assistant.prompt import body, compose, head, mark_for, tail, where
from chatui.domain.conversation import Message, Turn
from chatui.domain.passage import Passage
from chatui.text.citations.marks import PLAIN, MarkForm

if TYPE_CHECKING:
    from chatui.jobs.profiles import ReplySettings
    from chatui.memory.records import StoredTurn


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """How many notes that the question called for, recalled turns and passages stand in the last
    message of a prompt; always the first of each."""

    called: int = 0
    recalled: int = 0
    passages: int = 0


SAMPLED_TURNS, SAMPLED = 6, 500
"""Turns, and characters of each text, that tell what a prompt is written in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question on its way: after which turns, with what at hand. The turns count only where
    the settings say so."""

    past: Sequence[StoredTurn]
    question: str
    settings: ReplySettings
    conversation_id: str | None = None
    passages: tuple[Passage, ...] | None = ()
    """None when there are no documents at all."""
    reading: bool = False
    """Whether documents are being read meanwhile, where there are none."""
    query: str = ""
    """What the passages were searched for."""
    limited: tuple[str, ...] = ()
    """The files that alone were looked into, by the names of their sources."""
    likely: Sequence[Passage] = ()
    """Stand for passages that only sending will look up, where a trim is foretold."""
    remembered: Remembered = Remembered()
    form: MarkForm | None = None
    """How the passages are marked; None until that is chosen."""
    whole: bool = False
    """Whether the passages are whole documents, in reading order."""
    attached: tuple[Passage, ...] = ()
    """Passages of the files whose text is in the question: they can be cited, and are not sent
    again."""

    @property
    def sample(self) -> str:
        """A part of what the prompt will hold, for what it is written in."""
        turns = [one.turn for one in self.past[-SAMPLED_TURNS:]]
        texts = [
            self.question[:SAMPLED],
            *(passage.text[:SAMPLED] for passage in self.passages or ()),
            *(message.content[:SAMPLED] for turn in turns for message in turn.messages()),
        ]
        return "\n".join(texts)

    @property
    def mark(self) -> str:
        """The word in the fences of the last message: the same however much of what is at hand
        it holds, so that a passage more costs what that passage takes."""
        passages = [*(self.passages or ()), *self.likely]
        recalled = [one.stored.turn for one in self.remembered.recalled]
        return mark_for(
            [
                *(note.text for note in self.remembered.called),
                *(message.content for turn in recalled for message in turn.messages()),
                *(part for passage in passages for part in (where(passage), body(passage))),
            ]
        )

    @property
    def amounts(self) -> Amounts:
        return Amounts(
            called=len(self.remembered.called),
            recalled=len(self.remembered.recalled),
            passages=len(self.passages or ()),
        )

    def head(self, standing: int) -> tuple[Message, ...]:
        """The system message with so many of the standing notes, if there is anything to say
        in it."""
        return head(
            self.settings.system,
            [note.text for note in self.remembered.standing[:standing]],
            cite=self.settings.rag,
            concise=self.settings.concise,
        )

    def tail(self, held: Amounts) -> Message:
        """The last message."""
        # In the order of time: what was said last stands last.
        recalled = sorted(
            self.remembered.recalled[: held.recalled], key=lambda one: one.stored.turn.asked
        )
        return tail(
            self.question,
            self.mark,
            notes=[note.text for note in self.remembered.called[: held.called]],
            recalled=[one.stored.turn for one in recalled],
            corrected=[one.corrected for one in recalled],
            passages=(self.passages or ())[: held.passages],
            form=self.form or PLAIN,
            media=self.settings.media,
        )

    def messages(
        self,
        standing: int,
        held: Amounts,
        history: Sequence[Turn],
        pinned: Sequence[Turn],
        summary: str,
    ) -> tuple[Message, ...]:
        """The prompt with these turns before the question."""
        return compose(self.head(standing), pinned, summary, history, self.tail(held))
