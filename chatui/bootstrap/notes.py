"""The notes' side of the composition: settings in, objects out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatui.assistant.notes.keeper import NoteKeeper
from chatui.assistant.notes.proposer import NoteProposer

if TYPE_CHECKING:
    from chatui.assistant.background import Job
    from chatui.assistant.side_call import SideCaller
    from chatui.config.schema import Memory
    from chatui.cost.tokens.tokens import TokenCounter
    from chatui.memory.records import Note
    from chatui.memory.store.notes import Notes
    from chatui.retrieval.embedding.embedder import Embedder

OnProposed = Callable[[Sequence["Note"]], None]


@dataclass(frozen=True, slots=True)
class NoteParts:
    """`keeper` is None and there are no `jobs` when the config turns notes off. `most_tokens`
    is what they may take of a prompt."""

    keeper: NoteKeeper | None = None
    jobs: tuple[Job, ...] = ()
    most_tokens: int = 0

    @property
    def allowed(self) -> bool:
        """Whether the config lets notes be used; the user's own switch is in the store."""
        return self.keeper is not None


def note_parts(
    memory: Memory,
    *,
    notes: Notes,
    embedder: Embedder,
    tokens: TokenCounter,
    models: SideCaller,
    on_proposed: OnProposed | None,
    on_warning: Callable[[str], None] | None,
) -> NoteParts:
    """What keeps notes and proposes them. `on_proposed` gets proposals as they come."""
    if not memory.notes:
        return NoteParts()
    keeper = NoteKeeper(
        notes, embedder, tokens, most_tokens=memory.notes_tokens, on_warning=on_warning
    )
    jobs: tuple[Job, ...] = (keeper.index,)
    if memory.note_model:
        proposer = NoteProposer(
            notes, models, memory.note_model, on_proposed=on_proposed, on_warning=on_warning
        )
        jobs = (*jobs, proposer.propose)
    return NoteParts(keeper, jobs, memory.notes_tokens)
