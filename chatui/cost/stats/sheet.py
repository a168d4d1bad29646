"""The whole sheet of statistics: the totals, the plots, the table, and what brevity saved."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from chatui.cost.stats.brevity import ENOUGH_REPLIES, Brevity
from chatui.cost.stats.panels import plots, row_name
from chatui.cost.stats.plots import InkSpan, Line, cut
from chatui.cost.stats.values import Stats, StatsRow
from chatui.text.figures import (
    approximate,
    counted,
    pause,
    rounded_moneys,
    seconds,
    short_tokens,
    speed,
    tokens,
)
from chatui.text.safety import one_line

ROWS_SHOWN = 40
NAME_AT_LEAST = 14
EMPTY = "No calls yet: ask something first, then there is something to add up."
HEAD = ("calls", "in", "hits", "out", "cost", "first token", "p95", "tok/s", "reason", "stall")
CAVEAT = (
    "Compared with your own replies without /concise, to other questions; ± holds 95 of 100 "
    "such differences. What shorter answers save in later prompts is not counted."
)


def sheet(stats: Stats, width: int, height: int, *, plain: bool = False) -> list[Line]:
    """Everything, on lines of at most `width` cells but for figures that need more; the
    plots' columns are `height` cells high, 0 for no plots."""
    if not stats.total.calls:
        return paragraph(EMPTY, width)
    return [
        *totals(stats, width),
        (),
        *(plots(stats, width, height, plain=plain) if height and not is_one_day(stats) else ()),
        *table(stats, width),
        *concise(stats, width),
    ]


def is_one_day(stats: Stats) -> bool:
    """Whether a plot over time would be a single column."""
    return stats.by == "day" and len(stats.periods) < 2


def totals(stats: Stats, width: int) -> list[Line]:
    row = stats.total
    usage = row.usage
    facts = [
        counted(row.replies, "reply", "replies")
        + f", {counted(row.calls, 'call')}" * (row.calls != row.replies),
        approximate(f"{tokens(usage.prompt)} tokens in", usage.estimated)
        + f" ({tokens(usage.cache_read)} cached)" * bool(usage.cache_read),
        approximate(f"{tokens(usage.output)} out", usage.estimated),
        rounded_moneys(row.costs),
    ]
    if row.unpriced and row.priced:
        facts.append(f"{counted(row.unpriced, 'call')} of unknown price")
    if row.first_token:
        waits = row.first_token
        facts.append(f"first token {seconds(waits.p50)} (p95 {seconds(waits.p95)})")
    if row.speed:
        facts.append(speed(row.speed))
    if row.gap_p95 is not None:
        facts.append(
            f"{pause(row.between_tokens)} between tokens (p95 {pause(row.gap_p95)}, "
            f"longest {pause(row.longest_stall)})"
        )
    if usage.reasoning:
        facts.append(reasoned(row))
    if row.cache_hit_rate is not None:
        facts.append(f"cache hits {row.cache_hit_rate:.0%}")
    return [(InkSpan(span_words(stats), "title"),), *joined(facts, width)]


def reasoned(row: StatsRow) -> str:
    """What reasoning is of the output, and what it makes of it."""
    times = f", {row.reasoning_multiple:.1f}× the answers" * bool(row.reasoning_multiple)
    return f"reasoning {row.reasoning_share or 0:.0%} of the output{times}"


def span_words(stats: Stats) -> str:
    when = f"{stats.since:%d %b %Y} – {stats.until:%d %b %Y}"
    if not stats.days:
        return f"All, {when}"
    return "Today" if stats.days == 1 else f"Last {stats.days} days, {when}"


