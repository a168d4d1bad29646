from __future__ import annotations

from dataclasses import dataclass

import pytest

from chatui.text.file_naming import (
    about,
    called_so,
    listed,
    named,
    near,
    quoted,
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


CONTRACTS = known("Kaufvertrag.md", "Arbeitsvertrag.md", "Mietvertrag.md", "contrat.md")


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("bail", ["Mietvertrag.md"]),
        ("lease", ["Mietvertrag.md"]),
        ("contract", ["Kaufvertrag.md", "Arbeitsvertrag.md", "Mietvertrag.md", "contrat.md"]),
    ],
)
def test_a_sort_of_contract_is_no_other_sort(word: str, found: list[str]) -> None:
    assert [file.source for file in called_so(word, CONTRACTS)] == found


def test_a_contract_of_no_sort_may_be_of_any() -> None:
    assert [file.source for file in called_so("bail", [CONTRACTS[0], CONTRACTS[3]])] == [
        "contrat.md"
    ]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("leas.md", "lease.md"),
        ("LEASE.mdd", "lease.md"),
        ("reports/2o19.pdf", "reports/2019.pdf"),
        ("my note.txt", "my notes.txt"),
        ("budget.xlsx", ""),
        ("resume de l'ete.md", "résumé de l’été.md"),
    ],
)
def test_a_slip_proposes_the_name_that_was_meant(name: str, meant: str) -> None:
    assert near(name, [*FILES, *known("résumé de l’été.md")]) == meant


def test_what_may_be_prose_is_no_slip() -> None:
    assert near("reports/2018", FILES, strict=True) == ""
    assert near("include.h", FILES, strict=True) == ""
