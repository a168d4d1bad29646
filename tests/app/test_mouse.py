"""The mouse in the window: marking, copying, pasting, widening, opening."""

from __future__ import annotations

import pytest
from textual.events import MouseDown, MouseMove, MouseUp
from textual.pilot import Pilot
from textual.widget import Widget

from chatui.app.commands import editor
from chatui.domain.passage import Passage
from chatui.system import clipboard
from tests.app.scripted_chat import Chat, says
from tests.widgets.turns import passage


def place_of(chat: Chat, text: str) -> tuple[int, int]:
    """The column and row of the screen where the text begins."""
    for row, line in enumerate(chat.screen.split("\n")):
        if text in line:
            return line.index(text), row
    raise AssertionError(f"{text} is not to be seen")


async def drag(pilot: Pilot[None], start: tuple[int, int], end: tuple[int, int]) -> None:
    await pilot.mouse_down(offset=start)
    await pilot.hover(offset=end)
    await pilot.mouse_up(offset=end)
    await pilot.pause()


async def test_what_is_dragged_over_is_copied_without_the_wraps(chat: Chat) -> None:
    answer = "- an item that is so long that it goes on in another row of the screen, or two"
    chat.model.scripts = [says(answer)]
    async with chat.open(size=(50, 24)) as pilot:
        await chat.write(pilot, "one")
        start, end = place_of(chat, "• an item"), place_of(chat, "or two")
        await drag(pilot, start, (end[0] + len("or two"), end[1]))
        await pilot.press("ctrl+c")
        assert chat.window.clipboard.rstrip() == answer


async def test_a_drag_over_a_link_opens_nothing(chat: Chat) -> None:
    chat.model.scripts = [says("See [here](https://example.org) now")]
    async with chat.open() as pilot:
        await chat.write(pilot, "one")
        at = place_of(chat, "here")
        await drag(pilot, (at[0] - 4, at[1]), (at[0] + 2, at[1]))
        assert not chat.window.screen.is_modal
        assert chat.window.screen.get_selected_text() == "See her"


async def test_the_pointer_leaves_a_draft_alone(chat: Chat) -> None:
    chat.model.scripts = [says("Hello there")]
    async with chat.open() as pilot:
        await chat.write(pilot, "one")
        await pilot.press(*"draft")
        await pilot.click(offset=place_of(chat, "Hello"), times=2)
        await pilot.press(*" on")
        assert chat.window.view.composer.text == "draft on"


@pytest.mark.parametrize("where", ["Hello", "drat"])
async def test_a_right_click_pastes_where_the_cursor_is(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr(clipboard, "picture", lambda: None)
    monkeypatch.setattr(clipboard, "paste", lambda: "f")
    chat.model.scripts = [says("Hello there")]
    async with chat.open() as pilot:
        await chat.write(pilot, "one")
        await pilot.press(*"drat", "left")
        await pilot.click(offset=place_of(chat, where), button=3)
        await chat.until(lambda: chat.window.view.composer.text == "draft")


async def test_an_empty_clipboard_is_told(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard, "picture", lambda: None)
    monkeypatch.setattr(clipboard, "paste", lambda: "")
    async with chat.open() as pilot:
        await pilot.click(offset=(3, 3), button=3)
        await chat.until(lambda: "nothing on the clipboard" in chat.notice)


async def pull(pilot: Pilot[None], panel: Widget, from_x: int, to_x: int) -> None:
    """Drags a panel's edge; the pilot itself holds no button while it moves."""
    y = panel.region.y + 3
    for kind, x in ((MouseDown, from_x), (MouseMove, to_x), (MouseUp, to_x)):
        told = kind(panel, x, y, 0, 0, 1, False, False, False, screen_x=x, screen_y=y)
        panel.app.post_message(told)
        await pilot.pause()


async def test_the_edge_of_the_sources_is_dragged_and_kept(chat: Chat) -> None:
    chat.passages = (passage(1),)
    chat.model.scripts = [says("As it says [1]")]
    async with chat.open(size=(120, 30)) as pilot:
        await chat.write(pilot, "one")
        await chat.write(pilot, "/sources")
        sources = chat.window.view.sources
        assert sources is not None
        await pull(pilot, sources, sources.region.x, sources.region.x - 10)
        await chat.until(lambda: sources.outer_size.width == 54)
        assert chat.window.looks.sources_width == 54
        assert not chat.window.screen.selections


async def test_the_edge_of_the_conversations_is_dragged_and_kept(chat: Chat) -> None:
    chat.model.scripts = [says("Hello")]
    async with chat.open(size=(120, 30)) as pilot:
        await chat.write(pilot, "one question whose title is longer than the panel is wide")
        await chat.write(pilot, "/chats")
        side = chat.window.view.side
        assert side is not None
        edge = side.region.right - 1
        await pull(pilot, side, edge, edge + 20)
        await chat.until(lambda: side.outer_size.width == 56)
        assert chat.window.looks.side_width == 56
        await pull(pilot, side, edge + 20, 2)
        await chat.until(lambda: side.outer_size.width == 30)


async def test_a_click_on_a_source_shows_it_and_a_double_click_opens_it(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Passage] = []

    async def open_passage(window: object, passage: Passage, line: int) -> None:
        opened.append(passage)

    monkeypatch.setattr(editor, "open_passage", open_passage)
    chat.passages = (passage(1, "a.md", "About A."), passage(2, "b.md", "About B."))
    chat.model.scripts = [says("As it says [1] and [2]")]
    async with chat.open(size=(120, 30)) as pilot:
        await chat.write(pilot, "one")
        await chat.write(pilot, "/sources")
        await chat.until(lambda: "b.md" in chat.screen)
        at = next(
            (line.rindex("b.md"), row)
            for row, line in enumerate(chat.screen.split("\n"))
            if line.rfind("b.md") > 75
        )
        await pilot.click(offset=at)
        await chat.until(lambda: "About B." in chat.screen)
        assert opened == []
        await pilot.click(offset=at, times=2)
        await chat.until(lambda: bool(opened))
        assert opened[0].source == "b.md"
        assert len(opened) == 1
