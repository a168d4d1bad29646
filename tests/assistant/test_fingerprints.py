"""Fingerprints of what prompts began with."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.assistant import request_log
from chatui.assistant.request_log import Fingerprints
from chatui.domain.conversation import Message, Role

MESSAGES = st.builds(Message, st.sampled_from(Role), st.text("ab\0é\ud800", max_size=3))


@given(st.lists(st.lists(MESSAGES, max_size=4), max_size=6))
def test_a_row_has_the_same_fingerprint_whatever_came_before(rows: list[list[Message]]) -> None:
    kept = Fingerprints()
    for row in rows:
        assert kept.of(row) == Fingerprints().of(row)


def test_rows_that_differ_have_different_fingerprints() -> None:
    one = Message(Role.USER, "ab")
    rows = [
        [],
        [one],
        [one, one],
        [Message(Role.ASSISTANT, "ab")],
        [Message(Role.USER, "ab", "b")],
        [Message(Role.USER, "a"), Message(Role.USER, "b")],
    ]
    kept = Fingerprints()
    assert len({kept.of(row) for row in rows}) == len(rows)


def test_a_row_that_goes_on_costs_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Fingerprints()
    past = [Message(Role.USER, f"said {number}") for number in range(100)]
    before = kept.of(past)

    def refuse(*_: object) -> None:
        raise AssertionError("hashed from the beginning")

    monkeypatch.setattr(hashlib, "sha256", refuse)
    assert kept.of([*past, Message(Role.USER, "more")]) != before
    monkeypatch.undo()
    assert kept.of(past) == before
    assert hashlib.sha256().hexdigest()[: request_log.FINGERPRINT] == kept.of([])
