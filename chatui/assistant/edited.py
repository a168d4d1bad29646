"""An answer that the user has changed: what of the reply before it still holds. Pure."""

from __future__ import annotations

from dataclasses import replace

from chatui.assistant.settle import with_citations
from chatui.domain.conversation import FinishReason, Reply, Turn, TurnState
from chatui.text.citations.marks import MarkForm


def edited(turn: Turn, text: str) -> Turn:
    """The turn with that answer. Marks of its passages stay citations; reasoning, figures and how
    the reply ended were the model's, and go."""
    before = turn.reply
    reply = Reply(
        text=text,
        model=before.model,
        finish_reason=FinishReason.STOP,
        mark_prefix=before.mark_prefix,
    )
    if turn.passages:
        form = MarkForm(before.mark_prefix)
        reply = with_citations(reply, turn.passages, form, (), add=False)
    return replace(turn, state=TurnState.COMPLETE, reply=replace(reply, edited=True))
