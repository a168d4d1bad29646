"""What an ingest will have to embed, told before anything is: by reading some of its files.

Up to SAMPLED files are read as the ingest will read them, and their windows counted; others are
taken to have as many tokens a byte as those of their kind. Nothing is kept.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chatui.retrieval.chunking.windows import windows
from chatui.retrieval.ingest.reading import ReadFile, ReadingLimits, ReadingPool
from chatui.retrieval.ingest.walk import FoundFile, find_files
from chatui.retrieval.library.library import Library
from chatui.retrieval.library.records import FileRow

SAMPLED = 24
MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class IngestForecast:
    """`files` are new or have changed; `tokens` is what embedding them takes. Not `exact` where
    only some were read."""

    files: int
    tokens: int
    exact: bool


async def forecast(
    paths: Sequence[Path],
    collection: str,
    library: Library,
    *,
    limits: ReadingLimits,
    count: Callable[[str], int],
    log: Path | None = None,
) -> IngestForecast:
    """Of what is not in the collection as it is now. `count` counts tokens. Raises UsageError for a
    path that is not there, LibraryFailed."""
    found = await asyncio.to_thread(find_files, paths)
    known: Mapping[str, FileRow] = {}
    if collection in {info.name for info in await library.collections()}:
        known = await library.files((await library.collection(collection)).id)
    wanted = [one for one in found.files.values() if is_new(one, known, limits)]
    tokens = dict[Path, int]()
    pool = ReadingPool(limits, 1, log)
    try:
        for one in sampled(wanted):
            read = await pool.read(one.path, "", readers=1)
            tokens[one.path] = await asyncio.to_thread(tokens_of, read, count)
    finally:
        await pool.close()
    return IngestForecast(
        len(wanted), extrapolated(wanted, tokens), exact=len(tokens) == len(wanted)
    )


def is_new(one: FoundFile, known: Mapping[str, FileRow], limits: ReadingLimits) -> bool:
    row = known.get(str(one.path))
    same = row is not None and (row.size, row.mtime_ns) == (one.size, one.mtime_ns)
    return not same and one.size <= limits.max_file_mb * MEGABYTE


def sampled(files: Sequence[FoundFile]) -> list[FoundFile]:
    """Files of every kind and size: evenly out of all in the order of both."""
    ordered = sorted(files, key=lambda one: (one.path.suffix.lower(), one.size))
    step = max(1.0, len(ordered) / SAMPLED)
    return [ordered[int(place * step)] for place in range(min(SAMPLED, len(ordered)))]


def tokens_of(read: ReadFile, count: Callable[[str], int]) -> int:
    return sum(count(text) for chunk in read.chunks for text in windows(chunk.prefix, chunk.text))


def extrapolated(files: Sequence[FoundFile], tokens: Mapping[Path, int]) -> int:
    """Of all files, by those that were read: a kind of which none was counts as all of them do."""
    read = {one.path: one for one in files if one.path in tokens}
    sizes, sums = defaultdict[str, int](int), defaultdict[str, int](int)
    for path, one in read.items():
        for kind in (path.suffix.lower(), ""):
            sizes[kind] += one.size
            sums[kind] += tokens[path]
        if not path.suffix:
            sizes[""] -= one.size
            sums[""] -= tokens[path]
    whole = float(sum(tokens.values()))
    for one in files:
        if one.path not in read:
            kind = one.path.suffix.lower()
            known = kind if sizes.get(kind) else ""
            whole += one.size * sums[known] / max(1, sizes[known])
    return round(whole)
