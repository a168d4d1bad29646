"""The vectors that Chroma's graph hides, read from its files.

HNSW gives a vector links to others, and drops links of those others to make room. So it comes about
that hardly any link leads to a vector, or none: of 20,000 in ten dense clusters 34 were not found
by their own vectors with 16 links each, and 5 with 64; adding them again helped some and not
others. Who knows which they are can compare them one by one beside the search.

The files are hnswlib's, as Chroma 1.5 writes them: `header.bin`; `data_level0.bin` with, for each
vector, its links of the lowest level, the vector and its label; and `index_metadata.pickle`, which
has the id of a label.
"""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HEADER = struct.Struct("<iQQQQQQiIQQQdQ")
VERSION = 1
FEW = 8
"""A vector with fewer links that lead to it is compared by itself: one in ten of dense clusters,
none of scattered vectors. Of 62,000 in clusters a search missed 83 without a link, 7 with one, 3
with two and one with more. To compare them takes 0.5 ms a query of 20,000."""


@dataclass(frozen=True, slots=True)
class GraphReading:
    """`ids` are those that the files hold, `hidden` the ones among them that a search may miss."""

    ids: frozenset[str]
    hidden: tuple[str, ...]


def read_graph(folder: Path) -> GraphReading:
    """Nothing where nothing was written yet, or in another form. Raises OSError."""
    if not (folder / "index_metadata.pickle").exists():
        return GraphReading(frozenset(), ())
    names = _names(folder / "index_metadata.pickle")
    labels = _hidden_labels((folder / "header.bin").read_bytes(), folder / "data_level0.bin")
    hidden = tuple(names[label] for label in labels if label in names)
    return GraphReading(frozenset(names.values()), hidden)


def _hidden_labels(head: bytes, data: Path) -> list[int]:
    import numpy

    if len(head) != HEADER.size:
        return []
    version, start, _, count, size, label_at, _, _, entry, _, most, _, _, _ = HEADER.unpack(head)
    fits = count * size <= data.stat().st_size and start + 4 + 4 * most <= label_at <= size - 8
    if version != VERSION or not count or not fits or entry >= count:
        return []
    rows = numpy.memmap(data, numpy.uint8, "r")[: count * size].reshape(count, size)
    words = numpy.ascontiguousarray(rows[:, start : start + 4 + 4 * most]).view("<u4")
    links = words[:, 1:]
    used = numpy.arange(most) < (words[:, 0] & 0xFFFF)[:, None]
    used &= links < count
    leading = numpy.bincount(links[used], minlength=count)
    reached = numpy.zeros(count, bool)
    reached[entry] = True
    front = numpy.array([entry])
    while len(front):
        met = numpy.zeros(count, bool)
        met[links[front][used[front]]] = True
        front = numpy.flatnonzero(met & ~reached)
        reached[front] = True
    hidden = numpy.flatnonzero((leading < FEW) | ~reached)
    labels = numpy.ascontiguousarray(rows[hidden, label_at : label_at + 8]).view("<u8")[:, 0]
    found: list[int] = labels.tolist()
    return found


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

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name} is no plain value")
