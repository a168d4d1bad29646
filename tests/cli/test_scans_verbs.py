"""Scans and pictures from the command line: read, marked, or told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.retrieval.scans import as_file, pictures, scan

LEASE = ["The notice period is three months.", "The deposit is 3,000 euros."]


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "lease.pdf").write_bytes(scan([LEASE]))
    (folder / "hours.png").write_bytes(as_file(pictures([["Open from 9 to 17.30"]]), "PNG"))
    return folder


def test_what_was_recognised_is_marked_wherever_it_is_shown(shell: Shell, scans: Path) -> None:
    done = shell("ingest", str(scans))
    assert "recognised in pictures (OCR): lease.pdf: page 1" in done.err
    assert "recognised in pictures (OCR): hours.png" in done.err

    passage = shell("search", "deposit", "--json").json["results"][0]
    assert (passage["ocr"], passage["page"]) == (True, 1)
    assert "lease.pdf:page 1 (OCR)" in shell("search", "deposit", "-k", "1").out
    shown = shell("collections", "show").out
    assert "lease.pdf  (OCR: page 1)" in shown
    assert "hours.png  (OCR)" in shown
    files = shell("collections", "show", "--json").json["files"]
    assert [(file["source"], file["ocr"], file["ocr_pages"]) for file in files] == [
        ("hours.png", True, []),
        ("lease.pdf", True, [1]),
    ]


def test_switched_off_pictures_are_told_and_left_alone(
    shell: Shell, scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATUI_INGEST__OCR", "off")
    report = shell("ingest", str(scans), "--json").json

    # They are read side by side, and end in any order.
    assert sorted(report["files"]["skipped"], key=lambda one: str(one["source"])) == [
        {"source": "hours.png", "reason": "a picture"},
        {"source": "lease.pdf", "reason": "its pages are pictures without any text"},
    ]
    assert (report["files"]["unseen"], report["files"]["recognised"]) == (2, [])


def test_without_the_extra_the_report_says_how_to_get_it(
    shell: Shell, scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.bootstrap.documents.is_installed", lambda: False)
    done = shell("ingest", str(scans))

    assert "2 files have pictures that were not looked at" in done.err
    assert "`pip install 'chatui[ocr]'` lets chatui read what is written in them" in done.err
    assert "lease.pdf: its pages are pictures without any text" in done.err
