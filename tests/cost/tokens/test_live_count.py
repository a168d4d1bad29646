"""Counting a reply while it streams."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from chatui.cost.tokens.live_count import LONGEST_TAIL, LiveCount
from chatui.cost.tokens.tokens import TokenCounter

COUNTER = TokenCounter()


def count(text: str) -> int:
    return COUNTER.count(text, "openai/gpt-5").tokens


def pieces_of(text: str, size: int) -> Iterator[str]:
    return (text[start : start + size] for start in range(0, len(text), size))


@given(st.lists(st.text(st.sampled_from(list("ab'é 字，\n1.")), max_size=6)), st.booleans())
def test_the_live_count_is_the_count_of_the_whole(pieces: list[str], read_always: bool) -> None:
    live = LiveCount(count)
    for piece in pieces:
        live.add(piece)
        if read_always:
            live.tokens()
    assert live.tokens() == count("".join(pieces))


def test_a_long_reply_is_counted_exactly_at_every_moment() -> None:
    text = "It's 3.14, she said — 算法工程师，对。\n\n- item `x_y`\n" * 40
    live, so_far = LiveCount(count), ""
    for n, piece in enumerate(pieces_of(text, 3)):
        live.add(piece)
        so_far += piece
        if n % 25 == 0:
            assert live.tokens() == count(so_far)


def test_the_work_of_a_reading_does_not_grow_with_the_reply() -> None:
    counted: list[int] = []

    def watched(text: str) -> int:
        counted.append(len(text))
        return count(text)

    live = LiveCount(watched)
    text = "the quick brown fox jumps. " * 4000
    for piece in pieces_of(text, 5):
        live.add(piece)
        live.tokens()
    # Every character is settled once; each of the readings recounts a short tail besides.
    assert max(counted) < 50
    assert sum(counted) < 10 * len(text)


def test_text_without_a_boundary_does_not_grow_the_tail() -> None:
    counted: list[int] = []

    def watched(text: str) -> int:
        counted.append(len(text))
        return count(text)

    live = LiveCount(watched)
    for piece in pieces_of("字" * 20_000, 100):
        live.add(piece)
        live.tokens()
    assert max(counted) <= LONGEST_TAIL + 100
    assert live.tokens() == 20_000


def test_nothing_new_is_not_counted_again() -> None:
    calls: list[str] = []

    def watched(text: str) -> int:
        calls.append(text)
        return len(text)

    live = LiveCount(watched)
    live.add("")
    assert live.tokens() == 0
    live.add("abc")
    assert (live.tokens(), live.tokens()) == (3, 3)
    assert calls == ["abc"]


def test_text_may_arrive_while_other_threads_read() -> None:
    live = LiveCount(count)
    text = "words keep coming, all the time. " * 2000
    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(lambda: [live.tokens() for _ in range(500)]) for _ in range(2)]
        for piece in pieces_of(text, 7):
            live.add(piece)
        readings = [reader.result() for reader in readers]
    assert all(reading == sorted(reading) for reading in readings)
    assert live.tokens() == count(text)
