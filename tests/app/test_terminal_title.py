"""What the terminal is told beside what is drawn: the title, and that an answer is there."""

from __future__ import annotations

import asyncio

import pytest

from chatui.app.start import StartOptions
from chatui.config.window import Ui
from chatui.domain.conversation import FinishReason
from chatui.models.base import Finished, TextDelta
from chatui.widgets.terminal_words import BELL, carried, notification, takes_titles, title
from tests.app.scripted_chat import Chat


@pytest.fixture
def told(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the window tells, with answers that are long at once."""
    monkeypatch.setenv("TERM", "xterm-256color")
    chat.reopen(StartOptions(), ui=Ui(notify="osc777", notify_after_seconds=0.0))
    sent: list[str] = []
    monkeypatch.setattr(chat.window, "tell_terminal", sent.append)
    return sent


async def test_the_title_is_the_conversations(chat: Chat, told: list[str]) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "Where is Paris?")
        await chat.until(lambda: told[-1:] == [title("Where is Paris? · chatui")])
        assert title("… chatui") in told
    assert told[-1] == "\x1b[23;2t"


async def test_an_answer_is_told_of_where_the_window_is_not_in_focus(
    chat: Chat, told: list[str]
) -> None:
    going_on = asyncio.Event()
    chat.model.scripts = [[TextDelta("Yes"), going_on.wait, Finished(FinishReason.STOP)]]
    async with chat.open() as pilot:
        await chat.send(pilot, "Well?")
        await chat.until(lambda: chat.window.is_replying)
        chat.window.app_focus = False
        going_on.set()
        await chat.until(lambda: notification("osc777", "The answer is there: Well?") in told)


async def test_nothing_is_told_to_who_looks(chat: Chat, told: list[str]) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "Well?")
        await chat.until(lambda: not chat.window.is_replying)
        await pilot.pause()
    assert not [sequence for sequence in told if "777" in sequence]


@pytest.mark.parametrize(
    "text", ["a\x07b", "a\x1b\\b", "a\x9cb", "a\nb", "a\u202eb", "\x1b]0;x\x07ab", "a" * 500]
)
def test_no_text_ends_the_sequence_that_carries_it(text: str) -> None:
    inside = title(text).removeprefix("\x1b]2;").removesuffix(BELL)
    assert inside == carried(text)
    assert all(each.isprintable() for each in inside)
    assert len(inside) <= 120


def test_a_number_does_not_begin_an_osc_9() -> None:
    assert notification("osc9", "4;1;50 done") == f"\x1b]9; done{BELL}"
    assert notification("off", "done") == ""
    assert notification("bell", "done") == BELL


def test_consoles_without_titles_get_none() -> None:
    assert [takes_titles(name) for name in ("xterm", "tmux-256color", "linux", "dumb")] == [
        True, True, False, False,
    ]  # fmt: skip
