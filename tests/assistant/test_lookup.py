"""What a question is searched for as, after the turns before it."""

from __future__ import annotations

from datetime import UTC, datetime

from chatui.assistant.lookup import exchanges, near_paths, query_of
from chatui.domain.conversation import Reply, Turn, TurnState
from chatui.domain.passage import Passage
from chatui.memory.records import StoredTurn
from chatui.retrieval.search.query import Query
from chatui.text.followup import TURNS_BACK
from tests.models.extractive_passages import passage

NEXUS = passage("The Nexus is a phone.", path="/phones/nexus.md")
NOVA = passage("The Nova is a tablet.", path="/tablets/nova.md")


def asked(question: str, *passages: Passage) -> StoredTurn:
    said = Turn(
        question,
        datetime(2026, 1, 1, tzinfo=UTC),
        TurnState.COMPLETE,
        Reply(text="So it is."),
        passages=passages,
    )
    return StoredTurn(question, None, "q", "r", said)


def searched(question: str, *past: StoredTurn) -> Query:
    return query_of(question, exchanges(past), near_paths(past))


def test_a_follow_up_is_drawn_to_the_documents_of_the_last_answer() -> None:
    query = searched("and its price?", asked("What is the Nexus phone?", NEXUS, NOVA))
    assert query.context == "What is the Nexus phone?"
    assert query.near == (NEXUS.path, NOVA.path)


def test_a_question_of_one_word_is_drawn_there_too() -> None:
    assert searched("why?", asked("What is the Nexus phone?", NEXUS)).near == (NEXUS.path,)


def test_a_new_topic_is_drawn_nowhere() -> None:
    query = searched("  Who is Vladimir Putin? ", asked("What is the Nexus phone?", NEXUS))
    assert (query.context, query.near) == ("", ())


def test_a_turn_that_needed_no_documents_is_passed_over() -> None:
    past = [asked("What is the Nexus phone?", NEXUS), asked("make it shorter")]
    assert searched("and its price?", *past).near == (NEXUS.path,)


def test_what_was_found_long_ago_counts_no_more() -> None:
    past = [asked("What is the Nexus phone?", NEXUS), *[asked("make it shorter")] * TURNS_BACK]
    assert near_paths(past) == ()
