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
from chatui.widgets.details import Details, Fact
from chatui.widgets.passage_labels import place_label

if TYPE_CHECKING:
    from chatui.app.window import Window

PLACE = 29
"""Columns of a passage's place; the table fits 80 columns with the box around it."""

TEXT = 62


async def why(window: Window, argument: str) -> None:
    """Of the turn that is selected in the transcript, else of the last one."""
    transcript = window.view.transcript
    _, turn = found(window, (transcript.selected_key if transcript else None) or "")
    await window.push_screen_wait(Details("Why these passages", list(facts(turn))))


def facts(turn: Turn) -> Iterator[Fact]:
    """What was asked, and a line for each passage: its place in the fused ranking and in
    both legs, its score, its likeness to the question, and whether the answer cites it."""
    question = one_line(without_attachments(turn.question))
    yield ("", shortened(f"Question      {question}"))
    if turn.searched:
        yield ("", shortened(f"Searched for  {one_line(turn.searched)}"))
    passages = sorted(turn.passages, key=lambda passage: passage.rank)
    if not passages:
        yield from nothing_found(turn)
        return
    collections = ", ".join(dict.fromkeys(one_line(p.collection) for p in passages))
    yield ("", shortened(f"Looked into   {collections}"))
    yield ("", "")
    yield ("", f"{'':>4} {'passage':<{PLACE}} {'score':>7} {'dense':>6} {'words':>6} {'like':>6}")
    cited = {citation.passage.chunk_id: citation for citation in turn.reply.citations}
    for passage in passages:
        yield ("", line(passage, cited.get(passage.chunk_id)))
        if heading := one_line(passage.heading):
            yield ("", shortened(f"     {heading}"))
    yield ("", "")
    for sentence in LEGEND:
        yield ("", sentence)


LEGEND = (
    "In order of the fused rank. dense, words: rank by meaning and by",
    "words, — not found that way. like: cosine to the question.",
    "* cited by the answer   + cited by matching",
)


def line(passage: Passage, citation: Citation | None) -> str:
    sign = " " if citation is None else "*" if citation.marked else "+"
    place = set_cell_size(place_label(passage, longest=PLACE - 8), PLACE)
    ranks = passage.ranks
    like = "—" if passage.similarity is None else f"{passage.similarity:.2f}"
    return (
        f"{sign}{passage.rank:>3} {place} {passage.score:>7.4f} {rank(ranks.dense):>6} "
        f"{rank(ranks.lexical):>6} {like:>6}"
    )


def rank(place: int | None) -> str:
    return "—" if place is None else str(place)


def nothing_found(turn: Turn) -> Iterator[Fact]:
    """Why there is nothing to list."""
    yield ("", "")
    if turn.reply.citations:
        sentences: Sequence[str] = (
            "Nothing was looked up for this question: the answer goes on with",
            "the passages of an earlier one, which its citations point to.",
        )
    elif turn.searched:
        sentences = ("Nothing in the documents fitted.",)
    elif not needs_documents(without_attachments(turn.question), after_reply=True):
        sentences = ("Nothing was looked up: the question needs no documents.",)
    else:
        sentences = (
            "Nothing was looked up: looking into documents was off (/rag), or",
            "there were none (/ingest).",
        )
    for sentence in sentences:
        yield ("", sentence)


def shortened(text: str, longest: int = TEXT) -> str:
    """At most so many columns of the text."""
    return text if cell_len(text) <= longest else set_cell_size(text, longest - 1) + "…"


COMMANDS = (Command("why", "", "Show how the passages of the answer were found", why),)
