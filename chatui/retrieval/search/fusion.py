"""One ranking out of two: dense (cosine similarity) and lexical (BM25). Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

RRF_K = 60
"""The constant of Cormack, Clarke and Büttcher's paper on reciprocal rank fusion (2009)."""

Ranking = list[tuple[str, float]]
"""(chunk id, score), the best first; ids break ties, so that a ranking is always the same."""


def of_queries(rankings: Sequence[Ranking], weights: Sequence[float]) -> Ranking:
    """One ranking out of those of several queries: the weighted sum of reciprocal ranks, as
    in RAG-fusion, brought to 0..1. A single ranking stays as it is."""
    if len(rankings) == 1:
        return rankings[0]
    scores: dict[str, float] = {}
    for weight, ranking in zip(weights, rankings, strict=True):
        for rank, (chunk_id, _) in enumerate(ranking, start=1):
            scores[chunk_id] = scores.get(chunk_id, 0.0) + weight / (RRF_K + rank)
    most = sum(weights) / (RRF_K + 1)
    return ranked({chunk_id: score / most for chunk_id, score in scores.items()})


def convex(
    similarity: Mapping[str, float],
    bm25: Mapping[str, float],
    dense_weight: float,
    sureness: float = 1.0,
) -> Ranking:
    """The weighted mean of both scores, each brought to 0..1 by the best of this question.

    The words weigh `sureness` (0..1) times what the vectors leave them.

    `similarity` is the cosine of every candidate, also of those that only the lexical leg
    found; one that is missing counts as 0. So does the BM25 score of a chunk that the
    lexical leg did not find, which is then true or close to it.
    """
    lexical_top = max(bm25.values(), default=0.0) or 1.0
    dense_top = max(max(similarity.values(), default=0.0), 1e-9)
    ids = similarity.keys() | bm25.keys()
    lexical_weight = (1 - dense_weight) * sureness
    both = dense_weight + lexical_weight or 1.0
    return ranked(
        {
            chunk_id: (
                dense_weight * max(0.0, similarity.get(chunk_id, 0.0)) / dense_top
                + lexical_weight * bm25.get(chunk_id, 0.0) / lexical_top
            )
            / both
            for chunk_id in ids
        }
    )


SURE_SHARE = 0.4
"""From here on the words are trusted in full: the score of the best chunk, as a share of what one
has that holds every word of the question. Questions on texts in their own language: .69 to 1.26 at
the median, 90% above .37; German questions on English texts .17, where names are all that is
found."""


def sureness(lexical: Ranking, ideal: float) -> float:
    """How much of the question the words have found anywhere, 0..1."""
    return min(1.0, lexical[0][1] / ideal / SURE_SHARE) if lexical and ideal > 0 else 1.0


SURE_SPREAD = 0.3
"""From here on the vectors are trusted in full: how far the last of the nearest 50 chunks
falls behind the first, as a share of it. MiniLM on English questions: .55 at the median, 90%
above .30; on German manual pages .31; on Chinese, which it cannot read, .19."""
SPREAD_PLACES = 50


def trust(dense: Ranking) -> float:
    """How much the dense leg tells the chunks apart, 0..1. A model that does not know a
    language finds all its texts about equally near. Too few chunks say nothing: 1."""
    cosines = [score for _, score in dense[:SPREAD_PLACES]]
    if len(cosines) < SPREAD_PLACES or cosines[0] <= 0:
        return 1.0
    return min(1.0, (cosines[0] - cosines[-1]) / cosines[0] / SURE_SPREAD)


UNRELATED, RELATED = 0.1, 0.2
"""Cosines of the nearest chunk: below the first it is as near as anything, from the second on it is
trusted. Hindi questions on English texts, in a model that does not know Hindi: .12 at the median,
90% below .15; on texts of their own language far above."""


def nearness(dense: Ranking) -> float:
    """How much of a sign the nearest chunk is at all, 0..1, for a question in a script that the
    model may not read: such a vector stands at right angles to all texts of other scripts, and the
    little that it has of each is chance."""
    if not dense:
        return 1.0
    return min(1.0, max(0.0, (dense[0][1] - UNRELATED) / (RELATED - UNRELATED)))


def ranked(scores: Mapping[str, float]) -> Ranking:
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
