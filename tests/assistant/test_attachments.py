from __future__ import annotations

from pathlib import Path

import pytest

from chatui.app.shown import shown_question
from chatui.assistant.attachments import mentioned_paths, read_mentions
from chatui.assistant.prompt import attach
from chatui.domain.errors import UsageError


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


def test_a_file_is_found_although_a_sentence_ends_behind_it(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("text")
    assert read_mentions("Look at @a.md.", tmp_path) == [("a.md", "text")]


def test_a_mention_of_nothing_is_left_alone(tmp_path: Path) -> None:
    assert read_mentions("ask @alice or @" + "x" * 5000, tmp_path) == []


def test_a_byte_order_mark_and_control_sequences_are_taken_out(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xef\xbb\xbfred \x1b[31mtext")
    assert read_mentions("@a.md", tmp_path) == [("a.md", "red text")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_a_text_is_read_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.txt").write_bytes("Ein Café an der Straße nach Köln".encode(encoding))

    ((_, text),) = read_mentions("What is @a.txt?", tmp_path)

    assert text == "Ein Café an der Straße nach Köln"


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.bin", b"\x00\x01", "not a text file"),
        ("big.txt", b"x" * 262_145, "larger than 256 KB"),
    ],
)
def test_a_file_that_can_not_be_attached_says_why(
    tmp_path: Path, name: str, data: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UsageError, match=reason):
        read_mentions(f"@{name}", tmp_path)


def test_a_link_that_leads_out_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("the key")
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "notes.md").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to(tmp_path)
    for name in ("notes.md", "up/secret.txt"):
        with pytest.raises(UsageError, match=r"leads out of this folder, to /.*secret\.txt"):
            read_mentions(f"Read @{name}", folder)

    assert read_mentions("Read @../secret.txt", folder) == [("../secret.txt", "the key")]


def test_a_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("text")
    (tmp_path / "b.md").symlink_to("a.md")
    assert read_mentions("Read @b.md", tmp_path) == [("b.md", "text")]


def test_a_folder_is_not_attached(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    with pytest.raises(UsageError, match="/ingest docs"):
        read_mentions("@docs", tmp_path)


def test_files_that_are_too_large_together_are_refused(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.txt").write_bytes(b"x" * 262_144)
    with pytest.raises(UsageError, match="1 MB together"):
        read_mentions("@0.txt @1.txt @2.txt @3.txt @4.txt", tmp_path)


def test_a_question_with_files_is_shown_with_their_names_only() -> None:
    question = attach("what is this?", [("a.md", "long text"), ("b c.md", "more")])
    assert shown_question(question) == "what is this?\n+ a.md, b c.md"


def test_a_question_without_files_is_shown_as_it_is() -> None:
    assert shown_question("plain") == "plain"
