"""`chatui stats`: what it prints, writes and refuses."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from chatui.domain.usage import Cost, Usage
from chatui.memory.records import LedgerRow
from chatui.memory.store.store import ChatStore
from tests.cli.conftest import Shell

TITLE = "=cmd|'/C calc'!A0"


@pytest.fixture
def spent(shell: Shell) -> Shell:
    """A shell with three calls in its ledger, of two models, in two currencies."""

    async def book() -> None:
        store = await ChatStore.open(shell.data / "chats.db")
        conversation = await store.create(TITLE)
        for amount, currency, model in (
            ("0.25", "USD", "openai/x"),
            ("1.50", "CNY", "deepseek/y"),
            (None, "USD", "mine/z"),
        ):
            cost = Cost(None if amount is None else Decimal(amount), currency, "config")
            await store.book(
                LedgerRow(
                    kind="reply",
                    model=model,
                    started=datetime.now(UTC),
                    usage=Usage(input=600, cache_read=400, output=21),
                    cost=cost,
                    conversation_id=conversation.id,
                    ttft=0.5,
                    seconds=1.0,
                )
            )
        await store.close()

    asyncio.run(book())
    return shell


def test_the_table_shows_each_model_with_its_own_currency(spent: Shell) -> None:
    out = spent("stats", "--by", "model").out

    lines = {line.split()[0]: line for line in out.splitlines() if "/" in line}
    assert "$0.25" in lines["openai/x"]
    assert "¥1.50" in lines["deepseek/y"]
    assert "—" in lines["mine/z"]
    assert "1 call of unknown price" in out


def test_currencies_are_added_up_only_at_the_users_rates_and_not_in_files(
    spent: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATUI_CONFIG", str(spent.home / "config.toml"))
    (spent.home / "config.toml").write_text(
        '[conversion]\ncurrency = "USD"\n[conversion.rates]\nCNY = 0.1\n'
    )

    assert "≈ ⇄ $0.40" in spent("stats").out
    assert len(spent("stats", "--json").json["total"]["costs"]) == 2


def test_the_json_has_sums_shares_and_times(spent: Shell) -> None:
    found = spent("stats", "--by", "conversation", "--json").json

    (row,) = found["rows"]
    assert row["title"] == TITLE
    assert {cost["currency"]: cost["amount"] for cost in row["costs"]} == {
        "USD": "0.25",
        "CNY": "1.50",
    }
    assert row["cache_hit_rate"] == 0.4
    assert row["ttft_ms"] == {"p50": 500.0, "p95": 500.0}
    assert row["tokens_per_second"] == 40.0
    assert found["total"]["unpriced_calls"] == 1


def test_an_unknown_cost_is_null_and_an_empty_cell(spent: Shell) -> None:
    rows = spent("stats", "--by", "model", "--json").json["rows"]
    table = list(csv.DictReader(io.StringIO(spent("stats", "--by", "model", "--csv", "-").out)))

    assert [row["costs"][0]["amount"] for row in rows if row["key"] == "mine/z"] == [None]
    (unpriced,) = (row for row in table if row["model"] == "mine/z")
    assert (unpriced["cost_USD"], unpriced["cost_CNY"]) == ("", "")


def test_a_title_is_no_formula_in_a_spreadsheet(spent: Shell, tmp_path: Path) -> None:
    outcome = spent("stats", "--by", "conversation", "--csv", "out.csv")

    (row,) = csv.DictReader(io.StringIO(Path("out.csv").read_text()))
    assert row["title"] == f"'{TITLE}"
    assert (outcome.out, outcome.err) == ("", "Wrote out.csv.\n")


def test_plots_are_drawn_on_a_terminal(spent: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatui.cli.stats.on_terminal", lambda: True)

    assert "Cost in CNY" in spent("stats", "--by", "model").out
    # A plot of the one day would be a single column.
    assert "Cost in CNY" not in spent("stats").out


def test_without_calls_it_says_so_and_json_is_whole(shell: Shell) -> None:
    assert "No calls yet" in shell("stats").out
    assert json.loads(shell("stats", "--json").out)["rows"] == []


@pytest.mark.parametrize(
    "arguments", [("--by", "weekday"), ("--days", "-1"), ("--json", "--csv", "-")]
)
def test_what_makes_no_sense_is_refused(shell: Shell, arguments: tuple[str, ...]) -> None:
    assert shell("stats", *arguments).code == 2


def test_a_file_that_cannot_be_written_is_told(spent: Shell) -> None:
    outcome = spent("stats", "--csv", ".")

    assert outcome.code == 2
    assert outcome.err.startswith("chatui: . is a folder")
