"""Turns as the window shows them."""

from __future__ import annotations

from dataclasses import replace

from chatui.app.turn_path import KeyedTurn, TurnPath
from chatui.assistant.prompt import attached_names, without_attachments
from chatui.domain.conversation import Turn


def shown_question(question: str) -> str:
    """The question as it was typed, with a line that names what was attached to it."""
    typed = without_attachments(question)
    names = attached_names(question)
    return f"{typed}\n+ {', '.join(names)}" if names else typed


def shown_turn(turn: Turn) -> Turn:
    return replace(turn, question=shown_question(turn.question))


def shown_path(path: TurnPath) -> list[KeyedTurn]:
    return [(key, shown_turn(turn)) for key, turn in path.turns]
