"""Finding in the conversation that is shown: marks, the count, and going through the matches."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from textual.events import Key
from textual.pilot import Pilot

from chatui.domain.conversation import Reply, Turn
from chatui.widgets.find_matches import matches_in, pattern_of, spans_in
from chatui.widgets.markdown_document import laid_out
from tests.app.scripted_chat import Chat, says
from tests.app.test_versions import choose_turn, transcript_of


async def look_for(chat: Chat, pilot: Pilot[None], text: str, count: str) -> None:
    await pilot.press(*text)
    await chat.until(lambda: count in chat.screen)


async def test_what_is_found_is_counted_and_gone_through(chat: Chat) -> None:
    chat.model.scripts = [says("a kumquat"), says("nothing"), says("Kumquats and a kumquat")]
    async with chat.open() as pilot:
        for question in ("First", "Second", "Third"):
            await chat.write(pilot, question)
        keys = [key for key, _ in chat.window.session.path.turns]
        await pilot.press("ctrl+f")
        await look_for(chat, pilot, "kumquat", "3/3")
        assert transcript_of(chat).selected == keys[2]
        await pilot.press("up")
        await chat.until(lambda: "2/3" in chat.screen)
        await pilot.press("enter")
        await chat.until(lambda: transcript_of(chat).chosen)
        await pilot.press("n")
        await chat.until(lambda: "1/3" in chat.screen)
        assert transcript_of(chat).selected == keys[0]
        await pilot.press("n")
        await chat.until(lambda: "3/3" in chat.screen)
        await pilot.press("N")
        await chat.until(lambda: "1/3" in chat.screen)
        await pilot.press("escape")
        await chat.until(lambda: not transcript_of(chat).finds)
        view = transcript_of(chat).turn(keys[0])
        assert view is not None
        assert view.marked == {}


async def test_a_slash_on_a_chosen_turn_finds(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        await choose_turn(chat, pilot)
        await pilot.press("slash")
        await look_for(chat, pilot, "hello", "1/1")
        key = chat.window.session.path.turns[0][0]
        view = transcript_of(chat).turn(key)
        assert view is not None
        assert [span for spans in view.marked.values() for span in spans] == [
            (0, 5, "find--current")
        ]


@pytest.mark.parametrize("opens", ["slash", "ctrl+f"])
async def test_what_is_written_right_behind_the_key_is_looked_for(chat: Chat, opens: str) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        await choose_turn(chat, pilot)
        for key in (opens, *"hello"):
            chat.window.post_message(
                Key(key, {"slash": "/"}.get(key, key if len(key) == 1 else None))
            )
        await chat.until(lambda: "1/1" in chat.screen)
        assert chat.window.view.composer.text == ""


async def test_turns_that_are_not_mounted_are_found(chat: Chat) -> None:
    chat.model.scripts = [says(f"answer {n}") for n in range(40)]
    from chatui.app.start import StartOptions
    from chatui.config.window import Ui

    chat.reopen(StartOptions(), ui=Ui(turns_shown=2))
    async with chat.open(size=(80, 24)) as pilot:
        await chat.write(pilot, "The kumquat")
        for n in range(30):
            await chat.write(pilot, f"Question {n}")
        first = chat.window.session.path.turns[0][0]
        assert transcript_of(chat).turn(first) is None
        await pilot.press("ctrl+f")
        await look_for(chat, pilot, "kumquat", "1/1")
        await chat.until(lambda: "❯ The kumquat" in chat.screen)


async def test_what_is_not_there_is_told_and_escape_leads_back(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        await pilot.press("ctrl+f")
        await look_for(chat, pilot, "zebra", "not there")
        await pilot.press("escape")
        await chat.until(lambda: chat.window.view.composer.has_focus)
        assert "not there" not in chat.screen


async def test_times_are_shown_on_demand(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        asked = chat.window.session.path.turns[0][1].asked.astimezone()
        told = f"{asked:%-d %b %Y %H:%M:%S}"
        assert told not in chat.screen
        await choose_turn(chat, pilot)
        await pilot.press("t")
        await chat.until(lambda: told in chat.screen)
        await pilot.press("t")
        await chat.until(lambda: told not in chat.screen)


def turn(question: str, reply: str) -> Turn:
    return Turn(question, datetime.now(UTC), reply=Reply(text=reply))


def test_matches_are_numbered_within_their_turn() -> None:
    pattern = pattern_of("a b")
    assert pattern is not None
    turns = [("x", turn("A  b", "no")), ("y", turn("", "a\nb a b"))]
    assert matches_in(turns, pattern) == [("x", 0), ("y", 0), ("y", 1)]


@pytest.mark.parametrize("width", [12, 40])
def test_a_match_goes_on_where_a_line_is_wrapped(width: int) -> None:
    pattern = pattern_of("long sentence")
    assert pattern is not None
    lines = laid_out("This is a long sentence here.", frozenset(), width).lines
    spans, count = spans_in(lines, pattern, 0)
    marked = " ".join(
        lines[place].content.plain[start:end].strip()
        for place, found in spans.items()
        for start, end, _ in found
    )
    assert (marked, count) == ("long sentence", 1)


def test_what_is_looked_for_is_no_expression() -> None:
    pattern = pattern_of("a.c (")
    assert pattern is not None
    assert pattern.search("abc (") is None
    assert pattern.search("A.C (") is not None
    assert pattern_of("  ") is None
