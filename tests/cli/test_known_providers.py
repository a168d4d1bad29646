"""With its key in the environment a provider is there without a config; nobody else is asked."""

from __future__ import annotations

import pytest

from chatui.domain.known_providers import KNOWN
from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.scripted_server import Exchange, ScriptedServer, saying

HOSTED = [one for one in KNOWN if one.keys]
PLAIN = [one for one in HOSTED if not one.api]


def key_of(name: str) -> str:
    return f"sk-{name}-0123456789"


def set_all(patch: pytest.MonkeyPatch, server: ScriptedServer) -> None:
    """All keys are set, and each provider is a path of its own at the server."""
    for one in HOSTED:
        patch.setenv(one.keys.split(",")[-1], key_of(one.name))
        place = f"CHATUI_PROVIDERS__{one.name.upper()}__BASE_URL"
        patch.setenv(place, f"{server.base_url}/{one.name}")
    patch.setenv("CHATUI_RETRIEVAL__ENABLED", "false")


@pytest.mark.parametrize("name", [one.name for one in PLAIN])
def test_only_the_provider_that_is_named_is_asked_and_gets_its_own_key_alone(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    model = next(one.model for one in KNOWN if one.name == name)
    with running(saying("Hello")) as server:
        set_all(monkeypatch, server)
        done = shell("ask", "-m", f"{name}/{model}", "Why?")

    assert done.out == "Hello\n"
    assert {sent.path for sent in server.exchanges} == {f"/v1/{name}/chat/completions"}
    assert server.exchanges[0].headers["authorization"] == f"Bearer {key_of(name)}"


@pytest.mark.parametrize(
    "words",
    [
        ("ask", "-m", "builtin/extract", "Why?"),
        ("ask", "--dry-run", "-m", "deepseek/deepseek-chat", "Why?"),
        ("tokens", "-m", "groq/openai/gpt-oss-120b", "Why?"),
        ("sessions", "list"),
        ("cost",),
        ("config", "show"),
    ],
)
def test_keys_that_are_set_send_nothing_to_anybody(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    with running(saying("Hello")) as server:
        set_all(monkeypatch, server)
        shell(*words)

    assert server.exchanges == []


def test_without_a_key_nobody_is_asked_for_a_list(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying("Hello")) as server:
        set_all(monkeypatch, server)
        for one in HOSTED:
            # At an address like this one a key that nobody has named would not be asked for.
            monkeypatch.setenv(f"CHATUI_PROVIDERS__{one.name.upper()}__API_KEY_ENV", "NOWHERE_KEY")
        listed = shell("models", "list", "--json").json

    assert server.exchanges == []
    assert {one["name"].partition("/")[0] for one in listed} == {"builtin"}


def test_a_key_alone_lists_a_providers_models_and_doctor_names_its_variable(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def listing(exchange: Exchange) -> None:
        await exchange.answer(200, {"object": "list", "data": [{"id": "mistral-small-latest"}]})

    with running(listing) as server:
        monkeypatch.setenv("MISTRAL_API_KEY", key_of("mistral"))
        monkeypatch.setenv("CHATUI_PROVIDERS__MISTRAL__BASE_URL", server.base_url)
        listed = shell("models", "list", "--json").json
        doctor = shell("doctor", "--json")

    names = {one["name"] for one in listed}
    assert names == {"builtin/extract", "mistral/mistral-small-latest"}
    found = {one["what"]: one["detail"] for one in doctor.json}
    assert found["keys"] == "mistral (MISTRAL_API_KEY)"
    assert key_of("mistral") not in doctor.out
