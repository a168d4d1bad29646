"""The small lines under a reply: how it ended, its sources, its figures. Pure Content."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.style import Style

from chatui.domain.conversation import FinishReason, Turn, TurnState
from chatui.domain.usage import Timing, Usage
from chatui.text import figures
from chatui.text.citations.marks import MarkForm
from chatui.text.citations.written import dangling_sentence, incomplete_sentences
from chatui.text.endings import ending
from chatui.text.figures import counted
from chatui.text.safety import SENTENCE_LIMIT, one_line
from chatui.widgets.markdown_inline import CITATION
from chatui.widgets.passage_labels import place_label

DOT = " · "
VERSION, LEFT_OUT = "version", "left-out"
"""Metadata of what a click goes to: the version so many steps on; the prompt, for a turn that is
left out of it."""
RECALLED_CHARACTERS = 40
"""So much of an earlier question says which one it was."""
LEAST_GAP = 0.1
"""Seconds; where no pause was longer there is nothing that a reader could have seen."""
MOST_SOURCES = 6
"""Cited passages that are named; the panel has them all."""


def notes(
    turn: Turn,
    width: int,
    waiting_seconds: int = 0,
    version: tuple[int, int] | None = None,
    *,
    timed: bool = False,
) -> list[Content]:
    """The note lines of the turn, those that have something to say, in `width` columns. `version`
    is which of its versions it is, and of how many; `timed`: with when it was asked."""
    state = state_note(turn, waiting_seconds)
    return [
        *(state.wrap(width) if state else []),
        *(left_out_note().wrap(width) if turn.left_out else []),
        *_lines(recalled_note(turn), width),
        *_lines(sources_note(turn), width),
        *_lines(dangling_note(turn), width),
        *(line for note in incomplete_note(turn) for line in _lines([note], width)),
        *_lines(cut_note(turn), width),
        *_lines([*version_note(version), *time_note(turn) * timed, *figures_note(turn)], width),
    ]


def state_note(turn: Turn, waiting_seconds: int = 0) -> Content:
    """Waiting, interrupted, failed with its reason, or cut off; empty for a complete reply."""
    if turn.state is TurnState.PENDING and not turn.reply.text and not turn.reply.reasoning:
        waited = f" {waiting_seconds} s" if waiting_seconds else ""
        return Content.styled(f"waiting for the reply …{waited}", "markdown--em")
    if turn.state is TurnState.FAILED:
        sentence = one_line(turn.reply.error or "The model failed.", SENTENCE_LIMIT)
        return Content.assemble(("✗ ", "turn--error"), (sentence, "turn--error"))
    if turn.state is TurnState.INTERRUPTED:
        kept = ", what came is kept" if turn.reply.text else ""
        return Content.styled(f"■ interrupted{kept}", "turn--warning")
    if not (clause := ending(turn.reply)):
        return Content("")
    if turn.reply.finish_reason is FinishReason.LENGTH:
        clause = f"cut off: {clause} · /continue goes on"
    return Content.styled(f"■ {clause}", "turn--warning")


def left_out_note() -> Content:
    """That prompts go without the turn, and how that is taken back."""
    told = "◌ left out of prompts · a click or /omit takes it in again"
    return Content.styled(told, "turn--warning").stylize(Style.from_meta({LEFT_OUT: True}))


def time_note(turn: Turn) -> list[Content]:
    """`29 Nov 2026 18:13:05`, in local time."""
    return [Content.styled(f"{turn.asked.astimezone():%-d %b %Y %H:%M:%S}", "turn--text")]


def version_note(version: tuple[int, int] | None) -> list[Content]:
    """`‹ 2/3 ›`: a click on an arrow goes to the version beside it."""
    if version is None:
        return []
    number, count = version
    parts = [
        Content.styled(arrow, "turn--source").stylize(Style.from_meta({VERSION: step}))
        for arrow, step in (("‹ ", -1), (" ›", 1))
    ]
    return [parts[0] + Content.styled(f"{number}/{count}", "turn--text") + parts[1]]


def recalled_note(turn: Turn) -> list[Content]:
    """`recalled  3 Nov 14:05 When is the wedding? · …`: earlier turns that joined the prompt."""
    entries = [
        Content.assemble(
            (f"{one.asked.astimezone():%-d %b %H:%M}", "turn--source"),
            (f" {shortened(one_line(one.question), RECALLED_CHARACTERS)}", "turn--text"),
        )
        for one in turn.recalled
    ]
    return [Content("recalled  ") + entries[0], *entries[1:]] if entries else []


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def sources_note(turn: Turn) -> list[Content]:
    """`sources  1 guide.md:12 · 2 report.pdf p. 3`; each entry is a click target."""
    citations = sorted(turn.reply.citations, key=lambda citation: citation.n)
    if not citations:
        return _uncited_note(turn)
    form = MarkForm(turn.reply.mark_prefix)
    entries = [
        Content.assemble(
            (form.label(citation.n), "turn--source" if citation.marked else "turn--source-added"),
            (f" {place_label(citation.passage, line=citation.line)}", "turn--text"),
        ).stylize(Style.from_meta({CITATION: citation.n}))
        for citation in citations[:MOST_SOURCES]
    ]
    if len(citations) > MOST_SOURCES:
        entries.append(Content(f"{len(citations) - MOST_SOURCES} more"))
    return [Content("sources  ") + entries[0], *entries[1:]]


def dangling_note(turn: Turn) -> list[Content]:
    """That marks were taken out, when there were any."""
    count = len(turn.reply.dangling)
    return [Content.styled(dangling_sentence(count), "turn--warning")] if count else []


def incomplete_note(turn: Turn) -> list[Content]:
    """Which of the cited documents were read in part only."""
    told = incomplete_sentences(turn.reply.citations)
    return [Content.styled(one_line(sentence), "turn--warning") for sentence in told]


def cut_note(turn: Turn) -> list[Content]:
    """That the model was not given the whole question."""
    if not turn.cut:
        return []
    told = f"{figures.tokens(turn.cut)} tokens were cut out of the question when it was sent"
    return [Content.styled(told, "turn--warning")]


def figures_note(turn: Turn) -> list[Content]:
    """`gpt-5-mini · 1,234 in (1,024 cached) · 321 out · $0.0042 · 0.42 s to first · 51 tok/s`."""
    parts = ["pinned"] if turn.pinned else []
    reply = turn.reply
    if reply.edited:
        parts.append("edited by you")
    if turn.state is not TurnState.PENDING and reply.model:
        parts.append(one_line(reply.model))
        if reply.usage is not None:
            parts.extend([input_figure(reply.usage), output_figure(reply.usage)])
        if reply.cost is not None:
            parts.append(figures.price_paid(reply.cost))
        if reply.timing is not None and reply.timing.first_token is not None:
            parts.append(f"{figures.seconds(reply.timing.first_token)} to first")
            speed = reply.timing.tokens_per_second(reply.usage)
            if speed is not None and not reply.quotes:
                parts.append(figures.speed(speed))
            gaps = reply.timing.gaps
            # Of quotes, and of what came in a few pieces at once, there are no pauses to tell.
            if gaps is not None and gaps.longest >= LEAST_GAP and not reply.quotes:
                parts.append(between_figure(reply.timing, reply.usage))
    return [Content(part) for part in parts]


def between_figure(timing: Timing, usage: Usage | None) -> str:
    """`20 ms between tokens (p95 45 ms, longest 1.20 s)`."""
    assert timing.gaps is not None
    p95, longest = figures.pause(timing.gaps.p95), figures.pause(timing.gaps.longest)
    between = figures.pause(timing.between_tokens(usage))
    return f"{between} between tokens (p95 {p95}, longest {longest})"


def input_figure(usage: Usage) -> str:
    """The whole prompt, and how much of it was read from the provider's cache."""
    cached = f" ({figures.tokens(usage.cache_read)} cached)" if usage.cache_read else ""
    return f"{figures.approximate(figures.tokens(usage.prompt), usage.estimated)} in{cached}"


def output_figure(usage: Usage) -> str:
    """What the model wrote, and how much of it was reasoning."""
    reasoning = f" ({figures.tokens(usage.reasoning)} reasoning)" if usage.reasoning else ""
    return f"{figures.approximate(figures.tokens(usage.output), usage.estimated)} out{reasoning}"


def _uncited_note(turn: Turn) -> list[Content]:
    found = len(turn.passages)
    if not found:
        return []
    passages = f"{counted(found, 'passage')} found"
    cited = ", none cited" if turn.state is TurnState.COMPLETE else ""
    return [Content(passages + cited)]


def _lines(parts: Sequence[Content], width: int) -> list[Content]:
    """The parts with dots between them; a line ends between two parts."""
    lines: list[Content] = []
    for part in parts:
        longer = lines[-1] + DOT + part if lines else part
        if lines and longer.cell_length > width:
            lines.append(part)
        else:
            lines[-1:] = [longer]
    return [line.truncate(width, ellipsis=True) for line in lines]
