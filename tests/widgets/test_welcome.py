"""The first screen: what answers, what was found, and what to try, on whatever screen."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from chatui.app.at_hand import at_hand_words, price_words
from chatui.cost.prices.prices import PriceBook
from chatui.models.catalog import AtHand
from chatui.widgets.welcome import Welcome, WelcomeFacts
from tests.widgets.turns import screen_text

FACTS = WelcomeFacts("builtin/extract, free: it quotes your documents", "no key · no Ollama")


class First(App[None]):
    def compose(self) -> ComposeResult:
        yield Welcome()


@pytest.mark.parametrize("size", [(80, 20), (40, 16), (40, 10)])
async def test_what_to_try_is_whole_on_small_screens(size: tuple[int, int]) -> None:
    app = First()
    async with app.run_test(size=size) as pilot:
        app.query_one(Welcome).show(FACTS)
        await pilot.pause()
        told = " ".join(" ".join(screen_text(app)).split())
        for name, text in app.query_one(Welcome).hints():
            assert f"{name} {text}" in told


async def test_it_tells_what_answers_what_was_found_and_how_far_the_manual_is() -> None:
    app = First()
    async with app.run_test(size=(80, 20)) as pilot:
        app.query_one(Welcome).show(FACTS)
        app.query_one(Welcome).tell_reading("chatui's manual 6/10")
        await pilot.pause()
        told = "\n".join(screen_text(app))
        assert FACTS.answers in told
        assert FACTS.found in told
        assert "chatui's manual 6/10" in told


async def test_a_model_to_fetch_takes_the_place_of_a_choice() -> None:
    app = First()
    async with app.run_test(size=(80, 20)) as pilot:
        welcome = app.query_one(Welcome)
        welcome.offer("/pull small", "386 MB")
        await pilot.pause()
        told = "\n".join(screen_text(app))
        assert "/pull small for a small model of your own (386 MB)" in told
        assert "Choose" not in told
        assert len(welcome.hints()) == 3


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (AtHand((), (), 0), ["no key", "no Ollama", "no model file"]),
        (AtHand(("openai",), (), 1), ["the key of openai", "no Ollama", "1 model file"]),
        (
            AtHand(("openai", "anthropic"), (("ollama", 3),), 2),
            ["keys of openai and anthropic", "ollama with 3 models", "2 model files"],
        ),
        (
            AtHand(tuple("abcdef"), (), 0),
            ["keys of a, b, c, d and 2 more", "no Ollama", "no model file"],
        ),
    ],
)
def test_what_was_found_is_told_in_words(found: AtHand, words: list[str]) -> None:
    assert at_hand_words(found) == words


def test_what_a_model_costs_is_told_in_words() -> None:
    prices = PriceBook(local_providers=("ollama",))
    assert price_words("ollama/x", prices.price("ollama/x")) == "free"
    assert price_words("lab/x", None) == "whose price is not known"
    assert price_words("builtin/extract", None) == "free: it quotes your documents"
    hosted = price_words("openai/gpt-5-mini", prices.price("openai/gpt-5-mini"))
    assert hosted == "$0.2500 in and $2.00 out per million tokens"
