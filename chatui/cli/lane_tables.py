"""Several answers beside each other: a table of their figures, and how their words differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from chatui.cli.output import Part, Styled, print_line, print_table, print_text
from chatui.text import figures
from chatui.text.safety import strip_controls
from chatui.text.same_words import same_words

if TYPE_CHECKING:
    from chatui.cli.lanes import LaneOutcome

HEAD = ("Model", "First token", "Speed", "p95 gap", "Stall", "In", "Out", "Cost")

# Words with what follows them, signs by themselves, and each character of a script that has
# no spaces: so little things don't make a whole line differ.
_WORDS = re.compile(r"\s+|[⺀-鿿豈-﫿぀-ヿ]|[^\W⺀-鿿豈-﫿぀-ヿ]+|[^\w\s]")


def print_figures(lanes: Sequence[LaneOutcome]) -> None:
    """One row for each model, a dash for what is not known; nothing when none was asked."""
    if not any(lane.answer and lane.answer.turn.reply.usage for lane in lanes):
        return
    print_line()
    print_table(HEAD, [row(lane) for lane in lanes])


def row(lane: LaneOutcome) -> tuple[str, ...]:
    name = lane.name
    if lane.failed:
        name += " (failed)"
    elif lane.interrupted:
        name += " (interrupted)"
    reply = lane.answer.turn.reply if lane.answer else None
    if reply is None or reply.usage is None:
        return (name, *[figures.UNKNOWN] * (len(HEAD) - 1))
    usage, timing = reply.usage, reply.timing
    gaps = timing.gaps if timing else None
    speed = timing.tokens_per_second(usage) if timing else None
    return (
        name,
        figures.seconds(timing.first_token if timing else None),
        figures.approximate(figures.speed(speed), usage.estimated),
        *(figures.pause(gap) for gap in ((gaps.p95, gaps.longest) if gaps else (None, None))),
        figures.approximate(figures.tokens(usage.prompt), usage.estimated),
        figures.approximate(figures.tokens(usage.output), usage.estimated),
        figures.money(reply.cost),
    )


def print_differences(lanes: Sequence[LaneOutcome]) -> None:
    """How each answer differs from the first one: words that left as [-…-], words that came
    as {+…+}."""
    answers = [(lane.name, lane.answer.turn.reply.text) for lane in lanes
               if lane.answer and not lane.failed]  # fmt: skip
    for name, text in answers[1:]:
        base, before = answers[0]
        print_line(Styled(f"── {name} against {base}", bold=True))
        print_text(*marked(strip_controls(before), strip_controls(text)))


def marked(before: str, after: str) -> Iterator[Part]:
    """The second text, marked by what it has of its own and what it lacks of the first."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    kept, left, right = "", 0, 0
    for there, here in [*same_words(old, new), (len(old), len(new))]:
        gone, come = "".join(old[left:there]), "".join(new[right:here])
        if (gone or come) and kept:
            yield kept
            kept = ""
        if gone:
            yield Styled(f"[-{gone}-]", fg="red")
        if come:
            yield Styled(f"{{+{come}+}}", fg="green")
        kept += "".join(new[here : here + 1])
        left, right = there + 1, here + 1
    if kept:
        yield kept
