"""Whatever a config or the environment says: it is taken as it stands, or its key is named."""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.config.load import flatten, load_config
from chatui.config.schema import Config
from chatui.domain.errors import ConfigError
from tests.fuzz.sentences import is_a_sentence
from tests.fuzz.toml_text import TEXTS, VALUES, table, toml
from tests.properties import examples

KNOWN = [
    *(name.split(".") for name, _ in flatten(Config())),
    *(["profiles", "x", *rest] for rest in (["system"], ["model"], ["options", "temperature"])),
    *(["prices", "a/b", name] for name in ("input", "output", "currency", "steps", "hour")),
    *(["providers", "mine", name] for name in ("base_url", "models", "retries", "api_key_command")),
    ["conversion", "rates"],
    ["tokenizers", "a/*"],
    *([field.name] for field in dataclasses.fields(Config)),
]
KEYS = st.sampled_from(KNOWN) | st.lists(TEXTS.filter(str.isprintable), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("config")


def loaded(
    folder: Path, text: str, environ: Mapping[str, str] | None = None, stamps: Path | None = None
) -> Config | str:
    """The settings, or the sentence that refuses them."""
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8", newline="")
    try:
        return load_config(path, environ or {}, stamps=stamps)
    except ConfigError as error:
        return str(error)


def same(found: Any, wanted: Any) -> bool:
    """Whether a setting is what the file says: a list is a tuple, money a Decimal."""
    if isinstance(wanted, list):
        return (
            isinstance(found, tuple) and len(found) == len(wanted) and all(map(same, found, wanted))
        )
    if isinstance(found, Decimal | float) and isinstance(wanted, int | float):
        return math.isclose(float(found), float(wanted)) or found == wanted
    return bool(found == wanted) and isinstance(found, bool) == isinstance(wanted, bool)


@given(st.text(max_size=200) | st.text("[].=\"'\n#{}abc1 ", max_size=60))
def test_any_file_is_settings_or_a_sentence_that_names_it(folder: Path, text: str) -> None:
    found = loaded(folder, text.encode(errors="replace").decode())

    if isinstance(found, str):
        assert str(folder / "config.toml") in found
        assert is_a_sentence(found)


@given(st.binary(max_size=60))
def test_any_bytes_are_settings_or_a_sentence(folder: Path, content: bytes) -> None:
    path = folder / "bytes.toml"
    path.write_bytes(content)
    try:
        load_config(path, {})
    except ConfigError as error:
        assert str(path) in str(error)
        assert is_a_sentence(str(error))


@given(KEYS, VALUES)
def test_a_value_is_taken_as_it_stands_or_refused_by_its_key(
    folder: Path, keys: list[str], value: Any
) -> None:
    found = loaded(folder, table(keys, value))

    if isinstance(found, str):
        assert is_a_sentence(found)
        assert keys[0].encode("unicode_escape").decode()[:1] in found or keys[0] in found
        return
    settings = dict(flatten(found))
    if not isinstance(value, dict):
        assert same(settings[".".join(keys)], value)


@examples(20)
@given(st.sampled_from([keys for keys in KNOWN if len(keys) == 2]), VALUES)
def test_a_variable_is_taken_as_the_file_is(folder: Path, keys: list[str], value: Any) -> None:
    written = loaded(folder, table(keys, value))
    variable = "CHATUI_" + "__".join(keys).upper()

    found = loaded(folder, "", {variable: toml(value)})

    assert isinstance(found, str) == isinstance(written, str)
    if isinstance(found, str):
        assert variable in found
        assert is_a_sentence(found)
    else:
        assert found == written


@examples(15)
@given(st.lists(st.tuples(st.sampled_from(KNOWN), VALUES), min_size=1, max_size=3))
def test_a_stamp_lets_pass_only_what_was_found_good(
    folder: Path, given_keys: list[tuple[list[str], Any]]
) -> None:
    text = "".join(table(*one) for one in given_keys)
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    stamps = folder / "stamps"

    first = loaded(folder, text)

    assert [loaded(folder, text, stamps=stamps) for _ in range(2)] == [first, first]
