"""Where what is typed goes, and how the transcript is reached and scrolled."""

from __future__ import annotations

from decimal import Decimal

import pytest

from chatui.config.schema import PriceEntry
from chatui.widgets.cost_panel import CostPanel
from chatui.widgets.transcript import Transcript
from tests.app.scripted_chat import NAME, Chat, says


def transcript_of(chat: Chat) -> Transcript:
    assert chat.window.view.transcript is not None
    return chat.window.view.transcript


@pytest.mark.parametrize("way", ["tab", "click", "sources"])
async def test_letters_go_to_the_composer_from_everywhere(chat: Chat, way: str) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        match way:
            case "tab":
                transcript_of(chat).focus()
            case "click":
                await pilot.click(transcript_of(chat), offset=(5, 1))
            case _:
                await pilot.press("ctrl+o")
                await chat.until(lambda: chat.idle)
        await chat.until(lambda: not chat.window.view.composer.has_focus)
        await pilot.press(*"/profile aTuxCnN")
        await pilot.pause()
        assert chat.window.view.composer.text == "/profile aTuxCnN"
        assert chat.questions == ["Hi"]
        assert len(chat.model.requests) == 1


async def test_escape_chooses_the_turn_in_sight_and_leads_back(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        await pilot.press("escape")
        await chat.until(lambda: transcript_of(chat).chosen)
        assert "▌" in chat.screen
        chat.window._pressed.clear()
        await pilot.press("escape")
        await pilot.pause()
        assert chat.window.view.composer.has_focus
        assert not transcript_of(chat).chosen


async def test_a_letter_on_a_chosen_turn_acts(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        await pilot.press("escape", "e")
        await chat.until(lambda: chat.window.view.composer.text == "Hi")


async def test_a_letter_that_is_no_key_of_a_chosen_turn_is_written(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        await pilot.press("escape", *"who")
        await pilot.pause()
        assert chat.window.view.composer.text == "who"
        assert len(chat.model.requests) == 1


async def test_a_letter_that_costs_shows_its_price_and_asks(chat: Chat) -> None:
    chat.prices = {NAME: PriceEntry(input=Decimal(3), output=Decimal(15))}
    chat.model.scripts = [says("One"), says("Two")]
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        await pilot.press("escape", "r")
        await chat.until(lambda: isinstance(chat.window.screen, CostPanel))
        await pilot.pause()
        assert "tokens, ≈ $0" in chat.screen
        await pilot.press("escape")
        await chat.until(lambda: chat.idle)
        assert chat.answers == ["One"]
        await pilot.press("r")
        await chat.until(lambda: isinstance(chat.window.screen, CostPanel))
        await pilot.press("enter")
        await chat.until(lambda: chat.answers == ["Two"])


async def test_the_transcript_is_scrolled_from_the_composer(chat: Chat) -> None:
    chat.model.scripts = [says("\n\n".join(f"Paragraph {number}." for number in range(99)))]
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        transcript = transcript_of(chat)
        await chat.until(lambda: transcript.max_scroll_y > 0 and transcript.following)
        await pilot.press("pageup")
        await chat.until(lambda: not transcript.following)
        await pilot.press("end")
        await chat.until(lambda: transcript.following)
        await pilot.press(*"two", "shift+enter", *"lines", "ctrl+home")
        await chat.until(lambda: transcript.scroll_y == 0)
        await pilot.press("end", "pagedown")
        await chat.until(lambda: transcript.scroll_y > 0)
        assert not transcript.following
        await pilot.press("ctrl+end")
        await chat.until(lambda: transcript.following)
        assert chat.window.view.composer.text == "two\nlines"


async def test_what_stands_on_the_edge_fits_the_screen_as_it_is_now(chat: Chat) -> None:
    async with chat.open((80, 24)) as pilot:
        await chat.write(pilot, "How long is the longest of all the rivers on this continent?")
        state = "no documents"
        for columns in (200, 44, 120, 60):
            await pilot.resize_terminal(columns, 24)
            await chat.until(lambda: state in chat.screen)
            edge = next(line for line in chat.screen.splitlines() if state in line)
            left = edge.rstrip("╯─ ").rpartition(state)[0].strip("╰─ ·")
            whole = columns - len("╰─  ─╯") >= len(f"{chat.window.session.title} · {state}")
            assert whole == (left == chat.window.session.title)


@pytest.mark.parametrize("opens", ["ctrl+s", "/tokens", "/stats"])
async def test_the_keys_on_a_panels_edge_fit_the_screen_as_it_is_now(
    chat: Chat, opens: str
) -> None:
    def edge() -> str:
        lines = [line for line in chat.screen.splitlines() if "Esc" in line]
        return next((line for line in lines if line.rstrip().endswith("─╯")), "")

    async with chat.open((60, 30)) as pilot:
        await chat.write(pilot, "Hi")
        if opens.startswith("/"):
            await chat.write(pilot, opens)
        else:
            await pilot.press(opens)
        await chat.until(lambda: chat.window.screen.is_modal)
        await chat.until(lambda: "Esc" in edge())
        narrow = edge().count(" · ")
        await pilot.resize_terminal(160, 30)
        await chat.until(lambda: edge().count(" · ") > narrow)
