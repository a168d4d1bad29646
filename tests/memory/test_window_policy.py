from __future__ import annotations

import pytest

from chatui.domain.errors import UsageError
from chatui.memory.policy import NO_CHOICE, MemoryChoice, MemoryPolicy, read_choice


def test_the_cap_is_the_smaller_of_the_users_and_what_the_reply_leaves() -> None:
    assert MemoryPolicy(reserve=1024).prompt_cap(8192) == 7168
    assert MemoryPolicy(cap=5000).prompt_cap(8192) == 5000
    assert MemoryPolicy(cap=9000, reserve=1024).prompt_cap(8192) == 7168


def test_a_reply_that_may_be_long_takes_more_but_never_more_than_half() -> None:
    assert MemoryPolicy(reserve=1024).prompt_cap(8192, output=3000) == 5192
    assert MemoryPolicy(reserve=1024).prompt_cap(8192, output=50_000) == 4096
    assert MemoryPolicy(reserve=1024).prompt_cap(1000) == 500


def test_without_a_known_context_only_the_users_cap_counts() -> None:
    assert MemoryPolicy().prompt_cap(None) is None
    assert MemoryPolicy(cap=300).prompt_cap(None) == 300


def test_a_conversation_wins_over_a_profile_and_that_over_the_config() -> None:
    profile = MemoryChoice(cap=4000, turns=5)
    policy = MemoryChoice(turns=2).on(profile).over(MemoryPolicy(cap=9000, full=True))
    assert (policy.cap, policy.turns, policy.full) == (4000, 2, True)


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (MemoryPolicy(), "tokens"),
        (MemoryPolicy(full=True), "full"),
        (MemoryPolicy(turns=20), "last 20 turns + tokens"),
    ],
)
def test_a_policy_has_a_name(policy: MemoryPolicy, words: str) -> None:
    assert policy.strategy == words


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("turns 20", MemoryChoice(turns=20)),
        ("Turns all", MemoryChoice(turns=0)),
        ("cap 8,000 turns 3", MemoryChoice(cap=8000, turns=3)),
        ("cap model", MemoryChoice(cap=0)),
        ("full", MemoryChoice(full=True)),
        ("trim cut", MemoryChoice(full=False, too_long="cut")),
        ("default", NO_CHOICE),
        ("full default turns 2", MemoryChoice(turns=2)),
    ],
)
def test_words_make_a_choice(text: str, chosen: MemoryChoice) -> None:
    assert read_choice(text, NO_CHOICE) == chosen


def test_what_is_not_named_stays_as_it_was() -> None:
    assert read_choice("turns 2", MemoryChoice(cap=500)) == MemoryChoice(cap=500, turns=2)


@pytest.mark.parametrize(
    "text", ["turn 3", "turns", "turns -1", "turns x", "cap 10", "cap ²", "cap 1e3", "20"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_choice(text, NO_CHOICE)
