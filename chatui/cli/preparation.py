"""Telling what the services have to say: the one-time preparation of the embedding model, and
notes that a model proposes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatui.cli.output import warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatui.memory.records import Note
    from chatui.retrieval.embedding.embedder import Preparation


def say_preparation(progress: Preparation) -> None:
    warn(f"Preparing the embedding model (once), {progress.step}/{progress.steps}: {progress.text}")


def say_proposals(notes: Sequence[Note]) -> None:
    for note in notes:
        warn(f"Worth a note? {note.text} (`chatui notes accept {note.number}` keeps it)")
