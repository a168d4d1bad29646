"""What the meter says, as fields with ever shorter wordings, and how they fit a width.

Pure: a reading and a width in, two lines out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass

from textual.content import Content

from chatui.cost.reading import MemoryState, MeterReading, Quote
from chatui.domain.usage import Cost, LimitLeft
from chatui.text import figures
from chatui.text.safety import one_line
from chatui.widgets.quiet import MUTED

GAP = "  "
LABEL = MUTED
FIGURE = "$foreground"
UNUSED = "$0"
NO_KEY = "! no key"
_FULL_AT, _TIGHT_AT = 0.95, 0.8
_LONGEST_NAME = 18
Reserved = Mapping[tuple[str, int], int]
NOTHING: Reserved = {}
RESERVED: Reserved = {
    ("context", 0): 30,
    ("context", 1): 19,
    ("in", 0): 11,
    ("in", 2): 11,
    ("out", 0): 11,
    ("out", 2): 11,
    ("first", 0): 12,
    ("first", 1): 6,
    ("speed", 0): 9,
    ("turn", 0): 14,
    ("chat", 0): 14,
    ("today", 0): 15,
}
"""Cells that wordings of fields have on one line from the first reading on: none moves when a
figure comes. They hold `━━━━━━━━━━━━ ≈ 12.3k/128k  10%`, `in ≈ 12,345` and `turn ≈ $0.0042`."""
NEARLY_USED = 0.2
"""Share of a provider's limit from which on what is left of it is said."""

Widths = MutableMapping[tuple[str, int], int]
"""The greatest width seen of a field's wording, so that growing figures don't push others."""


@dataclass(frozen=True, slots=True)
class Field:
    """`wordings` go from long to short. `yields` says when each gives way to the next, low
    numbers first; a number after the last wording lets the field go altogether."""

    name: str
    wordings: tuple[Content, ...]
    yields: tuple[int, ...] = ()


def meter_lines(
    reading: MeterReading, width: int, widths: Widths, *, lines: int
) -> tuple[Content, ...]:
    """The meter in `width` columns, on one line or two. `widths` is remembered by the caller."""
    upper, lower = upper_fields(reading), lower_fields(reading)
    if lines == 1:
        return (_with_quote([*upper, *lower], width, widths, RESERVED),)
    shown = fit(upper, width, widths)
    return Content(GAP).join(shown.values()), _with_quote(lower, width, widths)


def _with_quote(
    fields: Sequence[Field], width: int, widths: Widths, reserved: Reserved = NOTHING
) -> Content:
    """A line of the fields, with what sending would take at its right edge."""
    shown = fit(fields, width, widths, reserved)
    quote = shown.pop("quote", Content(""))
    line = Content(GAP).join(shown.values())
    space = " " * max(0, width - line.cell_length - quote.cell_length)
    return Content("").join([line, space, quote])


def fit(
    fields: Sequence[Field], width: int, widths: Widths, reserved: Reserved = NOTHING
) -> dict[str, Content]:
    """The wording of each field, by name, such that all fit on a line; what does not fit
    is said shorter, then left out. Wordings take `reserved` cells at least."""
    chosen = {field.name: 0 for field in fields}
    while True:
        shown = [field for field in fields if chosen[field.name] < len(field.wordings)]
        texts = {
            field.name: _padded(field, chosen[field.name], widths, reserved) for field in shown
        }
        taken = sum(text.cell_length + len(GAP) for text in texts.values()) - len(GAP)
        yielding = [field for field in shown if chosen[field.name] < len(field.yields)]
        if taken <= width or not yielding:
            break
        first = min(yielding, key=lambda field: field.yields[chosen[field.name]])
        chosen[first.name] += 1
    for field in shown:
        key = (field.name, chosen[field.name])
        widths[key] = max(widths.get(key, 0), field.wordings[key[1]].cell_length)
    return texts


