"""The reranker: a real cross-encoder of random weights in its own process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from chatui.domain.errors import RerankerFailed
from chatui.retrieval.search.reranker import WorkerReranker
from chatui.retrieval.search.retriever import Retriever
from chatui.workers.host import Worker, WorkerSpec
from tests.patience import PATIENCE
from tests.retrieval.conftest import Shelf

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTION = "Which tree is the tallest?"
TEXTS = ("The redwood is a tall tree.", "Bread needs flour.", "", "A river. " * 2000)


@dataclass(frozen=True, slots=True)
class Models:
    reranker: Path
    classifier: Path
    expected: list[float]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    folder = tmp_path_factory.mktemp("rerankers")
    root = str(Path(__file__).parents[3])
    service = "tests.retrieval.reranker_workshop:RerankerWorkshop"
    spec = WorkerSpec(service, "the workshop", env={"PYTHONPATH": root})
    workshop = Worker(spec)
    made = Models(folder / "reranker", folder / "classifier", [])
    await workshop.call("make", str(made.reranker), 1)
    await workshop.call("make", str(made.classifier), 3)
    made.expected[:] = await workshop.call("scores", str(made.reranker), QUESTION, TEXTS)
    await workshop.stop()
    return made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def reranker(models: Models) -> AsyncIterator[WorkerReranker]:
    made = WorkerReranker(str(models.reranker), loading_seconds=PATIENCE, answer_seconds=PATIENCE)
    yield made
    await made.close()


async def test_scores_are_those_of_the_model_in_the_order_of_the_texts(
    reranker: WorkerReranker, models: Models
) -> None:
    scores = await reranker.score(QUESTION, TEXTS)
    assert scores == pytest.approx(models.expected, abs=1e-4)
    assert len(set(scores)) > 1


async def test_nothing_to_score_starts_no_process(models: Models) -> None:
    assert await WorkerReranker(str(models.reranker)).score(QUESTION, ()) == []


async def test_a_search_gives_the_passages_in_the_rerankers_order(
    shelf: Shelf, reranker: WorkerReranker
) -> None:
    for number in range(6):
        shelf.write(f"{number}.md", f"# Tree {number}\n\nTree number {number} is {number} m tall.")
    await shelf.ingest()
    retriever = Retriever(shelf.library, shelf.embedder, shelf.vectors, reranker=reranker)

    found = await retriever.search(QUESTION, collection=shelf.collection, k=6)

    assert len(found) == 6
    shown = ["\n".join(part for part in (p.title, p.heading, p.text) if part) for p in found]
    scores = await reranker.score(QUESTION, shown)
    assert scores == sorted(scores, reverse=True)


class Reader:
    """Likes what stands last, reads what it is told to, and keeps what it was given."""

    def __init__(self, unread: str = "") -> None:
        self.unread = unread
        self.given: list[str] = []

    def wake(self) -> None:
        return None

    def reads(self, text: str) -> bool:
        return not self.unread or self.unread not in text

    async def score(self, query: str, texts: Sequence[str]) -> list[float]:
        self.given += texts
        return [float(place) for place in range(len(texts))]

    async def close(self) -> None:
        return None


async def test_passages_in_languages_that_it_does_not_know_keep_their_places(
    shelf: Shelf,
) -> None:
    for number in range(4):
        shelf.write(f"{number}.md", f"The tallest tree is {number} m tall. Baum{number}.")
    await shelf.ingest()
    plain = await shelf.retriever.search(QUESTION, collection=shelf.collection, k=4)
    reader = Reader(unread=plain[1].text)
    retriever = Retriever(shelf.library, shelf.embedder, shelf.vectors, reranker=reader)

    found = await retriever.search(QUESTION, collection=shelf.collection, k=4)

    one, other, third, last = (passage.chunk_id for passage in plain)
    assert [passage.chunk_id for passage in found] == [last, other, third, one]
    assert [passage.score for passage in found] == [passage.score for passage in plain]


async def test_a_question_in_a_language_that_it_does_not_know_reaches_no_reranker(
    shelf: Shelf,
) -> None:
    shelf.write("tree.md", "The redwood is a tall tree.")
    await shelf.ingest()
    reader = Reader(unread=QUESTION)
    retriever = Retriever(shelf.library, shelf.embedder, shelf.vectors, reranker=reader)

    assert await retriever.search(QUESTION, collection=shelf.collection, k=3)
    assert reader.given == []


async def test_it_reads_the_closest_part_of_a_long_passage_under_its_heading(
    shelf: Shelf,
) -> None:
    filler = "nothing at all happened on that day " * 6
    shelf.write("tree.md", f"# Woods\n\n{filler}The redwood is the tallest tree. {filler}")
    await shelf.ingest()
    reader = Reader()
    retriever = Retriever(
        shelf.library, shelf.embedder, shelf.vectors, reranker=reader, reranked_words=12
    )

    await retriever.search(QUESTION, collection=shelf.collection, k=1)

    (read,) = reader.given
    assert read.startswith("Woods\n")
    assert "redwood is the tallest tree" in read
    assert len(read.split()) <= 13


class Broken:
    def wake(self) -> None:
        return None

    def reads(self, text: str) -> bool:
        return True

    async def score(self, query: str, texts: Sequence[str]) -> list[float]:
        raise RerankerFailed("no model")

    async def close(self) -> None:
        return None


async def test_a_search_goes_on_without_a_broken_reranker(shelf: Shelf) -> None:
    shelf.write("tree.md", "The redwood is a tall tree.")
    await shelf.ingest()
    retriever = Retriever(shelf.library, shelf.embedder, shelf.vectors, reranker=Broken())

    found = await retriever.search(QUESTION, collection=shelf.collection, k=3)

    plain = await shelf.retriever.search(QUESTION, collection=shelf.collection, k=3)
    assert [one.chunk_id for one in found] == [one.chunk_id for one in plain] != []


async def test_a_model_that_is_not_there_is_told_of_once_and_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    told: list[str] = []
    missing = WorkerReranker(
        "nobody/no-such-model", loading_seconds=PATIENCE, on_failure=told.append
    )
    for _ in range(2):
        with pytest.raises(RerankerFailed, match=r"retrieval\.reranker\.model"):
            await missing.score(QUESTION, TEXTS)
    await missing.close()
    assert len(told) == 1
    assert "nobody/no-such-model" in told[0]


async def test_a_model_that_tells_classes_apart_is_refused(models: Models) -> None:
    classifier = WorkerReranker(str(models.classifier), loading_seconds=PATIENCE)
    with pytest.raises(RerankerFailed, match="3 classes"):
        await classifier.score(QUESTION, TEXTS)
    await classifier.close()


async def test_a_search_does_not_wait_for_a_model_that_is_being_loaded(models: Models) -> None:
    told: list[str] = []
    slow = WorkerReranker(str(models.reranker), loading_seconds=0.001, on_failure=told.append)
    with pytest.raises(RerankerFailed, match="still being loaded"):
        await slow.score(QUESTION, TEXTS)
    await slow.close()
    assert told == []
