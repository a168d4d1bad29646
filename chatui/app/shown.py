"""Turns as the window shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chatui.app.turn_path import KeyedTurn, TurnPath
from chatui.assistant.prompt import attached_names, without_attachments
from chatui.cost.tokens.pictures import described
from chatui.domain.conversation import Turn
from chatui.domain.media import Medium


def shown_question(question: str, media: Sequence[Medium] = ()) -> str:
    """The question as it was typed, with a line that names what was attached to it, and one for
    each of the pictures and PDFs that it has with it."""
    lines = [without_attachments(question)]
    if names := attached_names(question):
        lines.append(f"+ {', '.join(names)}")
    return "\n".join([*lines, *(f"▣ {described(one)}" for one in media)])


def shown_turn(turn: Turn) -> Turn:
    return replace(turn, question=shown_question(turn.question, turn.media))


def shown_path(path: TurnPath) -> list[KeyedTurn]:
    return [(key, shown_turn(turn)) for key, turn in path.turns]
