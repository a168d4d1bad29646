"""The sections of a turn that are not its reply: question, reasoning's head, notes."""

from __future__ import annotations

from textual.content import Content
from textual.style import Style

from chatui.domain.conversation import Turn
from chatui.text import figures
from chatui.text.safety import strip_controls
from chatui.widgets.line_view import LineGroup
from chatui.widgets.markdown_layout import PROSE_WIDEST, Line, wrapped_lines
from chatui.widgets.turn_notes import notes

FOLD = "fold"
"""Metadata of what a click opens or closes: "question" or "reasoning"."""

PROMPT = "❯ "
MOST_LINES = 12
MOST_CHARACTERS = 1500
MOST_UNFOLDED = 20_000
MOST_LINES_UNFOLDED = 1_000
"""Characters and lines of a question that the window lays out; exports and the store have all."""
_FOLDED_LINES = 8
_FOLDED_CHARACTERS = 800


def question_section(question: str, width: int, unfolded: bool) -> LineGroup:
    """The question as it was typed; a long one is folded until it is clicked, and a very long
    one shows its beginning."""
    text = strip_controls(question).expandtabs(4).strip("\n")
    content = beginning(text) if unfolded else folded(text)
    lines = wrapped_lines(content, max(1, min(width, PROSE_WIDEST) - len(PROMPT)))
    for index, line in enumerate(lines):
        prompt = Content.styled(PROMPT, "turn--prompt") if index == 0 else Content("  ")
        line.content = prompt + line.content
        line.indent = len(PROMPT)
        line.fill = "turn--question"
    return LineGroup(lines, wide=True)


def beginning(question: str) -> Content:
    lines = question[:MOST_UNFOLDED].split("\n", MOST_LINES_UNFOLDED)
    shown = "\n".join(lines[:MOST_LINES_UNFOLDED])
    if len(shown) == len(question):
        return Content(question)
    more = f" … {len(question) - len(shown):,} characters more: /export has them all"
    return Content(shown) + Content.styled(more, "turn--muted")


def folded(question: str) -> Content:
    """The question's beginning, with a note of what is not shown; short questions whole."""
    lines = question.split("\n")
    if len(lines) <= MOST_LINES and len(question) <= MOST_CHARACTERS:
        return Content(question)
    shown = "\n".join(lines[:_FOLDED_LINES])[:_FOLDED_CHARACTERS]
    more = Content.styled(f" … {len(question) - len(shown):,} characters more", "turn--muted")
    return Content(shown) + more.stylize(Style.from_meta({FOLD: "question"}))


def reasoning_head(words: int, tokens: int, expanded: bool, streaming: bool) -> LineGroup:
    """`▸ reasoning · 312 tok`, or its words where nobody counted tokens."""
    count = f"{figures.tokens(tokens)} tok" if tokens else f"{figures.tokens(words)} words"
    name = "thinking" if streaming else "reasoning"
    head = Content(f"{'▾' if expanded else '▸'} {name} · {count}")
    line = Line(head.stylize(Style.from_meta({FOLD: "reasoning"})))
    return LineGroup([line], style="turn--muted")


def notes_section(
    turn: Turn,
    width: int,
    waited: int,
    version: tuple[int, int] | None = None,
    *,
    timed: bool = False,
) -> LineGroup:
    """How the turn ended, its sources, which version it is, and its figures."""
    lines = notes(turn, width, waited, version, timed=timed)
    return LineGroup([Line(line) for line in lines], style="turn--muted")
