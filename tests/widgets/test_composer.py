"""The composer alone: writing, sending, completing, remembering."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from chatui.widgets.completion import Completion, CompletionList
from chatui.widgets.composer import Composer
from chatui.widgets.triggers import Trigger
from tests.patience import until


class ComposerApp(App[None]):
    """Holds a composer, collects what it sends, and completes fruits behind any mark."""

    def __init__(self) -> None:
        super().__init__()
        self.completions = CompletionList()
        self.composer = Composer(self.completions)
        self.sent: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.completions
        yield self.composer

    def on_composer_submitted(self, event: Composer.Submitted) -> None:
        self.sent.append(event.text)

    def on_composer_completion_wanted(self, event: Composer.CompletionWanted) -> None:
        fruits = [fruit for fruit in ("apple", "apricot", "pear") if event.trigger.text in fruit]
        self.composer.offer(event.trigger, [Completion(fruit, fruit) for fruit in fruits])


@pytest.fixture
def app() -> ComposerApp:
    return ComposerApp()


@asynccontextmanager
async def running(app: ComposerApp) -> AsyncIterator[Pilot[None]]:
    async with app.run_test(size=(60, 20)) as pilot:
        app.composer.focus()
        yield pilot


async def paste(app: ComposerApp, pilot: Pilot[None], text: str) -> None:
    app.composer.post_message(events.Paste(text))
    await pilot.pause()


async def burst(app: ComposerApp, pilot: Pilot[None], *keys: str) -> None:
    """Keys as a quick terminal sends them: all of them before the first is handled."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))
    await taken(app, pilot)


async def taken(app: ComposerApp, pilot: Pilot[None]) -> None:
    """Waits until everything that was posted has been handled."""
    await until(lambda: not app.composer.is_behind)
    await pilot.pause()


async def test_enter_in_one_burst_with_the_text_sends_all_of_it(app: ComposerApp) -> None:
    async with running(app) as pilot:
        await burst(app, pilot, *"hello", "enter")
        await until(lambda: bool(app.sent))
        assert app.sent == ["hello"]


async def test_an_enter_within_a_burst_is_text(app: ComposerApp) -> None:
    async with running(app) as pilot:
        await burst(app, pilot, *"one", "enter", "enter", *"two")
        assert (app.sent, app.composer.text) == ([], "one\n\ntwo")


async def test_lines_that_come_as_keys_wait_for_an_enter_by_hand(app: ComposerApp) -> None:
    async with running(app) as pilot:
        await burst(app, pilot, *"one", "enter", *"two", "enter")
        assert (app.sent, app.composer.text) == ([], "one\ntwo\n")
        await pilot.press("enter")
        assert app.sent == ["one\ntwo\n"]


async def test_a_line_that_ends_in_both_characters_ends_once(app: ComposerApp) -> None:
    async with running(app) as pilot:
        await burst(app, pilot, *"one", "enter", "ctrl+j", *"two")
        assert app.composer.text == "one\ntwo"


async def test_a_tab_within_a_burst_is_text(app: ComposerApp) -> None:
    async with running(app) as pilot:
        await burst(app, pilot, *"one", "tab", *"two")
        assert app.composer.text == "one\ttwo"


async def test_an_enter_that_bounces_sends_once(app: ComposerApp) -> None:
    async with running(app) as pilot:
        await burst(app, pilot, *"one", "enter", "enter")
        await until(lambda: bool(app.sent))
        assert (app.sent, app.composer.text) == (["one"], "")


async def test_an_enter_before_a_paste_in_one_burst_is_text(app: ComposerApp) -> None:
    async with running(app) as pilot:
        app.post_message(events.Key("a", "a"))
        app.post_message(events.Key("enter", "\r"))
        app.post_message(events.Paste("b"))
        await taken(app, pilot)
        assert (app.sent, app.composer.text) == ([], "a\nb")


async def test_what_was_sent_is_out_of_the_way_at_once(app: ComposerApp) -> None:
    async with running(app) as pilot:
        await pilot.press("a")
        app.composer.action_send()
        app.composer.action_send()
        app.composer.insert("b")
        await pilot.pause()
        assert (app.sent, app.composer.text) == (["a"], "b")


