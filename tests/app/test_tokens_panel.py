"""/tokens: the panel over the real counter."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.events import Paste
from textual.pilot import Pilot

from chatui.app.commands.tokens import parsed
from chatui.domain.errors import UsageError
from chatui.widgets.token_list import TokenList
from chatui.widgets.tokens import TextField
from tests.app.scripted_chat import Chat, says

BOTH = "-m r50k_base -m gpt-4o"


@pytest.mark.parametrize(
    ("argument", "models", "text"),
    [
        ("", [], ""),
        ("some text", [], "some text"),
        ("-m gpt-4 text", ["gpt-4"], "text"),
        ("-m gpt-4 --model=mine/x -m gpt-4", ["gpt-4", "mine/x"], ""),
        ("text with -m in it", [], "text with -m in it"),
    ],
)
def test_models_stand_before_the_text(argument: str, models: list[str], text: str) -> None:
    assert parsed(argument) == (models, text)


def test_an_option_without_a_model_is_refused() -> None:
    with pytest.raises(UsageError):
        parsed("-m")


async def test_a_text_is_shown_with_ids_and_bytes(chat: Chat) -> None:
    async with chat.open((120, 40)) as pilot:
        await chat.write(pilot, "/tokens -m r50k_base 算法 hi")
        await chat.until(lambda: "6 tokens" in chat.screen)

        assert "算 2/3" in chat.screen
        assert " 37345  法 1/2" in chat.screen
        assert "e6 b3" in chat.screen


async def test_the_last_answer_is_shown_when_no_text_is_given(chat: Chat) -> None:
    chat.model.scripts = [says("amber birch")]
    async with chat.open() as pilot:
        await chat.write(pilot, "Which trees?")
        await chat.write(pilot, "/tokens")
        await chat.until(lambda: '"amber"' in chat.screen)


@pytest.mark.parametrize(("size", "beside"), [((120, 40), True), ((80, 24), False)])
async def test_models_stand_beside_each_other_where_there_is_room(
    chat: Chat, size: tuple[int, int], beside: bool
) -> None:
    async with chat.open(size) as pilot:
        await chat.write(pilot, f"/tokens {BOTH} it's")
        await chat.until(lambda: "1 token " in chat.screen and "2 tokens" in chat.screen)

        both = [
            line for line in chat.screen.splitlines() if "2 tokens" in line and "1 token " in line
        ]
        assert bool(both) == beside


async def test_tokens_follow_what_is_typed(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/tokens -m gpt-4o hello")
        await chat.until(lambda: "1 token " in chat.screen)
        await pilot.press("end", "space", "h", "i")
        await chat.until(lambda: "2 tokens" in chat.screen)


async def test_a_model_is_added_and_taken_away(chat: Chat) -> None:
    async with chat.open((120, 40)) as pilot:
        await chat.write(pilot, "/tokens -m r50k_base hello")
        await chat.until(lambda: "1 token " in chat.screen)
        await pilot.press("f2")
        await chat.until(lambda: "builtin/extract" in chat.screen)
        await pilot.press("enter")
        await chat.until(lambda: "≈ 1 token " in chat.screen)
        await pilot.press("f3")
        await chat.until(lambda: "≈ 1 token " not in chat.screen)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("word " * 30_000, "150,002 characters, too many to be changed"),
        ("\x1b]0;title\x07\u202e\0", "14 characters, with controls"),
    ],
)
async def test_a_paste_that_no_field_may_hold_is_counted_beside_it(
    chat: Chat, text: str, told: str
) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/tokens -m gpt-4o x")
        await chat.until(lambda: "1 token " in chat.screen)
        field = chat.window.screen.focused
        assert field is not None
        field.post_message(Paste(f"{text} "))

        await chat.until(lambda: told in chat.screen)
        assert "\x1b" not in chat.screen
        assert "\u202e" not in chat.screen


@pytest.mark.parametrize("words", [12, 200], ids=["without a scrollbar", "with one"])
async def test_no_piece_is_cut_off_at_the_edge(chat: Chat, words: int) -> None:
    text = " ".join(f"w{number}" for number in range(words))
    async with chat.open((80, 24)) as pilot:
        await chat.write(pilot, f"/tokens -m r50k_base {text}")
        await chat.until(lambda: "per word" in chat.screen)
        tokens = chat.window.screen.query_one(TokenList)
        await chat.until(lambda: tokens.virtual_size.height > 0)

        room = tokens.scrollable_content_region.width
        lines = [tokens.render_line(row) for row in range(tokens.size.height)]
        flow = "".join(line.text.rstrip() for line in lines).partition("id  piece")[0]
        assert {line.cell_length for line in lines} == {room}
        assert flow.strip().startswith(text.replace(" ", "·")[:300])


async def test_the_lists_scroll_together(chat: Chat) -> None:
    async with chat.open((120, 40)) as pilot:
        await chat.write(pilot, f"/tokens {BOTH} {'amber birch ' * 60}")
        await chat.until(
            lambda: chat.screen.count("120 tokens") + chat.screen.count("180 tokens") > 1
        )
        before = chat.screen
        await pilot.press("pagedown")
        await chat.until(lambda: chat.screen != before)
        lists = chat.window.screen.query(TokenList)
        assert len({one.scroll_offset.y for one in lists}) == 1


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_the_tokens_of_two_models(
    chat: Chat, snap_compare: Callable[..., bool], size: tuple[int, int]
) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await chat.until(lambda: chat.window.session.is_open and chat.idle)
        await chat.write(pilot, f"/tokens {BOTH} 算法工程师 said: it's here.")
        field = chat.window.screen.query_one(TextField)
        field.cursor_blink = False
        shown = ["18 tokens ·", "8 tokens · 1.00", "163  算 1/3", '58542  "工程"']
        await chat.until(lambda: all(one in chat.screen for one in shown))

    assert snap_compare(chat.window, terminal_size=size, run_before=before)
