"""What `chatui ask` makes of a hosted model's citations, over real documents."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.scripted_server import saying

REPLY = (
    "It is F1 [1][9].\n\nThe notice period of the lease is three months.\n\n"
    "```\nrows[9]\n```\n\nNothing else [12]."
)
CLEANED = (
    "It is F1 [1].\n\nThe notice period of the lease is three months.\n\n"
    "```\nrows[9]\n```\n\nNothing else."
)
QUESTION = "Which key opens the help screen, and how long is the notice period of the lease?"


def test_dangling_marks_go_and_uncited_sentences_are_matched(
    library: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying(REPLY)) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        answer = library("ask", QUESTION, "-m", "mine/big", "--json").json

    assert answer["text"] == CLEANED
    assert answer["dangling"] == [9, 12]
    lease = next(one for one in answer["citations"] if one["source"] == "lease.txt")
    assert CLEANED[: lease["added"][-1]].endswith("three months.")
    start, end = lease["support"][0]
    assert lease["text"][start:end] == "The notice period of the lease is three months."


def test_sources_are_printed_as_places_that_a_terminal_opens(
    library: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying(REPLY)) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = library("ask", QUESTION, "-m", "mine/big", "--no-stream")

    assert done.out.strip() == CLEANED
    assert re.search(r"^\[\d\] \S*lease\.txt:1( \(added by matching\))?$", done.err, re.MULTILINE)
    assert "2 citations pointed to no source and were taken out." in done.err


def test_an_exported_session_has_the_sources_under_the_reply(
    library: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying(REPLY)) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        cid = library("ask", QUESTION, "-m", "mine/big", "--json").json["conversation"]
    written = library("sessions", "export", cid).out

    assert re.search(r"is three months\. \[\d\]", written)
    assert re.search(r"^- \[\d\] `lease\.txt:1`", written, re.MULTILINE)
    assert "  > The notice period of the lease is three months." in written


OTTER = "The river otter sleeps in a holt near the water.[1][2] Adults weigh nine kilograms.[7]"
SAID = "> The river otter sleeps in a holt near the water.[1][2]\n\nSo it sleeps in a holt (S1)."
STORED = SAID.replace("(S1)", "[s1]")


@pytest.fixture
def wiki(library: Shell) -> Shell:
    (library.home / "otter.md").write_text(OTTER)
    assert library("ingest", "otter.md", "--collection", "wiki").code == 0
    return library


def test_a_sources_own_numbers_are_no_citations(
    wiki: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying(*SAID)) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        answer = wiki("ask", "Where does the river otter sleep?", "-m", "mine/big", "--json",
                      "--collection", "wiki").json  # fmt: skip
        sent = server.exchanges[-1].json["messages"][-1]["content"]

    assert "\n[s1] otter.md, line 1" in sent
    assert "[1]" not in sent.replace(OTTER, "")
    assert answer["text"] == STORED
    assert [(one["n"], one["mark"], one["marked"]) for one in answer["citations"]] == [
        (1, "[s1]", True)
    ]
    assert answer["dangling"] == []


def test_the_built_in_model_marks_what_it_quotes_beside_the_numbers_in_it(wiki: Shell) -> None:
    done = wiki("ask", "Where does the river otter sleep?", "-m", "builtin/extract",
                "--collection", "wiki")  # fmt: skip

    assert "near the water.[1][2] [s1]" in done.out
    assert re.search(r"^\[s1\] \S*otter\.md:1$", done.err, re.MULTILINE)
