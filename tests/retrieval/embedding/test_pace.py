"""What is measured of a machine, and that it is only believed there."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from chatui.retrieval.embedding import pace as paces
from chatui.retrieval.embedding.pace import BATCHES, Pace
from chatui.retrieval.embedding.service import OnnxEmbedder
from tests.conftest import prepared_model


def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that only moves by what is put on it."""
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    return now


def test_the_fastest_batch_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock(monkeypatch)
    monkeypatch.setattr(paces, "processors", lambda: 2)

    def run(pace: Pace) -> None:
        now[0] += {256: 3.0, 1024: 1.0, 2048: 2.0}[pace.batch]

    assert paces.measure(run) == Pace(2, 1024)


def test_half_the_threads_are_taken_where_they_are_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock(monkeypatch)
    monkeypatch.setattr(paces, "processors", lambda: 8)

    def run(pace: Pace) -> None:
        now[0] += pace.threads + pace.batch / 1e6

    assert paces.measure(run) == Pace(4, min(BATCHES))


def test_a_load_that_passes_does_not_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock(monkeypatch)
    runs = []

    def run(setting: str) -> None:
        runs.append(setting)
        now[0] += 100.0 if len(runs) == 1 else {"fast": 1.0, "slow": 2.0}[setting]

    taken = paces.fastest(run, ["fast", "slow"])
    assert taken == {"fast": 1.0, "slow": 2.0}


def test_a_pace_is_believed_on_its_own_machine_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert paces.read_pace(tmp_path) is None
    paces.write_pace(tmp_path, Pace(2, 1024))
    assert paces.read_pace(tmp_path) == Pace(2, 1024)
    monkeypatch.setattr(paces, "machine", lambda: "another")
    assert paces.read_pace(tmp_path) is None


@pytest.mark.parametrize("content", ["", "[]", '{"machine": "?"}', "{"])
def test_a_broken_file_is_no_pace(tmp_path: Path, content: str) -> None:
    (tmp_path / paces.PACE_FILE).write_text(content)
    assert paces.read_pace(tmp_path) is None


def test_a_folder_that_cannot_be_written_to_is_no_error(tmp_path: Path) -> None:
    paces.write_pace(tmp_path / "absent", Pace(1, 256))


async def test_a_copied_cache_is_measured_again_with_the_first_documents(
    embedder_cache: Path, tmp_path: Path
) -> None:
    original = await prepared_model(embedder_cache)
    folder = tmp_path / original.name
    folder.mkdir()
    for file in original.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / paces.PACE_FILE).write_text(
        json.dumps({"machine": "another", "threads": 96, "batch": 1})
    )
    service = OnnxEmbedder(str(folder))
    service.embed(["one document", "and one more"], "document")
    pace = paces.read_pace(folder)
    assert pace is not None
    assert pace.threads <= paces.processors()
    assert pace.batch in BATCHES
