"""What the config says of providers, as it is asked for."""

from __future__ import annotations

import pytest

from chatui.bootstrap.settings import endpoints
from chatui.config.schema import Config, Provider, default_providers
from chatui.domain.errors import AuthenticationFailed
from chatui.models.hosted.endpoint import Endpoint

KEY = "MISTRAL_API_KEY"
HOME = "http://localhost:8000/v1"


def mistral(provider: Provider) -> Endpoint:
    config = Config(providers={**default_providers(), "mistral": provider})
    return next(one for one in endpoints(config) if one.name == "mistral")


async def test_a_known_provider_at_an_address_of_ones_own_wants_no_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(KEY, raising=False)
    at_home = mistral(Provider(base_url=HOME, api_key_env=KEY))
    assert (at_home.usable, await at_home.key.read()) == (True, "")
    monkeypatch.setenv(KEY, "k")
    assert await at_home.key.read() == "k"


@pytest.mark.parametrize(
    "provider",
    [
        default_providers()["mistral"],
        Provider(base_url=HOME, api_key_env="MY_KEY"),
    ],
    ids=["its own address", "a key of one's own"],
)
async def test_a_key_that_is_meant_is_wanted(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEY, raising=False)
    monkeypatch.delenv("MY_KEY", raising=False)
    endpoint = mistral(provider)
    assert not endpoint.usable
    with pytest.raises(AuthenticationFailed):
        await endpoint.key.read()
