from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime

import pytest
from textual.pilot import Pilot

from chatui.domain.conversation import FinishReason, RecalledTurn, Reply, Turn, TurnState
from chatui.domain.usage import UNKNOWN_COST, Gaps, Timing
from chatui.text.safety import strip_controls
from chatui.widgets.markdown_document import MarkdownDocument, reasoning_laid_out
from chatui.widgets.turn_parts import MOST_UNFOLDED
from chatui.widgets.turn_view import TurnView
from tests.widgets.turns import (
    HOSTILE,
    TranscriptApp,
    answered,
    cited,
    failed,
    interrupted,
    passage,
    place_of,
    screen_text,
    until,
)

SIZE = (80, 24)


async def shown(app: TranscriptApp, pilot: Pilot[None], turn: Turn) -> TurnView:
    await app.transcript.show([("k", turn)])
    await pilot.pause()
    view = app.transcript.turn("k")
    assert view is not None
    return view


def text_of(view: TurnView) -> str:
    return "\n".join(line.content.plain for _, line in view._rows())


def unwrapped(app: TranscriptApp) -> str:
    return " ".join(screen(app).replace("│", " ").split())


def screen(app: TranscriptApp) -> str:
    return "\n".join(screen_text(app))


async def test_a_turn_shows_question_answer_sources_and_figures() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot, answered(text="Use it [1].", citations=cited(1, 3)))
        for text in (
            "❯ How do I add documents?",
            "Use it [1].",
            "sources  1 guide.md:10 · 3 guide.md:30",
            "openai/gpt-5-mini · 1,234 in (1,024 cached) · 321 out · $0.0042",
            "0.42 s to first · 50 tok/s",
        ):
            assert text in screen(app)


async def test_a_turn_says_what_was_recalled_and_from_when() -> None:
    said = datetime(2026, 11, 3, 14, 5).astimezone()
    back = RecalledTurn("t1", said, "My sister Ana gets married in Porto on 14 June.")
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot, replace(answered(), recalled=(back,)))
        assert "recalled  3 Nov 14:05 My sister Ana gets married in Porto on…" in screen(app)


async def test_a_failed_turn_keeps_its_question_and_says_why() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot, failed("Why?", "The key was refused: check OPENAI_API_KEY."))
        assert "❯ Why?" in screen(app)
        assert "✗ The key was refused: check OPENAI_API_KEY." in screen(app)


async def test_an_unknown_price_is_a_dash() -> None:
    turn = answered()
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot, replace(turn, reply=replace(turn.reply, cost=UNKNOWN_COST)))
        assert "321 out · — · 0.42 s" in screen(app)


async def test_an_interrupted_turn_keeps_what_came() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot, interrupted("Why?", "Because it"))
        assert "Because it" in screen(app)
        assert "■ interrupted, what came is kept" in screen(app)


async def test_a_reply_that_hit_its_limit_says_so() -> None:
    turn = answered()
    cut = replace(turn, reply=replace(turn.reply, finish_reason=FinishReason.LENGTH))
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot, cut)
        assert "cut off" in screen(app)


async def test_a_pending_turn_waits_then_streams_then_settles() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        view = await app.transcript.start_turn("k", "What now?")
        await pilot.pause()
        assert "waiting for the reply" in screen(app)
        view.show_passages([passage(1), passage(2)])
        await pilot.pause()
        assert "2 passages found" in screen(app)
        for word in ("Use ", "**it", "** [1]", " now."):
            view.append_text(word)
        await until(pilot, lambda: "Use it [1] now." in screen(app))
        assert "waiting" not in screen(app)
        assert view.text == "Use **it** [1] now."
        await view.settle(answered("What now?", "Use **it** [1] now.", citations=cited(1)))
        await pilot.pause()
        assert "sources  1 guide.md:10" in screen(app)
        assert not view.pending


async def test_the_settled_text_wins_over_what_streamed() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        view = await app.transcript.start_turn("k", "What now?")
        view.append_text("Streamed")
        await view.settle(answered(text="Settled"))
        await until(pilot, lambda: "Settled" in screen(app))
        assert "Streamed" not in screen(app)
        assert view.text == "Settled"


async def test_reasoning_is_one_line_until_it_is_clicked() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot, answered(reasoning="First I look. Then I think."))
        assert "▸ reasoning · 64 tok" in screen(app)
        assert "First I look" not in screen(app)
        await pilot.click(offset=place_of(app, "▸ reasoning"))
        await pilot.pause()
        assert "▾ reasoning · 64 tok" in screen(app)
        assert "│ First I look. Then I think." in screen(app)


