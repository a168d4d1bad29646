"""Maximal marginal relevance (Carbonell and Goldstein, 1998). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chatui.retrieval.search.fusion import Ranking

Likeness = Callable[[str, str], float]


def diversified(ranking: Ranking, diversity: float, most: int, likeness: Likeness) -> Ranking:
    """The best `most`, picked one by one: each loses `diversity` (0..1) times its likeness
    (0..1) to the most similar one picked before, against its own score at the best's scale.

    The scores stay what they were; 0 changes nothing.
    """
    if not diversity or len(ranking) < 2:
        return ranking[:most]
    top = max(score for _, score in ranking) or 1.0
    worth: Mapping[str, float] = {one: (1 - diversity) * score / top for one, score in ranking}
    scores = dict(ranking)
    alike = dict.fromkeys(scores, 0.0)
    picked: Ranking = []
    while alike and len(picked) < most:
        best = max(alike, key=lambda one: worth[one] - diversity * alike[one])
        del alike[best]
        picked.append((best, scores[best]))
        for one in alike:
            alike[one] = max(alike[one], likeness(best, one))
    return picked
