"""The folder that a browser puts beside a page that it saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatui.retrieval.ingest.saved_pages import saved_beside
from chatui.retrieval.ingest.walk import find_files

PARTS = ("a.js", "b.css", "c.js.download", "d.png", "saved_resource.html", "saved_resource(1).html")


def tree(root: Path, *names: str, **texts: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts.get(name, "x"))


def read_of(root: Path) -> set[str]:
    return {file.source for file in find_files([root]).files.values()}


@pytest.mark.parametrize(
    ("page", "folder"),
    [
        ("Page.html", "Page_files"),
        ("Page.htm", "Page-Dateien"),
        ("Seite 1.html", "Seite 1-Dateien"),
        ("Page.html", "Page_fichiers"),
        ("Page.html", "Page.files"),
        ("Página.html", "Página_archivos"),
        ("页面.html", "页面_文件"),
        ("Page.v2.html", "Page.v2_files"),
    ],
)
def test_the_parts_of_a_saved_page_are_left_out_with_their_reason(
    tmp_path: Path, page: str, folder: str
) -> None:
    tree(tmp_path, page, *(f"{folder}/{name}" for name in PARTS), f"{folder}/in/e.js")
    found = find_files([tmp_path])

    assert {file.source for file in found.files.values()} == {page}
    assert {each.reason for each in found.skipped} == {f"a part of the saved page {page}"}
    assert len(found.skipped) == len(PARTS) + 1


def test_a_folder_without_a_page_stays_one(tmp_path: Path) -> None:
    names = ("Page_files/a.html", "Page_files/b.css", "Pager.html", "my_files/notes.md")
    tree(tmp_path, *names)

    assert read_of(tmp_path) == set(names)


def test_documents_in_the_folder_stay_documents(tmp_path: Path) -> None:
    tree(tmp_path, "Page.html", "Page_files/report.pdf", "Page_files/notes.md", "Page_files/a.js")

    assert read_of(tmp_path) == {"Page.html", "Page_files/report.pdf", "Page_files/notes.md"}


def test_pages_in_a_folder_that_the_page_does_not_name_stay_documents(tmp_path: Path) -> None:
    tree(tmp_path, "Page.html", "Page_files/chapter.html")
    assert read_of(tmp_path) == {"Page.html", "Page_files/chapter.html"}

    (tmp_path / "Page.html").write_text('<iframe src="./Page_files/chapter.html">')
    assert read_of(tmp_path) == {"Page.html"}


def test_a_folder_of_another_name_is_known_by_the_page_and_by_what_is_in_it(
    tmp_path: Path,
) -> None:
    tree(tmp_path, "Ma page.html", "Ma page_parts/a.js", "Ma page_parts/f.html")
    assert len(read_of(tmp_path)) == 3

    (tmp_path / "Ma page.html").write_text('<script src="./Ma%20page_parts/a.js"></script>')
    assert read_of(tmp_path) == {"Ma page.html"}


def test_pages_that_a_page_leads_to_stay_documents(tmp_path: Path) -> None:
    tree(tmp_path, "guide.html", "guide-advanced/setup.html", "guide-advanced/notes.md")
    (tmp_path / "guide.html").write_text('<a href="guide-advanced/setup.html">More</a>')

    assert "guide-advanced/setup.html" in read_of(tmp_path)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("Page_files/f.html", b"x"),
        ("./Page_files/f.html?a=1#b", b"x"),
        ("./Page%5Ffiles/f.html", b"x"),
        ("Page_files/../secret.html", None),
        ("Page_files/link.html", None),
        ("Page_files/in", None),
        ("Page_files/none.html", None),
        ("Page_other/../secret.html", None),
        ("secret.html", None),
        ("/etc/passwd", None),
        ("https://example.org/Page_files/f.html", None),
        ("Page_files/\0", None),
    ],
)
def test_only_what_was_saved_with_a_page_is_read_with_it(
    tmp_path: Path, address: str, said: bytes | None
) -> None:
    tree(tmp_path, "Page.html", "Page_files/f.html", "secret.html", "Page_files/in/x.html")
    (tmp_path / "Page_files/link.html").symlink_to(tmp_path / "secret.html")

    assert saved_beside(tmp_path / "Page.html", address) == said
