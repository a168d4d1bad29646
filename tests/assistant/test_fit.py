"""What fits, on random sizes: nothing is counted here, so thousands of prompts take seconds."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatui.assistant.ask import Amounts
from chatui.assistant.fit import NOTES_SHARE, RECALLED_SHARE, SEAM, Fit, fit_parts, most
from chatui.assistant.measure import CutQuestion, Offer, Parts
from chatui.cost.tokens.tokens import REPLY_TOKENS
from chatui.domain.errors import ContextTooLong
from chatui.memory.policy import MemoryPolicy
from chatui.memory.window.candidates import Candidate
from chatui.memory.window.summary_window import StandIn
from chatui.memory.window.window import Bounds, Held
from tests.properties import examples

trials = examples(400)
seeds = given(st.integers(0, 2**32))
FULL = MemoryPolicy(full=True)


@dataclass
class Question:
    """A question with the sizes of what is at hand; a text takes what its parts take. `asked`
    are the tails that were asked for."""

    head: int = 20
    question: int = 10
    standing: Sequence[int] = ()
    called: Sequence[int] = ()
    recalled: Sequence[int] = ()
    passages: Sequence[int] = ()
    likely: int = 0
    turns: Sequence[Candidate] = ()
    summaries: Sequence[StandIn] = ()
    cap: int | None = None
    last: Held | None = None
    policy: MemoryPolicy = MemoryPolicy()
    asked: list[Amounts] = field(default_factory=list)

    def parts(self) -> Parts:
        def beside(held: Amounts) -> int:
            sizes = (
                *self.called[: held.called],
                *self.recalled[: held.recalled],
                *self.passages[: held.passages],
            )
            return sum(sizes)

        def tail(held: Amounts) -> int:
            self.asked.append(held)
            return self.question + beside(held)

        def cut(held: Amounts, room: int) -> CutQuestion:
            size = max(1, min(room, self.question))
            return CutQuestion("cut", self.question - size, size + beside(held))

        likely: Callable[[Amounts], int] = lambda held: tail(held) + self.likely  # noqa: E731
        return Parts(
            past=(),
            turns=self.turns,
            remember=True,
            offers={one.id: Offer("", one) for one in self.summaries},
            standing=len(self.standing),
            there=Amounts(
                called=len(self.called),
                recalled=len(self.recalled),
                passages=len(self.passages),
            ),
            recallable=lambda _: 0,
            head=lambda standing: self.head + sum(self.standing[:standing]),
            tail=cache(tail),
            mute_tail=lambda called: 5 + sum(self.called[:called]),
            likely_tail=likely if self.likely and not self.passages else None,
            cut=cut,
        )

    def fit(self) -> Fit:
        bounds = Bounds(self.cap, self.policy.turns, self.policy.low_water, self.policy.full)
        return fit_parts(self.parts(), bounds, self.last, self.policy)


def drawn(seed: int) -> Question:
    dice = random.Random(seed)

    def sizes(count: int, largest: int) -> list[int]:
        return [dice.randint(1, largest) for _ in range(dice.choice([0, dice.randint(0, count)]))]

    full = dice.random() < 0.2
    turns = [
        Candidate(size, pinned=dice.random() < 0.15, answered=dice.random() < 0.9)
        for size in sizes(25, dice.choice([20, 150]))
    ]
    return Question(
        head=dice.randint(0, 60),
        question=dice.randint(1, dice.choice([20, 600])),
        standing=sizes(20, 15),
        called=sizes(8, 15),
        # A chat that leaves nothing out recalls nothing.
        recalled=[] if full else sizes(4, 150),
        passages=sizes(9, dice.choice([30, 200])),
        likely=dice.choice([0, dice.randint(1, 400)]),
        turns=turns,
        summaries=[
            StandIn(f"s{number}", dice.randint(1, len(turns)), size, compact=dice.random() < 0.3)
            for number, size in enumerate(sizes(3, 80) if turns else ())
        ],
        cap=dice.choice(
            [None, dice.randint(1, 200), dice.randint(64, 900), dice.randint(300, 3000)]
        ),
        last=dice.choice([None, Held(dice.randint(0, 30), dice.choice([None, 200, 900]))]),
        policy=MemoryPolicy(
            turns=dice.choice([0, 0, 1, 4]),
            full=full,
            low_water=dice.choice([0.3, 0.7, 1.0]),
            too_long=dice.choice(["error", "cut"]),
            recall_tokens=dice.choice([20, 300, 800]),
        ),
    )


def fitting(seed: int) -> tuple[Question, Fit]:
    question = drawn(seed)
    try:
        return question, question.fit()
    except ContextTooLong:
        assume(False)
        raise


def room(question: Question, fit: Fit) -> int:
    """For a last message, beside the pinned turns and the longest summary."""
    assert question.cap is not None
    left = question.cap - REPLY_TOKENS - fit.system
    pins = (turn.tokens for turn in question.turns if turn.pinned and turn.answered)
    left -= sum(size for size in pins if size <= left)
    return left - max((one.tokens for one in question.summaries), default=0)


@trials
@seeds
def test_no_prompt_is_beyond_its_cap(seed: int) -> None:
    question, fit = fitting(seed)
    assert question.cap is None or fit.window.tokens <= question.cap


@trials
@seeds
def test_the_parts_add_up_to_the_prompt(seed: int) -> None:
    question, fit = fitting(seed)
    turns = sum(question.turns[place].tokens for place in fit.window.kept)
    summary = fit.summary.tokens if fit.summary else 0
    assert fit.window.tokens == (
        REPLY_TOKENS + fit.system + summary + turns + fit.question + fit.passages
    )
    assert fit.notes == sum(question.standing[: fit.standing])
    assert fit.called_notes == sum(question.called[: fit.held.called])
    assert fit.recalled == sum(question.recalled[: fit.held.recalled])
    assert fit.passages == sum(question.passages[: fit.held.passages])


@trials
@seeds
def test_what_a_question_brings_along_never_refuses_it_nor_cuts_it_more(seed: int) -> None:
    question = drawn(seed)
    try:
        bare = replace(question, standing=(), called=(), recalled=(), passages=()).fit()
    except ContextTooLong:
        return
    fit = question.fit()
    assert (fit.cut.lost if fit.cut else 0) <= (bare.cut.lost if bare.cut else 0)


@trials
@seeds
def test_no_recalled_turn_and_no_passage_pushes_a_pinned_turn_out(seed: int) -> None:
    question, fit = fitting(seed)
    assume(fit.recalled or fit.passages)
    most = (question.cap or 10**9) - REPLY_TOKENS - fit.system
    pins = {
        place
        for place, turn in enumerate(question.turns)
        if turn.pinned and turn.answered and turn.tokens <= most
    }
    assert pins <= set(fit.window.kept)


@trials
@seeds
def test_notes_take_no_more_than_their_share_and_no_less_than_they_may(seed: int) -> None:
    question, fit = fitting(seed)
    assume(question.cap is not None)
    assert question.cap is not None
    share = question.cap // NOTES_SHARE
    assert fit.notes + fit.called_notes <= share
    beside = question.head + question.question + sum(question.recalled) + REPLY_TOKENS + SEAM
    beside += sum(turn.tokens for turn in question.turns)
    left = question.cap - beside - max((one.tokens for one in question.summaries), default=0)
    if fit.standing < len(question.standing):
        assert fit.notes + question.standing[fit.standing] > min(share, left)
    elif fit.held.called < len(question.called):
        more = fit.notes + fit.called_notes + question.called[fit.held.called]
        assert more > min(share, left)


@trials
@seeds
def test_recalled_turns_take_a_share_of_what_is_free_and_all_of_it_that_they_can(seed: int) -> None:
    question, fit = fitting(seed)
    share = question.policy.recall_tokens
    if question.cap is not None:
        alone = question.question + fit.called_notes
        share = min(share, (room(question, fit) - alone) // RECALLED_SHARE)
    assert fit.recalled <= max(0, share)
    if fit.held.recalled < len(question.recalled):
        assert fit.recalled + question.recalled[fit.held.recalled] > share


@trials
@seeds
def test_as_many_of_the_best_passages_stand_as_there_is_room_for(seed: int) -> None:
    question, fit = fitting(seed)
    assume(not question.policy.full and fit.cut is None)
    if fit.held.passages < len(question.passages):
        more = question.passages[fit.held.passages]
        assert fit.question + fit.passages + more > room(question, fit)


@trials
@seeds
def test_a_question_is_only_cut_where_that_is_wished_and_it_would_not_fit(seed: int) -> None:
    question, fit = fitting(seed)
    if fit.cut is None:
        return
    assert question.policy.too_long == "cut"
    assert question.cap is not None
    assert question.head + question.question + REPLY_TOKENS > question.cap
    assert (fit.standing, fit.held) == (0, Amounts())
    kept = question.question - fit.cut.lost
    assert kept >= (question.cap - REPLY_TOKENS - fit.system) // 2


@trials
@seeds
def test_likely_passages_change_what_is_foretold_and_not_the_prompt(seed: int) -> None:
    question, fit = fitting(seed)
    sure = replace(question, likely=0).fit()
    assert replace(fit, coming=sure.coming) == sure
    assert question.cap is None or fit.coming.tokens <= question.cap


def test_notes_leave_a_chat_that_leaves_nothing_out_the_room_of_its_summary() -> None:
    summary = StandIn("s", after=1, tokens=60, compact=True)
    question = Question(
        turns=[Candidate(20)], summaries=[summary], standing=[18], cap=100, policy=FULL
    )

    assert (question.fit().summary, question.fit().notes) == (summary, 0)


def test_passages_refuse_no_question_of_a_chat_that_leaves_nothing_out() -> None:
    summaries = [
        StandIn("short", after=2, tokens=10, compact=True),
        StandIn("long", after=1, tokens=60, compact=True),
    ]
    question = Question(
        turns=[Candidate(20)] * 3,
        summaries=summaries,
        passages=[20, 30],
        cap=150,
        policy=replace(FULL, turns=1),
    )

    assert question.fit().held.passages == 1


def test_where_all_fits_nothing_is_tried_with_less() -> None:
    question = Question(called=[5] * 9, recalled=[5] * 4, passages=[5] * 9, cap=1000)

    fit = question.fit()

    assert fit.held == Amounts(called=9, recalled=4, passages=9)
    amounts = {(one.called, one.recalled, one.passages) for one in question.asked}
    assert amounts == {(0, 4, 0), (9, 0, 0), (9, 4, 0), (9, 4, 9), (9, 0, 9)}
    assert len(question.asked) == len(amounts)


@pytest.mark.parametrize(("room", "held"), [(-1, 0), (0, 0), (9, 0), (10, 1), (29, 2), (30, 3)])
def test_the_most_that_fit_are_the_first(room: int, held: int) -> None:
    assert most(3, lambda count: 10 * count <= room) == held


def test_the_most_of_many_are_found_with_few_counts() -> None:
    asked: list[int] = []

    def fits(count: int) -> bool:
        asked.append(count)
        return 10 * count <= 3333

    assert most(1000, fits) == 333
    assert len(asked) < 12
