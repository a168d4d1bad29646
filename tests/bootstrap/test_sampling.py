"""Sampling options as `key value` and from the config."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatui.bootstrap.sampling import accepted, changes, names, sampling, shown
from chatui.config.load import load_config
from chatui.config.schema import Options
from chatui.domain.errors import ConfigError, UsageError
from chatui.jobs.profiles import changed
from chatui.models.base import SamplingOptions

GBNF = 'root ::= "yes" | "no"\n'


@pytest.fixture
def grammar(tmp_path: Path) -> Path:
    path = tmp_path / "answer.gbnf"
    path.write_text(GBNF)
    return path


def test_every_kind_of_value_is_read(grammar: Path) -> None:
    pairs = [
        ("temperature", "0.2"), ("top-p", "0.9"), ("Seed", "7"), ("top_k", "0"),
        ("stop", "###"), ("stop", r"\n\n"), ("reasoning_effort", "low"),
        ("grammar", str(grammar)), ("presence_penalty", "-1"), ("temperature", "0.3"),
    ]  # fmt: skip

    assert changes(pairs) == {
        "temperature": 0.3, "top_p": 0.9, "seed": 7, "top_k": 0, "stop": ("###", "\n\n"),
        "reasoning_effort": "low", "grammar": GBNF, "presence_penalty": -1.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("key", "text", "sentence"),
    [
        ("temprature", "1", "There is no option temprature; did you mean temperature?"),
        ("max_tokens", "9", "There is no option max_tokens; did you mean max_output_tokens?"),
        ("zzz", "1", "There is no option zzz; there are max_output_tokens, temperature,"),
        ("temperature", "hot", "temperature is a number from 0 to 2, not 'hot'."),
        ("temperature", "nan", "temperature is a number from 0 to 2, not 'nan'."),
        ("top_p", "0", "top_p is a number above 0, at most 1, not '0'."),
        ("top_k", "1.5", "top_k is a whole number from 0 to 1000000, not '1.5'."),
        ("seed", "-1", "seed is a whole number from 0 to 9223372036854775807, not '-1'."),
        ("seed", "9" * 5000, "seed is a whole number from 0"),
        ("reasoning_effort", "huge", "reasoning_effort is one of none, minimal, low, medium,"),
        ("stop", "", "stop is a text that ends a reply, not ''."),
        ("grammar", "missing.gbnf", "The grammar missing.gbnf can't be read (No such file"),
    ],
)
def test_a_mistake_names_the_nearest_key_or_the_bounds(key: str, text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        changes([(key, text)])

    assert str(caught.value).startswith(sentence)


def test_what_is_no_grammar_is_refused_by_its_file(tmp_path: Path) -> None:
    for name, content in (("a", b"yes or no"), ("b", b"\xff\xfe\x00"), ("c", b"a ::= b\n" * 9000)):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(UsageError, match=f"{name} "):
            changes([("grammar", str(path))])
    with pytest.raises(UsageError, match="can't be read"):
        changes([("grammar", str(tmp_path))])


def test_every_option_of_the_config_can_be_given_and_says_what_it_takes() -> None:
    for name in names():
        assert accepted(name)
        assert changes([(name, "default")]) == {name: None}


def test_the_value_default_leaves_an_option_to_the_model() -> None:
    config = SamplingOptions(temperature=0.5, seed=1)

    assert changed(config, changes([("temperature", "default")])) == SamplingOptions(seed=1)


def test_a_grammar_and_a_schema_take_each_others_place() -> None:
    schema = SamplingOptions(json_schema={"type": "object"})
    grammar = SamplingOptions(grammar=GBNF)

    assert changed(schema, {"grammar": GBNF}) == grammar
    assert changed(grammar, {"json_schema": schema.json_schema}) == schema


def test_the_config_has_the_same_options_and_reads_the_grammar(grammar: Path) -> None:
    path = grammar.with_name("config.toml")
    path.write_text(
        "[chat.options]\ntop_k = 40\nmin_p = 0.05\nrepeat_penalty = 1.1\nstop = ['###', 'END']\n"
        f"reasoning_effort = 'low'\ngrammar = '{grammar}'\n[profiles.p.options]\nseed = 3\n"
    )
    config = load_config(path, {"CHATUI_CHAT__OPTIONS__FREQUENCY_PENALTY": "0.5"})

    assert sampling(config.chat.options) == SamplingOptions(
        top_k=40, min_p=0.05, repeat_penalty=1.1, frequency_penalty=0.5, stop=("###", "END"),
        reasoning_effort="low", grammar=GBNF,
    )  # fmt: skip
    assert sampling(config.profiles["p"].options) == SamplingOptions(seed=3)
    assert sampling(Options()) == SamplingOptions()


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("top_k", "-1", "chat.options.top_k is wrong"),
        ("stop", "['']", "chat.options.stop.0 is wrong"),
        ("stop", "'x'", "chat.options.stop is wrong"),
        ("reasoning_effort", "'huge'", "chat.options.reasoning_effort is wrong"),
        ("min_q", "1", "did you mean chat.options.min_p?"),
    ],
)
def test_the_config_has_the_same_bounds(
    tmp_path: Path, key: str, value: str, sentence: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f"[chat.options]\n{key} = {value}\n")

    with pytest.raises(ConfigError, match=sentence.replace("?", r"\?")):
        load_config(path, {})


def test_values_are_shown_as_they_are_written() -> None:
    assert shown("stop", ("###", "\n")) == r"###  \n"
    assert shown("temperature", 0.2) == "0.2"
    assert shown("grammar", GBNF) == "1 line of GBNF"
    assert shown("json_schema", {"type": "object"}) == "a JSON schema"
