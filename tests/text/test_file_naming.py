from __future__ import annotations

from dataclasses import dataclass

import pytest

from chatui.text.file_naming import (
    about,
    called_so,
    listed,
    mentions,
    missing_names,
    named,
    near,
    quoted,
    without,
)


@dataclass(frozen=True)
class Known:
    source: str
    path: str
    title: str = ""


def known(*sources: str) -> list[Known]:
    return [Known(source, f"/home/docs/{source}") for source in sources]


FILES = known(
    "lease.md",
    "reports/2019.pdf",
    "reports/2020.pdf",
    "租约.md",
    "my notes.txt",
    "include.md",
    "a/readme.md",
    "b/readme.md",
    "Makefile",
)


def sources(text: str) -> list[list[str]]:
    return [[file.source for file in found] for _, found in mentions(text, FILES)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("what is the rent in #lease.md?", [["lease.md"]]),
        ("#LEASE.MD, please", [["lease.md"]]),
        ("(#lease.md's rent)", [["lease.md"]]),
        ("#docs/lease.md", [["lease.md"]]),
        ("#/home/docs/lease.md", [["lease.md"]]),
        ('compare #lease.md and #"my notes.txt"', [["lease.md"], ["my notes.txt"]]),
        ("#reports/*.pdf", [["reports/2019.pdf", "reports/2020.pdf"]]),
        ("#reports/ 2020", [["reports/2019.pdf", "reports/2020.pdf"]]),
        ("#租约.md的通知期是多少", [["租约.md"]]),
        ("总结#租约.md。", [["租约.md"]]),
        ("#Makefile", [["Makefile"]]),
        ("#“my notes.txt” and the rest", [["my notes.txt"]]),
        ("que dit #« my notes.txt » du loyer", [["my notes.txt"]]),
        ("#「my notes.txt」的租金", [["my notes.txt"]]),
        ("what is in #my notes.txt on the boat?", [["my notes.txt"]]),
        ("#my notes.txt, #lease.md", [["my notes.txt"], ["lease.md"]]),
        ("#REPORTS/2019.PDF", [["reports/2019.pdf"]]),
        ("#reports/２０１９.pdf", [["reports/2019.pdf"]]),
    ],
)
def test_a_file_is_named_by_its_path_name_pattern_or_folder(
    text: str, found: list[list[str]]
) -> None:
    assert sources(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "see issue #12",
        "#2019 was a good year",
        "is C# like c#lease.md",
        "# lease.md",
        "##lease.md",
        "#include <stdio.h>",
        "#reports",
        "#**include**",
        "#",
        "#.",
        "#*",
        "#lease.mdx",
        "#slease.md",
    ],
)
def test_what_names_no_file_is_prose(text: str) -> None:
    assert sources(text) == []


def test_a_name_of_several_files_gives_all_of_them() -> None:
    assert sources("#readme.md") == [["a/readme.md", "b/readme.md"]]
    assert sources("#a/readme.md") == [["a/readme.md"]]


def test_behind_a_command_a_name_needs_no_suffix() -> None:
    assert [file.source for file in named("lease", FILES)] == ["lease.md"]
    assert [file.source for file in named("reports", FILES)] == [
        "reports/2019.pdf",
        "reports/2020.pdf",
    ]
    assert named("lease", FILES, strict=True) == []


def test_composed_and_decomposed_letters_name_the_same_file() -> None:
    files = known("Mu\u0308ller.md")
    assert named("Müller.md", files) == files


@pytest.mark.parametrize("typed", ["l'été.md", "l’été.md", "L\u2019E\u0301TE\u0301.md"])
def test_what_a_keyboard_makes_of_a_name_is_the_same_name(typed: str) -> None:
    files = known("l’été.md")
    assert named(typed, files) == files
    assert named("a\u00a0b.md", known("a b.md"))
    assert named("1-2.md", known("1–2.md"))


def test_words_behind_a_name_stay_in_the_question() -> None:
    text = "what does #my notes.txt say of rent.md?"
    (mention, _), *_ = mentions(text, FILES)
    assert without(text, [mention]) == "what does say of rent.md?"


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("what is in #nosuch.md?", ["nosuch.md"]),
        ('#"late file.xyz", please', ["late file.xyz"]),
        ("#“late file.pdf” please", ["late file.pdf"]),
        ("#a/b.docx and #租约.pdf", ["a/b.docx", "租约.pdf"]),
        ("issue #12 of #include and C# in #main.py", []),
        ('#"a wish" and #fff', []),
        ("# a.md", []),
        ("#.md", []),
        ("#a.md\nprint(1)", []),
    ],
)
def test_a_name_that_can_only_be_a_files_is_missed(text: str, missing: list[str]) -> None:
    assert missing_names(text) == missing


def test_the_rest_of_a_question_stays() -> None:
    text = "what does #lease.md, say of rent"
    found = [mention for mention, _ in mentions(text, FILES)]
    assert without(text, found) == "what does , say of rent"


def test_a_document_is_known_by_the_words_of_its_name_and_title() -> None:
    files = [*known("lease-2020.md", "lease.md"), Known("x.pdf", "/home/x.pdf", "Annual report")]
    assert [file.source for file in about("lease", files)] == ["lease.md"]
    assert [file.source for file in about("annual report", files)] == ["x.pdf"]
    assert [file.source for file in about("2020 lease", files)] == ["lease-2020.md"]
    assert about("lease of the house", files) == []
    assert about("", files) == []


def test_files_of_one_name_are_listed_with_their_folders() -> None:
    same = [Known("a.md", "/one/a.md"), Known("a.md", "/two/a.md")]
    assert listed(same) == "/one/a.md, /two/a.md"
    assert listed(known(*"abcdefg")) == "a, b, c, d, e and 2 more"


def test_a_name_with_blanks_is_quoted() -> None:
    assert quoted("my notes.txt") == '"my notes.txt"'
    assert quoted("notes.txt") == "notes.txt"


LEASES = known("A/lease.md", "B/lease.md", "bedienungsanleitung.md", "notes für 东京 🗼 trip.md")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("lease", ["A/lease.md", "B/lease.md"]),
        ("lease A", ["A/lease.md"]),
        ("Vertrag", ["A/lease.md", "B/lease.md"]),
        ("合同", ["A/lease.md", "B/lease.md"]),
        ("manual", ["bedienungsanleitung.md"]),
        ("notes für 东京 trip", ["notes für 东京 🗼 trip.md"]),
        ("weather", []),
    ],
)
def test_words_call_files_by_name_folder_or_kind(words: str, found: list[str]) -> None:
    assert [file.source for file in called_so(words, LEASES)] == found


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("leas.md", "lease.md"),
        ("LEASE.mdd", "lease.md"),
        ("reports/2o19.pdf", "reports/2019.pdf"),
        ("my note.txt", "my notes.txt"),
        ("budget.xlsx", ""),
    ],
)
def test_a_slip_proposes_the_name_that_was_meant(name: str, meant: str) -> None:
    assert near(name, FILES) == meant


def test_what_may_be_prose_is_no_slip() -> None:
    assert near("reports/2018", FILES, strict=True) == ""
    assert near("include.h", FILES, strict=True) == ""
