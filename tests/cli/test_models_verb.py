from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from chatui.cost.tokens.calibration import Observation
from chatui.memory.store.store import ChatStore
from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.cost.price_lists import listed, write_list
from tests.scripted_server import Exchange


def test_the_built_in_model_is_always_there(shell: Shell) -> None:
    found = shell("models", "--json").json

    builtin = next(model for model in found if model["name"] == "builtin/extract")
    assert builtin["local"] is True


def test_a_price_and_a_context_size_are_shown_without_a_key(shell: Shell) -> None:
    found = shell("models", "show", "openai/gpt-5-mini", "--json").json

    assert found["context_size"] > 100_000
    assert found["price"]["source"] == "genai-prices"
    assert (found["tokens"]["encoding"], found["tokens"]["exact"]) == ("o200k_base", True)


async def observe(folder: Path, model: str, calls: int) -> None:
    store = await ChatStore.open(folder / "chats.db")
    report = Observation(model, "o200k_base", "prompt", 1000, 1000, 1250)
    await store.observations.add([report] * calls)
    await store.close()


def test_the_error_of_the_estimates_is_shown(shell: Shell) -> None:
    nothing = shell("models", "show", "openrouter/mistral/large").out
    asyncio.run(observe(shell.data, "openrouter/mistral/large", 4))
    shown = shell("models", "show", "openrouter/mistral/large").out
    found = shell("models", "show", "openrouter/mistral/large", "--json").json

    assert "nothing reported yet" in nothing
    assert "off by 20.0% on average, of the last 4 prompts" in shown
    assert "prompts × 1.25" in shown
    assert found["tokens"]["estimates"] == {
        "calls": 4,
        "error_percent": 20.0,
        "learnt": True,
        "prompt_factor": 1.25,
        "prompt_extra": 0,
        "output_factor": 1.0,
    }


def test_an_unknown_price_is_a_dash(shell: Shell) -> None:
    shown = shell("models", "show", "openai/no-such-model").out

    assert "—" in shown
    assert " 0" not in shown


def test_an_unknown_model_is_named(shell: Shell) -> None:
    done = shell("models", "show", "nothere")

    assert done.code == 2
    assert "nothere" in done.err


def test_a_provider_that_fails_is_a_note_and_the_rest_is_listed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "never-sent")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")

    done = shell("models", "list", "--json")

    assert done.code == 0
    assert "openai" in done.err
    assert any(model["name"] == "builtin/extract" for model in done.json)


def test_a_price_list_is_fetched_on_request_and_used(shell: Shell, tmp_path: Path) -> None:
    source = write_list(tmp_path / "list.json", listed())

    done = shell("models", "refresh", "--from", source, "--json")

    assert done.code == 0
    assert done.json["models"] == 1502
    shown = shell("models", "show", "openai/plain-7", "--json").json
    assert shown["price"]["edition"] == done.json["fetched"][:10]


def test_a_fetch_that_fails_is_one_sentence(shell: Shell) -> None:
    done = shell("models", "refresh", "--from", "http://127.0.0.1:1/data.json")

    assert done.code == 1
    assert "The prices in use stay as they are" in done.err
    assert "Traceback" not in done.err


def test_the_hour_of_a_machine_is_listed_with_its_price(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = shell.home / "config.toml"
    config.write_text(
        '[prices."builtin/*"]\ninput = 0\noutput = 0\nhour = 0.06\ncurrency = "EUR"\n'
    )

    shown = shell("models", "list", "--config", str(config)).out

    line = next(each for each in shown.splitlines() if each.startswith("builtin/extract"))
    assert "EUR 0 + 0.06/h  EUR 0" in line


def test_the_price_in_a_batch_stands_beside_the_usual_one(shell: Shell) -> None:
    found = shell("models", "show", "openai/gpt-4o-mini", "--json").json
    here = shell("models", "show", "builtin/extract", "--json").json

    # OpenAI's batches take half.
    assert float(found["batch_price"]["input"]) == float(found["price"]["input"]) / 2
    assert float(found["batch_price"]["output"]) == float(found["price"]["output"]) / 2
    assert here["batch_price"] is None
    assert "in a batch    input " in shell("models", "show", "openai/gpt-4o-mini").out


async def listing(exchange: Exchange) -> None:
    rates = {"prompt": "0.000002", "completion": "0.000008"}
    model = {"id": "lab/a", "context_length": 65536, "pricing": rates}
    await exchange.answer(200, {"data": [model]})


def test_what_a_provider_told_is_known_offline_with_its_day(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-test-0123456789")
    with running(listing) as server:
        (shell.data.parent / "config.toml").write_text(
            f'[providers.openrouter]\nbase_url = "{server.base_url}"\nmodels = ["lab/a"]\n'
        )
        monkeypatch.setenv("CHATUI_CONFIG", str(shell.data.parent / "config.toml"))
        shell("models", "list", "--json")
    (kept,) = (shell.data / "cache" / "told").iterdir()
    kept.write_text(
        re.sub(
            r'"(?:at|day)": "\d{4}-\d\d-\d\d',
            lambda at: at[0][:-10] + "2026-05-01",
            kept.read_text(),
        )
    )

    done = shell("models", "list")
    found = shell("models", "show", "openrouter/lab/a", "--json").json

    (line,) = [line for line in done.out.splitlines() if line.startswith("openrouter/lab/a")]
    assert "as told on 2026-05-01" in line
    assert "openrouter" in done.err
    assert (found["context_size"], found["price"]["input"]) == (65536, "2")
    assert found["context_from"] == "the server, on 2026-05-01"


def test_what_a_model_sees_is_shown(shell: Shell) -> None:
    assert shell("models", "show", "openai/gpt-4o", "--json").json["sees"] == ["pdf", "picture"]
    assert "pictures and PDFs" in shell("models", "show", "openai/gpt-4o").out
    assert shell("models", "show", "openai/gpt-3.5-turbo", "--json").json["sees"] == []
