"""What pictures take of a prompt: the examples that providers publish with their rules."""

from __future__ import annotations

import pytest

from chatui.cost.tokens.pictures import OTHERS, line_of, rule_of
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.conversation import Message, Role
from chatui.domain.media import Medium, medium_of


def picture(width: int, height: int) -> Medium:
    return Medium("0" * 64, "image/png", "pic.png", 1000, width, height)


@pytest.mark.parametrize(
    ("model", "width", "height", "tokens"),
    [
        # https://platform.openai.com/docs/guides/images-vision, its worked examples.
        ("openai/gpt-4o", 1024, 1024, 765),
        ("openai/gpt-4o", 2048, 4096, 1105),
        ("openai/gpt-4.1-mini", 1024, 1024, round(1024 * 1.62)),
        ("openai/gpt-4.1-mini", 1800, 2400, round(1452 * 1.62)),
        ("openai/o1", 1024, 1024, 75 + 4 * 150),
        ("openrouter/openai/gpt-5-mini", 1024, 1024, round(1024 * 1.62)),
        # https://platform.claude.com/docs/en/build-with-claude/vision, its table of sizes.
        ("anthropic/claude-sonnet-4-5", 200, 200, 53),
        ("anthropic/claude-sonnet-4-5", 1000, 1000, 1333),
        ("anthropic/claude-sonnet-4-5", 1092, 1092, 1590),
        ("anthropic/claude-sonnet-4-5", 4000, 4000, 1600),
        # https://ai.google.dev/gemini-api/docs/tokens and .../docs/media-resolution.
        ("google/gemini-2.5-flash", 384, 384, 258),
        ("google/gemini-2.5-flash", 960, 540, 516),
        ("google/gemini-3-pro", 384, 384, 1120),
    ],
)
def test_a_picture_takes_what_its_provider_publishes(
    model: str, width: int, height: int, tokens: int
) -> None:
    assert rule_of(model).of(picture(width, height)) == tokens
    assert rule_of(model).published


@pytest.mark.parametrize("size", [(1, 1), (1, 9000), (9000, 1), (0, 0), (33, 31), (6000, 6000)])
@pytest.mark.parametrize(
    "model", ["gpt-4o", "gpt-5-nano", "gpt-5.6", "claude-opus-5", "gemini-2.0-flash", "llava"]
)
def test_no_shape_of_a_picture_breaks_a_rule(model: str, size: tuple[int, int]) -> None:
    assert 0 < rule_of(model).of(picture(*size)) < 60_000


@pytest.mark.parametrize("model", ["anthropic/claude-opus-4-7", "openai/gpt-5.4"])
def test_where_no_page_says_how_it_counts_it_is_an_estimate(model: str) -> None:
    assert not rule_of(model).published


@pytest.mark.parametrize(
    "model", ["local/gemma-3-4b-it-Q4_K_M", "ollama/gemma3:4b", "openrouter/google/gemma-3n-e4b-it"]
)
def test_gemma_makes_as_many_tokens_of_every_picture(model: str) -> None:
    assert rule_of(model).published
    for side in (100, 1024, 4000):
        assert rule_of(model).tokens(side, side) == 258
    assert rule_of("ollama/gemma2:2b") is OTHERS
    assert rule_of("ollama/gemma-30b") is OTHERS


def test_of_others_it_is_an_estimate() -> None:
    assert rule_of("ollama/llava:7b") is OTHERS
    assert not OTHERS.published


def test_a_pdf_takes_so_much_for_each_page() -> None:
    paper = medium_of(b"%PDF-", "application/pdf", "paper.pdf", pages=3)
    for model in ("openai/gpt-4o", "anthropic/claude-haiku-4-5", "google/gemini-2.5-pro"):
        assert rule_of(model).of(paper) == 3 * rule_of(model).page


def test_a_prompt_takes_its_pictures_beside_its_text() -> None:
    counter, text = TokenCounter(), Message(Role.USER, "what is it?")
    shown = Message(Role.USER, "what is it?", media=(picture(1024, 1024),))
    bare = counter.count_messages([text], "openai/gpt-4o").tokens
    assert counter.count_messages([shown], "openai/gpt-4o").tokens == bare + 765


def test_a_line_tells_what_it_is_and_takes() -> None:
    assert line_of(picture(1024, 1024), "gpt-4o") == "pic.png · 1024×1024 · 1 kB · ≈ 765 tokens"
