"""What the composer's edge says while a reply comes."""

from __future__ import annotations

from chatui.widgets.reply_edge import SilenceLimits, reply_edge

PATIENCE = SilenceLimits(first=120, between=600)


def edge(silent: float, *, begun: bool = True, patience: SilenceLimits | None = PATIENCE) -> str:
    return reply_edge(12.4, 33.6, silent, begun=begun, patience=patience, stop="Esc")


def test_it_tells_seconds_speed_and_what_stops_it() -> None:
    assert edge(0.3) == "● 12 s · 34 tokens/s · Esc stops"


def test_a_silence_is_told_with_when_the_reply_is_given_up() -> None:
    told = "● 12 s · no data for 5 s · given up in 595 s, what came is kept · Esc stops"
    assert edge(5.0) == told


def test_a_reply_that_has_not_begun_is_given_up_sooner() -> None:
    assert "given up in 115 s" in edge(5.0, begun=False)


def test_a_model_on_this_machine_is_never_given_up() -> None:
    assert edge(9.0, patience=None) == "● 12 s · no data for 9 s · Esc stops"
