"""Whom a call beside the reply is charged to: the turn, or the ingest, that it is made for.

The embedding of a question happens deep below the turn that asks it, behind ports that know
nothing of money. So the charge is opened around the work, and whoever pays finds it there:
tasks and threads started inside see the same one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from chatui.domain.usage import Cost


@dataclass(slots=True)
class Charge:
    """`costs` are those of the calls so far. Without a turn it is an ingest or a search.
    `profile` is the one that the turn is asked with, "" for none, and `filters` are the names of
    those that the job wants on all its calls."""

    conversation_id: str | None = None
    turn_id: str | None = None
    costs: list[Cost] = field(default_factory=list)
    profile: str = ""
    filters: tuple[str, ...] = ()
    run: str = ""
    """The run of a chain, or the ingest, that the work is a part of."""
    part: str = ""
    """What tells this work from other work on the same turn, "" for the turn's own."""

    @property
    def work(self) -> str:
        """What the calls of this work have in common: the turn, or a part of its work."""
        return f"{self.turn_id or ''}{self.part}"


_open: ContextVar[Charge | None] = ContextVar("charge", default=None)


@contextmanager
def charging(charge: Charge) -> Iterator[None]:
    """Everything that is done inside is charged to that."""
    token = _open.set(charge)
    try:
        yield
    finally:
        _open.reset(token)


def open_charge() -> Charge:
    """The charge that is open, or one that nobody reads."""
    return _open.get() or Charge()
