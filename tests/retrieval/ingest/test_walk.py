from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from chatui.domain.errors import UsageError
from chatui.retrieval.ingest.walk import Findings, find_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "notes"
    made.mkdir()
    return made


def write(folder: Path, name: str, text: str = "text") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def sources(found: Findings) -> list[str]:
    return [file.source for file in found.files.values()]


def test_files_come_in_order_with_their_place_below_the_folder(folder: Path) -> None:
    for name in ("b.md", "a/deep/c.txt", "a/d.md", "e.md"):
        write(folder, name)

    assert sources(find_files([folder])) == ["b.md", "e.md", "a/d.md", "a/deep/c.txt"]


def test_a_file_that_is_named_itself_is_known_by_its_name(folder: Path) -> None:
    path = write(folder, "sub/a.md")

    found = find_files([path])
    assert (sources(found), found.roots) == (["a.md"], [])


def test_a_file_found_twice_counts_once(folder: Path) -> None:
    path = write(folder, "sub/a.md")

    assert sources(find_files([folder, path, folder / "sub"])) == ["sub/a.md"]


def test_size_and_time_are_the_files_own(folder: Path) -> None:
    path = write(folder, "a.md", "12345")
    os.utime(path, ns=(7, 7_000_000_001))

    (file,) = find_files([folder]).files.values()
    assert (file.size, file.mtime_ns) == (5, 7_000_000_001)


def test_hidden_names_are_passed_over_unless_named(folder: Path) -> None:
    hidden = write(folder, ".secret.md")
    write(folder, ".git/config")
    write(folder, "a.md")

    assert sources(find_files([folder])) == ["a.md"]
    assert sources(find_files([hidden])) == [".secret.md"]


def test_links_in_a_folder_are_not_followed(folder: Path, tmp_path: Path) -> None:
    outside = write(tmp_path, "outside/private.md")
    (folder / "link.md").symlink_to(outside)
    (folder / "folder").symlink_to(outside.parent)
    (folder / "loop").symlink_to(folder)
    (folder / "dead.md").symlink_to(folder / "nowhere")

    found = find_files([folder])
    assert sources(found) == []
    assert {(item.source, item.reason) for item in found.skipped} == {
        (name, "a link, which is not followed") for name in ("link.md", "folder", "loop", "dead.md")
    }


def test_a_link_that_is_named_is_followed(folder: Path, tmp_path: Path) -> None:
    write(folder, "a.md")
    link = tmp_path / "link"
    link.symlink_to(folder)

    assert list(find_files([link]).files) == [folder / "a.md"]


def test_a_pipe_is_no_document(folder: Path) -> None:
    os.mkfifo(folder / "pipe.md")

    found = find_files([folder, folder / "pipe.md"])
    assert sources(found) == []
    assert {item.reason for item in found.skipped} == {"a named pipe"}


def test_devices_and_sockets_are_named_in_the_reason(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "s"))
        found = find_files([folder, Path("/dev/null")])

    assert [(item.source, item.reason) for item in found.skipped] == [
        ("s", "a socket"),
        ("null", "a device"),
    ]


def test_rules_of_the_repository_above_count_in_a_folder_that_is_named(folder: Path) -> None:
    write(folder, ".git/info/exclude", "private.md\n")
    write(folder, ".gitignore", "*.log\n/docs/out/\nbuild/\n")
    for name in ("a.log", "private.md", "out/x.md", "kept.md", "build/y.md"):
        write(folder, f"docs/{name}")

    assert sources(find_files([folder / "docs"])) == ["kept.md"]
    assert sources(find_files([folder / "docs" / "build"])) == ["y.md"]


def test_rules_above_the_repository_do_not_count(folder: Path) -> None:
    write(folder, ".gitignore", "*.md\n")
    write(folder, "repository/.git/HEAD")
    write(folder, "repository/a.md")

    assert sources(find_files([folder / "repository"])) == ["a.md"]


