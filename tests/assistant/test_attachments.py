from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from chatui.app.shown import shown_question
from chatui.assistant.attachments import (
    Attachment,
    DraftFiles,
    mentioned_paths,
    read_attached,
)
from chatui.assistant.prompt import attach
from chatui.domain.errors import UsageError
from chatui.retrieval.ingest.reading import ReadingLimits
from chatui.retrieval.sources import FileReader
from tests.retrieval.tiny_pdf import make_pdf


async def read_mentions(text: str, folder: Path) -> list[Attachment]:
    return list((await read_attached(text, folder, FileReader(ReadingLimits()).read)).files)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("see @a.md", ("a.md",)),
        ('see @"a b.md" and @c.md', ("a b.md", "c.md")),
        ("@a.md @a.md", ("a.md",)),
        ("me@example.org", ()),
        ("a @ b", ()),
    ],
)
def test_what_counts_as_a_mention(text: str, paths: tuple[str, ...]) -> None:
    assert mentioned_paths(text) == paths


async def test_a_file_is_found_although_a_sentence_ends_behind_it(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("text")
    assert await read_mentions("Look at @a.md.", tmp_path) == [("a.md", "text")]


async def test_a_mention_of_nothing_is_left_alone(tmp_path: Path) -> None:
    assert await read_mentions("ask @alice or @" + "x" * 5000, tmp_path) == []
    assert await read_mentions("ask @~nobody-of-that-name/a.md", tmp_path) == []


async def test_a_byte_order_mark_and_control_sequences_are_taken_out(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xef\xbb\xbfred \x1b[31mtext")
    assert await read_mentions("@a.md", tmp_path) == [("a.md", "red text")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
async def test_a_text_is_read_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.txt").write_bytes("Ein Café an der Straße nach Köln".encode(encoding))

    ((_, text),) = await read_mentions("What is @a.txt?", tmp_path)

    assert text == "Ein Café an der Straße nach Köln"


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.bin", b"\x00\x01", "a.bin holds no text"),
        ("big.txt", b"x" * 262_145, "larger than 256 KB"),
    ],
)
async def test_a_file_that_can_not_be_attached_says_why(
    tmp_path: Path, name: str, data: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UsageError, match=reason):
        await read_mentions(f"@{name}", tmp_path)


async def test_a_link_that_leads_out_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("the key")
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "notes.md").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to(tmp_path)
    for name in ("notes.md", "up/secret.txt"):
        with pytest.raises(UsageError, match=r"leads out of this folder, to /.*secret\.txt"):
            await read_mentions(f"Read @{name}", folder)

    assert await read_mentions("Read @../secret.txt", folder) == [("../secret.txt", "the key")]


async def test_a_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("text")
    (tmp_path / "b.md").symlink_to("a.md")
    assert await read_mentions("Read @b.md", tmp_path) == [("b.md", "text")]


async def test_a_folder_is_not_attached(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    with pytest.raises(UsageError, match="/ingest docs"):
        await read_mentions("@docs", tmp_path)


async def test_files_that_are_too_large_together_are_refused(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.txt").write_bytes(b"x" * 262_144)
    with pytest.raises(UsageError, match="1 MB together"):
        await read_mentions("@0.txt @1.txt @2.txt @3.txt @4.txt", tmp_path)


def test_a_question_with_files_is_shown_with_their_names_only() -> None:
    question = attach("what is this?", [("a.md", "long text"), ("b c.md", "more")])
    assert shown_question(question) == "what is this?\n+ a.md, b c.md"


def test_a_question_without_files_is_shown_as_it_is() -> None:
    assert shown_question("plain") == "plain"


async def test_a_document_is_attached_as_its_text_with_its_pages(tmp_path: Path) -> None:
    (tmp_path / "ice.pdf").write_bytes(make_pdf([["Snow is white."], ["Glaciers melt slowly."]]))
    found = await read_attached("Read @ice.pdf", tmp_path, FileReader(ReadingLimits()).read)

    assert found.files == (
        ("ice.pdf", "[page 1]\n\nSnow is white.\n\n[page 2]\n\nGlaciers melt slowly."),
    )
    assert [(one.page, one.text) for one in found.passages] == [
        (1, "Snow is white."),
        (2, "Glaciers melt slowly."),
    ]
    assert {one.path for one in found.passages} == {str(tmp_path / "ice.pdf")}


async def test_a_document_without_text_is_not_attached(tmp_path: Path) -> None:
    (tmp_path / "blank.pdf").write_bytes(make_pdf([[]]))
    with pytest.raises(UsageError, match=r"blank\.pdf (?:holds no text|can't be read)"):
        await read_mentions("Read @blank.pdf", tmp_path)


async def test_the_text_of_a_document_is_bounded_and_not_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "long.pdf").write_bytes(make_pdf([["A short text."]]) + b"%" + b"\x80" * 300_000)
    assert await read_mentions("Read @long.pdf", tmp_path) == [
        ("long.pdf", "[page 1]\n\nA short text.")
    ]


async def test_files_of_a_draft_are_read_again_only_when_they_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.md"
    path.write_text("text")
    draft, read = DraftFiles(FileReader(ReadingLimits()).read), list[str]()

    def watched(path: Path, name: str) -> bytes:
        read.append(name)
        return path.read_bytes()

    monkeypatch.setattr("chatui.assistant.attachments.read_start", watched)

    before = [await draft.read("Look at @a.md" + " please" * n, tmp_path) for n in range(3)]
    path.write_text("another text")
    after = await draft.read("Look at @a.md", tmp_path)

    assert before == [[("a.md", "text")]] * 3
    assert after == [("a.md", "another text")]
    assert read == ["a.md", "a.md"]


async def test_a_draft_leaves_out_what_would_be_refused_until_it_is_mended(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("text")
    (tmp_path / "b.bin").write_bytes(b"\x00\x01")
    draft = DraftFiles(FileReader(ReadingLimits()).read)

    mentioned = await draft.read("@a.md @b.bin @nobody @.", tmp_path)
    (tmp_path / "b.bin").write_text("words")
    mended = await draft.read("@a.md @b.bin", tmp_path)

    assert mentioned == [("a.md", "text")]
    assert mended == await read_mentions("@a.md @b.bin", tmp_path)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ('x@"one @two" three', ("two",)),
        ('@"a" @"b c"@d', ("a", "b c")),
        ("@@a", ("@a",)),
        ("(@a) @b\n@c", ("b", "c")),
        ("mail@@x @", ()),
    ],
)
def test_a_mention_stands_behind_a_blank_or_at_the_start(text: str, paths: tuple[str, ...]) -> None:
    before = re.findall(r'(?:^|(?<=\s))@(?:"([^"\n]+)"|([^\s"]+))', text)

    assert mentioned_paths(text) == paths == tuple(one or other for one, other in before)


async def test_a_notebook_is_attached_as_what_is_read_in_it(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Rivers\n", "Nine of them."]},
        {
            "cell_type": "code",
            "metadata": {},
            "execution_count": 1,
            "source": ["draw(rivers)"],
            "outputs": [
                {
                    "output_type": "display_data",
                    "metadata": {},
                    "data": {"image/png": "iVBORw0KGgo" * 999, "text/plain": ["<Figure>"]},
                }
            ],
        },
    ]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "a.ipynb").write_text(json.dumps(book))
    ((_, text),) = await read_mentions("Explain @a.ipynb", tmp_path)
    assert "Nine of them." in text
    assert "draw(rivers)" in text
    assert "iVBOR" not in text


PAGE = "<html><head><title>Tea</title></head><body><nav>Log in</nav><p>Boil it.</p></body></html>"


@pytest.mark.parametrize("told_by", ["a comment", "a folder", "a folder in French"])
async def test_a_page_that_a_browser_saved_is_attached_as_its_words(
    tmp_path: Path, told_by: str
) -> None:
    comment = "<!-- saved from url=(0019)https://tea.example/ -->\n"
    (tmp_path / "tea.html").write_text((comment if told_by == "a comment" else "") + PAGE)
    if told_by != "a comment":
        (tmp_path / f"tea_{'files' if told_by == 'a folder' else 'fichiers'}").mkdir()
    ((_, text),) = await read_mentions("Sum up @tea.html", tmp_path)
    assert "Boil it." in text
    assert "<p>" not in text


async def test_a_page_that_is_worked_on_is_attached_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "tea.html").write_text(PAGE)
    assert await read_mentions("Mend @tea.html", tmp_path) == [("tea.html", PAGE)]