async def test_a_correction_in_one_burst_hits_the_right_letter(app: ComposerApp) -> None:
    async with running(app) as pilot:
        await burst(app, pilot, *"abx", "backspace", "c")
        assert app.composer.text == "abc"


async def test_enter_sends_and_empties(app: ComposerApp) -> None:
    async with running(app) as pilot:
        await pilot.press(*"hi", "enter")
        assert app.sent == ["hi"]
        assert app.composer.text == ""


@pytest.mark.parametrize("blank", [[], ["space", "space"], ["ctrl+j"]])
async def test_nothing_written_is_not_sent(app: ComposerApp, blank: list[str]) -> None:
    async with running(app) as pilot:
        await pilot.press(*blank, "enter")
        assert app.sent == []


@pytest.mark.parametrize("keys", [["shift+enter"], ["ctrl+j"], ["backslash", "enter"]])
async def test_a_new_line_can_be_written_in_three_ways(app: ComposerApp, keys: list[str]) -> None:
    async with running(app) as pilot:
        await pilot.press("a", *keys, "b")
        assert app.composer.text == "a\nb"
        assert app.sent == []


@pytest.mark.parametrize(("rows", "lines"), [(15, 3), (24, 6), (30, 8), (60, 18)])
async def test_it_grows_with_the_text_to_a_third_of_the_screen(
    app: ComposerApp, rows: int, lines: int
) -> None:
    async with app.run_test(size=(60, rows)) as pilot:
        assert app.composer.content_size.height == 1
        app.composer.insert("\n".join("abc"))
        await pilot.pause()
        assert app.composer.content_size.height == 3
        app.composer.insert("\n" * 60)
        await pilot.pause()
        assert app.composer.content_size.height == lines


@pytest.mark.parametrize("rows", [15, 24, 40])
async def test_the_line_of_the_cursor_stays_in_sight(app: ComposerApp, rows: int) -> None:
    async with app.run_test(size=(60, rows)) as pilot:
        app.composer.focus()
        for number in range(20):
            app.composer.insert(f"line {number}\n")
            await pilot.pause()
            await pilot.press("x")
            row = app.composer.cursor_location[0] - app.composer.scroll_offset.y
            assert 0 <= row < app.composer.content_size.height


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (["ctrl+a", "X"], "Xone two three"),
        (["ctrl+a", "ctrl+e", "X"], "one two threeX"),
        (["ctrl+u"], ""),
        (["ctrl+a", "ctrl+k"], ""),
        (["ctrl+w"], "one two "),
        (["alt+backspace"], "one two "),
        (["alt+b", "X"], "one two Xthree"),
        (["ctrl+a", "alt+f", "X"], "oneX two three"),
        (["ctrl+w", "ctrl+a", "ctrl+y"], "threeone two "),
        (["ctrl+u", "ctrl+y", "ctrl+y"], "one two threeone two three"),
    ],
)
async def test_readline_keys(app: ComposerApp, keys: list[str], text: str) -> None:
    async with running(app) as pilot:
        app.composer.insert("one two three")
        await pilot.press(*keys)
        assert app.composer.text == text


async def test_up_and_down_walk_through_earlier_prompts_and_back_to_the_draft(
    app: ComposerApp,
) -> None:
    async with running(app) as pilot:
        app.composer.past_prompts.load(["newest", "older"])
        await pilot.press(*"draft", "up")
        assert app.composer.text == "newest"
        await pilot.press("up", "up")
        assert app.composer.text == "older"
        await pilot.press("down", "down")
        assert app.composer.text == "draft"


async def test_up_moves_inside_a_text_before_it_leaves_it(app: ComposerApp) -> None:
    async with running(app) as pilot:
        app.composer.past_prompts.load(["earlier"])
        app.composer.insert("one\ntwo")
        await pilot.press("up")
        assert (app.composer.text, app.composer.cursor_location[0]) == ("one\ntwo", 0)
        await pilot.press("up")
        assert app.composer.text == "earlier"


