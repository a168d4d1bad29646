"""A document that is summed up by a model behind a real socket: whole, or section by section."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chatui.cli.entry import run
from tests.cli.conftest import Shell, settle_in
from tests.cli.hosted import running
from tests.scripted_server import Exchange, ScriptedServer, saying

CONFIG = """
[memory]
recall = false
notes = false
[providers.mine]
context_size = {size}
base_url = "{url}"
[prices."mine/big"]
input = {price}
output = {price}
"""
SECTIONS = 24
SENTENCE = "Tenant number {number} pays {amount} euros on day {day} of each month to Mr Holt. "


def chapter(number: int) -> str:
    lines = [SENTENCE.format(number=number, amount=900 + at, day=at + 1) for at in range(12)]
    return f"## Chapter {number}\n\n{''.join(lines)}\n\n"


@pytest.fixture(scope="module")
def long_house(tmp_path_factory: pytest.TempPathFactory, embedder_cache: Path) -> Path:
    """A home with one document of 24 chapters, which nothing was embedded for."""
    home = tmp_path_factory.mktemp("long")
    (home / "docs").mkdir()
    (home / "docs" / "big.md").write_text(
        "# Big\n\n" + "".join(chapter(number) for number in range(1, SECTIONS + 1))
    )
    (home / "docs" / "small.md").write_text("# Small\n\nThe small rent is 7 euros a year.\n")
    for folder, rent in (("A", 980), ("B", 1240)):
        (home / "docs" / folder).mkdir()
        lease = f"# Lease\n\nThe rent is {rent} euros.\n"
        (home / "docs" / folder / "lease.md").write_text(lease)
    with pytest.MonkeyPatch.context() as patch:
        settle_in(home, embedder_cache, patch)
        assert run(["ingest", str(home / "docs")]) == 0
    return home


@pytest.fixture
def tenants(shell: Shell, long_house: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    shutil.rmtree(shell.data)
    shutil.copytree(long_house / "data", shell.data, symlinks=True)
    monkeypatch.setenv("CHATUI_CONFIG", str(shell.home / "config.toml"))
    return shell


def serve(shell: Shell, server: ScriptedServer, *, size: int = 3000, price: float = 0) -> None:
    text = CONFIG.format(size=size, url=server.base_url, price=price)
    (shell.home / "config.toml").write_text(text)


def prompts(server: ScriptedServer) -> list[str]:
    """The last message of each call."""
    return [one.json["messages"][-1]["content"] for one in server.exchanges if one.body]


def is_section(prompt: str) -> bool:
    return prompt.startswith("<<< section")


def test_a_document_that_fits_is_sent_whole_after_its_price(tenants: Shell) -> None:
    with running(saying("Seven euros [1].")) as server:
        serve(tenants, server, price=1)
        outcome = tenants("ask", "summarise small.md", "-m", "mine/big", "--json")
        (prompt,) = prompts(server)

    assert "The small rent is 7 euros a year." in prompt
    assert "small.md is taken whole: ≈ " in outcome.err
    assert "tokens, ≈ $0.0007" in outcome.err
    assert [one["source"] for one in outcome.json["citations"]] == ["small.md"]
    assert [one["source"] for one in outcome.json["sources"]] == ["small.md"]


@pytest.mark.parametrize(
    "question",
    [
        "compare lease A and B",
        "compare #A/lease.md and #B/lease.md",
        "Vergleiche Mietvertrag A und B",
        "summarise lease A and lease B",
    ],
)
def test_two_documents_are_taken_whole_together(tenants: Shell, question: str) -> None:
    with running(saying("260 euros apart [1] [2].")) as server:
        serve(tenants, server)
        outcome = tenants("ask", question, "-m", "mine/big", "--json")
        (prompt,) = prompts(server)

    assert "The rent is 980 euros." in prompt
    assert "The rent is 1240 euros." in prompt
    assert "A/lease.md, B/lease.md is taken whole" in outcome.err


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("summarise the lease", "lease may be A/lease.md, B/lease.md; name what you mean as #"),
        ("what is the rent in #smal.md?", "There is no file smal.md; did you mean #small.md?"),
    ],
)
def test_what_may_be_another_file_is_asked_about(tenants: Shell, question: str, told: str) -> None:
    with running(saying("Yes.")) as server:
        serve(tenants, server)
        outcome = tenants("ask", question, "-m", "mine/big")
        assert prompts(server) == []

    assert told in outcome.err


def test_a_slip_of_only_is_told_with_what_was_meant(tenants: Shell) -> None:
    outcome = tenants("ask", "rent?", "--only", "smal.md")
    assert (outcome.code, "did you mean small.md?" in outcome.err) == (2, True)


@pytest.mark.parametrize("question", ["What's in #small.md?", "was steht in small.md"])
def test_what_a_document_has_is_asked_of_all_of_it(tenants: Shell, question: str) -> None:
    with running(saying("A rent [1].")) as server:
        serve(tenants, server)
        outcome = tenants("ask", question, "-m", "mine/big")

    assert "small.md is taken whole" in outcome.err


def test_a_longer_one_is_summed_up_section_by_section(tenants: Shell) -> None:
    with running(saying("Rents from 900 to 911 euros.")) as server:
        serve(tenants, server)
        outcome = tenants("ask", "summarise #big.md", "-m", "mine/big", "--json")
        sections = [one for one in prompts(server) if is_section(one)]
        last = prompts(server)[-1]

    assert outcome.code == 0, outcome.err
    assert len(sections) > 2
    together = "\n".join(sections)
    assert all(f"Tenant number {number} pays 911 euros" in together
               for number in range(1, SECTIONS + 1))  # fmt: skip
    assert not is_section(last)
    assert "Tenant number" not in last
    assert last.count("Rents from 900 to 911 euros.") == len(sections)
    assert f"it is summed up in {len(sections)} sections" in outcome.err
    assert outcome.json["sources"][0]["source"] == "big.md"


def test_a_citation_of_a_section_leads_to_where_it_begins(tenants: Shell) -> None:
    with running(saying("Rents from 900 to 911 euros [2].")) as server:
        serve(tenants, server)
        outcome = tenants("ask", "summarise #big.md", "-m", "mine/big", "--json")

    (citation,) = [one for one in outcome.json["citations"] if one["marked"]]
    assert citation["summarised"] is True
    assert citation["line_start"] > 1
    assert citation["heading"].startswith("Big")


def test_summaries_that_are_too_long_together_are_summed_up_again(tenants: Shell) -> None:
    long = " ".join(f"Fact number {at} is told." for at in range(60))
    with running(saying(long)) as server:
        serve(tenants, server, size=2400)
        outcome = tenants("ask", "summarise #big.md", "-m", "mine/big", "--json")
        asked = [one for one in prompts(server) if is_section(one)]

    assert outcome.code == 0, outcome.err
    assert any("Fact number 1 is told." in one for one in asked)


def test_what_costs_much_is_not_sent_without_a_word(tenants: Shell) -> None:
    with running(saying("Yes.")) as server:
        serve(tenants, server, price=1000)
        refused = tenants("ask", "summarise #big.md", "-m", "mine/big", "--json")
        before = len(prompts(server))
        agreed = tenants("ask", "summarise #big.md", "-m", "mine/big", "--json", "--yes")

    assert (refused.code, before) == (4, 0)
    assert "budget.ask_above" in refused.json["error"]["message"]
    assert agreed.code == 0


def test_summaries_that_came_before_a_failure_are_kept(
    tenants: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One at a time: of those that are under way the failure ends the others.
    monkeypatch.setattr("chatui.assistant.whole.SIDE_BY_SIDE", 1)
    asked = 0

    async def two_then_broken(exchange: Exchange) -> None:
        nonlocal asked
        asked += 1
        if asked <= 2:
            await saying(f"Holt gets {asked}00 euros.")(exchange)
            return
        await exchange.error(400, "no more")

    with running(two_then_broken) as server:
        serve(tenants, server)
        outcome = tenants("ask", "summarise #big.md", "-m", "mine/big", "--json")

    assert outcome.code == 3
    assert "Holt gets 100 euros." in outcome.json["text"]
    assert "Holt gets 200 euros." in outcome.json["text"]
    assert outcome.json["text"].startswith("Summaries of ")
