"""Questions that are about some files, or about a whole one, offline."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.retrieval.grown_archives import grown
from tests.retrieval.tiny_pdf import make_pdf


@pytest.fixture(autouse=True)
def by_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found is not the matter here."""
    monkeypatch.setenv("CHATUI_RETRIEVAL__MODE", "lexical")


def sources(shell: Shell, *arguments: str) -> list[str]:
    outcome = shell("ask", *arguments, "--json")
    assert outcome.code == 0, outcome.err
    return [one["source"] for one in outcome.json["sources"]]


def test_only_looks_into_the_files_that_are_named(library: Shell) -> None:
    assert sources(library, "--only", "lease.txt", "Which key opens the help screen?") == [
        "lease.txt"
    ]
    assert "keys.md" in sources(library, "Which key opens the help screen?")


@pytest.mark.parametrize("question", ["#lease.txt how long is the notice?", "period in #lease.txt"])
def test_a_file_behind_a_hash_limits_one_question(library: Shell, question: str) -> None:
    assert sources(library, question) == ["lease.txt"]


@pytest.mark.parametrize("mark", ["issue #12", "C#", "# keys.md", "#include <keys.h>"])
def test_a_hash_in_prose_limits_nothing(library: Shell, mark: str) -> None:
    assert "keys.md" in sources(library, f"{mark}: which key opens the help screen?")


def test_a_name_of_nothing_is_told_with_what_to_do(library: Shell) -> None:
    outcome = library("ask", "--only", "invoice.docx", "How long?")
    assert outcome.code == 2
    assert "invoice.docx is in none of your collections" in outcome.err
    assert "chatui ingest" in outcome.err


def test_a_slip_in_a_name_is_told_with_the_name_that_was_meant(library: Shell) -> None:
    outcome = library("ask", "--only", "leese.txt", "How long?")
    assert outcome.code == 2
    assert "leese.txt is in none of your collections; did you mean lease.txt?" in outcome.err


@pytest.mark.parametrize(
    "question",
    [
        "What is in #invoice.docx?",
        'What is in #"my invoice.docx"?',
        "summarise invoice.docx",
        "résume #lease.txt et #invoice.docx",
        "summarise lease.txt and invoice.docx",
        "compare invoice.docx with lease.txt",
        "compare lease.txt with invoice.docx",
        "#lease.txt and #invoice.docx: what do they say?",
        "summarise late invoice.docx",
    ],
)
def test_a_document_that_is_not_there_is_never_answered_from_another(
    library: Shell, question: str
) -> None:
    outcome = library("ask", question)
    assert outcome.code == 2
    assert "invoice.docx is in none of your collections: /ingest" in outcome.err


def test_all_that_is_missing_is_told_at_once(library: Shell) -> None:
    outcome = library("ask", "summarise lease.txt, invoice.docx and late.pdf")
    assert outcome.code == 2
    assert "invoice.docx, late.pdf are in none of your collections: /ingest" in outcome.err


@pytest.mark.parametrize("name", ["none/", "*.docx", "none/*.md"])
def test_a_folder_or_pattern_that_holds_nothing_is_told(library: Shell, name: str) -> None:
    for arguments in ([f"What is in #{name} ?"], ["--only", name, "How long?"]):
        outcome = library("ask", *arguments)
        assert outcome.code == 2
        assert f"{name} is in none of your collections" in outcome.err


def test_a_name_with_blanks_that_is_missing_needs_no_quotes(library: Shell) -> None:
    outcome = library("ask", "#my late trip.txt how long was it?")
    assert outcome.code == 2
    assert "my late trip.txt is in none of your collections" in outcome.err
    for prose in ("#notice in lease.txt: how long is it?", "#include in main.md: which key?"):
        assert library("ask", prose).code == 0


