"""What stands above an answer that is compared: model, state and the meter's figures. Pure
Content; `widgets.compare_lane` draws it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from typing import TypeVar

from textual.content import Content

from chatui.cost.reading import MeterReading
from chatui.domain.conversation import Turn, TurnState
from chatui.domain.usage import Cost, total_cost
from chatui.text import figures
from chatui.text.safety import one_line
from chatui.widgets.meter_fields import FIGURE, GAP, LABEL, Field, fit, lower_fields, upper_fields

Number = TypeVar("Number", float, Decimal)
Widths = MutableMapping[tuple[str, int], int]
ROWS = 3
BEST = "$text-success bold"
NARROWEST_TAB = 10
"""Cells of a tab that has a name."""
SHORTEST_NAME = 12


class LaneState(Enum):
    """How far an answer is: the sign, the word and the colour of it."""

    READY = ("", "", LABEL)
    WAITING = ("·", "waiting", LABEL)
    STREAMING = ("●", "streaming", "$text-primary")
    DONE = ("✓", "done", "$text-success")
    STOPPED = ("■", "stopped", "$text-warning")
    FAILED = ("✗", "failed", "$text-error")

    @property
    def ended(self) -> bool:
        return self in {LaneState.DONE, LaneState.STOPPED, LaneState.FAILED}


@dataclass(frozen=True, slots=True)
class LaneFacts:
    """What is said above one answer; `number` is its key, from 1."""

    number: int
    model: str
    standing: LaneState = LaneState.READY
    reading: MeterReading = MeterReading()


@dataclass(frozen=True, slots=True)
class Best:
    """The numbers of the answers with the lowest cost and with the most tokens/s; None where
    two share the place or a figure is missing."""

    cheapest: int | None = None
    fastest: int | None = None


def standing_of(turn: Turn) -> LaneState:
    if turn.state is TurnState.PENDING:
        begun = turn.reply.text or turn.reply.reasoning
        return LaneState.STREAMING if begun else LaneState.WAITING
    return {
        TurnState.COMPLETE: LaneState.DONE,
        TurnState.INTERRUPTED: LaneState.STOPPED,
        TurnState.FAILED: LaneState.FAILED,
    }[turn.state]


def booked(turn: Turn) -> MeterReading:
    """The figures of a settled answer, as they stand in the ledger; none where nothing was
    asked."""
    reply, timing = turn.reply, turn.reply.timing
    if reply.usage is None or timing is None:
        return MeterReading()
    return MeterReading(
        model=reply.model,
        turn=reply.usage,
        turn_cost=reply.cost,
        first_token=timing.first_token,
        tokens_per_second=timing.tokens_per_second(reply.usage),
        between_tokens=timing.between_tokens(reply.usage),
        gaps=timing.gaps,
    )


def best_of(heads: Sequence[LaneFacts]) -> Best:
    """Compares the whole answers, once all have ended; one that broke off took less for
    another reason."""
    whole = [head for head in heads if head.standing is LaneState.DONE]
    if len(whole) < 2 or not all(head.standing.ended for head in heads):
        return Best()
    costs = {head.number: head.reading.turn_cost for head in whole}
    amounts = {n: cost.amount for n, cost in costs.items() if cost and cost.amount is not None}
    currencies = {cost.currency for cost in costs.values() if cost}
    comparable = len(amounts) == len(whole) and len(currencies) == 1
    speeds = {head.number: head.reading.tokens_per_second or 0.0 for head in whole}
    return Best(
        _sole(amounts, min) if comparable else None,
        _sole(speeds, max) if all(speeds.values()) else None,
    )


def head_lines(head: LaneFacts, best: Best, width: int, widths: Widths) -> list[Content]:
    """ROWS lines of at most `width` columns. `widths` is remembered by the caller, so that
    growing figures don't push others."""
    sign, word, colour = head.standing.value
    end = Content.styled(f"{sign} {word}".strip(), colour)
    room = width - end.cell_length - len(GAP)
    name = _name(f"{head.number} ", one_line(head.model), room)
    space = " " * max(0, width - name.cell_length - end.cell_length)
    lines = [Content.assemble(name, space, end)]
    if head.reading == MeterReading():
        # Nothing was counted yet, which is not 0.
        return [*lines, *[Content("")] * (ROWS - 1)]
    meter = {field.name: field for field in upper_fields(head.reading)}
    cost = Content.styled(figures.price_paid(head.reading.turn_cost), FIGURE)
    upper = [
        _ranked(Field("cost", (cost,)), "cheapest", best.cheapest == head.number),
    ]
    if "speed" in meter:
        upper.append(_ranked(meter["speed"], "fastest", best.fastest == head.number))
    if (gaps := head.reading.gaps) is not None:
        told = f"p95 {figures.pause(gaps.p95)}, longest stall {figures.pause(gaps.longest)}"
        upper.append(Field("gaps", (Content.styled(told, LABEL),), (0,)))
    # What was cached goes before the word that says what the seconds are.
    first = [replace(meter["first"], yields=(30, 34))] if "first" in meter else []
    for fields in (upper, [*first, meter["in"], meter["out"]]):
        line = Content(GAP).join(fit(fields, width, widths).values())
        lines.append(line.truncate(width, ellipsis=True))
    return lines


