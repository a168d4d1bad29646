from __future__ import annotations

import pytest
from textual.pilot import Pilot

from chatui.widgets.transcript import Transcript
from tests.widgets.turns import TranscriptApp, answered, many, screen_text, until

SIZE = (80, 24)


def mounted(transcript: Transcript) -> list[str]:
    return [key for key, _ in transcript.current_turns() if transcript.turn(key) is not None]


def screen(app: TranscriptApp) -> str:
    return "\n".join(screen_text(app))


async def open_with(app: TranscriptApp, pilot: Pilot[None], count: int) -> Transcript:
    await app.transcript.show(many(count))
    await until(pilot, lambda: len(mounted(app.transcript)) >= min(count, 30))
    await pilot.pause()
    app.transcript.focus()
    return app.transcript


def is_at_end(transcript: Transcript) -> bool:
    return transcript.following and transcript.scroll_y == transcript.max_scroll_y


async def test_a_long_conversation_opens_at_its_end_with_its_newest_turns_only() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        transcript = await open_with(app, pilot, 500)
        assert is_at_end(transcript)
        assert "Answer 499." in screen(app)
        assert mounted(transcript)[-1] == "k499"
        assert len(mounted(transcript)) < 40
        assert len(transcript.current_turns()) == 500


async def test_a_short_conversation_begins_at_the_top() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        await open_with(app, pilot, 1)
        assert screen_text(app)[0].strip() == "❯ Question 0?"


async def test_showing_other_turns_replaces_all() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        transcript = await open_with(app, pilot, 5)
        await transcript.show([("other", answered("Another question?"))])
        await pilot.pause()
        assert mounted(transcript) == ["other"]
        assert "Answer 4." not in screen(app)
        await transcript.show([])
        await pilot.pause()
        assert mounted(transcript) == []
        assert transcript.selected_key is None


async def test_scrolling_up_mounts_older_turns_and_keeps_the_place() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        transcript = await open_with(app, pilot, 200)
        oldest = transcript.turn(mounted(transcript)[0])
        assert oldest is not None
        assert oldest.virtual_region.y == 0
        transcript.scroll_to(y=8, animate=False, immediate=True)
        await until(pilot, lambda: mounted(transcript)[0] != oldest.key)
        await pilot.pause()
        assert oldest.virtual_region.y > 30
        assert oldest.region.y == -8


async def test_reading_the_whole_conversation_never_mounts_more_than_two_windows() -> None:
    app = TranscriptApp(turns_shown=12)
    async with app.run_test(size=SIZE) as pilot:
        await app.transcript.show(many(60))
        transcript = app.transcript
        for _ in range(400):
            if "k0" in mounted(transcript):
                break
            transcript.scroll_relative(y=-15, animate=False, immediate=True)
            await pilot.pause()
            assert len(mounted(transcript)) <= 24
        assert "k0" in mounted(transcript)
        assert "k59" not in mounted(transcript)


async def test_a_reply_that_grows_is_followed() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        transcript = await open_with(app, pilot, 10)
        view = await transcript.start_turn("new", "More?")
        for number in range(40):
            view.append_text(f"{number}\n\n")
        view.append_text("the end")
        await until(pilot, lambda: "the end" in screen(app))
        assert is_at_end(transcript)
        assert not transcript.has_class("-away")


async def test_a_reader_who_scrolled_away_is_left_in_peace_and_told() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        transcript = await open_with(app, pilot, 10)
        view = await transcript.start_turn("new", "More?")
        await pilot.pause()
        transcript.scroll_relative(y=-5, animate=False, immediate=True)
        await pilot.pause()
        place = transcript.scroll_y
        view.append_text("1\n\n" * 40 + "the end")
        await until(pilot, lambda: transcript.max_scroll_y > place + 60)
        await pilot.pause()
        assert transcript.scroll_y == place
        assert "End follows again" in screen(app)
        await pilot.press("end")
        await until(pilot, lambda: "the end" in screen(app))
        assert is_at_end(transcript)
        await pilot.pause()
        assert "End follows again" not in screen(app)


async def test_scrolling_back_to_the_end_by_hand_follows_again() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        transcript = await open_with(app, pilot, 10)
        transcript.scroll_relative(y=-5, animate=False, immediate=True)
        await pilot.pause()
        assert not transcript.following
        transcript.scroll_relative(y=5, animate=False, immediate=True)
        await pilot.pause()
        assert transcript.following


async def test_a_new_turn_brings_the_reader_back_to_the_end() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        transcript = await open_with(app, pilot, 200)
        await pilot.press("home")
        await until(pilot, lambda: "Question 0?" in screen(app))
        await transcript.start_turn("new", "And now?")
        await until(pilot, lambda: "❯ And now?" in screen(app))
        assert is_at_end(transcript)


