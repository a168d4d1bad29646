from __future__ import annotations

from chatui.widgets.prompt_history import PromptHistory


def test_older_and_newer_meet_again_at_the_draft() -> None:
    history = PromptHistory(["b", "a"])
    assert [history.older("draft"), history.older("b"), history.older("a")] == ["b", "a", None]
    assert [history.newer(), history.newer(), history.newer()] == ["b", "draft", None]


def test_a_prompt_sent_again_moves_to_the_front() -> None:
    history = PromptHistory(["b", "a"])
    history.add("a")
    assert history.prompts == ("a", "b")


def test_stored_prompts_come_behind_those_sent_meanwhile() -> None:
    history = PromptHistory()
    history.add("now")
    history.load(["now", "before"])
    assert history.prompts == ("now", "before")


def test_sending_ends_the_walk() -> None:
    history = PromptHistory(["a"])
    history.older("")
    history.add("b")
    assert history.older("") == "b"
