"""The texts of candidates, read while what else is needed is still being looked for.

What the words have found is known milliseconds before what is near, and what is near before the
rest is compared with it. What is made of a text alone, for the closer look, for telling copies and
for the words that it holds, is made meanwhile, and kept by those who ask for it.
"""

from __future__ import annotations

import asyncio
from datetime import date

from chatui.retrieval.library.library import Library
from chatui.retrieval.library.records import ChunkRow
from chatui.retrieval.search.closer_look import CLOSE_LOOKS, made_ready
from chatui.retrieval.search.coverage import said_in
from chatui.retrieval.search.document_prior import names_a_time
from chatui.retrieval.search.duplicates import words_of
from chatui.retrieval.search.fusion import Ranking
from chatui.retrieval.search.legs import shown
from chatui.retrieval.search.query import Query

SHOWN = 10
"""The best of a ranking, which are likely to be shown."""

AT_A_TIME = 3
"""Chunks that are made ready before the event loop has its turn."""


class ReadAhead:
    """`chunks` are those that were read so far, by their ids."""

    def __init__(self, library: Library, query: Query) -> None:
        self._library = library
        self._query = query
        self._ready: set[str] = set()
        self.chunks: dict[str, ChunkRow] = {}

    async def read(self, ranking: Ranking) -> None:
        """The chunks of a ranking, and what is needed of the best of them; for as long as nobody
        cancels it."""
        unread = [one for one, _ in ranking if one not in self.chunks]
        if unread:
            self.chunks |= await self._library.chunks(unread)
        names_a_time(self._query, date.today())
        for place, (one, _) in enumerate(ranking[:CLOSE_LOOKS]):
            if one in self._ready or one not in self.chunks:
                continue
            self._ready.add(one)
            self._make_ready(self.chunks[one], is_likely_shown=place < SHOWN)
            # A tenth of a millisecond each: then the event loop takes up what has come.
            if len(self._ready) % AT_A_TIME == 0:
                await asyncio.sleep(0)

    def _make_ready(self, chunk: ChunkRow, *, is_likely_shown: bool) -> None:
        made_ready(self._query, chunk)
        words_of(chunk.text)
        if is_likely_shown:
            said_in(shown(chunk))
