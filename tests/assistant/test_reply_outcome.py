"""How a call of a run ended, by the events of its reply."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from chatui.assistant.events import AssistantEvent, MeterChanged, TurnSettled, TurnStarted
from chatui.assistant.reply_outcome import Ending, ReplyOutcome
from chatui.cost.reading import MeterReading
from chatui.domain.conversation import Turn, TurnState
from chatui.domain.errors import ModelError
from chatui.models.base import Retrying, TextDelta

BEGUN = TurnStarted("c", "t", "Why?")
RETRY = Retrying("busy", 1.0, 1, 3)


def settled(state: TurnState) -> TurnSettled:
    return TurnSettled("c", "t", Turn("Why?", asked=datetime(2026, 1, 1, tzinfo=UTC), state=state))


def metered(output: int) -> MeterChanged:
    return MeterChanged(MeterReading(context_used=output))


def heard(*events: AssistantEvent) -> ReplyOutcome:
    outcome = ReplyOutcome()
    for event in events:
        outcome = outcome.after(event)
    return outcome


@pytest.mark.parametrize(
    ("events", "ending"),
    [
        ([], "interrupted"),
        ([BEGUN, TextDelta("It ")], "interrupted"),
        ([BEGUN, settled(TurnState.COMPLETE)], "complete"),
        ([BEGUN, settled(TurnState.INTERRUPTED)], "interrupted"),
        ([BEGUN, settled(TurnState.FAILED)], "interrupted"),
    ],
)
def test_only_a_turn_that_is_settled_whole_is_complete(
    events: list[AssistantEvent], ending: Ending
) -> None:
    outcome = heard(*events)
    assert outcome.ending == ending
    assert outcome.answered == (ending == "complete")


def test_the_last_reading_stays_and_every_retry() -> None:
    outcome = heard(BEGUN, RETRY, metered(1), RETRY, metered(2), settled(TurnState.COMPLETE))
    assert outcome.reading is not None
    assert outcome.reading.context_used == 2
    assert outcome.retries == (RETRY, RETRY)
    assert (outcome.turn_id, outcome.turn is not None) == ("t", True)


def test_what_broke_it_leaves_what_had_come() -> None:
    error = ModelError("Nobody answers.")
    outcome = heard(BEGUN, RETRY, settled(TurnState.FAILED)).broken(error)
    assert (outcome.ending, outcome.error, outcome.turn_id) == ("failed", error, "t")
    assert outcome.retries == (RETRY,)


def test_an_outcome_of_more_stays_one() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Numbered(ReplyOutcome):
        number: int

    outcome = Numbered(number=7).after(settled(TurnState.COMPLETE))
    assert (outcome.number, outcome.ending) == (7, "complete")
