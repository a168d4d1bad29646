"""What the composer's edge says while a reply comes."""

from __future__ import annotations

import pytest

from chatui.widgets.drawn import EDGE, longest_within, parts_within
from chatui.widgets.reply_edge import SilenceLimits, reply_edge

PATIENCE = SilenceLimits(first=120, between=600)


def edges(
    silent: float, *, begun: bool = True, patience: SilenceLimits | None = PATIENCE
) -> list[str]:
    return reply_edge(12.4, 33.6, silent, begun=begun, patience=patience, stop="Esc")


def edge(silent: float, *, begun: bool = True, patience: SilenceLimits | None = PATIENCE) -> str:
    return edges(silent, begun=begun, patience=patience)[0]


def test_it_tells_seconds_speed_and_what_stops_it() -> None:
    assert edge(0.3) == "● 12 s · 34 tokens/s · Esc stops"


def test_a_silence_is_told_with_when_the_reply_is_given_up() -> None:
    told = "● 12 s · no data for 5 s · given up in 595 s, what came is kept · Esc stops"
    assert edge(5.0) == told


def test_a_reply_that_has_not_begun_is_given_up_sooner() -> None:
    assert "given up in 115 s" in edge(5.0, begun=False)


def test_a_model_on_this_machine_is_never_given_up() -> None:
    assert edge(9.0, patience=None) == "● 12 s · no data for 9 s · Esc stops"


@pytest.mark.parametrize("silent", [0.3, 5.0, 599.0])
@pytest.mark.parametrize("patience", [PATIENCE, None])
def test_at_40_columns_it_still_tells_of_a_silence_and_what_stops_it(
    silent: float, patience: SilenceLimits | None
) -> None:
    shown = longest_within(edges(silent, patience=patience), 40 - EDGE)
    assert len(shown) <= 40 - EDGE
    assert shown.endswith("Esc stops")
    assert (f"silent {silent:.0f} s" in shown) is (silent >= 5)


def test_the_wordings_go_from_long_to_short() -> None:
    lengths = [len(words) for words in edges(5.0)]
    assert lengths == sorted(lengths, reverse=True)


def test_a_title_gives_way_to_what_stands_behind_it() -> None:
    parts = ["The long story of the Adler drive", "review", "documents: default"]
    assert parts_within(parts, 80) == " · ".join(parts)
    assert parts_within(parts, 45) == "The long story… · review · documents: default"
    assert parts_within(parts, 34) == "review · documents: default"
    assert parts_within(["documents: default"], 4) == "documents: default"
