"""Lists to choose from: their columns, their sections, where the cursor starts, their width."""

from __future__ import annotations

from decimal import Decimal

import pytest
from textual.app import App
from textual.containers import Vertical
from textual.widgets import OptionList

from chatui.widgets.model_picker import HEADS, HOSTED, LOCAL, RECENT, ModelPicker, ModelRow
from chatui.widgets.picker import Picker, PickerRow
from tests.patience import until
from tests.widgets.turns import screen_text

MODELS = [
    ModelRow("builtin/extract", local=True),
    ModelRow("dear/model", 200_000, Decimal(3), Decimal(15)),
    ModelRow("cheap/model", 64_000, Decimal("0.075"), Decimal("0.3")),
    ModelRow("euro/model", 64_000, Decimal(1), Decimal(2), currency="EUR"),
    ModelRow("unpriced/model", 32_000),
]


def lines(picker: Picker) -> list[str]:
    return [str(option.prompt).strip() for option in picker.query_one(OptionList).options]


async def test_models_used_last_stand_first_then_local_then_hosted_ones() -> None:
    picker = ModelPicker(MODELS, "dear/model", recent=("dear/model", "gone/model"))
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(picker)
        await pilot.pause()
        names = [line.removeprefix("● ").split("  ")[0] for line in lines(picker)]
        assert names == [
            RECENT, "dear/model", LOCAL, "builtin/extract",
            HOSTED, "cheap/model", "euro/model", "unpriced/model",
        ]  # fmt: skip


async def test_the_cursor_starts_on_the_current_model_even_when_it_comes_late() -> None:
    picker = ModelPicker(MODELS[:1], "cheap/model")
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(picker)
        await pilot.pause()
        picker.show_models(MODELS)
        assert picker.chosen == "cheap/model"


async def test_a_cursor_that_was_moved_stays_when_more_models_come() -> None:
    picker = ModelPicker(MODELS[:3], "cheap/model")
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(picker)
        await pilot.pause()
        await pilot.press("up")
        moved = picker.chosen
        picker.show_models(MODELS)
        assert picker.chosen == moved != "cheap/model"


async def test_prices_stand_below_their_heads_with_two_places_or_more() -> None:
    picker = ModelPicker(MODELS, "dear/model")
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(picker)
        await pilot.pause()
        shown = screen_text(app)
        head = next(line for line in shown if HEADS[2] in line)
        dear = next(line for line in shown if "dear/model" in line)
        assert head.index("$ in") + len("$ in") == dear.index("3.00") + len("3.00")
        told = "\n".join(shown)
        assert "0.075" in told
        assert "EUR 1.00" in told
        assert "free" in told


async def test_on_40_columns_the_context_gives_way_to_the_prices() -> None:
    picker = ModelPicker(MODELS[:3], "dear/model")
    app: App[None] = App()
    async with app.run_test(size=(40, 15)) as pilot:
        app.push_screen(picker)
        await pilot.pause()
        told = "\n".join(screen_text(app))
        assert "15.00" in told
        assert "200k" not in told


@pytest.mark.parametrize(("cells", "narrower"), [(("a", "b"), True), (("a" * 200, "b"), False)])
async def test_a_box_is_as_wide_as_what_it_holds(cells: tuple[str, str], narrower: bool) -> None:
    picker = Picker("Rows", [PickerRow("one", cells)])
    app: App[None] = App()
    async with app.run_test(size=(120, 40)) as pilot:
        app.push_screen(picker)
        await pilot.pause()
        width = picker.query_one(Vertical).outer_size.width
        assert (width < 60) is narrower
        assert width <= 108
        assert any("Esc close" in line for line in screen_text(app))


async def test_typing_leaves_the_names_of_sections_out() -> None:
    rows = [PickerRow(n, (n,), section=s) for n, s in (("ant", "A"), ("bee", "B"), ("bat", "B"))]
    picker = Picker("Rows", rows)
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(picker)
        await pilot.pause()
        assert lines(picker) == ["A", "ant", "B", "bee", "bat"]
        await pilot.press("b")
        assert sorted(lines(picker)) == ["bat", "bee"]


@pytest.mark.parametrize("key", ["up", "pageup"])
async def test_the_name_of_a_section_is_never_chosen(key: str) -> None:
    rows = [PickerRow(str(n), (f"row {n}",), section=str(n % 2)) for n in (1, 3, 2, 4)]
    picker = Picker("Rows", rows)
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(picker)
        await pilot.pause()
        for _ in range(6):
            await pilot.press(key)
            assert picker.chosen is not None


async def test_the_row_that_one_stays_at_is_told_and_those_passed_are_not() -> None:
    tried: list[str] = []
    rows = [PickerRow(name, (name,)) for name in "abc"]
    picker = Picker("Rows", rows, on_moved=tried.append)
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(picker)
        await pilot.pause()
        picker.action_move("cursor_down")
        picker.action_move("cursor_down")
        await until(lambda: tried[-1:] == ["c"])
        assert "b" not in tried


@pytest.mark.parametrize("width", [40, 80])
async def test_a_filter_that_nothing_fits_leaves_an_empty_list(width: int) -> None:
    rows = [PickerRow("new", ("/new", "Start a new conversation", "Ctrl+N"))]
    picker = Picker("Commands", rows, right=frozenset({2}), yields=(2,), flexible=1)
    app: App[None] = App()
    async with app.run_test(size=(width, 15)) as pilot:
        app.push_screen(picker)
        await pilot.pause()
        await pilot.press(*"水獭")
        assert lines(picker) == []
        await pilot.press("backspace", "backspace")
        assert len(lines(picker)) == 1
