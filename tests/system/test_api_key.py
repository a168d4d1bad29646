import sys

import pytest

from chatui.domain.errors import AuthenticationFailed
from chatui.system.api_key import KeySource

SECRET = "sk-secret-123"


def printing(code: str) -> list[str]:
    return [sys.executable, "-c", code]


async def test_a_key_comes_from_its_variable() -> None:
    key = KeySource("test", env="TEST_KEY", environ={"TEST_KEY": f" {SECRET}\n"})
    assert key.configured
    assert key.present
    assert await key.read() == SECRET


async def test_a_key_comes_from_a_command_that_runs_once() -> None:
    key = KeySource("test", command=printing("import os; print('key', os.getpid(), sep='-')"))
    assert key.present
    first = await key.read()
    assert first.startswith("key-")
    assert await key.read() == first
    key.forget()
    assert await key.read() != first


async def test_the_variable_goes_before_the_command() -> None:
    key = KeySource("test", env="K", command=printing("print('other')"), environ={"K": SECRET})
    assert await key.read() == SECRET


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({"ONE": SECRET}, SECRET),
        ({"OTHER": SECRET}, SECRET),
        ({"ONE": SECRET, "OTHER": "another"}, SECRET),
        ({"ONE": " ", "OTHER": SECRET}, SECRET),
    ],
)
async def test_of_several_variables_the_first_that_is_set_counts(
    environ: dict[str, str], found: str
) -> None:
    assert await KeySource("test", env="ONE, OTHER", environ=environ).read() == found


async def test_a_missing_key_names_all_variables_that_it_may_stand_in() -> None:
    with pytest.raises(AuthenticationFailed, match="set ONE or OTHER"):
        await KeySource("test", env="ONE,OTHER", environ={}).read()


async def test_no_key_is_needed_where_none_is_configured() -> None:
    key = KeySource("test", environ={})
    assert not key.configured
    assert await key.read() == ""


async def test_a_missing_key_says_which_variable_to_set() -> None:
    key = KeySource("test", env="TEST_KEY", environ={})
    assert not key.present
    with pytest.raises(AuthenticationFailed, match="test needs an API key: set TEST_KEY"):
        await key.read()


@pytest.mark.parametrize("key", ["two words", "naïve", "line\nbreak"])
async def test_a_key_that_no_header_can_carry_is_refused(key: str) -> None:
    source = KeySource("test", env="K", environ={"K": key})
    with pytest.raises(AuthenticationFailed, match="holds characters") as caught:
        await source.read()
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (printing(f"print('{SECRET}'); raise SystemExit(3)"), "exit code 3"),
        (printing("pass"), "needs an API key"),
        (["/no/such/command"], "could not be run"),
    ],
)
async def test_a_command_that_fails_is_named_without_what_it_printed(
    command: list[str], words: str
) -> None:
    with pytest.raises(AuthenticationFailed, match=words) as caught:
        await KeySource("test", command=command).read()
    assert SECRET not in str(caught.value)


async def test_a_command_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatui.system.api_key.COMMAND_SECONDS", 0.3)
    hanging = KeySource("test", command=printing("import time; time.sleep(60)"))
    with pytest.raises(AuthenticationFailed, match=r"within 0.3 s"):
        await hanging.read()


async def test_no_repr_shows_a_key() -> None:
    key = KeySource("test", env="K", command=["pass", "show", SECRET], environ={"K": SECRET})
    await key.read()
    assert SECRET not in repr(key)