def joined(facts: Sequence[str], width: int) -> list[Line]:
    """The facts with dots between them, each whole on its line."""
    lines = [""]
    for fact in facts:
        longer = f"{lines[-1]} · {fact}" if lines[-1] else fact
        if cell_len(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(fact)
    return [(InkSpan(line),) for line in lines]


def table(stats: Stats, width: int) -> list[Line]:
    """A line per row; the columns on the right are left out where there is no room."""
    shown = stats.rows[-ROWS_SHOWN:] if stats.by == "day" else stats.rows[:ROWS_SHOWN]
    names = [one_line(row_name(row, stats)) for row in shown]
    cells = [HEAD, *(figures_of(row) for row in shown)]
    widths = [max(cell_len(row[n]) for row in cells) for n in range(len(HEAD))]
    while len(widths) > 5 and width - sum(widths) - 2 * len(widths) < NAME_AT_LEAST:
        widths.pop()
    longest = max(cell_len(name) for name in (*names, stats.by))
    room = max(NAME_AT_LEAST, min(longest, width - sum(widths) - 2 * len(widths)))
    lines: list[Line] = []
    for number, (name, row) in enumerate(zip((stats.by, *names), cells, strict=True)):
        text = cut(name, room, keep_end=number > 0 and stats.by == "model")
        for cell, column in zip(row, widths, strict=False):
            text += "  " + " " * (column - cell_len(cell)) + cell
        lines.append((InkSpan(text, "muted" if number == 0 else ""),))
    left = len(stats.rows) - len(shown)
    if left:
        lines.append((InkSpan(f"and {left:,} more: --json and --csv have all of them", "muted"),))
    return lines


def figures_of(row: StatsRow) -> tuple[str, ...]:
    usage, waits = row.usage, row.first_token
    return (
        f"{row.calls:,}",
        approximate(short_tokens(usage.prompt), usage.estimated),
        "—" if row.cache_hit_rate is None else f"{row.cache_hit_rate:.0%}",
        approximate(short_tokens(usage.output), usage.estimated),
        rounded_moneys(row.costs),
        seconds(waits.p50 if waits else None),
        seconds(waits.p95 if waits else None),
        speed(row.speed).removesuffix(" tok/s"),
        f"{row.reasoning_share:.0%}" if row.reasoning_share else "—",
        pause(row.longest_stall),
    )


def concise(stats: Stats, width: int) -> list[Line]:
    """What `/concise` saved, where it was on."""
    if not stats.brevity:
        return []
    lines: list[Line] = [(), (InkSpan("/concise", "title"),)]
    for sentence in brevity_sentences(stats):
        lines += paragraph(sentence, width)
    return [*lines, *paragraph(CAVEAT, width, muted=True)]


def brevity_sentences(stats: Stats) -> Iterator[str]:
    for brevity in stats.brevity:
        yield f"{one_line(brevity.model)}: {verdict(brevity)}"


def verdict(brevity: Brevity) -> str:
    brief, usual = brevity.brief, brevity.usual
    if not brevity.is_enough:
        return (
            f"too few replies to tell, {brief.replies:,} with it and {usual.replies:,} without; "
            f"{ENOUGH_REPLIES} of each are needed."
        )
    means = f"{brief.mean:,.0f} tokens a reply instead of {usual.mean:,.0f}"
    difference = f"{abs(brevity.saved):,.0f} ± {brevity.margin:,.0f}"
    if not brevity.is_clear:
        return f"no clear difference, {means} ({difference})."
    if brevity.saved < 0:
        return f"it saved nothing: {means} ({difference} more)."
    return (
        f"{means}, {difference} fewer; over {brief.replies:,} replies "
        f"≈ {tokens(brevity.saved_tokens)} tokens, {rounded_moneys(brevity.saved_costs)}."
    )


def paragraph(text: str, width: int, *, muted: bool = False) -> list[Line]:
    # A mark stays with its figure.
    held = re.sub("([≈±]) ", "\\1\u00a0", text)
    lines = (line.replace("\u00a0", " ") for line in textwrap.wrap(held, width))
    return [(InkSpan(line, "muted" if muted else ""),) for line in lines]
