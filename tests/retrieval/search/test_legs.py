"""What the two legs of a search leave for whoever reads the passages."""

from __future__ import annotations

from chatui.retrieval.library.records import ChunkRow
from chatui.retrieval.search.fusion import Ranking
from chatui.retrieval.search.legs import FAR_BEHIND, Legs, passages

NEAREST: Ranking = [(f"c{n}", 1 - n / 100) for n in range(FAR_BEHIND + 10)]


def test_what_is_far_behind_tells_how_near_anything_is() -> None:
    assert Legs(NEAREST).usual == NEAREST[FAR_BEHIND - 1][1]


def test_a_small_collection_has_nothing_far_behind() -> None:
    assert Legs(NEAREST[: FAR_BEHIND - 1]).usual is None
    assert Legs().usual is None


def test_each_passage_tells_it() -> None:
    chunk = ChunkRow("c0", "a.md", "/a.md", "", "", None, 0, 1, 1, 1, "a")

    (found,) = passages([chunk], {"c0": 1.0}, Legs(NEAREST), "default")

    assert found.usual == Legs(NEAREST).usual
