"""The vector index on the real Chroma, in its real child process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from chatui.domain.errors import IndexDamaged, RetrievalError
from chatui.retrieval.index.lock import IndexLock
from chatui.retrieval.index.vectors import ChromaIndex, Nearest
from chatui.system.locks import is_held
from tests.patience import PATIENCE, until
from tests.retrieval.directions import cosine, items, vector

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODEL = "model-a"


def found_by_itself(nearest: Nearest) -> str | None:
    """The first id when its vector is the very one that was asked for."""
    return nearest[0][0] if nearest and abs(nearest[0][1] - 1) < 1e-4 else None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def index(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ChromaIndex]:
    """One process for the tests that need no folder of their own: it takes long to start."""
    made = ChromaIndex(tmp_path_factory.mktemp("index") / "vectors")
    yield made
    await made.close()


@pytest.fixture
def c(request: pytest.FixtureRequest) -> str:
    """A collection of the test's own."""
    return str(request.node.name)


@pytest_asyncio.fixture(loop_scope="module")
async def lone(tmp_path: Path) -> AsyncIterator[ChromaIndex]:
    """An index in a fresh folder, which waits 0.3 s for the lock."""
    made = ChromaIndex(tmp_path / "vectors", lock_seconds=0.3)
    yield made
    await made.close()


async def test_the_nearest_come_first_with_their_cosine_similarity(
    index: ChromaIndex, c: str
) -> None:
    stored = items(range(40))
    await index.add(c, MODEL, stored)
    question = vector(1000)
    expected = sorted(((cosine(question, kept), id_) for id_, kept in stored), reverse=True)[:5]
    found = await index.query(c, question, 5)
    assert [id_ for id_, _ in found] == [id_ for _, id_ in expected]
    assert [similarity for _, similarity in found] == pytest.approx(
        [similarity for similarity, _ in expected], abs=1e-5
    )


async def test_chunks_that_are_named_are_compared_by_the_nearest_of_their_windows(
    index: ChromaIndex, c: str
) -> None:
    names = ["one", "two", "two#1", "two#2", "three"]
    stored = dict(zip(names, map(vector, range(5)), strict=True))
    await index.add(c, MODEL, list(stored.items()))
    question = vector(1000)

    found = await index.likeness(c, question, ["two", "one", "unknown"])

    windows = [stored[name] for name in ("two", "two#1", "two#2")]
    nearest = max(cosine(question, one) for one in windows)
    assert found == pytest.approx(
        {"two": nearest, "one": cosine(question, stored["one"])}, abs=1e-5
    )


async def test_what_was_removed_is_compared_no_more(index: ChromaIndex, c: str) -> None:
    await index.add(c, MODEL, items(range(3)))
    ids = [id_ for id_, _ in items(range(3))]
    assert set(await index.likeness(c, vector(7), ids)) == set(ids)

    await index.remove(c, ids[:1])

    assert set(await index.likeness(c, vector(7), ids)) == set(ids[1:])


async def test_nothing_is_compared_with_vectors_of_another_model(
    index: ChromaIndex, c: str
) -> None:
    await index.add(c, MODEL, items(range(3)))
    with pytest.raises(RetrievalError, match="another embedding model"):
        await index.likeness(c, vector(7), ["0"], fingerprint="model-b")


async def test_in_an_unknown_collection_nothing_is_compared(lone: ChromaIndex, c: str) -> None:
    assert await lone.likeness(c, vector(7), ["0"]) == {}
    assert lone.pid is None


async def test_an_id_added_again_replaces_the_first(index: ChromaIndex, c: str) -> None:
    await index.add(c, MODEL, [("one", vector(1)), ("two", vector(2))])
    await index.add(c, MODEL, [("one", vector(3))])
    assert await index.count(c) == 2
    assert found_by_itself(await index.query(c, vector(3), 1)) == "one"


async def test_an_id_given_twice_in_one_call_counts_once(index: ChromaIndex, c: str) -> None:
    await index.add(c, MODEL, [("one", vector(1)), ("one", vector(2))])
    found = await index.query(c, vector(2), 9)
    assert len(found) == 1
    assert found_by_itself(found) == "one"


async def test_more_than_there_are_gives_all(index: ChromaIndex, c: str) -> None:
    await index.add(c, MODEL, items(range(3)))
    assert len(await index.query(c, vector(1), 500)) == 3


async def test_an_unknown_collection_is_empty_and_nothing_is_made_by_looking(
    lone: ChromaIndex, tmp_path: Path
) -> None:
    assert await lone.query("c", vector(1), 5) == []
    assert await lone.query_many("c", [vector(1), vector(2)], 5) == [[], []]
    assert await lone.count("c") == 0
    assert await lone.ids("c") == []
    await lone.remove("c", ["a"])
    await lone.drop("c")
    await lone.start()
    assert lone.pid is None
    assert not (tmp_path / "vectors").exists()


async def test_an_emptied_collection_gives_nothing(index: ChromaIndex, c: str) -> None:
    await index.add(c, MODEL, items(range(3)))
    await index.remove(c, ["chunk-0", "chunk-1", "chunk-2", "never-there"])
    assert await index.query(c, vector(1), 5) == []
    assert await index.count(c) == 0


async def test_adding_nothing_is_allowed(index: ChromaIndex, c: str) -> None:
    await index.add(c, MODEL, [])
    assert await index.count(c) == 0


async def test_collections_may_have_any_name_and_stay_apart(index: ChromaIndex, c: str) -> None:
    names = ["a", "A", "..", "docs/notes", "文档 🗂", "x" * 600, "", "lone \ud800", "-"]
    for number, name in enumerate(names):
        await index.add(name, MODEL, [(f"of-{number}", vector(number))])
    for number, name in enumerate(names):
        assert await index.ids(name) == [f"of-{number}"]