async def test_what_was_sent_is_the_first_prompt_of_the_history(app: ComposerApp) -> None:
    async with running(app) as pilot:
        app.composer.past_prompts.load(["stored"])
        await pilot.press(*"now", "enter", "up")
        assert app.composer.text == "now"


async def test_typing_a_mark_offers_completions_and_enter_takes_one(app: ComposerApp) -> None:
    async with running(app) as pilot:
        await pilot.press("@", "a", "p", "down", "enter")
        assert app.composer.text == "@apricot "
        assert app.sent == []


async def test_tab_takes_a_completion_and_more_can_be_written(app: ComposerApp) -> None:
    async with running(app) as pilot:
        await pilot.press(*"#pe", "tab", *"now", "enter")
        assert app.sent == ["#pear now"]


async def test_the_list_closes_when_nothing_fits(app: ComposerApp) -> None:
    async with running(app) as pilot:
        await pilot.press("@", "a")
        assert app.completions.is_open
        await pilot.press("x")
        assert not app.completions.is_open


async def test_late_completions_for_something_else_are_not_offered(app: ComposerApp) -> None:
    async with running(app) as pilot:
        await pilot.press("@", "a")
        stale = app.completions.trigger
        assert stale is not None
        await pilot.press("p", "p")
        app.composer.offer(stale, [Completion("stale", "stale")])
        assert "stale" not in [item.label for item in app.completions.items]


async def test_a_list_that_typing_has_left_behind_completes_nothing(app: ComposerApp) -> None:
    async with running(app) as pilot:
        await pilot.press("@", "a")
        stale, items = app.completions.trigger, app.completions.items
        assert stale is not None
        app.composer.insert("nd more")
        app.completions.offer(stale, items)
        app.composer.action_send()
        await pilot.pause()
        assert app.sent == ["@and more"]


async def test_a_whole_absolute_path_is_sent_by_one_enter(app: ComposerApp) -> None:
    async with running(app) as pilot:
        app.composer.insert("/ingest /docs/kettle.md")
        await pilot.pause()
        trigger = Trigger("argument", "/docs/kettle.md", 8, "ingest")
        app.completions.offer(trigger, [Completion("/docs/kettle.md", "/docs/kettle.md")])
        app.composer.action_send()
        await pilot.pause()
        assert app.sent == ["/ingest /docs/kettle.md"]


async def test_a_short_paste_is_inserted_as_it_is(app: ComposerApp) -> None:
    async with running(app) as pilot:
        await paste(app, pilot, "one\r\ntwo")
        assert app.composer.text == "one\ntwo"


async def test_a_large_paste_is_folded_and_sent_whole(app: ComposerApp) -> None:
    lines = "\n".join(f"line {n}" for n in range(12_345))
    async with running(app) as pilot:
        await pilot.press(*"see ")
        await paste(app, pilot, lines)
        assert app.composer.text == "see [pasted 12,345 lines #1]"
        await pilot.press("enter")
        assert app.sent == ["see " + lines]


async def test_a_line_of_two_megabytes_does_not_slow_typing(app: ComposerApp) -> None:
    async with running(app) as pilot:
        await paste(app, pilot, "x" * 2_000_000)
        await pilot.press("space", *"ok", "enter")
        assert app.sent == ["x" * 2_000_000 + " ok"]
        assert max(len(line) for line in app.composer.document.lines) < 100


async def test_backspace_takes_a_folded_paste_whole(app: ComposerApp) -> None:
    async with running(app) as pilot:
        await pilot.press("a")
        await paste(app, pilot, "x" * 3000)
        await pilot.press("backspace")
        assert app.composer.text == "a"


async def test_a_paste_brings_no_control_sequences(app: ComposerApp) -> None:
    async with running(app) as pilot:
        await paste(app, pilot, "a\x1b]52;c;ZXZpbA==\x07b")
        assert app.composer.text == "ab"


async def test_a_recalled_large_prompt_is_folded_too(app: ComposerApp) -> None:
    prompt = "word " * 2000
    async with running(app) as pilot:
        app.composer.past_prompts.load([prompt])
        await pilot.press("up")
        assert len(app.composer.text) < 100
        assert app.composer.draft == prompt
