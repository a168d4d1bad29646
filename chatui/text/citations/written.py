"""Citations as text: the marks that matching adds, places, and a list of sources. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from chatui.domain.passage import Citation, Passage
from chatui.text.citations.marks import PLAIN, MarkForm

OPENING, CLOSING = "\ue000", "\ue001"
"""Private characters around the label of an added mark, for what draws it otherwise."""

QUOTE_CHARACTERS = 300
_SPACE = re.compile(r"\s+")


def with_added(text: str, citations: Sequence[Citation], form: MarkForm = PLAIN) -> str:
    """The reply's text with the added marks behind their sentences."""
    return _with(text, citations, lambda n: f" {form.written([n])}")


def drawable(text: str, citations: Sequence[Citation], form: MarkForm = PLAIN) -> str:
    """The same for the screen, which shows an added mark in a look of its own."""
    return _with(text, citations, lambda n: f"{OPENING}{form.label(n)}{CLOSING}")


def _with(text: str, citations: Sequence[Citation], mark: Callable[[int], str]) -> str:
    places = sorted((place, c.n) for c in citations for place in c.added if place <= len(text))
    pieces, done = [], 0
    for place, n in places:
        pieces += [text[done:place], mark(n)]
        done = place
    return "".join([*pieces, text[done:]])


def place(passage: Passage, line: int | None = None) -> str:
    """`guide.md:12`, which terminals open at a click, or `report.pdf, page 3`."""
    return located(passage.source, passage, line)


def located(name: str, passage: Passage, line: int | None = None) -> str:
    """The place in the file of that name."""
    if passage.page_name:
        return f"{name}, {passage.page_name}"
    return f"{name}:{passage.line_start if line is None else line}"


def quote(citation: Citation) -> str:
    """The sentence of the passage that supports the answer best, on one line; "" when none
    is known."""
    if not citation.support:
        return ""
    start, end = citation.support[0]
    said = _SPACE.sub(" ", citation.passage.text[start:end]).strip()
    return said if len(said) <= QUOTE_CHARACTERS else said[: QUOTE_CHARACTERS - 1] + "…"


def dangling_sentence(count: int) -> str:
    """What a reader is told of the marks that were taken out."""
    if count == 1:
        return "1 citation pointed to no source and was taken out"
    return f"{count} citations pointed to no source and were taken out"


def incomplete_sentences(citations: Sequence[Citation]) -> list[str]:
    """What a reader is told of the cited documents that were read in part, one for each."""
    lacking = {c.passage.source: c.passage.incomplete for c in citations if c.passage.incomplete}
    return [f"{name} was read in part only: {what}" for name, what in lacking.items()]


def sources_markdown(citations: Sequence[Citation], form: MarkForm = PLAIN) -> str:
    """A list item for each source: mark, place, heading and the supporting sentence."""
    return "\n".join(_item(citation, form) for citation in sorted(citations, key=lambda c: c.n))


def _item(citation: Citation, form: MarkForm) -> str:
    passage = citation.passage
    head = f"- {form.written([citation.n])} `{place(passage, citation.line)}`"
    if passage.heading:
        head += f" · {_SPACE.sub(' ', passage.heading)}"
    if not citation.marked:
        head += " (added by matching)"
    said = quote(citation)
    return f"{head}\n  > {said}" if said else head
