"""The vectors in the files of Chroma's graph, by a bit for each of their components.

HNSW gives a vector links to its neighbours, and drops links of those neighbours to make room; what
is put in side by side has a part in which. So it comes about that no link leads to a vector, or
only links of others from so far away that a search keeps none of them among its candidates: of
6,000 in ten dense clusters one to seventeen were not found by their own vectors, some with 600
others between them and the nearest that linked to them. How many links lead to a vector doesn't
tell whether it is found, and links come and go with every vector that is added near it.

Binary quantization needs no links. The bits of a vector are equal to those of a query that is equal
to it, so that whatever is in the files is found by its own vector, and what is near to a query has
most bits in common with it. Those that have most are compared in full. A component that is 0 in the
query says nothing of a vector: of the pair of models (`embedding.pair`) one half is 0 in a question
that isn't English. Compared as well, it has the bits find .15 to .25 of the nearest 50 of 40,000
for such questions; without it they find .81 to .86, and with the graph, which finds .99, .997.

The bits of 100,000 vectors of 384 components are 5 MB. A question at them takes 1.1 ms of processor
time, and 0.8 ms at those of 60,000 (benchmarks/quantized_search.py).

The files are hnswlib's, as Chroma 1.5 writes them: `header.bin`; `data_level0.bin` with, for each
vector, its links of the lowest level, the vector and its label; and `index_metadata.pickle`, which
has the id of a label.
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from chatui.retrieval.index.window_ids import windows_held

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Rows = NDArray[np.float32]
    Bits = NDArray[np.uint64]

HEADER = struct.Struct("<iQQQQQQiIQQQdQ")
VERSION = 1
RESCORED = 200
"""Vectors whose bits agree best with a query's, at least, that are compared in full; as many as are
asked for where these are more. With four times as many they found .999 with the graph, and took
1.3 ms more at 40,000 vectors."""
ROWS_AT_ONCE = 4096
FOR_THE_MEAN = 10_000
"""Vectors whose mean is taken for that of all."""


@dataclass(frozen=True, slots=True)
class QuantizedVectors:
    """`codes` are the bits of the vectors with these `ids`, a column of uint64 each; a bit tells
    whether a component is above that of `mean`. The vectors themselves are at `places` of `rows`,
    in the file, which must not change meanwhile."""

    ids: tuple[str, ...]
    codes: Bits
    mean: Rows
    places: NDArray[np.int64]
    rows: Rows
    _at_ids: dict[str, int] = field(init=False, default_factory=dict, compare=False)
    """Where each id is, once it was asked for."""

    def nearest(self, vectors: ArrayLike, k: int) -> list[list[tuple[str, float]]]:
        """For each of the vectors, as rows of float32, about the `k` nearest with their cosines,
        in no order. One that is equal to it is among them unless `k` others are."""
        import numpy

        asked = normal(vectors)
        if not self.ids:
            return [[] for _ in asked]
        most = min(len(self.ids), max(RESCORED, k))
        found = []
        codes, telling = _bits(asked > self.mean), _bits(asked != 0)
        for vector, code, tells in zip(asked, codes, telling, strict=True):
            apart = self._apart(code, tells)
            # Those that are as near as the last count as well: copies may be many.
            last = numpy.searchsorted(numpy.cumsum(numpy.bincount(apart)), most)
            alike = numpy.flatnonzero(apart <= last)
            cosines = numpy.einsum("ij,j->i", normal(self.rows[self.places[alike]]), vector)
            best = numpy.argsort(-cosines, kind="stable")[:k]
            ids = [self.ids[at] for at in alike[best].tolist()]
            found.append(list(zip(ids, cosines[best].tolist(), strict=True)))
        return found

    def _apart(self, code: Bits, tells: Bits) -> NDArray[np.uint16]:
        """By how many of the bits that tell something each differs from the code."""
        import numpy

        apart = numpy.zeros(len(self.ids), numpy.uint16)
        # Made once, and written over for each column.
        bits, counts = numpy.empty(len(self.ids), numpy.uint64), numpy.empty_like(apart, "u1")
        for theirs, own, counted in zip(self.codes, code, tells, strict=True):
            if counted:
                numpy.bitwise_xor(theirs, own, out=bits)
                numpy.bitwise_and(bits, counted, out=bits)
                apart += numpy.bitwise_count(bits, out=counts)
        return apart

    def likeness(self, vector: ArrayLike, chunk_ids: Sequence[str]) -> dict[str, float]:
        """The cosines of a vector with those of these chunks that are here: of several windows of
        one the nearest counts."""
        import numpy

        if not self._at_ids:
            self._at_ids.update((id_, at) for at, id_ in enumerate(self.ids))
        held = {one: windows_held(one, self._at_ids) for one in chunk_ids}
        found = [at for places in held.values() for at in places]
        if not found:
            return {}
        (asked,) = normal(vector)
        rows = normal(self.rows[self.places[found]])
        cosines = iter(numpy.einsum("ij,j->i", rows, asked).tolist())
        return {one: max(next(cosines) for _ in places) for one, places in held.items() if places}

    def without(self, gone: Collection[str]) -> QuantizedVectors:
        """What is left when the vectors with these ids are taken out."""
        return self._at([at for at, id_ in enumerate(self.ids) if id_ not in gone])

    def _at(self, kept: Sequence[int]) -> QuantizedVectors:
        ids = tuple(self.ids[at] for at in kept)
        return replace(self, ids=ids, codes=self.codes[:, kept], places=self.places[kept])


def normal(vectors: ArrayLike) -> Rows:
    """Rows of float32, brought to length 1."""
    import numpy

    rows = numpy.asarray(vectors, "<f4")
    lengths = numpy.linalg.norm(rows, axis=1, keepdims=True)
    of_length_one: Rows = rows / numpy.maximum(lengths, 1e-12)
    return of_length_one


def read_vectors(folder: Path) -> QuantizedVectors:
    """Nothing where nothing was written yet, or in another form. Raises OSError."""
    import numpy

    none = QuantizedVectors(
        (),
        numpy.zeros((0, 0), numpy.uint64),
        numpy.zeros(0, numpy.float32),
        numpy.zeros(0, numpy.int64),
        numpy.zeros((0, 0), numpy.float32),
    )
    if not (folder / "index_metadata.pickle").exists():
        return none
    names = _names(folder / "index_metadata.pickle")
    stored = _stored((folder / "header.bin").read_bytes(), folder / "data_level0.bin")
    if stored is None or not names:
        return none
    rows, labels = stored
    named = [(at, names[label]) for at, label in enumerate(labels.tolist()) if label in names]
    places = numpy.array([at for at, _ in named], numpy.int64)
    mean = normal(rows[:: max(1, len(rows) // FOR_THE_MEAN)]).mean(axis=0)
    parts = range(0, len(places), ROWS_AT_ONCE)
    codes = [_bits(normal(rows[places[at : at + ROWS_AT_ONCE]]) > mean) for at in parts]
    ids = tuple(name for _, name in named)
    columns = numpy.ascontiguousarray(numpy.concatenate(codes).T) if ids else none.codes
    return QuantizedVectors(ids, columns, mean, places, rows)


def _bits(told: NDArray[np.bool_]) -> Bits:
    """Rows of truth values, as rows of uint64."""
    import numpy

    bits = numpy.packbits(told, axis=1)
    filled = numpy.zeros((len(bits), -(-bits.shape[1] // 8) * 8), numpy.uint8)
    filled[:, : bits.shape[1]] = bits
    return filled.view(numpy.uint64)


def _stored(head: bytes, data: Path) -> tuple[Rows, NDArray[np.uint64]] | None:
    """The vectors in the file, as rows, and their labels."""
    import numpy

    if len(head) != HEADER.size:
        return None
    version, _, _, count, size, label_at, vector_at, *_ = HEADER.unpack(head)
    length = label_at - vector_at
    fits = length > 0 and length % 4 == 0 and vector_at < label_at <= size - 8
    if version != VERSION or not count or not fits or count * size > data.stat().st_size:
        return None
    rows = numpy.memmap(data, numpy.uint8, "r")[: count * size].reshape(count, size)
    labels = numpy.ascontiguousarray(rows[:, label_at : label_at + 8]).view("<u8")[:, 0]
    vectors = numpy.ndarray(
        (count, length // 4), "<f4", buffer=rows, offset=vector_at, strides=(size, 4)
    )
    return vectors, labels


def _names(file: Path) -> dict[int, str]:
    """Ids by label; those of deleted vectors are gone."""
    with file.open("rb") as content:
        try:
            stored = _Plain(content).load()["label_to_id"]
            return {int(label): str(name) for label, name in stored.items()}
        except (pickle.UnpicklingError, EOFError, KeyError, TypeError, ValueError, AttributeError):
            return {}


class _Plain(pickle.Unpickler):
    """Takes numbers, texts and what holds them: a pickle may not name anything to be called."""

    def find_class(self, module: str, name: str) -> NoReturn:
        raise pickle.UnpicklingError(f"{module}.{name} is no plain value")
