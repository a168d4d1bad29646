"""What is waited for together ends together, wherever two things are done for one question."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

import pytest

from chatui.domain.errors import EmbedderFailed
from chatui.retrieval.embedding.embedder import WorkerEmbedder
from chatui.retrieval.embedding.pair import EmbedderPair
from chatui.retrieval.library.library import Library
from chatui.retrieval.library.records import CollectionRow
from chatui.retrieval.search.passage_coverage import counted
from chatui.retrieval.search.query import Query
from chatui.retrieval.search.retriever import Retriever
from chatui.system.tasks import all_of, both

ROW = cast("CollectionRow", type("Row", (), {"id": 1})())


class Halves:
    """Work that fails at once, and work that would go on for ever; which of it has ended."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.ended = False

    async def fails(self, *_: object, **__: object) -> Any:
        await self.begun.wait()
        raise EmbedderFailed("It can't be run.")

    async def goes_on(self, *_: object, **__: object) -> Any:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            # What is stopped may still have to be put in order.
            await asyncio.sleep(0)
            self.ended = True


def pair(halves: Halves) -> EmbedderPair:
    class Part:
        def __init__(self, work: Callable[..., Awaitable[Any]]) -> None:
            self.start = self.embed_query = self.embed_documents = work

        async def dimensions(self) -> int:
            return 1

    parts = [cast("WorkerEmbedder", Part(work)) for work in (halves.fails, halves.goes_on)]
    return EmbedderPair(*parts)


def counting(halves: Halves) -> Awaitable[object]:
    class Counts:
        count_chunks, chunks_holding = halves.fails, halves.goes_on

    return counted(cast("Library", Counts()), ROW, Query("When does the lease end?"))


def searching(halves: Halves) -> Awaitable[object]:
    class Shelf:
        async def collection(self, _: str) -> CollectionRow:
            return ROW

    class Ranking(Retriever):
        def __init__(self) -> None:
            self._library, self._candidates = cast("Library", Shelf()), 10
            self._reranking = None

        async def _ranked(self, row: CollectionRow, query: Query, *_: object) -> Any:
            return await (halves.fails() if query.text == "one" else halves.goes_on())

    return Ranking().search(Query("one"), also=[Query("two")], collection="c", k=5)


CASES: Sequence[Callable[[Halves], Awaitable[object]]] = (
    lambda halves: both(halves.fails(), halves.goes_on()),
    lambda halves: both(halves.goes_on(), halves.fails()),
    lambda halves: all_of([halves.goes_on(), halves.fails()]),
    lambda halves: pair(halves).start(),
    lambda halves: pair(halves).embed_query("When does the lease end?"),
    lambda halves: pair(halves).embed_documents(["The lease ends in May."]),
    counting,
    searching,
)


@pytest.mark.parametrize("case", range(len(CASES)))
async def test_when_one_fails_the_other_has_ended_before_that_is_told(case: int) -> None:
    halves = Halves()

    with pytest.raises(EmbedderFailed):
        await CASES[case](halves)

    assert halves.ended


async def test_both_give_what_they_have() -> None:
    async def word() -> str:
        return "one"

    async def number() -> int:
        return 2

    assert await both(word(), number()) == ("one", 2)
    assert await all_of([number(), number()]) == [2, 2]
