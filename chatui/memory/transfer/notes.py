"""Notes as a document: Markdown for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chatui.text.json_text import json_text
from chatui.text.safety import drawable

if TYPE_CHECKING:
    from chatui.memory.records import Note


def as_markdown(notes: Sequence[Note]) -> str:
    """A list of the kept notes, and one of the proposals if there are any."""
    parts = ["# Notes"]
    for state, heading in (("kept", ""), ("proposed", "## Proposed")):
        lines = [line(note) for note in notes if note.state == state]
        parts += [heading] * bool(heading and lines) + ["\n".join(lines)] * bool(lines)
    return "\n\n".join(parts) + "\n"


def line(note: Note) -> str:
    return f"- {drawable(note.text)} ({note.number}, {note.updated.astimezone():%Y-%m-%d})"


def as_objects(notes: Sequence[Note]) -> list[dict[str, Any]]:
    """`{"number","text","state","created","updated","conversation"}`, times in ISO 8601."""
    return [
        {
            "number": note.number,
            "text": note.text,
            "state": note.state,
            "created": note.created.isoformat(),
            "updated": note.updated.isoformat(),
            "conversation": note.conversation,
        }
        for note in notes
    ]


def as_json(notes: Sequence[Note]) -> str:
    return json_text({"notes": as_objects(notes)}, indent=2) + "\n"
