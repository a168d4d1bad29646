"""Which summary stands in a prompt: never beyond the cap, never for turns it is not of."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from chatui.domain.errors import ContextTooLong
from chatui.memory.window.candidates import Candidate
from chatui.memory.window.summary_need import Head, coming_start
from chatui.memory.window.summary_window import Fitted, StandIn, fit_summarised
from chatui.memory.window.window import Bounds, Held, LeftOut

CAP, FIXED, QUESTION = 1000, 50, 30
BOUNDS = Bounds(CAP)
HEAD = Head(FIXED, FIXED)


def turns(count: int, tokens: int = 100) -> list[Candidate]:
    return [Candidate(tokens) for _ in range(count)]


def fitted(count: int, held: Held | None, *summaries: StandIn, bounds: Bounds = BOUNDS) -> Fitted:
    return fit_summarised(turns(count), QUESTION, FIXED, bounds, held, summaries)


def stand_in(after: int, tokens: int = 60, *, compact: bool = False) -> StandIn:
    return StandIn(f"s{after}", after, tokens, compact)


def holding(start: int, summary: str = "") -> Held:
    return Held(start, CAP, 0, summary)


def test_a_prepared_summary_waits_until_turns_must_leave() -> None:
    assert fitted(8, holding(0), stand_in(3)).summary is None


def test_it_is_taken_with_the_trim_and_the_window_starts_behind_it() -> None:
    found = fitted(10, holding(0), stand_in(4))

    assert found.summary == stand_in(4)
    assert found.window.start == 4
    assert {reason for _, reason in found.window.left_out} == {LeftOut.SUMMARISED}


def test_it_stays_as_long_as_the_start_holds_whatever_is_prepared() -> None:
    found = fitted(12, holding(4, "s4"), stand_in(4), stand_in(7))

    assert (found.window.start, found.summary) == (4, stand_in(4))


def test_turns_between_the_summary_and_the_window_are_named_as_left_out() -> None:
    found = fitted(20, holding(4, "s4"), stand_in(4))

    assert found.summary == stand_in(4)
    reasons = dict(found.window.left_out)
    assert found.window.start > 6
    assert reasons[3] is LeftOut.SUMMARISED
    assert reasons[5] is LeftOut.BEYOND_CAP


def test_a_summary_that_would_drop_far_more_than_the_trim_is_passed_over() -> None:
    assert fitted(10, holding(0), stand_in(3), stand_in(9)).summary == stand_in(3)


def test_without_a_summary_the_trim_is_the_plain_one() -> None:
    found = fitted(10, holding(0))

    assert (found.summary, found.window.start) == (None, 4)


def test_a_compact_one_is_taken_at_once_and_holds() -> None:
    mine = stand_in(5, compact=True)
    found = fitted(7, holding(0), mine)
    later = fitted(8, holding(5, mine.id), mine)

    assert (found.window.start, found.summary) == (5, mine)
    assert (later.window.start, later.summary) == (5, mine)


def test_looser_bounds_bring_back_all_turns_but_those_of_a_compact_summary() -> None:
    loose = Bounds(5000)

    assert fitted(10, holding(4, "s4"), stand_in(4), bounds=loose).window.start == 0
    mine = stand_in(3, compact=True)
    found = fitted(10, holding(5, "s5"), mine, stand_in(5), bounds=loose)
    assert (found.window.start, found.summary) == (3, mine)


def test_a_summary_that_was_taken_back_gives_its_turns_back() -> None:
    found = fitted(7, holding(5, "gone"))

    assert (found.window.start, found.summary) == (0, None)


def test_a_question_that_leaves_no_room_goes_without_the_summary() -> None:
    found = fit_summarised(turns(3), 920, FIXED, BOUNDS, holding(3, "s3"), [stand_in(3)])

    assert found.summary is None
    assert found.window.tokens <= CAP


def test_a_pinned_turn_wins_over_a_summary() -> None:
    past = [Candidate(880, pinned=True), *turns(3)]
    found = fit_summarised(past, QUESTION, FIXED, BOUNDS, holding(2, "s2"), [stand_in(2)])

    assert found.summary is None
    assert 0 in found.window.kept


def test_the_coming_trim_is_foreseen_from_three_quarters_on() -> None:
    assert coming_start(turns(5), 0, HEAD, QUESTION, BOUNDS) is None
    assert coming_start(turns(7), 0, HEAD, QUESTION, BOUNDS) == 3


def test_the_coming_trim_of_a_bound_on_turns_is_foreseen_to_the_turn() -> None:
    bounds = Bounds(None, turns=10)
    end = coming_start(turns(8), 0, HEAD, QUESTION, bounds)

    assert coming_start(turns(7), 0, HEAD, QUESTION, bounds) is None
    assert end is not None
    trimmed = fit_summarised(turns(11), QUESTION, FIXED, bounds, Held(0, None, 10), [stand_in(end)])
    assert trimmed.window.start == end == 4


@dataclass
class Talk:
    """A conversation of random turns, bounds, pins and summaries; what was prepared, held
    and taken back goes its random way too."""

    seed: int
    dice: random.Random = field(init=False)
    history: list[Candidate] = field(default_factory=list)
    summaries: list[StandIn] = field(default_factory=list)
    held: Held | None = None

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.fixed = self.dice.randint(0, 200)
        self.bounds = self.new_bounds()
        self.history = [self.new_turn() for _ in range(self.dice.randint(0, 10))]

    def new_turn(self) -> Candidate:
        dice = self.dice
        return Candidate(dice.randint(1, 500), dice.random() < 0.05, answered=dice.random() < 0.9)

    def new_bounds(self) -> Bounds:
        dice = self.dice
        return Bounds(
            dice.choice([None, dice.randint(100, 3000)]),
            dice.choice([0, 0, dice.randint(1, 12)]),
            dice.choice([0.3, 0.5, 0.7, 1.0]),
        )

    def step(self) -> tuple[Fitted, int] | None:
        """The next prompt with its last message's tokens; None where the question alone is
        beyond the cap."""
        dice = self.dice
        if dice.random() < 0.2:
            self.bounds = self.new_bounds()
        if self.summaries and dice.random() < 0.1:
            self.summaries.pop(dice.randrange(len(self.summaries)))
        if self.history and dice.random() < 0.7:
            after = dice.randint(1, len(self.history))
            name = f"{len(self.history)}-{after}-{dice.random()}"
            self.summaries.append(StandIn(name, after, dice.randint(1, 400), dice.random() < 0.2))
        question = dice.randint(0, 300)
        try:
            found = fit_summarised(
                self.history, question, self.fixed, self.bounds, self.held, self.summaries
            )
        except ContextTooLong:
            assert self.bounds.cap is not None
            assert self.fixed + question > self.bounds.cap
            found = None
        if found is not None:
            summary = found.summary.id if found.summary else ""
            self.held = Held(found.window.start, self.bounds.cap, self.bounds.turns, summary)
        self.history.append(self.new_turn())
        return None if found is None else (found, question)


def holds(talk: Talk, found: Fitted, question: int, history: list[Candidate]) -> bool:
    window, summary = found.window, found.summary
    taken = talk.fixed + question + (summary.tokens if summary else 0)
    taken += sum(history[place].tokens for place in window.kept)
    cap = talk.bounds.cap
    return (
        taken == window.tokens
        and (cap is None or window.tokens <= cap)
        and (summary is None or (summary in talk.summaries and summary.after <= window.start))
        and sorted([*window.kept, *(place for place, _ in window.left_out)])
        == list(range(len(history)))
    )


@pytest.mark.parametrize("block", range(4))
def test_no_prompt_of_ten_thousand_conversations_is_beyond_its_cap(block: int) -> None:
    wrong = []
    for seed in range(block * 2500, (block + 1) * 2500):
        talk = Talk(seed)
        for _ in range(3):
            before = list(talk.history)
            prompt = talk.step()
            if prompt is not None and not holds(talk, *prompt, before):
                wrong.append(seed)
    assert wrong == []
