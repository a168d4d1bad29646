"""Slash commands: what is one, what arguments mean, and a window that outlives all of them."""

from __future__ import annotations

import asyncio
import re
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from annotated_types import Ge, Gt
from hypothesis import given
from hypothesis import strategies as st

from chatui.app.commands.budget import read_allowance
from chatui.app.commands.registry import COMMANDS
from chatui.bootstrap.sampling import changes, holds, names, typed
from chatui.config.window import Keys
from chatui.domain.errors import UsageError
from chatui.text.slash import parse
from tests.app.scripted_chat import Chat, ScriptedModel, says
from tests.fuzz.sentences import is_a_sentence
from tests.properties import examples

NUMBERS = [name for name in names() if typed(name)[0] in (int, float)]
BLANKS = st.text(" \t\n\u00a0\u2003", max_size=2)
WORDS = st.one_of(
    st.text(max_size=10),
    st.sampled_from(
        ["on", "off", "default", "reset", "0", "1", "-1", "999999999999", "2.50 EUR", "nan", "1e9",
         "~/x", "../x", "/dev/null", ".", "--watch", "-m", "temperature 0.5", "seed x", "stop \\n",
         "builtin/extract", "openai/gpt-5", "auto", "turns 3", "cap 10", "full", "dark", "sources",
         "answer", "\x1b]52;c;aGk=\x07", "[bold]x", "\ud800", "日本", "a" * 300, "' \"", "@x", "#y"]
    ),
)  # fmt: skip
HARMLESS = [name for name in COMMANDS if name not in {"quit", "editor"}]
"""Those that neither end the window nor hand its terminal to another program."""
LINES = st.builds(
    lambda name, words: f"/{name} {' '.join(words)}",
    st.sampled_from(HARMLESS) | st.from_regex(r"[a-z]{1,6}", fullmatch=True).filter(
        lambda name: name not in {"quit", "editor"}
    ),
    st.lists(WORDS, max_size=2),
)  # fmt: skip


@given(
    BLANKS,
    st.sampled_from([*COMMANDS, "NEW", "x-y", "é", "", "etc/hosts", "?", "1"]),
    BLANKS,
    st.text(max_size=20),
)
def test_a_command_is_a_slash_and_a_name_and_what_follows(
    before: str, name: str, between: str, rest: str
) -> None:
    found = parse(f"{before}/{name}{between}{rest}")

    text = f"/{name}{between}{rest}".strip()
    head, *others = re.split(r"\s", text, maxsplit=1)
    is_name = re.fullmatch(r"[A-Za-z?][\w-]*", head[1:]) is not None
    assert found == ((head[1:].lower(), "".join(others).strip()) if is_name else None)


@given(st.text(max_size=30))
def test_a_text_without_a_slash_is_a_question(text: str) -> None:
    if not text.strip().startswith("/"):
        assert parse(text) is None


@given(st.sampled_from(NUMBERS), st.integers(-10, 10**9) | st.floats(-10, 10) | st.floats())
def test_an_option_takes_the_numbers_within_its_bounds_and_no_others(
    name: str, number: float
) -> None:
    kind, bounds = typed(name)
    allowed = (kind is float or isinstance(number, int)) and all(
        holds(bound, number) for bound in bounds
    )
    try:
        found = changes([(name, str(number))])
    except UsageError as refused:
        assert not allowed
        assert name in str(refused)
        assert is_a_sentence(str(refused))
        return
    assert allowed
    assert found == {name: number}
    assert any(isinstance(bound, Ge | Gt) for bound in bounds)


@given(
    st.sampled_from([*names(), "temperatur", "top-p", ""])
    | st.text(max_size=12).filter(str.isprintable),
    WORDS,
)
def test_any_option_is_a_value_or_a_sentence(key: str, value: str) -> None:
    try:
        found = changes([(key, value)])
    except UsageError as refused:
        assert is_a_sentence(str(refused))
        return
    assert list(found) == [key.strip().lower().replace("-", "_")]


@given(
    st.decimals(min_value=0, max_value=10**8, places=4, allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "EUR", "usd", "$"]),
)
def test_an_amount_of_money_is_exact(amount: Decimal, currency: str) -> None:
    written = f"${amount}" if currency == "$" else f"{amount} {currency}".strip()
    try:
        found = read_allowance(written, "GBP")
    except UsageError:
        assert amount == 0
        return
    assert found is not None
    assert found.amount == amount
    assert found.currency == {"": "GBP", "$": "USD"}.get(currency, currency.upper())


@given(WORDS)
def test_any_budget_is_an_amount_or_a_sentence(text: str) -> None:
    try:
        found = read_allowance(text, "EUR")
    except UsageError as refused:
        assert is_a_sentence(str(refused))
        return
    assert found is None or found.amount >= 0


@pytest.fixture
def nothing_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are written to a folder of the test, and nothing listens where models come from."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")


async def typed_into_a_window(folder: Path, lines: list[str]) -> None:
    chat = Chat(folder, ScriptedModel([says("An answer")]))
    async with chat.open() as pilot:
        await chat.write(pilot, "A question")
        for line in lines:
            await chat.write(pilot, line)
            said = chat.window.view.notice
            assert "went wrong inside" not in said.text, (line, said.text)
            if said.tone == "error" and said.text:
                assert is_a_sentence(said.text), line
            assert chat.window.is_running, line
            while chat.window.screen.is_modal:
                await pilot.press("escape")
                await chat.until(lambda: chat.idle or chat.window.screen.is_modal)
            chat.window.stop_work()
            chat.window.view.composer.text = ""
            await chat.until(lambda: chat.idle)
        await chat.write(pilot, "/new")
        await chat.write(pilot, "Another question")
        assert chat.answers == ["An answer"]


@pytest.mark.usefixtures("nothing_outside")
@examples(3)
@given(st.lists(LINES, min_size=1, max_size=8))
def test_the_window_outlives_any_commands(lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(typed_into_a_window(Path(folder), lines))


KEY_TEXTS = st.text(max_size=6) | st.sampled_from(
    ["ctrl+k", "f5", ",", "a,b", "ctrl+", "+", "shift+f1,ctrl+k", "ctrl+ctrl+x", "escape", "  "]
)


async def opened_with(folder: Path, keys: Keys) -> None:
    chat = Chat(folder, ScriptedModel([says("An answer")]))
    chat.reopen(chat.window.start, keys)
    async with chat.open() as pilot:
        await chat.write(pilot, "/help")
        assert chat.window.screen.is_modal


@examples(2)
@given(
    st.dictionaries(st.sampled_from(["models", "help", "sources", "copy", "palette"]), KEY_TEXTS)
)
def test_the_window_opens_with_any_keys(given_keys: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(opened_with(Path(folder), Keys(**given_keys)))
