"""A talk as a Markdown document."""

from __future__ import annotations

from chatui.domain.conversation import Turn
from chatui.memory.transfer.talk import Talk, talk_of_answer


def write(talk: Talk) -> str:
    parts = [f"# {talk.title}" if talk.title else "", f"*{talk.when}*" if talk.when else ""]
    for section in talk.sections:
        heading = f"## {section.heading}" if section.heading else ""
        parts += [heading, section.named, *section.notes]
    return "\n\n".join(part for part in parts if part) + "\n"


def answer(turn: Turn, question: str = "") -> str:
    """One answer with the sources that it cites, under its question if that is given."""
    return write(talk_of_answer(turn, question))
