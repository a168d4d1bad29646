"""How the passages of a prompt are marked, so that no text in it holds such a mark.

What is chosen for one prompt says nothing in the next one, where the same number is another
passage. So earlier answers go without their marks, the same each time. Only a question that
nothing is looked up for ("make that shorter") keeps those of the answer that it leans on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import compress, count
from operator import is_not
from typing import TYPE_CHECKING

from chatui.assistant.ask import Ask
from chatui.assistant.prompt import body, where
from chatui.domain.conversation import Turn
from chatui.text.citations.marks import MarkForm, form_beside, held, without_marks

if TYPE_CHECKING:
    from chatui.memory.records import StoredTurn, Summary


@dataclass(frozen=True, slots=True)
class _Past:
    """Turns, the same without their marks, and for each the prefixes that all up to it hold."""

    stored: Sequence[StoredTurn] = ()
    bare: Sequence[StoredTurn] = ()
    prefixes: Sequence[frozenset[str]] = ()


class Marking:
    """Remembers the turns of the last conversation: they are looked through once."""

    def __init__(self) -> None:
        self._last = _Past()

    def marked(self, ask: Ask, summaries: Sequence[Summary]) -> Ask:
        """The question with its marks chosen, after turns without theirs. It reads all that may
        come into the prompt, so call it in a thread."""
        past = self._last = _looked_through(ask.past, self._last)
        turns = past.bare
        if not ask.passages and not ask.likely and (place := _last_cited(ask.past)) is not None:
            turns = [*turns[:place], ask.past[place], *turns[place + 1 :]]
        others = [*_texts(ask), *(summary.text for summary in summaries)]
        prefixes = frozenset[str]().union(*past.prefixes[-1:], *map(held, others))
        recalled = tuple(
            replace(one, stored=replace(one.stored, turn=unmarked(one.stored.turn)))
            for one in ask.remembered.recalled
        )
        return replace(
            ask,
            past=turns,
            form=ask.form or form_beside(prefixes),
            remembered=replace(ask.remembered, recalled=recalled),
        )


def unmarked(turn: Turn) -> Turn:
    """The turn without the marks of its answer."""
    reply = turn.reply
    if not reply.citations:
        return turn
    text = without_marks(reply.text, MarkForm(reply.mark_prefix))
    return turn if text == reply.text else replace(turn, reply=replace(reply, text=text))


def _looked_through(stored: Sequence[StoredTurn], known: _Past) -> _Past:
    """What is known stays for as many of the turns as are still the same."""
    # The very same values: the store reads again only what has changed.
    differ = map(is_not, stored, known.stored)
    same = next(compress(count(), differ), min(len(stored), len(known.stored)))
    if same == len(stored) == len(known.stored):
        return known
    bare, prefixes = list(known.bare[:same]), list(known.prefixes[:same])
    for one in stored[same:]:
        turn = unmarked(one.turn)
        bare.append(one if turn is one.turn else replace(one, turn=turn))
        before = prefixes[-1] if prefixes else frozenset[str]()
        found = held(turn.question) | held(turn.reply.text)
        prefixes.append(before if found <= before else before | found)
    return _Past(stored, bare, prefixes)


def _last_cited(past: Sequence[StoredTurn]) -> int | None:
    """The place of the turn whose passages an answer without any of its own may mean."""
    places = range(len(past) - 1, -1, -1)
    turns = ((place, past[place].turn) for place in places)
    return next((at for at, turn in turns if turn.passages and turn.left_out is None), None)


def _texts(ask: Ask) -> Iterable[str]:
    """What else the prompt may hold."""
    yield ask.question
    yield ask.settings.system
    remembered = ask.remembered
    yield from (note.text for note in (*remembered.standing, *remembered.called))
    for passage in (*(ask.passages or ()), *ask.likely):
        yield where(passage)
        yield body(passage)
    for one in remembered.recalled:
        yield one.stored.turn.question
        yield unmarked(one.stored.turn).reply.text
