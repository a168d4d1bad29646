from __future__ import annotations

from chatui.retrieval.search.diversity import diversified

RANKING = [("a", 1.0), ("b", 0.95), ("c", 0.9), ("d", 0.1)]


def likeness(left: str, right: str) -> float:
    return 1.0 if {left, right} == {"a", "b"} else 0.0


def test_without_diversity_the_best_stay_as_they_are() -> None:
    assert diversified(RANKING, 0.0, 2, likeness) == RANKING[:2]


def test_a_passage_like_a_better_one_falls_behind() -> None:
    picked = diversified(RANKING, 0.3, 4, likeness)

    assert [one for one, _ in picked] == ["a", "c", "b", "d"]
    assert dict(picked) == dict(RANKING)


def test_likeness_alone_does_not_lift_what_hardly_fits() -> None:
    assert [one for one, _ in diversified(RANKING, 0.3, 3, likeness)] == ["a", "c", "b"]


def test_nothing_is_picked_from_nothing() -> None:
    assert diversified([], 0.5, 3, likeness) == []
