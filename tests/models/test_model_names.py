import pytest

from chatui.domain.errors import UnknownModel
from chatui.models.model_names import match_name, unknown

KNOWN = (
    "openai/gpt-5-mini",
    "openrouter/openai/gpt-5-mini",
    "deepseek/deepseek-chat",
    "ollama/qwen3:latest",
    "ollama/gpt-oss",
    "openai/gpt-oss",
    "local/Qwen3-0.6B-Q8_0",
)


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("openai/gpt-5-mini", "openai/gpt-5-mini"),
        ("gpt-5-mini", "openai/gpt-5-mini"),
        ("deepseek-chat", "deepseek/deepseek-chat"),
        ("qwen3", "ollama/qwen3:latest"),
        ("LOCAL/qwen3-0.6b-q8_0", "local/Qwen3-0.6B-Q8_0"),
        ("qwen3-0.6b-q8_0", "local/Qwen3-0.6B-Q8_0"),
        ("nothing", None),
        ("", None),
    ],
)
def test_a_name_stands_for_the_one_model_that_it_fits(name: str, full: str | None) -> None:
    assert match_name(name, KNOWN) == full


def test_a_bare_name_of_two_providers_must_be_said_in_full() -> None:
    with pytest.raises(UnknownModel, match="say ollama/gpt-oss or openai/gpt-oss"):
        match_name("gpt-oss", KNOWN)


def test_an_unknown_name_brings_the_nearest_ones() -> None:
    assert "did you mean deepseek/deepseek-chat?" in str(unknown("deepsek-chat", KNOWN))
    assert "openai/gpt-5-mini" in str(unknown("opnai/gpt5-mini", KNOWN))
    assert "`chatui models list`" in str(unknown("xyzzy", KNOWN))
