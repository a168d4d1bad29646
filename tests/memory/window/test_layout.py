"""What of a prompt a provider's cache would read, and why not more of it; and what the meter says
before a trim: the turns that leave with the next prompt."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.cost.cache_rules import cache_rule
from chatui.domain.cache_rule import CacheRule
from chatui.domain.conversation import Reply, Turn, TurnState
from chatui.memory.records import SentPrompt, StoredTurn, WindowMark
from chatui.memory.window.candidates import Candidate
from chatui.memory.window.layout import (
    Layout,
    Leaving,
    Prefix,
    fingerprint,
    held_by,
    leaving,
    shared_prefix,
)
from chatui.memory.window.window import Bounds, Held, fit
from tests.properties import examples

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SYSTEM = fingerprint([])


def turn(number: int, *, pinned: bool = False) -> StoredTurn:
    said = Turn("q", NOW, TurnState.COMPLETE, Reply(text="a"), pinned=pinned)
    return StoredTurn(f"t{number}", None, "", "", said)


def layout(past: list[StoredTurn], bounds: Bounds, start: int = 0) -> Layout:
    sizes = [1000] * len(past)
    turns = [Candidate(1000, stored.turn.pinned) for stored in past]
    held = Held(start, bounds.cap, bounds.turns)
    return Layout(
        model="mine/a",
        fingerprint=SYSTEM,
        bounds=bounds,
        past=past,
        sizes=sizes,
        window=fit(turns, 50, 500, bounds, held),
        system=500,
        passages=0,
        question=50,
    )


def sent(of: Layout) -> SentPrompt:
    start = of.window.start
    mark = WindowMark(
        of.past[start].id if start < len(of.past) else f"t{start}",
        of.bounds.cap or 0,
        turns=of.bounds.turns,
        model=of.model,
        system=of.fingerprint,
        pinned=of.ids(of.pinned),
    )
    before = tuple(stored.id for stored in of.past)
    return SentPrompt(NOW, mark, before)


TEN = [turn(number) for number in range(10)]
ROOMY = Bounds(100_000)


def prefix(last: Layout, coming: Layout, now: datetime = NOW) -> Prefix:
    return shared_prefix(sent(last), coming, now, count=len)


def test_the_next_prompt_begins_with_all_of_the_last_one_but_its_question() -> None:
    assert prefix(layout(TEN[:9], ROOMY), layout(TEN, ROOMY)) == Prefix(9_500, 9, ())


def test_before_the_first_prompt_there_is_nothing_to_read() -> None:
    found = shared_prefix(None, layout([], ROOMY), NOW, count=len)
    assert found.tokens == 0
    assert "Nothing was sent yet" in found.misses[0]


def test_another_model_reads_nothing() -> None:
    found = prefix(layout(TEN, ROOMY), replace(layout(TEN, ROOMY), model="mine/b"))
    assert found == Prefix(
        0, 0, ("The model was switched from mine/a to mine/b: each has a cache of its own.",)
    )


def test_another_system_prompt_reads_nothing() -> None:
    found = prefix(layout(TEN, ROOMY), replace(layout(TEN, ROOMY), fingerprint="other"))
    assert found.tokens == 0
    assert "system prompt" in found.misses[0]


def test_a_trim_keeps_the_system_prompt_alone() -> None:
    full = Bounds(9_600)
    found = prefix(layout(TEN[:9], full), layout(TEN, full))
    assert found.turns == 0
    assert found.misses[0].startswith("A bound is reached: turns leave the prompt (4).")


def test_a_smaller_cap_is_named() -> None:
    found = prefix(layout(TEN, ROOMY), layout(TEN, Bounds(5_000)))
    assert found.misses[0].startswith("The cap went down from 100,000 to 5,000 tokens")


def test_fewer_turns_are_named() -> None:
    found = prefix(layout(TEN, ROOMY), layout(TEN, replace(ROOMY, turns=4)))
    assert found.misses[0].startswith("Only the last 4 turns may stay now")


def test_older_turns_that_come_back_are_named() -> None:
    found = prefix(layout(TEN, Bounds(5_000)), layout(TEN, ROOMY))
    assert "older turns come back" in found.misses[0]


def test_an_edited_turn_ends_the_common_beginning() -> None:
    edited = [*TEN[:4], turn(99)]
    found = prefix(layout(TEN, ROOMY), layout(edited, ROOMY))
    assert (found.tokens, found.turns) == (4_500, 4)
    assert "edited" in found.misses[0]


def test_asking_again_reads_everything() -> None:
    assert prefix(layout(TEN, ROOMY), layout(TEN, ROOMY)) == Prefix(10_500, 10, ())


def test_a_turn_pinned_from_before_the_window_is_named() -> None:
    bounds = Bounds(9_600)
    last = layout(TEN, bounds)
    pinned = [turn(0, pinned=True), *TEN[1:]]
    found = prefix(last, layout(pinned, bounds, start=last.window.start))
    assert found.turns == 0
    assert "pinned" in found.misses[0]


def test_after_an_hour_it_is_forgotten() -> None:
    found = prefix(layout(TEN[:9], ROOMY), layout(TEN, ROOMY), NOW + timedelta(hours=2))
    assert "over an hour" in found.misses[0]


def test_a_short_beginning_is_not_cached() -> None:
    assert "1,024" in prefix(layout([], ROOMY), layout(TEN[:1], ROOMY)).misses[0]


@pytest.mark.parametrize(
    ("model", "kept", "short", "late"),
    [
        ("openai/gpt-5-mini", "", "Many providers cache nothing below 1,024 tokens.", ""),
        (
            "google/gemini-3.8-flash",
            "",
            "This model's provider caches nothing below 4,096 tokens.",
            "The last question is over 5 minutes old: the provider has forgotten it.",
        ),
        (
            "openrouter/anthropic/claude-haiku-4.5",
            "5m",
            "This model's provider caches nothing below 4,096 tokens.",
            "The last question is over 5 minutes old: the provider has forgotten it.",
        ),
    ],
)
def test_why_the_cache_missed_is_told_by_the_models_own_rule(
    model: str, kept: str, short: str, late: str
) -> None:
    rule, later = cache_rule(model, kept), NOW + timedelta(minutes=6)
    one = shared_prefix(sent(layout([], ROOMY)), layout(TEN[:1], ROOMY), NOW, rule, count=len)
    two = shared_prefix(sent(layout(TEN[:9], ROOMY)), layout(TEN, ROOMY), later, rule, count=len)
    assert one.misses == (short,)
    assert two.misses == ((late,) if late else ())


def test_behind_an_answer_no_mark_stands_where_only_questions_can_be_marked() -> None:
    last, coming = sent(layout(TEN[:9], ROOMY)), layout(TEN, ROOMY)

    def answer(text: str) -> int:
        assert text == TEN[8].turn.reply.text
        return 300

    asked = shared_prefix(last, coming, NOW, CacheRule(marked=True, asked=True), count=answer)
    plain = shared_prefix(last, coming, NOW, CacheRule(marked=True), count=answer)
    assert (plain.tokens, asked.tokens) == (9_500, 9_200)
    assert asked.turns == plain.turns == 9


BOUNDS = Bounds(cap=100, low_water=0.5)
TURNS = [Candidate(20) for _ in range(4)]


def test_nothing_leaves_while_all_fits() -> None:
    assert leaving(TURNS, None, fit(TURNS, 5, 10, BOUNDS)) == Leaving()


def test_a_trim_is_told_with_its_turns_and_their_tokens() -> None:
    held = Held(0, 100)
    window = fit(TURNS, 30, 10, BOUNDS, held)
    assert leaving(TURNS, held, window) == Leaving(window.start, 20 * window.start)
    assert window.start > 0


def test_what_had_left_before_does_not_leave_again() -> None:
    held = Held(2, 100)
    assert leaving(TURNS, held, fit(TURNS, 5, 10, BOUNDS, held)) == Leaving()


def test_a_turn_that_was_never_sent_does_not_leave() -> None:
    turns = [Candidate(20, answered=False), *TURNS, Candidate(20)]
    held = Held(0, 100)
    window = fit(turns, 5, 10, BOUNDS, held)
    assert leaving(turns, held, window).turns == window.start - 1


def test_a_pinned_turn_leaves_when_its_pin_is_gone() -> None:
    held = Held(2, 100, pinned=frozenset({0}))
    assert leaving(TURNS, held, fit(TURNS, 5, 10, BOUNDS, held)) == Leaving(1, 20)


@examples(200)
@given(st.integers(0, 2**32))
def test_a_trim_is_foretold_exactly_when_the_start_moves(seed: int) -> None:
    dice = random.Random(seed)
    turns = [Candidate(dice.randint(1, 40)) for _ in range(dice.randint(1, 30))]
    held = Held(dice.randrange(len(turns)), 100)
    window = fit(turns, dice.randint(1, 80), 10, BOUNDS, held)
    told = leaving(turns, held, window)
    gone = [at for at in range(held.start, window.start) if at not in window.refilled]
    assert told == Leaving(len(gone), sum(turns[at].tokens for at in gone))


def test_what_the_last_prompt_held_is_found_again_among_the_turns() -> None:
    mark = WindowMark("t3", 900, turns=4, summary="s", pinned=("t1", "gone"))
    assert held_by(mark, TEN) == Held(3, 900, 4, "s", frozenset({1}))
    assert held_by(replace(mark, start="gone", cap=0), TEN) == Held(0, None, 4, "s", frozenset({1}))
    assert held_by(None, TEN) is None
