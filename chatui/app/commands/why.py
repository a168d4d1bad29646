"""`/why`: how each passage of an answer was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from chatui.app.commands.command import Command
from chatui.app.commands.turns import found
from chatui.assistant.prompt import without_attachments
from chatui.domain.conversation import Turn
from chatui.domain.passage import Citation, Passage
from chatui.text.safety import one_line
from chatui.text.small_talk import needs_documents
from chatui.widgets.details import GAP, Details, Fact, text_width
from chatui.widgets.passage_labels import place_label, place_suffix

if TYPE_CHECKING:
    from chatui.app.window import Window

PLACE = 22
"""The least cells of a passage's place: with less, a column of figures gives way."""
NUMBER = 5
"""Cells of the sign and the rank before it."""
COLUMNS = ("score", "dense", "words", "like")
YIELDING = ("score", "like", "words", "dense")


async def why(window: Window, argument: str) -> None:
    """Of the turn that is selected in the transcript, else of the last one."""
    transcript = window.view.transcript
    _, turn = found(window, (transcript.selected_key if transcript else None) or "")
    room = text_width(window.size.width, GAP)
    await window.push_screen_wait(Details("Why these passages", list(facts(turn, room))))


def facts(turn: Turn, room: int) -> Iterator[Fact]:
    """What was asked, and a line of at most `room` cells for each passage: its place in the fused
    ranking and in both legs, its score, its likeness to the question, and whether the answer cites
    it. On a narrow screen some of the figures are left out."""
    yield ("", f"Question      {one_line(without_attachments(turn.question))}")
    if turn.searched:
        yield ("", f"Searched for  {one_line(turn.searched)}")
    if turn.limited:
        yield ("", f"Limited to    {one_line(', '.join(turn.limited))}")
    passages = sorted(turn.passages, key=lambda passage: passage.rank)
    if not passages:
        yield from nothing_found(turn)
        return
    collections = ", ".join(dict.fromkeys(one_line(p.collection) for p in passages))
    yield ("", f"Looked into   {collections}")
    yield ("", "")
    shown = columns_within(room)
    place = room - NUMBER - sum(len(cell(name)) for name in shown)
    yield ("", f"{'':{NUMBER}}{'passage':<{place}}" + "".join(map(cell, shown)))
    cited = {citation.passage.chunk_id: citation for citation in turn.reply.citations}
    for passage in passages:
        yield ("", line(passage, cited.get(passage.chunk_id), shown, place))
        if heading := one_line(passage.heading):
            yield ("", shortened(f"{'':{NUMBER}}{heading}", room))
    yield ("", "")
    if not cited:
        yield ("", uncited(turn))
        yield ("", "")
    for sentence in LEGEND:
        yield ("", sentence)


LEGEND = (
    "In order of the fused rank. dense, words: rank by meaning and by words, — not found that way. "
    "like: cosine to the question.",
    "* cited by the answer · + cited by matching",
)


def cell(text: str) -> str:
    return f" {text:>6}"


def columns_within(room: int) -> list[str]:
    """The names of the figures that there is room for beside a passage's place."""
    shown = list(COLUMNS)
    for name in YIELDING:
        if room - NUMBER - sum(len(cell(each)) for each in shown) >= PLACE:
            break
        shown.remove(name)
    return shown


def line(passage: Passage, citation: Citation | None, shown: Sequence[str], room: int) -> str:
    sign = " " if citation is None else "*" if citation.marked else "+"
    place = set_cell_size(place_label(passage, longest=room - len(place_suffix(passage))), room)
    ranks = passage.ranks
    figures = {
        "score": f"{passage.score:.4f}",
        "dense": rank(ranks.dense),
        "words": rank(ranks.lexical),
        "like": "—" if passage.similarity is None else f"{passage.similarity:.2f}",
    }
    return f"{sign}{passage.rank:>3} {place}" + "".join(cell(figures[name]) for name in shown)


def uncited(turn: Turn) -> str:
    """Why an answer cites none of the passages that were found for it."""
    if not turn.reply.quotes:
        return "The model was given these and cited none of them."
    known = [one.coverage for one in turn.passages if one.coverage is not None]
    held = f" (of the question's words at most {max(known):.0%})" if known else ""
    return f"Nothing was quoted: none of these says enough of what was asked{held}."


def rank(place: int | None) -> str:
    return "—" if place is None else str(place)


def nothing_found(turn: Turn) -> Iterator[Fact]:
    """Why there is nothing to list."""
    yield ("", "")
    if turn.reply.citations:
        sentence = (
            "Nothing was looked up for this question: the answer goes on with the passages of an "
            "earlier one, which its citations point to."
        )
    elif turn.searched:
        sentence = "Nothing in the documents fitted."
    elif not needs_documents(without_attachments(turn.question), after_reply=True):
        sentence = "Nothing was looked up: the question needs no documents."
    else:
        sentence = (
            "Nothing was looked up: looking into documents was off (/rag), or there were none "
            "(/ingest)."
        )
    yield ("", sentence)


def shortened(text: str, longest: int) -> str:
    """At most so many columns of the text."""
    return text if cell_len(text) <= longest else set_cell_size(text, longest - 1) + "…"


COMMANDS = (Command("why", "", "Show how the passages of the answer were found", why, leads=True),)