async def test_many_items_go_in_and_come_out_in_parts(index: ChromaIndex, c: str) -> None:
    await index.add(c, MODEL, items(range(2500)))
    assert await index.count(c) == 2500
    assert sorted(await index.ids(c)) == sorted(id_ for id_, _ in items(range(2500)))
    found = await index.query_many(c, [vector(number) for number in range(0, 2500, 5)], 1)
    assert [row[0][0] for row in found] == [f"chunk-{number}" for number in range(0, 2500, 5)]


async def test_vectors_of_another_model_are_refused(index: ChromaIndex, c: str) -> None:
    await index.add(c, MODEL, items(range(3)))
    with pytest.raises(RetrievalError, match="was indexed with another embedding model"):
        await index.add(c, "model-b", items(range(3, 5)))
    with pytest.raises(RetrievalError, match="another embedding model"):
        await index.query(c, vector(1), 5, fingerprint="model-b")
    assert len(await index.query(c, vector(1), 5, fingerprint=MODEL)) == 3


async def test_vectors_of_another_length_are_refused(index: ChromaIndex, c: str) -> None:
    await index.add(c, MODEL, items(range(3)))
    with pytest.raises(RetrievalError, match="another embedding model"):
        await index.query(c, vector(1, 8), 5)
    with pytest.raises(RetrievalError, match="another embedding model"):
        await index.add(c, MODEL, [("short", vector(1, 8))])
    assert await index.count(c) == 3


async def test_a_dropped_collection_may_return_with_another_model(
    index: ChromaIndex, c: str
) -> None:
    await index.add(c, MODEL, items(range(3)))
    await index.drop(c)
    await index.add(c, "model-b", [("one", vector(1, 8))])
    assert await index.ids(c) == ["one"]


async def test_a_restart_keeps_everything_and_a_drop_leaves_nothing_on_the_disk(
    lone: ChromaIndex, tmp_path: Path
) -> None:
    await lone.add("kept", MODEL, items(range(700)))
    await lone.add("dropped", MODEL, items(range(600)))
    await lone.close()
    assert found_by_itself(await lone.query("kept", vector(650), 1)) == "chunk-650"
    await lone.drop("dropped")
    assert len([entry for entry in (tmp_path / "vectors").iterdir() if entry.is_dir()]) == 1
    assert await lone.count("dropped") == 0
    assert found_by_itself(await lone.query("kept", vector(5), 1)) == "chunk-5"
    assert (tmp_path / "vectors").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "vectors" / "chroma.sqlite3").stat().st_mode & 0o077 == 0


async def test_an_index_that_cannot_be_read_says_so_and_can_be_cleared(
    lone: ChromaIndex, tmp_path: Path
) -> None:
    (tmp_path / "vectors").mkdir()
    (tmp_path / "vectors" / "chroma.sqlite3").write_bytes(b"not a database" * 1000)
    for _ in range(2):
        with pytest.raises(IndexDamaged, match="run `chatui collections rebuild`"):
            await lone.query("c", vector(1), 1)
    with pytest.raises(IndexDamaged):
        await lone.add("c", MODEL, items(range(3)))
    await lone.clear()
    await lone.add("c", MODEL, items(range(3)))
    assert found_by_itself(await lone.query("c", vector(2), 1)) == "chunk-2"


async def test_a_busy_index_is_reported_and_can_be_used_again(
    lone: ChromaIndex, tmp_path: Path
) -> None:
    await lone.add("c", MODEL, items(range(3)))
    with IndexLock(tmp_path / "vectors", PATIENCE).hold(write=True):
        with pytest.raises(RetrievalError, match=r"busy for 0\.3 s"):
            await lone.query("c", vector(1), 1)
        with pytest.raises(RetrievalError, match=r"busy for 0\.3 s"):
            await lone.add("c", MODEL, items(range(3)))
    assert await lone.count("c") == 3


async def test_who_no_longer_waits_for_a_busy_index_keeps_nobody_from_it(tmp_path: Path) -> None:
    folder = tmp_path / "vectors"
    index = ChromaIndex(folder, lock_seconds=PATIENCE)
    await index.add("c", MODEL, items(range(3)))
    with IndexLock(folder, PATIENCE).hold(write=True):
        waiting = asyncio.create_task(index.query("c", vector(1), 1))
        await until(lambda: is_held(folder / "queue"))
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert await index.count("c") == 3
    await index.close()


async def test_a_projects_env_file_moves_no_vectors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chroma would take its settings from the one in the working folder."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        (tmp_path / ".env").write_text(
            "CHROMA_API_IMPL=chromadb.api.fastapi.FastAPI\nCHROMA_SERVER_HOST=127.0.0.1\n"
            f"CHROMA_SERVER_HTTP_PORT={server.getsockname()[1]}\n"
        )
        monkeypatch.chdir(tmp_path)
        index = ChromaIndex(tmp_path / "vectors")
        try:
            await index.add("c", MODEL, items(range(3)))
            assert await index.count("c") == 3
        finally:
            await index.close()
        with pytest.raises(BlockingIOError):
            server.accept()


async def test_a_broken_env_file_of_a_project_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("CHROMA_SERVER_HTTP_PORT=none\n")
    monkeypatch.chdir(tmp_path)
    index = ChromaIndex(tmp_path / "vectors")
    await index.add("c", MODEL, items(range(3)))
    assert await index.count("c") == 3
    await index.close()