async def test_reasoning_that_streams_is_counted_and_can_be_watched() -> None:
    app = TranscriptApp(show_reasoning=True)
    async with app.run_test(size=SIZE) as pilot:
        view = await app.transcript.start_turn("k", "What now?")
        for word in ("First", " I", " look"):
            view.append_reasoning(word)
        await until(pilot, lambda: "│ First I look" in screen(app))
        assert "▾ thinking · 3 words" in screen(app)
        app.transcript.show_reasoning(False)
        await pilot.pause()
        assert "First I look" not in screen(app)


async def test_a_reply_that_turns_out_to_be_reasoning_folds_away() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        view = await app.transcript.start_turn("k", "What now?")
        view.append_text("First I look.")
        await until(pilot, lambda: "First I look" in screen(app))
        view.take_back()
        view.append_text("Go left.")
        await until(pilot, lambda: "Go left" in screen(app))
        assert "First I look" not in screen(app)
        assert "thinking · 3 words" in screen(app)
        assert view.text == "Go left."


async def test_a_long_question_is_folded_until_it_is_clicked() -> None:
    app = TranscriptApp()
    async with app.run_test(size=(80, 60)) as pilot:
        await shown(app, pilot, answered(question="\n".join(f"line {i}" for i in range(40))))
        assert "line 30" not in screen(app)
        await pilot.click(offset=place_of(app, "characters more"))
        await pilot.pause()
        assert "line 30" in screen(app)


@pytest.mark.parametrize(
    ("question", "more"),
    [("word " * MOST_UNFOLDED, "80,000"), ("word\n" * MOST_UNFOLDED, "95,000")],
)
async def test_of_a_very_long_question_the_beginning_is_unfolded(question: str, more: str) -> None:
    app = TranscriptApp()
    async with app.run_test(size=(80, 60)) as pilot:
        view = await shown(app, pilot, answered(question=question))
        await pilot.click(offset=place_of(app, "characters more"))
        await until(pilot, lambda: view.size.height > MOST_UNFOLDED / 80)
        assert f"{more} characters more: /export has" in " ".join(text_of(view).split())


async def test_a_long_reply_is_laid_out_for_another_width_behind_the_window() -> None:
    app = TranscriptApp()
    async with app.run_test(size=(80, 24)) as pilot:
        text = "\n\n".join(f"Paragraph {number}. {'word ' * 20}" for number in range(1000))
        view = await shown(app, pilot, answered(text=text))
        await pilot.resize_terminal(50, 24)
        await until(pilot, lambda: max(map(len, text_of(view).splitlines())) < 50)
        await until(pilot, lambda: view.size.height == len(text_of(view).splitlines()))
        assert text_of(view).count("Paragraph") == 1000


THOUGHTS = "".join(f"Thought {number}. {'word ' * 20}\n\n" for number in range(300))


async def test_long_reasoning_is_laid_out_behind_the_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads: set[threading.Thread] = set()

    def watched(reply: Reply, width: int) -> MarkdownDocument:
        threads.add(threading.current_thread())
        return reasoning_laid_out(reply, width)

    monkeypatch.setattr("chatui.widgets.turn_view.reasoning_laid_out", watched)
    app = TranscriptApp()
    async with app.run_test(size=(80, 24)) as pilot:
        view = await shown(app, pilot, answered(reasoning=THOUGHTS))
        view.show_reasoning(True)
        assert "▾ reasoning" in text_of(view)
        await until(pilot, lambda: "Thought 299." in text_of(view))
        await until(pilot, lambda: view.size.height == len(text_of(view).splitlines()))
        await pilot.resize_terminal(50, 24)
        await until(pilot, lambda: max(map(len, text_of(view).splitlines())) < 50)
        assert text_of(view).count("Thought") == 300
    assert threads
    assert threading.main_thread() not in threads


async def test_reasoning_that_is_shown_stays_when_its_turn_settles() -> None:
    app = TranscriptApp(show_reasoning=True)
    async with app.run_test(size=(80, 24)) as pilot:
        view = await app.transcript.start_turn("k", "Why?")
        view.append_reasoning(THOUGHTS)
        await until(pilot, lambda: "Thought 299." in text_of(view))
        await view.settle(answered(reasoning=THOUGHTS))
        assert text_of(view).count("Thought") == 300


async def test_what_comes_faster_than_it_is_drawn_is_drawn_later() -> None:
    app = TranscriptApp()
    async with app.run_test(size=(80, 24)) as pilot:
        view = await app.transcript.start_turn("k", "Why?")
        view.append_text("".join(f"Line {number}.\n\n" for number in range(3000)))
        await until(pilot, lambda: "Line 2999." in text_of(view))


async def test_a_mark_and_a_source_name_choose_the_citation() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot, answered(text="Yes [3].", citations=cited(1, 3)))
        await pilot.click(offset=place_of(app, "[3]"))
        await pilot.click(offset=place_of(app, "guide.md:10"))
        await pilot.pause()
        assert app.chosen == [("k", 3), ("k", 1)]


