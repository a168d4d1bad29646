from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from textual.app import App, ComposeResult

from chatui.cost.reading import MemoryState, MeterReading, Quote
from chatui.domain.usage import UNKNOWN_COST, Cost, Usage
from chatui.widgets.meter_bar import MeterBar, lines_within
from chatui.widgets.meter_fields import Widths, meter_lines


def dollars(amount: str, estimated: bool = False) -> Cost:
    return Cost(Decimal(amount), source="genai-prices", estimated=estimated)


READING = MeterReading(
    model="openai/gpt-5-mini",
    context_used=12_345,
    context_size=400_000,
    turn=Usage(input=210, cache_read=1024, output=321, reasoning=64, estimated=True),
    turn_cost=dollars("0.0042", estimated=True),
    conversation=(dollars("0.12"),),
    today=(dollars("1.204"),),
    budget_left=dollars("3.8"),
    first_token=0.42,
    tokens_per_second=51.2,
    memory=MemoryState(dropped_turns=3, summary_tokens=210, recalled=2),
    quote=Quote(1234, dollars("0.0012", estimated=True)),
)


def lines(reading: MeterReading, width: int, widths: Widths | None = None) -> tuple[str, ...]:
    found = meter_lines(reading, width, {} if widths is None else widths, lines=lines_within(width))
    return tuple(line.plain for line in found)


def test_a_wide_meter_says_everything() -> None:
    upper, lower = lines(READING, 156)
    for figure in (
        "openai/gpt-5-mini",
        "≈ 12.3k/400k",
        "3%",
        "in ≈ 1,234 (1,024 cached)",
        "out ≈ 321 (64 reasoning)",
        "first 0.42 s",
        "51 tok/s",
    ):
        assert figure in upper
    for figure in (
        "turn ≈ $0.0042",
        "chat $0.1200",
        "today $1.20",
        "left $3.80",
        "3 turns left out, summary 210 tok, 2 recalled",
    ):
        assert figure in lower
    assert lower.endswith("≈ 1,234 tok ≈ $0.0012 to send")


def test_a_single_turn_that_left_is_one_turn() -> None:
    _, lower = lines(replace(READING, memory=MemoryState(dropped_turns=1)), 156)
    assert "1 turn left out" in lower


@pytest.mark.parametrize("width", range(60, 201, 7))
def test_the_meter_never_exceeds_its_width(width: int) -> None:
    assert all(len(line) <= width for line in lines(READING, width))


def test_at_80_columns_the_figures_stay_and_the_details_go() -> None:
    upper, lower = lines(READING, 78)
    for figure in ("gpt-5-mini", "≈ 12.3k/400k", "in ≈ 1.2k", "out ≈ 321", "0.42 s", "51 tok/s"):
        assert figure in upper
    assert "cached" not in upper
    for figure in ("turn ≈ $0.0042", "chat", "today", "left", "≈ 1.2k tok ≈ $0.0012"):
        assert figure in lower


def test_what_is_not_known_is_a_dash() -> None:
    reading = MeterReading(
        model="lab/new",
        turn=Usage(input=5, output=7),
        turn_cost=UNKNOWN_COST,
        conversation=(UNKNOWN_COST,),
        today=(UNKNOWN_COST,),
    )
    upper, lower = lines(reading, 120)
    assert "≈ 0/—" in upper
    assert "first —" in upper
    assert "— tok/s" in upper
    assert lower == "turn —  chat —  today —".ljust(120)


def test_exact_figures_have_no_mark() -> None:
    exact = replace(
        READING,
        context_estimated=False,
        turn=replace(READING.turn, estimated=False),
        turn_cost=dollars("0.0042"),
        quote=None,
    )
    assert not any("≈" in line for line in lines(exact, 156))


