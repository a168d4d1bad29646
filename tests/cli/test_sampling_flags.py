"""`-o key value` of `ask`, `compare` and the chat."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.scripted_server import Exchange, saying

FLAGS = ("-o", "temperature", "0.2", "-o", "stop", "END", "-o", "stop", r"\n", "-o", "top-k", "4")


def test_options_go_along_over_the_profiles_and_the_configs(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = home / "config.toml"
    with running(saying("Hello")) as server:
        config.write_text(
            f"[providers.mine]\nbase_url = '{server.base_url}'\n"
            "[chat.options]\ntemperature = 1\nseed = 1\n"
            "[profiles.calm.options]\ntemperature = 0.5\ntop_p = 0.5\nmin_p = 0.1\n"
        )
        monkeypatch.setenv("CHATUI_CONFIG", str(config))
        done = shell("ask", "hi", "-m", "mine/big", "-p", "calm", *FLAGS, "-o", "min_p", "default")

    assert done.out == "Hello\n"
    sent = server.exchanges[0].json
    assert (sent["temperature"], sent["top_p"], sent["seed"], sent["top_k"]) == (0.2, 0.5, 1, 4)
    assert sent["stop"] == ["END", "\n"]
    assert "min_p" not in sent


def test_the_models_of_a_comparison_get_the_same_options(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying("Hello")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell("compare", "hi", "-m", "mine/a", "-m", "mine/b", "-o", "seed", "7", "--json")

    assert done.code == 0
    assert [exchange.json["seed"] for exchange in server.exchanges] == [7, 7]


def test_an_option_that_the_server_refuses_is_told_of_beside_the_answer(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def script(exchange: Exchange) -> None:
        if "temperature" in exchange.json:
            await exchange.error(400, "Unsupported value: 'temperature' is always 1.")
        else:
            await saying("Hello")(exchange)

    with running(script) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell("ask", "hi", "-m", "mine/big", "-o", "temperature", "0.2")

    assert (done.code, done.out) == (0, "Hello\n")
    assert "mine/big doesn't take temperature (Unsupported value: 'temperature' is" in done.err


def test_a_grammar_that_cannot_be_followed_is_an_error_before_anything_is_sent(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "yes.gbnf").write_text('root ::= "yes"')
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    for model, reason in (("openai/gpt-5-mini", "can't follow"), ("builtin/extract", "quotes")):
        done = shell("ask", "hi", "-m", model, "-o", "grammar", "yes.gbnf")
        assert (done.code, done.out) == (3, "")
        assert reason in done.err
        assert "grammar" in done.err


@pytest.mark.parametrize("verb", [(), ("ask", "hi"), ("compare", "hi", "-m", "a/b", "-m", "a/c")])
def test_a_mistake_is_one_sentence_wherever_it_is_made(shell: Shell, verb: tuple[str, ...]) -> None:
    done = shell(*verb, "-o", "temprature", "1")
    assert done.code == 2
    assert done.err == "chatui: There is no option temprature; did you mean temperature?\n"

    done = shell(*verb, "-o", "temperature", "9")
    assert done.err == "chatui: temperature is a number from 0 to 2, not '9'.\n"


def test_a_schema_and_a_grammar_are_not_taken_together(shell: Shell, home: Path) -> None:
    (home / "yes.gbnf").write_text('root ::= "yes"')
    (home / "schema.json").write_text('{"type": "object"}')
    done = shell("ask", "hi", "--schema", "schema.json", "-o", "grammar", "yes.gbnf")

    assert done.code == 2
    assert "not both" in done.err


def test_a_dry_run_shows_the_options(shell: Shell) -> None:
    shown = shell("ask", "hi", "--dry-run", "--json", *FLAGS).json["options"]
    assert shown == {"temperature": 0.2, "stop": ["END", "\n"], "top_k": 4}

    assert r"temperature 0.2, top_k 4, stop END  \n" in shell("ask", "hi", "--dry-run", *FLAGS).err


def test_a_grammar_of_the_config_is_read_when_the_chat_opens(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "yes.gbnf").write_text('root ::= "yes"')
    monkeypatch.setenv("CHATUI_CHAT__OPTIONS__GRAMMAR", str(home / "yes.gbnf"))
    plan = json.loads(shell("ask", "hi", "--dry-run", "--json").out)
    assert plan["options"]["grammar"] == 'root ::= "yes"'

    monkeypatch.setenv("CHATUI_CHAT__OPTIONS__GRAMMAR", "missing.gbnf")
    done = shell("ask", "hi", "--dry-run")
    assert (done.code, done.out) == (2, "")
    assert "missing.gbnf can't be read" in done.err


def test_an_answer_that_is_cut_off_before_its_json_ends_says_so(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text('{"n": ')
        await exchange.finish("length")
        await exchange.done()

    (home / "schema.json").write_text('{"type": "object"}')
    with running(script) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell("ask", "hi", "-m", "mine/big", "--schema", "schema.json")

    assert done.code == 3
    assert "cut off before its JSON was whole; allow it more tokens" in done.err