def tab_line(heads: Sequence[LaneFacts], chosen: int, width: int) -> Content:
    """All answers on one line, the chosen one standing out, where only one has room. Where there is
    hardly any they are numbers."""
    room = width // len(heads)
    tabs = []
    for head in heads:
        sign, _, colour = head.standing.value
        number = f" {head.number} "
        name = Content.styled(number, "$text-accent bold")
        if room >= NARROWEST_TAB:
            name = _name(number, one_line(head.model).rpartition("/")[2], room - 3)
        gap = " " if room >= NARROWEST_TAB else ""
        tab = Content.assemble(name, (f"{gap}{sign or ' '} ", colour))
        tabs.append(_standing_out(tab) if head.number == chosen else tab)
    return Content("").join(tabs)


def tab_table(heads: Sequence[LaneFacts], chosen: int, best: Best, width: int) -> Content:
    """A line for each answer with what they are compared by, where only one of them has room: the
    last columns go first."""
    rows = [_tab_row(head, best) for head in heads]
    natural = [max(cell.cell_length for cell in column) for column in zip(*rows, strict=True)]
    while len(natural) > 2 and sum(natural) + len(GAP) * len(natural) > width:
        del natural[-1]
    # A long name yields to the figures beside it.
    over = sum(natural) + len(GAP) * len(natural) - width
    natural[0] = max(SHORTEST_NAME, natural[0] - max(0, over))
    lines = []
    for head, row in zip(heads, rows, strict=True):
        name = row[0].truncate(natural[0], ellipsis=True)
        cells = [name.pad_right(natural[0] - name.cell_length)]
        cells += [
            cell.pad_left(size - cell.cell_length)
            if at > 1
            else cell.pad_right(size - cell.cell_length)
            for at, (cell, size) in enumerate(zip(row, natural, strict=False))
            if at
        ]
        line = Content(" ") + Content(GAP).join(cells) + Content(" ")
        lines.append(_standing_out(line) if head.number == chosen else line)
    return Content("\n").join(lines)


def _tab_row(head: LaneFacts, best: Best) -> list[Content]:
    sign, word, colour = head.standing.value
    reading = head.reading
    cells = [
        Content.assemble((f"{head.number} ", "$text-accent bold"), (one_line(head.model), "bold")),
        Content.styled(f"{sign} {word}".strip(), colour),
    ]
    if reading == MeterReading():
        return [*cells, *[Content("")] * 4]
    figure, speed = figures.price_paid(reading.turn_cost), figures.speed(reading.tokens_per_second)
    return [
        *cells,
        Content.styled(figure, BEST if best.cheapest == head.number else FIGURE),
        Content.styled(speed, BEST if best.fastest == head.number else FIGURE),
        Content.assemble(("first ", LABEL), (figures.seconds(reading.first_token), FIGURE)),
        Content.assemble(("out ", LABEL), (figures.tokens(reading.turn.output), FIGURE)),
    ]