def upper_fields(reading: MeterReading) -> list[Field]:
    """Model, context, tokens of this turn, time to the first token, speed."""
    usage = reading.turn
    fields = [_model_field(reading.model)]
    if reading.keyless:
        # Never left out: nothing else is any good without it.
        fields.append(Field("key", (Content.styled(NO_KEY, "$text-warning"),)))
    if not reading.quotes:
        fields.append(_context_field(reading))
    fields += [
        Field(
            "in",
            _tokens("in", usage.prompt, usage.estimated, usage.cache_read, "cached"),
            (16, 18, 22),
        ),
        Field(
            "out",
            _tokens("out", usage.output, usage.estimated, usage.reasoning, "reasoning"),
            (17, 19, 23),
        ),
    ]
    if usage.total or reading.first_token is not None:
        wait = figures.seconds(reading.first_token)
        fields.append(_first_field(wait, reading.read_per_second))
        if not reading.quotes:
            fields.append(speed_field(reading))
    return fields


def speed_field(reading: MeterReading) -> Field:
    speed = figures.speed(reading.tokens_per_second)
    text = speed if reading.tokens_per_second is not None else f"{speed} tok/s"
    return Field("speed", (_figure(text),), (36,))


def lower_fields(reading: MeterReading) -> list[Field]:
    """Costs, the budget, what memory left out, and what sending the draft would take."""
    fields = [
        Field("turn", (_pair("turn", turn_words(reading)),)),
        Field("chat", (_pair("chat", spent_words(reading.conversation)),), (40,)),
        Field("today", (_pair("today", spent_words(reading.today)),), (30,)),
    ]
    if reading.budget_left is not None:
        fields.append(Field("left", (_pair("left", figures.money(reading.budget_left)),), (50,)))
    if memory := _memory_wordings(reading.memory):
        fields.append(Field("memory", memory, (10, 20)))
    if reading.memory.leaving_turns:
        fields.append(Field("leaving", _leaving_wordings(reading.memory), (13,)))
    if limits := _limit_wordings(reading.limits):
        fields.append(Field("limits", limits, (11, 15)))
    if reading.quote is not None:
        fields.append(Field("quote", _quote_wordings(reading.quote, reading.free), (12, 14)))
    return fields


def turn_words(reading: MeterReading) -> str:
    """Before the first turn nothing was spent, which is not unknown."""
    if reading.turn_cost is None:
        return "free" if reading.free else UNUSED
    return figures.price_paid(reading.turn_cost)


def spent_words(costs: Sequence[Cost]) -> str:
    return figures.moneys(costs) if costs else UNUSED


def _model_field(model: str) -> Field:
    name = one_line(model) or figures.UNKNOWN
    bare = name.rpartition("/")[2]
    short = bare if len(bare) <= _LONGEST_NAME else bare[: _LONGEST_NAME - 1] + "…"
    wordings = tuple(Content.styled(each, "bold") for each in (name, bare, short))
    long = len(name) > 1.5 * _LONGEST_NAME
    return Field("model", wordings, (12, 13) if long else (30, 31))


def _first_field(wait: str, read: float | None) -> Field:
    """Where a model tells it, with how fast it read the prompt."""
    plain = (_pair("first", wait), _figure(wait))
    if read is None:
        return Field("first", plain, (14, 34))
    both = Content.assemble(_pair("first", wait), (" read ", LABEL), (figures.speed(read), FIGURE))
    return Field("first", (both, *plain), (9, 14, 34))


def _context_field(reading: MeterReading) -> Field:
    used, size = reading.context_used, reading.context_size
    count = figures.approximate(figures.short_tokens(used), reading.context_estimated)
    text = _figure(f"{count}/{figures.short_tokens(size)}")
    if not size:
        return Field("context", (text,))
    share = min(1.0, used / size)
    percent = Content.styled(f"{share:.0%}".rjust(5), LABEL)
    long, short = _bar(share, 12) + " " + text + percent, _bar(share, 6) + " " + text
    return Field("context", (long, short, text), (11, 32))


def _bar(share: float, length: int) -> Content:
    full = round(share * length) if share < 0.01 else max(1, round(share * length))
    colour = "$primary"
    if share >= _TIGHT_AT:
        colour = "$text-error" if share >= _FULL_AT else "$text-warning"
    return Content.assemble(("━" * full, colour), ("━" * (length - full), "$foreground 20%"))