def test_a_slip_in_a_name_with_blanks_is_told_without_quotes_too(library: Shell) -> None:
    (library.home / "trips").mkdir()
    (library.home / "trips" / "my trip report.txt").write_text("The trip took nine days.")
    assert library("ingest", str(library.home / "trips")).code == 0
    outcome = library("ask", "#my trip reprt.txt how long was it?")
    assert outcome.code == 2
    assert 'did you mean #"my trip report.txt"?' in outcome.err


@pytest.mark.parametrize("question", ["compare lease.txt with keys.md", "summarise *.txt, keys.md"])
def test_all_that_are_named_are_compared(library: Shell, question: str) -> None:
    assert set(sources(library, question)) == {"lease.txt", "keys.md"}


def test_files_of_several_collections_and_of_none_are_asked_about_together(
    library: Shell,
) -> None:
    (library.home / "second").mkdir()
    (library.home / "second" / "boat.md").write_text("The period of the boat is a month.")
    (library.home / "second" / "loose.md").write_text("The period of the loose end is a week.")
    assert (
        library("ingest", str(library.home / "second" / "boat.md"), "--collection", "b").code == 0
    )
    question = "#lease.txt, #boat.md and #second/loose.md: how long is the period?"
    outcome = library("ask", question, "--json")
    assert {Path(one["source"]).name for one in outcome.json["sources"]} == {
        "lease.txt",
        "boat.md",
        "loose.md",
    }


def test_a_summary_of_what_lies_beyond_the_limit_is_told(library: Shell) -> None:
    outcome = library("ask", "--only", "lease.txt", "summarise keys.md")
    assert outcome.code == 2
    assert "Answers are limited to lease.txt, and keys.md is not among them" in outcome.err
    assert sources(library, "--only", "lease.txt", "summarise #keys.md") == ["keys.md"]


def test_a_suffix_makes_a_name_that_of_one_file(library: Shell) -> None:
    (library.home / "year").mkdir()
    (library.home / "year" / "budget-2023.md").write_text("The budget of the year is nine euros.")
    assert library("ingest", str(library.home / "year")).code == 0
    outcome = library("ask", "summarise budget.md")
    assert outcome.code == 2
    assert "budget.md is in none of your collections; did you mean budget-2023.md?" in outcome.err
    assert "nine euros" in library("ask", "summarise the budget", "--json").json["text"]


@pytest.mark.parametrize("question", ["What is in config.toml?", "#fff\n#note.md\nWhich colour?"])
def test_what_may_be_about_a_file_or_from_one_is_searched_for(
    library: Shell, question: str
) -> None:
    assert library("ask", question).code == 0


def test_a_name_of_several_files_is_told_with_them(library: Shell) -> None:
    for folder in ("one", "two"):
        place = library.home / "more" / folder
        place.mkdir(parents=True)
        (place / "same.md").write_text(f"The colour of number {folder} is blue.")
    assert library("ingest", str(library.home / "more")).code == 0

    outcome = library("ask", "--only", "same.md", "Which colour?")
    assert outcome.code == 2
    assert "same.md may be one/same.md, two/same.md" in outcome.err
    assert sources(library, "--only", "one/same.md", "Which colour is it?") == ["one/same.md"]
    assert sources(library, "Which colour has #two/same.md?") == ["two/same.md"]


def test_only_and_no_rag_exclude_each_other(library: Shell) -> None:
    assert library("ask", "--only", "lease.txt", "--no-rag", "Hm?").code == 2


@pytest.mark.parametrize(
    "question", ["summarise the lease", "résume #lease.txt", "总结 lease", "fasse lease zusammen"]
)
def test_a_document_is_summed_up_by_its_sentences(library: Shell, question: str) -> None:
    outcome = library("ask", question, "--json")
    assert "notice period of the lease is three months" in outcome.json["text"]
    assert [one["source"] for one in outcome.json["citations"]] == ["lease.txt"]


