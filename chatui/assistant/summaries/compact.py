"""What a compact is of: which turns leave, and what of them has to be read. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatui.memory.records import standing_summaries

if TYPE_CHECKING:
    from chatui.domain.conversation import Turn
    from chatui.memory.records import StoredTurn, Summary
    from chatui.memory.store.standing import Standing

KEPT = 2
"""The newest turns stay: what is being talked about needs its own words. Of three turns or
fewer only the newest stays."""


@dataclass(frozen=True, slots=True)
class Material:
    """The summary is to stand for the turns before the place `end`: for what `previous`
    tells and for `turns`, which are read. `leaving` are those that the next prompt would
    have held; `summary` stood in it."""

    end: int
    turns: tuple[Turn, ...]
    previous: str
    leaving: tuple[Turn, ...]
    summary: Summary | None


def material(
    path: Sequence[StoredTurn], summaries: Sequence[Summary], standing: Standing, focus: str
) -> Material | None:
    """What a compact of this path is made of; None when there are too few turns. A summary
    that is there already is built upon. With a `focus`, or when nothing is new since, all is
    read again, because that summary knew nothing of what is wanted now."""
    said = [at for at, stored in enumerate(path) if stored.turn.question and stored.turn.counts]
    if len(said) < 2:
        return None
    end = said[-KEPT] if len(said) > KEPT + 1 else said[-1]
    places = {stored.id: place for place, stored in enumerate(path)}
    known = _furthest(summaries, path, end)
    after = places[known.upto] + 1 if known else 0
    read = [at for at in said if after <= at < end]
    if focus or not read:
        known, read = None, [at for at in said if at < end]
    start, summary = _start(standing, places)
    return Material(
        end,
        tuple(path[at].turn for at in read),
        known.text if known else "",
        tuple(path[at].turn for at in said if start <= at < end and not path[at].turn.pinned),
        summary,
    )


def _furthest(summaries: Sequence[Summary], path: Sequence[StoredTurn], end: int) -> Summary | None:
    """The newest of those that tell of the most turns before `end`."""
    standing = standing_summaries(summaries, path).values()
    usable = [(one, after) for one, after in standing if after <= end]
    return max(reversed(usable), key=lambda each: each[1])[0] if usable else None


def _start(standing: Standing, places: dict[str, int]) -> tuple[int, Summary | None]:
    """Where the next prompt would begin, as far as the last one tells, and behind what."""
    if standing.compact is not None:
        return places.get(standing.compact.upto, -1) + 1, standing.compact
    start = places.get(standing.mark.start, 0) if standing.mark else 0
    return start, standing.summary
