"""How the passages of a prompt are marked, so that no text in it holds such a mark.

What is chosen for one prompt says nothing in the next one, where the same number is another
passage. So earlier answers go without their marks, the same each time. Only a question that
nothing is looked up for ("make that shorter") keeps those of the answer that it leans on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chatui.assistant.ask import Ask
from chatui.assistant.prompt import body, where
from chatui.domain.conversation import Turn
from chatui.text.citations.marks import MarkForm, form_beside, held, without_marks

if TYPE_CHECKING:
    from chatui.memory.records import StoredTurn, Summary

_Seen = tuple["StoredTurn", "StoredTurn", frozenset[str]]
"""A turn, the same without its marks, and the prefixes that it holds."""


class Marking:
    """Remembers the turns of the last conversation: they are looked through once."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def marked(self, ask: Ask, summaries: Sequence[Summary]) -> Ask:
        """The question with its marks chosen, after turns without theirs. It reads all that may
        come into the prompt, so call it in a thread."""
        known = self._seen
        seen = [_looked_through(stored, known.get(stored.id)) for stored in ask.past]
        self._seen = {each.id: (each, bare, found) for each, bare, found in seen}
        past = [bare for _, bare, _ in seen]
        if not ask.passages and not ask.likely and (place := _last_cited(ask.past)) is not None:
            past[place] = ask.past[place]
        prefixes = frozenset[str]().union(*(found for *_, found in seen if found))
        others = [*_texts(ask), *(summary.text for summary in summaries)]
        prefixes = prefixes.union(*map(held, others))
        recalled = tuple(
            replace(one, stored=replace(one.stored, turn=unmarked(one.stored.turn)))
            for one in ask.remembered.recalled
        )
        return replace(
            ask,
            past=past,
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


def _looked_through(stored: StoredTurn, known: _Seen | None) -> _Seen:
    if known is not None and known[0] is stored:
        return known
    turn = unmarked(stored.turn)
    bare = stored if turn is stored.turn else replace(stored, turn=turn)
    return stored, bare, held(turn.question) | held(turn.reply.text)


def _last_cited(past: Sequence[StoredTurn]) -> int | None:
    """The place of the turn whose passages an answer without any of its own may mean."""
    places = range(len(past) - 1, -1, -1)
    return next((place for place in places if past[place].turn.passages), None)


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