async def test_home_goes_to_the_first_turn_and_end_back_to_the_last() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        transcript = await open_with(app, pilot, 300)
        await pilot.press("home")
        await until(pilot, lambda: "Question 0?" in screen(app))
        assert transcript.selected == "k0"
        assert transcript.scroll_y == 0
        await pilot.press("end")
        await until(pilot, lambda: "Answer 299." in screen(app))
        assert is_at_end(transcript)
        assert transcript.selected is None


async def test_j_and_k_select_turns_and_bring_them_into_sight() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        transcript = await open_with(app, pilot, 40)
        await pilot.press("up")
        assert transcript.selected == "k39"
        await pilot.press(*"kkkkkkk")
        await pilot.pause()
        assert transcript.selected == "k32"
        view = transcript.turn("k32")
        assert view is not None
        assert 0 <= view.region.y < 24
        await pilot.press("j")
        assert transcript.selected == "k33"
        assert [v.key for v in transcript.query(".-selected").results()] == ["k33"]  # type: ignore[attr-defined]


async def test_selecting_beyond_the_mounted_turns_mounts_more() -> None:
    app = TranscriptApp(turns_shown=4)
    async with app.run_test(size=SIZE) as pilot:
        await app.transcript.show(many(60))
        app.transcript.focus()
        await pilot.press("up", *"k" * 39)
        await pilot.pause()
        assert app.transcript.selected == "k20"
        assert app.transcript.turn("k20") is not None


@pytest.mark.parametrize(
    ("key", "action"),
    [("y", "copy"), ("e", "edit"), ("r", "retry"), ("b", "branch"), ("p", "pin")],
)
async def test_a_key_asks_for_an_action_on_the_selected_turn(key: str, action: str) -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        await open_with(app, pilot, 3)
        await pilot.press(key)
        await pilot.press("up", key, "k", key)
        await pilot.pause()
        assert app.actions == [("k2", action), ("k1", action)]


async def test_action_keys_can_be_bound_anew() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        app.set_keymap({"copy": "c"})
        await open_with(app, pilot, 1)
        await pilot.press("up", "c", "y")
        await pilot.pause()
        assert app.actions == [("k0", "copy")]


async def test_a_click_selects_a_turn() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        transcript = await open_with(app, pilot, 2)
        await pilot.click(transcript.turn("k0"), offset=(10, 2))
        await pilot.pause()
        assert transcript.selected == "k0"
        await pilot.press("r")
        assert app.actions == [], "a click is for reading"
        await pilot.press("up", "r")
        await pilot.pause()
        assert app.actions == [("k0", "retry")]


async def test_an_arrow_scrolls_through_a_turn_that_is_taller_than_the_screen() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        transcript = app.transcript
        long = "\n\n".join(f"Paragraph {number}." for number in range(60))
        await transcript.show([("k0", answered("Short?", "Yes.")), ("k1", answered("Long?", long))])
        transcript.focus()
        await pilot.press("up")
        await until(pilot, lambda: "Long?" in screen(app))
        await pilot.press("down")
        await until(pilot, lambda: "Long?" not in screen(app))
        assert transcript.selected == "k1"
        await pilot.press("up", "up")
        await pilot.pause()
        assert transcript.selected == "k0"


async def test_a_turn_is_no_longer_chosen_when_the_focus_has_left() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        transcript = await open_with(app, pilot, 2)
        await pilot.press("up")
        app.set_focus(None)
        await pilot.pause()
        transcript.focus()
        await pilot.press("r")
        assert (transcript.chosen, app.actions) == (False, [])


async def test_a_settled_turn_is_remembered_when_its_view_has_gone() -> None:
    app = TranscriptApp(turns_shown=4)
    async with app.run_test(size=SIZE) as pilot:
        transcript = app.transcript
        await transcript.show(many(60))
        view = await transcript.start_turn("new", "More?")
        await view.settle(answered("More?", "Settled answer."))
        transcript.focus()
        await pilot.press("home")
        await until(pilot, lambda: "Question 0?" in screen(app))
        assert transcript.turn("new") is None
        await pilot.press("end")
        await until(pilot, lambda: "Settled answer." in screen(app))


async def test_a_streaming_turn_stays_mounted_while_the_reader_goes_back() -> None:
    app = TranscriptApp(turns_shown=4)
    async with app.run_test(size=SIZE) as pilot:
        transcript = app.transcript
        await transcript.show(many(100))
        view = await transcript.start_turn("new", "More?")
        transcript.focus()
        for _ in range(6):
            await pilot.press("home")
            await pilot.pause(0.05)
        assert transcript.turn("new") is view
        view.append_text("Still here")
        await pilot.press("end")
        await until(pilot, lambda: "Still here" in screen(app))