def _standing_out(tab: Content) -> Content:
    # Reversed without its colours, so that it stands out on any terminal.
    return Content.styled(tab.plain, "bold reverse")


def verdict(heads: Sequence[LaneFacts], best: Best) -> list[str]:
    """What the figures of the answers come to, once all have ended; from long to short, [] where
    they tell nothing apart."""
    if len(heads) < 2 or not all(head.standing.ended for head in heads):
        return []
    told: list[tuple[str, str, str]] = []
    whole = [head for head in heads if head.standing is LaneState.DONE]
    lacking = len(heads) - len(whole)
    amounts = [head.reading.turn_cost.amount for head in whole if head.reading.turn_cost]
    dearest = max((amount for amount in amounts if amount is not None), default=None)
    speeds = [head.reading.tokens_per_second for head in whole]
    slowest = min((each for each in speeds if each), default=None)
    for head in whole:
        name = f"{head.number} {one_line(head.model).rpartition('/')[2]}"
        cost, speed = head.reading.turn_cost, head.reading.tokens_per_second
        if head.number == best.cheapest and cost and dearest:
            less = "" if not cost.amount else f"{_times(dearest / cost.amount)} less"
            long = f"cheapest: {name}, {less or 'free'}"
            if less:
                long += " than the dearest"
            told.insert(
                0, (long, f"cheapest: {name}, {less or 'free'}", f"cheapest: {head.number}")
            )
        if head.number == best.fastest and speed and slowest:
            faster = _times(speed / slowest)
            told.append(
                (
                    f"fastest: {name}, {faster} the slowest",
                    f"fastest: {name}, {faster}",
                    f"fastest: {head.number}",
                )
            )
    if told and lacking:
        broken = f"{lacking} of {len(heads)} broke off"
        told.append((broken, broken, broken))
    return [" · ".join(each[at] for each in told) for at in range(3)] if told else []


def _times(ratio: float | Decimal) -> str:
    return f"{ratio:.1f}×" if ratio < 10 else f"{ratio:,.0f}×"


def totals(costs: Sequence[Cost | None], idle: MeterReading | None, width: int) -> Content:
    """What all answers took together, and, as the meter says it, what that makes of the
    conversation and of the day; `idle` was read when the last of them was booked."""
    sums = figures.moneys(total_cost([cost for cost in costs if cost is not None]))
    fields = [Field("together", (_pair("together", sums),))]
    if idle is not None:
        fields += [each for each in lower_fields(idle) if each.name in {"chat", "today", "left"}]
    return Content(GAP).join(fit(fields, width, {}).values()).truncate(width, ellipsis=True)


def _sole(values: Mapping[int, Number], best: Callable[[Iterable[Number]], Number]) -> int | None:
    """Whose value is the best one; None when several have it."""
    found = [at for at, value in values.items() if value == best(values.values())]
    return found[0] if len(found) == 1 else None


def _name(before: str, name: str, room: int) -> Content:
    """The name in so many columns: without its provider, then without its middle."""
    room = max(4, room - len(before))
    if len(name) > room:
        name = name.rpartition("/")[2]
    if len(name) > room:
        start = room // 2
        name = f"{name[:start]}…{name[start + 1 - room :]}"
    return Content.assemble((before, "$text-accent bold"), (name, "bold"))


def _ranked(field: Field, word: str, best: bool) -> Field:
    """The figure, standing out when it is the best one, with the word where there is room."""
    if not best:
        return field
    figure = Content.styled(field.wordings[0].plain, BEST)
    return Field(field.name, (figure + Content.styled(f" {word}", LABEL), figure), (1,))


def _pair(label: str, figure: str) -> Content:
    return Content.assemble((f"{label} ", LABEL), (figure, FIGURE))