async def test_a_link_shows_its_whole_address_before_it_is_opened() -> None:
    app = TranscriptApp()
    address = f"https://example.org/{'a' * 300}/end"
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot, answered(text=f"[good]({address})"))
        await pilot.click(offset=place_of(app, "good"))
        await until(pilot, lambda: "Open this address?" in screen(app))
        assert address in "".join(screen(app).replace("│", " ").split())
        assert app.opened == []
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.opened))
        assert app.opened == [address]
        assert "Open this address?" not in screen(app)


async def test_where_a_link_really_leads_is_told() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        text = "[bank](http://bank.example@b\u0430d.example/\u202ex)"
        await shown(app, pilot, answered(text=text))
        await pilot.click(offset=place_of(app, "bank"))
        await until(pilot, lambda: "leads to xn--bd-7kc.example." in unwrapped(app))
        assert "http://bank.example@xn--bd-7kc.example/x" in screen(app)
        assert "b\u0430d.example" in screen(app)


async def test_a_link_that_is_not_wanted_is_not_opened() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot, answered(text="[good](https://example.org/a)"))
        for key in ("escape", "q", "y"):
            await pilot.click(offset=place_of(app, "good"))
            await until(pilot, lambda: "Open this address?" in screen(app))
            await pilot.press(key)
            await until(pilot, lambda: "Open this address?" not in screen(app))
        assert app.opened == []
        assert app.clipboard == "https://example.org/a"


async def test_only_addresses_of_the_web_are_opened() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot, answered(text="[odd](ftp://example.org/b)"))
        await pilot.click(offset=place_of(app, "odd"))
        await until(pilot, lambda: bool(app._notifications))
        (told,) = app._notifications
        assert "only addresses of the web" in told.message
        assert app.opened == []


async def test_no_control_sequence_reaches_the_screen_from_any_part_of_a_turn() -> None:
    turn = answered(HOSTILE, HOSTILE, HOSTILE, cited(1))
    reply = replace(turn.reply, model=HOSTILE, error=HOSTILE)
    app = TranscriptApp(show_reasoning=True)
    async with app.run_test(size=(80, 60)) as pilot:
        for state in TurnState:
            await shown(app, pilot, replace(turn, state=state, reply=reply))
            assert screen(app) == strip_controls(screen(app))
            assert "52;c" not in screen(app)
        view = await app.transcript.start_turn("new", HOSTILE)
        for character in HOSTILE:
            view.append_text(character)
            view.append_reasoning(character)
        await until(pilot, lambda: "abcdef" in screen(app))
        assert screen(app) == strip_controls(screen(app))


async def test_textual_markup_in_a_turn_is_text() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot, failed("[bold]Q[/bold] [/]", "[red]No[/red] [/nope]"))
        assert "❯ [bold]Q[/bold] [/]" in screen(app)
        assert "✗ [red]No[/red] [/nope]" in screen(app)


async def test_selected_text_is_copied_without_soft_wraps() -> None:
    sentence = "word " * 40 + "end."
    app = TranscriptApp()
    async with app.run_test(size=(60, 24)) as pilot:
        await shown(app, pilot, answered(text=sentence))
        app.screen.text_select_all()
        await pilot.pause()
        copied = app.screen.get_selected_text()
        assert copied is not None
        assert sentence in copied


async def test_a_pin_is_shown() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        view = await shown(app, pilot, answered())
        view.set_pinned(True)
        await pilot.pause()
        assert "pinned · openai/gpt-5-mini" in screen(app)


async def test_a_turn_follows_the_width_of_the_window() -> None:
    app = TranscriptApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot, answered(text="word " * 30))
        await pilot.resize_terminal(40, 24)
        await pilot.pause()
        assert max(len(row.rstrip()) for row in screen_text(app)) <= 40
        assert screen(app).count("word") == 30


async def test_a_question_that_was_cut_for_the_prompt_says_so() -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot, replace(answered(), cut=1_234))
        assert "1,234 tokens were cut out of the question when it was sent" in screen(app)


@pytest.mark.parametrize(("model", "told"), [("mine/m", True), ("builtin/extract", False)])
async def test_pauses_are_told_of_what_was_written_and_not_of_quotes(
    model: str, told: bool
) -> None:
    app = TranscriptApp()
    async with app.run_test(size=SIZE) as pilot:
        turn = answered("Yes.")
        timing = Timing(first_token=0.5, seconds=2.0, gaps=Gaps(0.05, 0.1, 0.9))
        reply = replace(turn.reply, model=model, timing=timing)
        view = await shown(app, pilot, replace(turn, reply=reply))

        assert ("between tokens" in text_of(view)) == told
