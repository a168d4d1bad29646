from __future__ import annotations

from chatui.retrieval.index.window_ids import (
    best_of_chunks,
    named,
    parted,
    window_ids,
    windows_held,
)


def test_the_first_window_has_the_id_of_its_chunk() -> None:
    assert window_ids("ab", 1) == ["ab"]
    assert window_ids("ab", 3) == ["ab", "ab#1", "ab#2"]


def test_a_chunk_has_the_windows_that_follow_its_first() -> None:
    places = {"ab#1": 7, "ab": 3, "ab#3": 9, "cd": 4, "ef#1": 5}

    assert windows_held("ab", places) == [3, 7]
    assert windows_held("cd", places) == [4]
    assert windows_held("ef", places) == []


def test_vectors_that_are_kept_together_get_an_id_each() -> None:
    assert named([("ab", b"1111"), ("cd", b"22223333")], 4) == [
        ("ab", b"1111"),
        ("cd", b"2222"),
        ("cd#1", b"3333"),
    ]
    assert parted(b"22223333", 4) == [b"2222", b"3333"]


def test_the_best_window_counts_for_its_chunk() -> None:
    nearest = [("cd#1", 0.9), ("ab", 0.8), ("cd", 0.7), ("ef#2", 0.6)]

    assert best_of_chunks(nearest) == {"cd": 0.9, "ab": 0.8, "ef": 0.6}
