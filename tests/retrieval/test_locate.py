from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from chatui.domain.errors import UsageError
from chatui.domain.passage import Passage
from chatui.retrieval.library.records import FileRow
from chatui.retrieval.locate import Place, find_place
from tests.widgets.turns import passage

TEXT = "One.\nTwo.\nThe kettle holds two litres.\nIt switches itself off.\n"
START = TEXT.index("The kettle")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "kettle.md"
    path.write_text(TEXT)
    return path


def known(path: Path) -> FileRow:
    """What the library knows after it has read the file as it is now."""
    found = path.stat()
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return FileRow(
        1, str(path), path.name, found.st_size, found.st_mtime_ns, sha256, "", "read", "", ""
    )


def passage_of(path: Path) -> Passage:
    return replace(
        passage(1, path.name, TEXT[START:]),
        path=str(path), char_start=START, char_end=len(TEXT), line_start=3, line_end=4,
    )  # fmt: skip


def test_a_file_as_it_was_opens_at_the_line(file: Path) -> None:
    assert find_place(passage_of(file), 4, known(file)) == Place(4)


def test_a_passage_that_has_moved_is_found_again(file: Path) -> None:
    row = known(file)
    file.write_text("New.\nNew.\n" + TEXT)
    assert find_place(passage_of(file), 4, row) == Place(6, changed=True)


def test_a_file_that_holds_the_passage_no_more_has_changed(file: Path) -> None:
    row = known(file)
    file.write_text("All is new.\n")
    assert find_place(passage_of(file), 4, row) == Place(2, changed=True)


def test_a_file_that_was_only_touched_has_not_changed(file: Path) -> None:
    row = replace(known(file), mtime_ns=1)
    assert find_place(replace(passage_of(file), page=3), 1, row) == Place(None)


def test_another_pdf_under_the_same_name_has_changed(file: Path) -> None:
    row = known(file)
    file.write_text("%PDF other")
    assert find_place(replace(passage_of(file), page=3), 1, row) == Place(None, changed=True)


def test_a_web_page_opens_at_the_line_that_holds_the_words(file: Path) -> None:
    file.write_text("<html>\n<body>\n<p>One.</p>\n<p>It switches itself off.</p>\n</body>")
    assert find_place(passage_of(file), 4, known(file)) == Place(4)


def test_a_document_of_another_format_is_for_a_viewer(file: Path) -> None:
    file.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 8)
    assert find_place(passage_of(file), 4, known(file)) == Place(None)


def test_a_file_that_has_gone_says_so(file: Path) -> None:
    row = known(file)
    file.unlink()
    with pytest.raises(UsageError, match="not there any more"):
        find_place(passage_of(file), 4, row)