def _tokens(label: str, count: int, estimated: bool, part: int, of: str) -> tuple[Content, ...]:
    def worded(number: Callable[[int], str], detail: bool) -> Content:
        text = _pair(label, figures.approximate(number(count), estimated))
        return text + Content.styled(f" ({number(part)} {of})", LABEL) if detail else text

    exact, short = figures.tokens, figures.short_tokens
    return (
        worded(exact, bool(part)),
        worded(short, bool(part)),
        worded(exact, False),
        worded(short, False),
    )


def _memory_wordings(memory: MemoryState) -> tuple[Content, ...]:
    parts = []
    # Those that leave only with the next prompt are told beside this.
    if (out := memory.dropped_turns - memory.leaving_turns) > 0:
        parts.append((f"{out} {'turn' if out == 1 else 'turns'} left out", f"{out} out"))
    if memory.cut_tokens:
        tokens = figures.short_tokens(memory.cut_tokens)
        parts.append((f"{tokens} tok of the question cut out", f"cut {tokens}"))
    if memory.summary_tokens:
        tokens = figures.short_tokens(memory.summary_tokens)
        parts.append((f"summary {tokens} tok", f"sum {tokens}"))
    if memory.recalled:
        parts.append((f"{memory.recalled} recalled", f"{memory.recalled} back"))
    if not parts:
        return ()
    return tuple(_pair("memory", ", ".join(each[i] for each in parts)) for i in (0, 1))


def _leaving_wordings(memory: MemoryState) -> tuple[Content, ...]:
    """What sending will make leave; said to the end, because it is a warning."""
    turns, tokens = memory.leaving_turns, figures.short_tokens(memory.leaving_tokens)
    leave = "turn leaves" if turns == 1 else "turns leave"
    wordings = (f"{turns} {leave}, ≈ {tokens} tok", f"−{turns} turn{'s' * (turns > 1)} ≈ {tokens}")
    return tuple(Content.styled(each, "$text-warning") for each in wordings)


def _limit_wordings(limits: Sequence[LimitLeft]) -> tuple[Content, ...]:
    """Of a limit that is nearly used up, the nearest: said to the end, because it is a warning."""
    near = [one for one in limits if one.share is not None and one.share < NEARLY_USED]
    if not near:
        return ()
    least = min(near, key=lambda one: one.share or 0.0)
    left = f"{figures.short_tokens(least.left)} {least.what} left"
    whole = f"{left}, whole in {figures.seconds(least.resets)}" if least.resets else left
    return tuple(Content.styled(each, "$text-warning") for each in (whole, left))


def _quote_wordings(quote: Quote, free: bool) -> tuple[Content, ...]:
    money = "free" if free else figures.money(quote.cost)
    if quote.over:
        over = figures.approximate(f"{figures.tokens(quote.over)} tokens", quote.estimated)
        few = figures.approximate(f"{figures.short_tokens(quote.over)} tok", quote.estimated)
        told = f"too long by {over}"
        return tuple(
            Content.styled(each, "$text-error")
            for each in (f"{told}, {money} to send", f"{told}, {money}", f"too long by {few}")
        )
    whole = figures.approximate(f"{figures.tokens(quote.tokens)} tok", quote.estimated)
    short = figures.approximate(f"{figures.short_tokens(quote.tokens)} tok", quote.estimated)
    wordings = (f"{whole} {money} to send", f"{short} {money} to send", f"{short} {money}")
    return tuple(Content.styled(each, "$text-accent") for each in wordings)


def _pair(label: str, figure: str) -> Content:
    return Content.assemble((f"{label} ", LABEL), (figure, FIGURE))


def _figure(text: str) -> Content:
    return Content.styled(text, FIGURE)


def _padded(field: Field, index: int, widths: Widths, reserved: Reserved) -> Content:
    wording = field.wordings[index]
    key = (field.name, index)
    room = max(reserved.get(key, 0), widths.get(key, 0))
    return wording.pad_right(max(0, room - wording.cell_length))