def test_each_section_is_in_the_summary(library: Shell) -> None:
    text = library("ask", "summarise keys.md", "--json").json["text"]
    assert "**Keys**" in text
    assert "F1" in text
    assert "Ctrl+L" in text


def test_a_file_that_has_changed_is_read_anew(library: Shell) -> None:
    known = Path(library("search", "notice", "--json").json["results"][0]["path"])
    before, times = known.read_text(), (known.stat().st_atime_ns, known.stat().st_mtime_ns)
    known.write_text("The notice period of the lease is nine months now.\n")
    try:
        outcome = library("ask", "How long is the notice period in #lease.txt?", "--json")
        whole = library("ask", "summarise the lease", "--json")
    finally:
        known.write_text(before)
        os.utime(known, ns=times)
    for one in (outcome, whole):
        assert "nine months" in one.json["text"]
        assert "lease.txt has changed since it was read in" in one.err


def test_a_file_in_no_collection_is_read_for_its_question(library: Shell) -> None:
    (library.home / "loose.txt").write_text("The loose end is tied to the seventh mast.\n")
    for question in ("What is the loose end of #loose.txt tied to?", "summarise loose.txt"):
        outcome = library("ask", question, "--json")
        assert "seventh mast" in outcome.json["text"]
        assert "loose.txt is in no collection" in outcome.err


def test_a_file_without_text_is_told(library: Shell) -> None:
    empty = library.home / "none"
    empty.mkdir()
    (empty / "blank.md").write_text("")
    library("ingest", str(empty))
    for question in ("summarise #blank.md", "summarise blank.md", "summarise the blank"):
        outcome = library("ask", question)
        assert outcome.code != 0
        assert "Nothing of blank.md was read in: it holds no text." in outcome.err


def test_a_pdf_is_attached_and_cited_by_its_page(shell: Shell) -> None:
    path = shell.home / "ice.pdf"
    path.write_bytes(make_pdf([["Snow is white."], ["Glaciers melt slowly in the north."]]))
    outcome = shell("ask", "How do glaciers melt?", "-f", "ice.pdf", "--json")
    assert outcome.code == 0, outcome.err
    assert "Glaciers melt slowly" in outcome.json["text"]
    (citation,) = outcome.json["citations"]
    assert (citation["source"], citation["page"]) == ("ice.pdf", 2)
    assert citation["path"] == str(path)


def test_a_text_is_attached_and_cited_by_its_line(shell: Shell) -> None:
    (shell.home / "ice.txt").write_text("Snow is white.\n\nGlaciers melt slowly in the north.\n")
    outcome = shell("ask", "How do glaciers melt?", "-f", "ice.txt", "--json")
    assert "Glaciers melt slowly" in outcome.json["text"]
    assert [one["source"] for one in outcome.json["citations"]] == ["ice.txt"]


def test_a_file_that_can_not_be_read_says_why(shell: Shell) -> None:
    (shell.home / "broken.pdf").write_bytes(b"%PDF-1.4 nothing\x00")
    outcome = shell("ask", "What?", "-f", "broken.pdf")
    assert outcome.code == 2
    assert "broken.pdf can't be read: " in outcome.err


@pytest.mark.parametrize("name", ["word.docx", "book.epub"])
def test_an_archive_is_attached_however_large_it_is(library: Shell, name: str) -> None:
    (library.home / name).write_bytes(grown(name))
    outcome = library("ask", "-f", str(library.home / name), "How wide is the river Tame?")
    assert outcome.code == 0, outcome.err
    assert "The river Tame is nine metres wide." in outcome.out


def test_a_damaged_archive_is_told_with_its_name(library: Shell) -> None:
    broken = library.home / "broken.docx"
    broken.write_bytes(grown("word.docx")[:6_000])
    outcome = library("ask", "-f", str(broken), "How wide is the river Tame?")
    assert outcome.code == 2
    assert "broken.docx can't be read: it is a damaged archive" in outcome.err
