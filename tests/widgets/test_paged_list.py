from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from chatui.widgets.paged_list import PagedList


class Listed(App[None]):
    def compose(self) -> ComposeResult:
        yield PagedList(*map(str, range(200)))


@pytest.mark.parametrize("key", ["pageup", "pagedown"])
@pytest.mark.parametrize("filled_anew", [False, True])
async def test_a_page_key_that_comes_before_the_list_is_laid_out_is_passed_over(
    key: str, filled_anew: bool
) -> None:
    app = Listed()
    async with app.run_test() as pilot:
        listed = app.query_one(PagedList)
        listed.display = False
        await pilot.pause()
        if filled_anew:
            listed.clear_options()
            listed.add_options(map(str, range(200)))
        listed.highlighted = 100
        listed.focus()
        getattr(listed, f"action_{key.replace('page', 'page_')}")()
        assert listed.highlighted == 100


async def test_page_keys_move_by_a_page_where_the_list_is_shown() -> None:
    app = Listed()
    async with app.run_test() as pilot:
        listed = app.query_one(PagedList)
        listed.focus()
        await pilot.press("down", "pagedown")
        moved = listed.highlighted
        assert moved is not None
        assert moved > 5
        await pilot.press("pageup")
        assert (listed.highlighted or 0) < moved