def test_a_growing_figure_does_not_push_its_neighbours() -> None:
    widths: Widths = {}
    at = []
    for output in (4_000, 9, 12, 321):
        reading = replace(READING, turn=replace(READING.turn, output=output, reasoning=0))
        at.append(lines(reading, 156, widths)[0].index("first"))
    assert len(set(at)) == 1


def test_a_model_name_is_drawn_as_text() -> None:
    upper, _ = lines(replace(READING, model="x/[bold]evil\x1b]0;t\x07\nname"), 156)
    assert upper.startswith("x/[bold]evil name")


class MeterApp(App[None]):
    def compose(self) -> ComposeResult:
        yield MeterBar()


async def test_the_bar_is_two_lines_high_before_and_after_its_first_reading() -> None:
    app = MeterApp()
    async with app.run_test(size=(80, 10)) as pilot:
        bar = app.query_one(MeterBar)
        assert bar.size.height == 2
        bar.show(READING)
        await pilot.pause()
        assert bar.size.height == 2
        assert bar.reading is READING
        assert "gpt-5-mini" in bar.render().plain


LEAVING = replace(
    READING,
    memory=MemoryState(dropped_turns=15, leaving_turns=12, leaving_tokens=3_140),
)


def test_a_coming_trim_is_told_beside_what_is_out_already() -> None:
    _, lower = lines(LEAVING, 156)
    assert "3 turns left out" in lower
    assert "12 turns leave, ≈ 3.1k tok" in lower


@pytest.mark.parametrize("width", [60, 78])
def test_a_narrow_meter_still_tells_of_a_coming_trim(width: int) -> None:
    _, lower = lines(LEAVING, width)
    assert "−12 turns ≈ 3.1k" in lower
    assert len(lower) <= width


def test_a_model_that_times_itself_tells_how_fast_it_read_the_prompt() -> None:
    timed = replace(READING, read_per_second=412.0)
    assert "first 0.42 s read 412 tok/s" in lines(timed, 156)[0]
    assert "412" not in lines(timed, 80)[0]


def test_what_was_not_used_yet_costs_nothing_and_has_no_speed() -> None:
    upper, lower = lines(MeterReading(model="lab/new"), 120)
    assert lower == "turn $0  chat $0  today $0".ljust(120)
    assert "tok/s" not in upper
    assert "first" not in upper


def test_a_model_of_this_machine_is_free() -> None:
    free = Cost(Decimal(0), source="local")
    reading = MeterReading(model="ollama/x", turn_cost=free, free=True, quote=Quote(14, free))
    _, lower = lines(reading, 120)
    assert lower.startswith("turn free")
    assert lower.endswith("≈ 14 tok free to send")


def test_what_a_hosted_model_took_nothing_for_is_not_called_free() -> None:
    _, lower = lines(replace(READING, turn_cost=dollars("0")), 120)
    assert "turn $0" in lower


def test_of_the_model_that_quotes_there_is_neither_a_context_nor_a_speed() -> None:
    (line,) = lines(replace(READING, model="builtin/extract", memory=MemoryState()), 198)
    assert "tok/s" not in line
    assert "400k" not in line
    assert "first 0.42 s" in line


@pytest.mark.parametrize(("width", "count"), [(157, 2), (158, 1), (198, 1)])
def test_from_160_columns_on_all_of_it_is_on_one_line(width: int, count: int) -> None:
    found = lines(READING, width)
    assert len(found) == count
    assert "51 tok/s" in found[0]
    assert "turn ≈ $0.0042" in found[-1]


def test_on_one_line_no_figure_moves_another_one() -> None:
    idle = replace(READING, turn=Usage(), turn_cost=None, memory=MemoryState(), quote=None)
    (before,) = lines(idle, 158)
    (after,) = lines(
        replace(idle, turn=Usage(input=12_345, output=1_234), turn_cost=dollars("0.0042")), 158
    )
    for name in ("out", "turn", "chat", "today"):
        assert before.index(f"  {name} ") == after.index(f"  {name} ")
