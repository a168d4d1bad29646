"""What the terminal is told beside what is drawn: the title, and that an answer is there."""

from __future__ import annotations

import asyncio

import pytest

from chatui.app.start import StartOptions
from chatui.config.window import Ui
from chatui.domain.conversation import FinishReason
from chatui.models.base import Finished, TextDelta
from chatui.system.terminal import Terminal
from chatui.widgets.terminal_words import BELL, carried, copied, notification, through, title
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


@pytest.mark.parametrize("name", ["linux", "vt100", "xterm-mono"])
async def test_a_terminal_that_would_write_them_gets_no_title_and_a_bell_alone(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    ui = Ui(notify="osc777", notify_after_seconds=0.0)
    chat.reopen(StartOptions(), ui=ui, terminal=Terminal(name))
    sent: list[str] = []
    monkeypatch.setattr(chat.window, "tell_terminal", sent.append)

    async def looks_away() -> None:
        chat.window.app_focus = False

    chat.model.scripts = [[TextDelta("Yes"), looks_away, Finished(FinishReason.STOP)]]
    async with chat.open() as pilot:
        await chat.write(pilot, "Well?")
        assert BELL in sent
        await chat.write(pilot, "/copy")
        await pilot.pause()
        assert "has no clipboard" in chat.notice
        assert chat.window.clipboard == "Yes"
    assert set(sent) == {BELL}


def test_tmux_gets_what_it_hands_on_with_its_escapes_doubled() -> None:
    assert through("tmux", "\x1b]9;done\x07") == "\x1bPtmux;\x1b\x1b]9;done\x07\x1b\\"


def test_screen_gets_a_long_copy_in_pieces_that_make_the_whole() -> None:
    sequence = copied("long " * 1_000)
    pieces = through("screen", sequence).split("\x1b\\")
    assert max(map(len, pieces)) <= 768
    assert "".join(piece.removeprefix("\x1bP") for piece in pieces) == sequence


def test_where_nothing_is_between_a_sequence_stays_as_it_is() -> None:
    assert through("", "\x1b]9;done\x07") == "\x1b]9;done\x07"
