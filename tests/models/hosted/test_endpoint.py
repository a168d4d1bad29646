import pytest

from chatui.domain.errors import ModelUnavailable
from chatui.models.hosted.endpoint import Endpoint, address_in_force, ollama_address
from chatui.system.api_key import KeySource


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("box", "http://box:11434/v1"),
        ("box:1234", "http://box:1234/v1"),
        (":1234", "http://127.0.0.1:1234/v1"),
        ("0.0.0.0", "http://127.0.0.1:11434/v1"),
        ("0.0.0.0:1234", "http://127.0.0.1:1234/v1"),
        ("[::]:1234", "http://[::1]:1234/v1"),
        ("[fe80::1]", "http://[fe80::1]:11434/v1"),
        ("fe80::1", "http://[fe80::1]:11434/v1"),
        ("http://box", "http://box:80/v1"),
        ("https://box", "https://box:443/v1"),
        ("https://box:8443/", "https://box:8443/v1"),
        ("http://box:1/ollama", "http://box:1/ollama/v1"),
        ("http://box:1/v1", "http://box:1/v1"),
    ],
)
def test_ollama_host_is_read_by_ollamas_rules(host: str, url: str) -> None:
    assert ollama_address(host) == url


def test_variables_move_their_own_provider_alone() -> None:
    environ = {"OPENAI_BASE_URL": "http://proxy/v1/", "OLLAMA_HOST": "'box:1'"}
    assert address_in_force("openai", "https://api.openai.com/v1", environ) == "http://proxy/v1"
    assert address_in_force("ollama", "http://127.0.0.1:11434/v1", environ) == "http://box:1/v1"
    assert address_in_force("deepseek", "https://d/", environ) == "https://d"


def test_without_variables_the_configured_address_stands() -> None:
    assert address_in_force("openai", "https://a/v1/", {"OPENAI_BASE_URL": " "}) == "https://a/v1"


def at(url: str) -> Endpoint:
    return Endpoint("test", url, KeySource("test"))


def test_an_address_tells_host_and_port() -> None:
    assert at("https://host/v1").address.port == 443
    assert at("http://host:81/v1").address.port == 81
    assert at("http://[::1]:81/v1").address.host == "::1"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/v1", "http://localhost/v1", "http://[::1]/v1"])
def test_this_machines_own_addresses_are_known(url: str) -> None:
    assert at(url).address.loopback


@pytest.mark.parametrize("url", ["", "host", "ftp://host", "http://", "http://h:x/", "http://[x"])
def test_a_base_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ModelUnavailable, match=r"correct it in \[providers.test\]"):
        _ = at(url).address


def test_a_password_in_a_base_url_is_not_shown() -> None:
    assert at("https://me:secret@host/v1").shown_url == "https://host/v1"
    with pytest.raises(ModelUnavailable) as caught:
        _ = at("ftp://me:secret@host/v1").address
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("env", "environ", "local", "usable"),
    [
        ("K", {"K": "x"}, False, True),
        ("K", {}, False, False),
        ("K", {}, True, True),
        ("", {}, False, True),
    ],
)
def test_an_endpoint_is_usable_unless_its_key_is_missing(
    env: str, environ: dict[str, str], local: bool, usable: bool
) -> None:
    key = KeySource("test", env=env, environ=environ)
    assert Endpoint("test", "http://h", key, local=local).usable is usable
