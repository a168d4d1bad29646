"""What is searched for: words to find, and what they lean on."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from chatui.retrieval.search.fusion import Ranking, ranked

if TYPE_CHECKING:
    from chatui.retrieval.embedding.embedder import Embedder

CONTEXT_SIMILARITY = 0.5
"""Share of the context's vector beside the question's own."""
CLEAR_PLACE = 10
"""A context singles a chunk out as far as this place in its ranking falls behind the first."""
NEAR_SHARE = 0.1
"""What a chunk of the document that the last answer came from gets, on scores up to 1:
`benchmarks/followup_retrieval.py` has the figures."""
CONTEXT_BM25 = 0.7
"""Share of the context's words among earlier messages, when they are no more than the
question's own."""
FEWEST_WORDS = 3
"""A question of fewer words counts as one of so many."""

_WORD = re.compile(r"[\u3400-\u9fff]{2}|[^\W\u3400-\u9fff]{4,}")
"""Two Han characters, or a word that is long enough to tell something."""


@dataclass(frozen=True, slots=True)
class Query:
    """`context` is what was said before that the text leans on, and counts for less. `near`
    are the paths of the passages that the last answer had, the best first. `weight` is how
    much this query counts among several of one search. `parts` are what is searched for by itself
    in the documents that the query means, beside all of it."""

    text: str
    context: str = ""
    near: tuple[str, ...] = ()
    weight: float = 1.0
    parts: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """Both as one text, as a person would read it."""
        return f"{self.context} {self.text}".strip()

    @property
    def lexical_share(self) -> float:
        """How much the context's words count: less where they would outnumber the new ones."""
        new, old = len(_WORD.findall(self.text)), len(_WORD.findall(self.context))
        return CONTEXT_BM25 * min(1.0, max(new, FEWEST_WORDS) / max(old, 1))


async def embedded(query: Query, embedder: Embedder) -> bytes:
    """The query's vector. Raises what the embedder raises."""
    vector = await embedder.embed_query(query.text)
    if not query.context:
        return vector
    return mixed_vectors(vector, await embedder.embed_query(query.context))


def mixed_vectors(text: bytes, context: bytes) -> bytes:
    """The question's vector drawn towards its context's; both and the result are normalised
    little-endian float32 numbers."""
    numbers = struct.Struct(f"<{len(text) // 4}f")
    pairs = zip(numbers.unpack(text), numbers.unpack(context), strict=True)
    mixed = [own + CONTEXT_SIMILARITY * other for own, other in pairs]
    length = sum(number * number for number in mixed) ** 0.5 or 1.0
    return numbers.pack(*(number / length for number in mixed))


def mixed_words(text: Ranking, context: Ranking) -> Ranking:
    """BM25 scores of the question's words, and beside them those of the context's.

    The best chunk for the context gets as much as the best for the question's own words: the
    raw scores of a long question before would place its own answer above every other. It gets
    less where many chunks fit the context alike, and the root lets a chunk that has only part
    of its words, as the answer to a next question does, stand close to those that have all.
    """
    if not context:
        return text
    best = context[0][1] or 1.0
    tenth = context[CLEAR_PLACE - 1][1] if len(context) >= CLEAR_PLACE else 0.0
    own = text[0][1] if text else 1.0
    share = (1 - tenth / best) * own
    scores: dict[str, float] = dict(text)
    for chunk_id, score in context:
        scores[chunk_id] = scores.get(chunk_id, 0.0) + share * sqrt(max(0.0, score / best))
    return ranked(scores)


def drawn_near(ranking: Ranking, paths: Mapping[str, str], near: Sequence[str]) -> Ranking:
    """Scores of 0..1, with chunks of these documents lifted; the first of `near` count most.
    `paths` has the document of each chunk."""
    if not near:
        return ranking
    weights: dict[str, float] = {}
    for place, path in enumerate(near, start=1):
        weights[path] = weights.get(path, 0.0) + 1 / place
    most = max(weights.values())
    lifts = {path: NEAR_SHARE * weight / most for path, weight in weights.items()}
    return ranked(
        {
            chunk_id: (score + lifts.get(paths.get(chunk_id, ""), 0.0)) / (1 + NEAR_SHARE)
            for chunk_id, score in ranking
        }
    )


def lifted_to_page(ranking: Ranking, paths: Mapping[str, str], there: Sequence[str]) -> Ranking:
    """Scores of 0..1, with the chunks that stand on the page that was asked for above all others;
    among them those of documents that fit the question otherwise. `paths` has the document of each
    chunk."""
    if not there:
        return ranking
    fits: dict[str, float] = {}
    for chunk_id, score in ranking:
        path = paths.get(chunk_id, "")
        fits[path] = max(score, fits.get(path, 0.0))
    scores = dict(ranking)
    for chunk_id in there:
        fit = fits.get(paths.get(chunk_id, ""), 0.0)
        scores[chunk_id] = scores.get(chunk_id, 0.0) + 1 + fit
    return ranked({chunk_id: score / 3 for chunk_id, score in scores.items()})


def filled_up(maps: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The first map, and behind it what only later ones know."""
    found: dict[str, float] = {}
    for one in maps:
        found.update({key: score for key, score in one.items() if key not in found})
    return found
