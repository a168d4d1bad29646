"""What was said later about the same thing as a recalled turn, so that none comes back outdated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from chatui.assistant.prompt import without_attachments
from chatui.text.corrections import SaidThing, corrects, goes_on, statement

if TYPE_CHECKING:
    from chatui.memory.records import StoredTurn

MOST_OF_A_CHAIN = 4
"""Turns that come back with one: of more the newest, and the one that was found."""
BEHIND = 12
"""So many turns further on a correction may leave out what it is about, as long as it is told to
be one by its words."""


class Statements:
    """What the turns of a conversation say; each is looked at once."""

    def __init__(self) -> None:
        self._known: dict[str, SaidThing] = {}

    def of(self, stored: StoredTurn) -> SaidThing:
        known = self._known.get(stored.id)
        if known is None:
            known = self._known[stored.id] = statement(without_attachments(stored.turn.question))
        return known


def behind(
    place: int, past: Sequence[StoredTurn], known: Statements
) -> tuple[list[int], int | None]:
    """The places of the turns behind that one which say more of the same, oldest first, and that of
    the last which takes back something of it or of those before."""
    chain = [place]
    last = None
    for later in range(place + 1, len(past)):
        if past[later].turn.left_out is not None:
            continue
        said = known.of(past[later])
        taken_back = any(
            corrects(said, known.of(past[one]), at_once=later == one + 1)
            or _follows(said, past, range(one + 1, later), known)
            for one in chain
        )
        if taken_back or any(
            goes_on(said, known.of(past[one]), at_once=later == one + 1) for one in chain
        ):
            chain.append(later)
            last = later if taken_back else last
    return chain[1:], last


def _follows(
    said: SaidThing, past: Sequence[StoredTurn], between: range, known: Statements
) -> bool:
    """Whether it is a short correction of nothing that was said in between: those turns ask."""
    if not (said.signed and said.short and not said.asks) or len(between) > BEHIND:
        return False
    return all(known.of(past[one]).asks for one in between)


def with_corrections(
    found: Sequence[str], past: Sequence[StoredTurn], left: Mapping[str, StoredTurn]
) -> tuple[list[str], dict[str, datetime]]:
    """The ids of the found turns and of what goes on from them, each once, and when the turns that
    are outdated were corrected last. What corrects a turn stands before it, the newest first: who
    has room for the first of them only never has the older one alone. Corrections that the prompt
    holds anyway, those of turns that are not `left`, are none of them."""
    known = Statements()
    places = {stored.id: place for place, stored in enumerate(past)}
    chosen: dict[str, None] = {}
    corrected: dict[str, datetime] = {}
    for turn in found:
        place = places[turn]
        later, last = behind(place, past, known)
        for one in [place, *later]:
            if last is not None and one < last:
                corrected[past[one].id] = past[last].turn.asked
        recalled = [past[one].id for one in later if past[one].id in left]
        chosen.update(dict.fromkeys([*recalled[::-1][: MOST_OF_A_CHAIN - 1], turn]))
    return list(chosen), corrected
