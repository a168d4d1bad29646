from __future__ import annotations

import tomllib
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest

from chatui.config.first import window_settings
from chatui.config.load import build, flatten, load_config
from chatui.config.schema import Config, Options, Provider, default_providers
from chatui.domain.errors import ConfigError

REPO = Path(__file__).parents[2]
OPENROUTERS = ("provider", "reasoning")
"""Keys that are told in words: a table with nothing in it is none."""
STEP = '[prices."a/b"]\ninput = 1\noutput = 1\n[[prices."a/b".steps]]\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def test_the_repos_file_sets_every_key_to_the_codes_default() -> None:
    shown = tomllib.loads((REPO / "config.toml").read_text())

    assert build(Config, shown) == Config()
    usual = {one.name: one.default for one in fields(Provider) if one.name not in OPENROUTERS}
    assert dict(flatten(Config())).keys() - leaves(shown) == {
        "hooks",
        *(f"chat.options.{option.name}" for option in fields(Options)),
        *(f"providers.{name}.{key}" for name in default_providers() for key in OPENROUTERS),
        # All keys of a provider stand at the first one.
        *(
            f"providers.{name}.{key}"
            for name, provider in list(Config().providers.items())[1:]
            for key, default in usual.items()
            if getattr(provider, key) == default and key != "api_key_env"
        ),
        "providers.ollama.api_key_env",
    }, "a key is missing from config.toml"


def leaves(table: dict[str, object], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in table.items():
        found |= leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key}
    return found


def test_the_commented_examples_in_the_repos_file_are_valid(tmp_path: Path) -> None:
    lines = (REPO / "config.toml").read_text().splitlines()
    examples = [line.removeprefix("# ") for line in lines if line.startswith("# ") and "=" in line]
    tables = [line.removeprefix("# ") for line in lines if line.startswith(("# [pr",))]
    assert tables, "no example tables found"
    text = "\n".join(
        line.removeprefix("# ")
        for line in lines[lines.index(f"# {tables[0]}") :]
        if line.startswith("# [") or (line.startswith("# ") and " = " in line)
    )

    config = load_config(written(tmp_path, text), {})

    assert examples
    assert config.prices["openai/gpt-5-mini"].input == Decimal("0.25")
    assert config.prices["openai/gpt-5-mini"].steps[0].above == 128_000
    assert config.prices["ollama/*"].hour == Decimal("0.06")
    assert config.profiles["translator"].options.temperature == 0


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_config(tmp_path / "none.toml", {}) == Config()


def test_a_flag_beats_the_environment_which_beats_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, '[chat]\nmodel = "a/file"\n[retrieval]\npassages = 3\n[ui]\ntheme="t"')
    environ = {"CHATUI_CHAT__MODEL": "a/environment", "CHATUI_RETRIEVAL__PASSAGES": "4"}

    config = load_config(path, environ, {"chat": {"model": "a/flag"}})

    assert (config.chat.model, config.retrieval.passages, config.ui.theme) == ("a/flag", 4, "t")


def test_one_key_of_a_known_provider_leaves_its_other_keys_alone(tmp_path: Path) -> None:
    path = written(tmp_path, "[providers.openai]\nretries = 5")

    openai = load_config(path, {}).providers["openai"]

    assert (openai.retries, openai.api_key_env) == (5, "OPENAI_API_KEY")


def test_a_provider_of_the_users_own_joins_the_known_ones(tmp_path: Path) -> None:
    path = written(tmp_path, '[providers.mine]\nbase_url = "http://127.0.0.1:1/v1"')

    assert list(load_config(path, {}).providers)[-1] == "mine"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[chat]\nmodl = 'x'", "unknown key chat.modl; did you mean chat.model?"),
        ("[providers.openai]\nbase_ulr = 'x'", "did you mean providers.openai.base_url?"),
        (
            "[providers.openrouter.provider]\nordr = []",
            "did you mean providers.openrouter.provider.order?",
        ),
        ("[profiles.a.options]\ntemperatur = 1", "did you mean profiles.a.options.temperature?"),
        ("[memory]\nlow_water = 3", "memory.low_water is wrong"),
        ("[chat]\nmodel = 3", "chat.model is wrong"),
        ("[providers.x]\nmodels = []", "providers.x.base_url is wrong"),
        ('[prices."a/b"]\ninput = 1', "prices.a/b.output is wrong"),
        (STEP + "above = 9\ninputs = 1", "did you mean prices.a/b.steps.0.input?"),
        ('[budget]\ncurrency = "usd"', 'its three capital letters, such as "EUR".'),
        ('[conversion]\ncurrency = "euro"', "its three capital letters"),
        ("[conversion.rates]\nUSD = 0", "conversion.rates.USD is wrong"),
        ("[conversion.rates]\nUSD = 1", "conversion is wrong: name the currency"),
        ("providers = 3", "providers is wrong"),
        ("nonsense", "is not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_key(tmp_path: Path, text: str, sentence: str) -> None:
    path = written(tmp_path, text)

    with pytest.raises(ConfigError) as caught:
        load_config(path, {})

    assert str(path) in str(caught.value)
    assert sentence in str(caught.value)


def test_a_mistake_in_the_environment_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="CHATUI_MEMORY__LOW_WATER"):
        load_config(tmp_path / "none.toml", {"CHATUI_MEMORY__LOW_WATER": "7"})


def test_a_file_that_is_not_text_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(path, {})


def test_good_settings_are_checked_once_and_changed_ones_again(tmp_path: Path) -> None:
    stamps = tmp_path / "cache"
    path = written(tmp_path, '[chat]\nmodel = "a/b"')
    load_config(path, {}, stamps=stamps)

    assert len(list(stamps.iterdir())) == 1
    path.write_text("[chat]\nmodl = 1")
    with pytest.raises(ConfigError):
        load_config(path, {}, stamps=stamps)


@pytest.mark.parametrize("checked", [False, True])
def test_the_window_has_the_settings_that_everything_else_has(
    tmp_path: Path, checked: bool
) -> None:
    path, stamps = tmp_path / "config.toml", tmp_path / "cache"
    path.write_text(
        '[ui]\nturns_shown = 12\nnotify_after_seconds = 3\n[keys]\nhelp = "f3"\n'
        '[chat]\nprofile = "tutor"\n[providers.mine]\nbase_url = "http://127.0.0.1:1/v1"\n'
    )
    environ = {"CHATUI_UI__THEME": "nord", "CHATUI_KEYS__FIND": "f4"}
    if checked:
        load_config(path, environ, stamps=stamps)
    first, config = window_settings(path, environ, stamps), load_config(path, environ)
    assert (first.ui, first.keys, first.profile) == (config.ui, config.keys, "tutor")
    assert isinstance(first.ui.notify_after_seconds, float)


def test_without_settings_the_window_has_the_defaults(tmp_path: Path) -> None:
    first = window_settings(tmp_path / "none.toml", {}, tmp_path)
    assert (first.ui, first.keys, first.profile) == (Config().ui, Config().keys, "")


def test_the_window_opens_with_no_setting_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[ui]\nturns_shown = 1\n")
    with pytest.raises(ConfigError, match=r"line 2: ui\.turns_shown is wrong: .* 2\.$"):
        window_settings(path, {}, tmp_path / "cache")
