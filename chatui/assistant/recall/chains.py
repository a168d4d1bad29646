"""What was said later about the same thing as a recalled turn, so that none comes back outdated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from chatui.assistant.prompt import without_attachments
from chatui.text.corrections import (
    MOST_CHARACTERS,
    SaidThing,
    contradicts_within,
    corrects,
    is_another,
    replaces,
    same_thing,
    spoken,
    statement,
)
from chatui.text.sentences import split

if TYPE_CHECKING:
    from chatui.memory.records import StoredTurn

MOST_OF_A_CHAIN = 4
"""Turns that come back with one: of more the newest, and the one that was found."""
MOST_UNSURE = 3
"""Of them those of which nothing but their place or their topic tells that they go on from it."""
BEHIND = 12
"""So many turns further on a correction may leave out what it is about, as long as it is told to
be one by its words."""
NEAR = 3
"""So many turns further on a pronoun may stand for what was named."""
FEW = 3
"""A word that no more turns have names what it is about by itself."""


class Statements:
    """What the turns of a conversation say; each is looked at once."""

    def __init__(self, past: Sequence[StoredTurn]) -> None:
        self._past = past
        self._known: dict[int, tuple[SaidThing, ...]] = {}

    def __len__(self) -> int:
        return len(self._past)

    def counts(self, place: int) -> bool:
        return self._past[place].turn.left_out is None

    def of(self, place: int) -> SaidThing:
        return self.parts(place)[0]

    def parts(self, place: int) -> tuple[SaidThing, ...]:
        """What the turn says as a whole, and behind that each sentence of a long one."""
        known = self._known.get(place)
        if known is None:
            text = without_attachments(self._past[place].turn.question)
            known = self._known[place] = spoken(text)
        return known

    @cached_property
    def _holders(self) -> Mapping[str, int]:
        """How many turns have each word."""
        return Counter(word for place in range(len(self)) for word in self.of(place).about)

    @cached_property
    def rare(self) -> Collection[str]:
        return frozenset(word for word, count in self._holders.items() if count <= FEW)

    @cached_property
    def _places(self) -> Mapping[str, Sequence[int]]:
        places: dict[str, list[int]] = {}
        for place in range(len(self)):
            if not self.of(place).asks:
                for word in self.of(place).about:
                    places.setdefault(word, []).append(place)
        return places

    def reply_corrects(self, later: int, place: int) -> bool:
        """Whether the reply to that turn names a value of the earlier one and another of the same
        kind in its place ("420, not 240"), in a turn that is about the same."""
        earlier = self.of(place)
        if earlier.asks or not earlier.values:
            return False
        text = self._past[later].turn.reply.text[:MOST_CHARACTERS]
        folded = text.casefold()
        if not any(value in folded for value in earlier.values):
            return False
        for piece in split(text):
            told = statement(text[piece.start : piece.end])
            about = told.about | self.of(later).about
            if (
                told.signed
                and told.values & earlier.values
                and contradicts_within(told, earlier)
                and about & earlier.about
            ):
                return True
        return False

    def names_its_topic(self, place: int) -> bool:
        """Whether something said before is about the same thing, by the words of both."""
        said = self.of(place)
        near = {one for word in said.about for one in self._places.get(word, ()) if one < place}
        return any(same_thing(said, self.of(one)) for one in near)

    def leans_on(self, place: int) -> int | None:
        """The place of what a turn takes back that doesn't say what it is about: the last that has
        a value of the kind of its own, or the last at all where it has none."""
        said = self.of(place)
        if not said.leans or said.asks or place == 0:
            return None
        nearest = None
        for one in range(place - 1, max(place - 2 - BEHIND, -1), -1):
            earlier, at_once = self.of(one), one == place - 1
            if not self.counts(one):
                continue
            if earlier.asks:
                if at_once and (said.takes_back or said.values & earlier.values):
                    # "A menu for 12, please." "It's 14, not 12."
                    return one
                continue
            if not at_once and (not said.signed or self.names_its_topic(place)):
                break
            if is_another(said, earlier):
                continue
            if nearest is None and self._only_asked_between(one, place):
                nearest = one
            if not said.values or replaces(said, earlier):
                return one
        return nearest

    def named_by(self, place: int) -> int | None:
        """The place of what a pronoun stands for: the last thing said, a few turns before."""
        if not self.of(place).points_back:
            return None
        for one in range(place - 1, max(place - 2 - NEAR, -1), -1):
            if self.counts(one) and not self.of(one).asks:
                return one
        return None

    def _only_asked_between(self, one: int, other: int) -> bool:
        return all(self.of(place).asks for place in range(one + 1, other) if self.counts(place))


@dataclass(slots=True)
class AmendedTurn:
    """The places of the turns that go on from one, oldest first. `sure` begins with it, and has
    what takes back something of it or of another one there; `unsure` may only be about the same."""

    sure: list[int]
    unsure: list[int] = field(default_factory=list)

    def best(self, most: int) -> list[int]:
        """So many of those behind the first, newest first: the sure ones, and of the others those
        that follow a sure one directly, or such a one, and the newest."""
        sure = self.sure[1:][::-1][:most]
        next_ones = {one + 1 for one in self.sure}
        then = {one + 1 for one in next_ones.intersection(self.unsure)}
        unsure = sorted(
            self.unsure,
            key=lambda one: (one != self.sure[0] + 1, one not in next_ones, one not in then, -one),
        )
        return sorted([*sure, *unsure[: min(MOST_UNSURE, most - len(sure))]], reverse=True)


def chain_of(place: int, known: Statements) -> AmendedTurn:
    """What was said behind that turn about the same."""
    chain = AmendedTurn([place])
    for later in range(place + 1, len(known)):
        if not known.counts(later):
            continue
        said = known.of(later)
        meant = known.leans_on(later)
        if any(known.reply_corrects(later, one) for one in chain.sure):
            chain.sure.append(later)
        elif said.asks:
            if _asks_otherwise(later, chain.sure[-1], known):
                # "Can we make that 14?": nobody knows whether they could.
                chain.unsure.append(later)
        elif meant in chain.sure or any(
            # What leans is another's, where that is nearer.
            corrects(part, known.of(one), at_once=False, rare=known.rare)
            for one in chain.sure
            for part in known.parts(later)
        ):
            chain.sure.append(later)
        elif (
            meant in chain.unsure
            or any(_goes_on(later, one, known) for one in chain.sure)
            or known.named_by(later) in [*chain.sure, *chain.unsure]
            or _follows_unsure(later, chain, known)
        ):
            chain.unsure.append(later)
    return chain


def _asks_otherwise(later: int, place: int, known: Statements) -> bool:
    """Whether it asks, at once or naming what it is about, if it is not another value."""
    said, earlier = known.of(later), known.of(place)
    if not said.short or not said.values:
        return False
    if later == place + 1 and said.signed:
        return True
    if not said.doubts or not replaces(said, earlier):
        return False
    return later == place + 1 or same_thing(said, earlier, known.rare)


def _follows_unsure(later: int, chain: AmendedTurn, known: Statements) -> bool:
    """Whether it says another value, right behind one that was said right behind the last sure
    turn: 12, 14, and then 13."""
    last = chain.sure[-1]
    if later != last + 2 or last + 1 not in chain.unsure:
        return False
    said, before = known.of(later), known.of(last + 1)
    return said.short and (before.asks or replaces(said, before))


def _goes_on(later: int, place: int, known: Statements) -> bool:
    """Whether it follows at once and is short, or says something else about the same."""
    said, earlier = known.of(later), known.of(place)
    if later == place + 1 and said.short:
        return True
    return not earlier.asks and same_thing(said, earlier, known.rare)


def with_corrections(
    found: Sequence[str], past: Sequence[StoredTurn], left: Mapping[str, StoredTurn]
) -> tuple[list[str], dict[str, datetime]]:
    """The ids of the found turns and of what goes on from them, each once, and when the turns that
    are outdated were corrected last. What corrects a turn stands before it, the newest first: who
    has room for the first of them only never has the older one alone. Corrections that the prompt
    holds anyway, those of turns that are not `left`, are none of them."""
    known = Statements(past)
    places = {stored.id: place for place, stored in enumerate(past)}
    chosen: dict[str, None] = {}
    corrected: dict[str, datetime] = {}
    for turn in found:
        place = places[turn]
        chain = chain_of(place, known)
        last = chain.sure[-1]
        for one in chain.sure[:-1]:
            corrected[past[one].id] = past[last].turn.asked
        gone = AmendedTurn(
            [place, *(one for one in chain.sure[1:] if past[one].id in left)],
            [one for one in chain.unsure if past[one].id in left],
        )
        behind = [past[one].id for one in gone.best(MOST_OF_A_CHAIN - 1)]
        chosen.update(dict.fromkeys([*behind, turn]))
    return list(chosen), corrected
