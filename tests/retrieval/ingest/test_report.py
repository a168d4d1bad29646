from __future__ import annotations

from typing import Any

from chatui.cli.progress import figures
from chatui.retrieval.chunking.document import Lack
from chatui.retrieval.ingest.report import IngestProgress, IngestReport, PagesUnderWay


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


def test_pages_that_are_recognised_tell_how_long_they_still_take() -> None:
    under_way = PagesUnderWay("scan.pdf", began=100.0, total=300)
    before = progress(pages=under_way.told(110.0))
    under_way.come_to(30, 300, now=160.0)
    after = progress(pages=under_way.told(160.0), seconds_left=20.0)

    assert (before.time_left, before.doing) == (None, "page 1 of 300 of scan.pdf (OCR)")
    assert (after.time_left, after.doing) == (540.0, "page 31 of 300 of scan.pdf (OCR)")
    assert figures(after).endswith("page 30 of 300 · 9 min 00 s left")
    assert progress(seconds_left=20.0).time_left == 20.0


def progress(**known: Any) -> IngestProgress:
    return IngestProgress(1, 4, 12, None, "a.md", 60.0, **known)


def test_what_would_let_more_be_read_is_said_once_for_all_files() -> None:
    report = IngestReport("c", unseen=2, ocr_missing=True)
    assert report.want().startswith("2 files have pictures that were not looked at; `pip install")
    assert IngestReport("c", unseen=2).want() == IngestReport("c", ocr_missing=True).want() == ""


def test_files_are_listed_by_source_in_whatever_order_they_ended() -> None:
    report = IngestReport("default")
    for source in ("c.pdf", "a/z.pdf", "b.pdf"):
        report.note("failed", source, "damaged")
        report.note_lacks(source, [Lack("second"), Lack("first")])
    files = report.as_json()["files"]
    assert [one["source"] for one in files["failed"]] == ["a/z.pdf", "b.pdf", "c.pdf"]
    assert [(one["source"], one["reason"]) for one in files["partial"]][:2] == [
        ("a/z.pdf", "second"),
        ("a/z.pdf", "first"),
    ]


def test_a_library_of_an_earlier_chatui_is_told_in_one_line() -> None:
    report = IngestReport("default")
    report.reread, report.words_renewed = 2, True
    assert report.remarks() == [
        "The library was made by an earlier chatui: 2 files of default read anew, and its words "
        "indexed anew."
    ]
