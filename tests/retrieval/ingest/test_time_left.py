"""What is told of the time that an ingest still takes: near the truth, and calm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.retrieval.ingest.time_left import ForeseenChunks, PaceOfBatches

LOOK_SECONDS = 0.25
BATCH = 64.0


def told(batches: Sequence[float], look: float = LOOK_SECONDS) -> Iterator[tuple[float, float]]:
    """What is told and what is true, at each look, of batches that take so many seconds."""
    pace = PaceOfBatches()
    ends = list(accumulate(batches))
    now, done = 0.0, 0
    while now < ends[-1]:
        while done < len(ends) and ends[done] <= now:
            pace.did(ends[done], BATCH)
            done += 1
        left = pace.left(now, BATCH * (len(batches) - done))
        if left is not None:
            yield left, ends[-1] - now
        now += look


UNEVEN = st.lists(st.floats(0.1, 4.0), min_size=30, max_size=120)


@given(UNEVEN)
def test_it_never_leaps_up_however_unevenly_batches_end(batches: list[float]) -> None:
    # Of the first seconds a pace is a guess.
    looks = [left for left, _ in told(batches)][40:]

    for before, after in pairwise(looks):
        assert after - before <= max(2.0, 0.1 * before)


@given(st.lists(st.sampled_from([0.2, 1.0, 1.8]), min_size=40, max_size=120))
def test_it_hardly_rises_where_the_pace_stays_the_same_in_the_mean(
    batches: list[float],
) -> None:
    # Each batch with its counterpart, so that no stretch is slower than another.
    even = [seconds for one in batches for seconds in (one, 2.0 - one)]
    looks = [left for left, _ in told(even)][40:]

    for lowest, after in zip(accumulate(looks, min), looks, strict=True):
        assert after - lowest <= max(2.0, 0.1 * lowest)


@given(st.floats(0.05, 30.0), st.integers(10, 80))
def test_of_even_batches_it_is_the_truth(seconds: float, count: int) -> None:
    for left, true in told([seconds] * count, look=seconds / 4):
        assert left == pytest.approx(true, rel=0.02, abs=0.02 * seconds)


@given(UNEVEN)
def test_it_comes_to_the_end_with_the_work(batches: list[float]) -> None:
    usual = sum(batches) / len(batches)
    *_, (left, true) = told(batches)

    assert left <= true + 8 * usual


def test_a_machine_that_becomes_slower_is_told_of() -> None:
    looks = list(told([1.0] * 60 + [3.0] * 60))
    later = next(left for left, true in looks if true < 90)

    assert later == pytest.approx(90, rel=0.25)


def test_a_batch_that_does_not_end_makes_the_time_longer_and_never_nothing() -> None:
    pace = PaceOfBatches()
    pace.begin(0.0)
    for end in range(1, 11):
        pace.did(float(end), BATCH)
    left = [pace.left(10.0 + silence, 4 * BATCH) for silence in range(60)]

    assert all(one is not None and one >= 2.5 for one in left)
    assert left[-1] is not None
    assert left[5] is not None
    assert left[-1] > left[5]


def test_nothing_is_told_before_there_is_a_pace() -> None:
    pace = PaceOfBatches()
    assert pace.left(1.0, BATCH) is None
    pace.did(2.0, BATCH)
    assert pace.left(3.0, BATCH) is None
    pace.did(3.0, BATCH)
    assert pace.left(3.0, BATCH) == pytest.approx(1.0)
    assert pace.left(4.0, 0.0) == 0.0


SIZES = [(".md", 10_000)] * 40 + [(".pdf", 2_000_000)] * 10


def test_files_that_are_not_read_are_foreseen_by_those_of_their_kind() -> None:
    """A PDF has a tenth of the text that a Markdown file of its size has."""
    foreseen = ForeseenChunks(SIZES)
    assert foreseen.left() is None
    for kind, size in SIZES[::2]:
        foreseen.read(kind, size, size // (1_000 if kind == ".md" else 10_000))

    assert foreseen.left() == pytest.approx(20 * 10 + 5 * 200, rel=0.1)


def test_a_kind_that_was_not_read_yet_counts_as_all_files_do() -> None:
    foreseen = ForeseenChunks([(".md", 100_000), (".txt", 50_000)])
    foreseen.read(".md", 100_000, 100)

    assert foreseen.left() == pytest.approx(50)


@given(st.lists(st.tuples(st.sampled_from([".md", ".pdf", ""]), st.integers(0, 10**7))))
def test_when_all_is_read_nothing_is_foreseen(sizes: list[tuple[str, int]]) -> None:
    foreseen = ForeseenChunks(sizes)
    for kind, size in sizes:
        foreseen.read(kind, size, 3)

    assert foreseen.left() == 0.0
