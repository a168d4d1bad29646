from __future__ import annotations

import pytest

from chatui.retrieval.chunking.document import Lack
from chatui.retrieval.ingest.report import IngestProgress, IngestReport, seconds_left


def test_the_time_left_follows_from_the_rate_so_far() -> None:
    left = seconds_left(
        chunk_seconds=0.1, chunks_done=100, chunks_read=200, bytes_read=1000, bytes_total=2000
    )

    assert left == pytest.approx(30)


def test_no_time_is_guessed_before_anything_is_done() -> None:
    assert (
        seconds_left(chunk_seconds=None, chunks_done=0, chunks_read=0, bytes_read=0, bytes_total=9)
        is None
    )


def test_the_rate_is_that_of_the_whole_run() -> None:
    progress = IngestProgress(1, 2, 30, None, "a.md", 15.0)

    assert progress.chunks_per_second == 2
    assert IngestProgress(0, 2, 0, None, "", 0.0).chunks_per_second == 0


def test_notes_are_listed_by_what_became_of_the_file() -> None:
    report = IngestReport("default")
    report.note("failed", "a.pdf", "it is a damaged PDF")

    assert report.as_json()["files"]["failed"] == [
        {"source": "a.pdf", "reason": "it is a damaged PDF"}
    ]


def test_what_is_missing_of_a_file_is_listed_with_its_pages_and_told_once_a_file() -> None:
    report = IngestReport("default")
    report.note_lacks("a.pdf", [Lack("it is a picture without text", (2, 3)), Lack("it is cut")])

    assert report.as_json()["files"]["partial"] == [
        {"source": "a.pdf", "reason": "it is a picture without text", "pages": [2, 3]},
        {"source": "a.pdf", "reason": "it is cut", "pages": []},
    ]
    assert report.lacking() == {"a.pdf": "pages 2–3: it is a picture without text; it is cut"}