def test_a_name_that_is_no_text_is_set_aside(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.md")).write_text("text")

    found = find_files([folder])
    assert [(item.source, item.reason) for item in found.skipped] == [
        ("?.md", "its name is not valid UTF-8; rename it")
    ]


def test_git_ignore_files_count_at_their_place_and_below(folder: Path) -> None:
    write(folder, ".gitignore", "build/\n*.log\n")
    write(folder, "a/.gitignore", "!keep.log\n/local.md\n")
    for name in ("build/x.md", "a/x.log", "a/keep.log", "a/local.md", "local.md", "a/b/x.log"):
        write(folder, name)

    assert sources(find_files([folder])) == ["local.md", "a/keep.log"]


def test_lines_that_are_no_rules_are_told_and_leave_the_others_in_force(folder: Path) -> None:
    write(folder, ".gitignore", "!\n[z-a]\n*.log\n[a\n\\\n")
    write(folder, "sub/.gitignore", "x[9-0]\n")
    write(folder, "a.log")
    write(folder, "a.md")

    found = find_files([folder])
    assert sources(found) == ["a.md"]
    assert [(item.source, item.reason) for item in found.skipped] == [
        (
            ".gitignore",
            "its lines 1, 2, 4 and 1 more are no rules that a name can fit, and are passed over",
        ),
        ("sub/.gitignore", "its line 1 is no rule that a name can fit, and is passed over"),
    ]


def test_rules_of_a_repository_are_told_once_for_all_folders_in_it(folder: Path) -> None:
    write(folder, ".git/HEAD")
    rules = write(folder, ".gitignore", "[z-a]\n")
    for name in ("a/x.md", "b/x.md"):
        write(folder, name)

    found = find_files([folder / "a", folder / "b"])
    assert [item.source for item in found.skipped] == [str(rules)]


def test_of_a_huge_file_of_rules_whole_lines_of_its_first_megabyte_count(folder: Path) -> None:
    write(folder, ".gitignore", "*.log\n" + "# \n" * 349_522 + "*.md\n")
    write(folder, "a.log")
    write(folder, "a.md")

    found = find_files([folder])
    assert sources(found) == ["a.md"]
    assert [item.reason for item in found.skipped] == ["only the first 1 MB of its rules counts"]


@pytest.mark.parametrize(
    "rules",
    ["*a" * 60, "**/" * 1_000 + "x", "a/**/" * 500 + "x", "*" * 4_000 + "b", "?*" * 120 + "b"],
    ids=["stars", "folders", "folders between", "one long star", "at least so long"],
)
def test_no_rule_takes_long_for_a_name_that_almost_fits(folder: Path, rules: str) -> None:
    write(folder, ".gitignore", rules)
    write(folder, "a" * 250)
    write(folder, "/".join(["a"] * 100) + "/y.md")

    started = time.process_time()
    assert len(sources(find_files([folder]))) == 2 - rules.startswith("*a")
    # By every way to share the name among the stars it took more than a minute.
    assert time.process_time() - started < 5


@pytest.mark.parametrize("name", ["nowhere", "a.md/below", "x" * 300, "null\0byte"])
def test_a_path_that_does_not_exist_is_refused(folder: Path, name: str) -> None:
    write(folder, "a.md")

    with pytest.raises(UsageError, match="cannot be ingested"):
        find_files([folder, folder / name])


def test_a_link_that_leads_to_itself_is_refused(folder: Path) -> None:
    (folder / "loop").symlink_to(folder / "loop")

    with pytest.raises(UsageError, match="cannot be ingested"):
        find_files([folder / "loop"])


def test_files_gone_from_a_folder_have_vanished_and_no_others(folder: Path) -> None:
    kept = write(folder, "kept.md")

    found = find_files([folder])
    assert found.vanished(folder / "gone.md")
    assert found.vanished(folder / "sub" / "gone.md")
    assert not found.vanished(kept)
    assert not found.vanished(folder.with_name("notes-2") / "elsewhere.md")


def test_nothing_vanishes_in_a_folder_that_cannot_be_listed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, "open/a.md")
    write(folder, "closed/b.md")
    real = os.scandir

    def scandir(path: Path) -> object:
        # Permissions do not stop the root user, who may be the one that runs the tests.
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = find_files([folder])

    assert sources(found) == ["open/a.md"]
    assert [(item.source, item.reason) for item in found.failed] == [
        ("closed", "it cannot be listed: Permission denied")
    ]
    assert not found.vanished(folder / "closed" / "b.md")


def test_very_deep_folders_are_walked(folder: Path) -> None:
    deep = folder
    for _ in range(300):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (deep / "a.md").write_text("text")

    assert len(find_files([folder]).files) == 1
