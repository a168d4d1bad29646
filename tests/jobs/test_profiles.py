"""Layers of settings: which wins for which model."""

from __future__ import annotations

import pytest

from chatui.domain.errors import UsageError
from chatui.jobs.profiles import Layer, Profile, ReplySettings, apply
from chatui.jobs.prompts import Prompt
from chatui.memory.policy import MemoryChoice
from chatui.models.base import SamplingOptions

CHAT = ReplySettings(model="a/b", system="Chat.", options=SamplingOptions(temperature=0.5, seed=7))


def layer(pattern: str = "*", system: str | None = None, **values: object) -> Layer:
    prompt = None if system is None else Prompt(system)
    return Layer(origin=pattern, pattern=pattern, system=prompt, **values)  # type: ignore[arg-type]


def job(*layers: Layer, model: str | None = None) -> Profile:
    ranked = sorted(layers, key=lambda one: (one.pattern != "*", one.specificity))
    return Profile("job", model, tuple(ranked))


def test_a_profile_sets_what_it_names_and_leaves_the_rest() -> None:
    settings = apply(job(layer(system="Translate.", options={"temperature": 0.0})), CHAT)

    assert (settings.system, settings.model) == ("Translate.", "a/b")
    assert (settings.options.temperature, settings.options.seed) == (0.0, 7)


def test_a_profile_can_switch_the_documents_off() -> None:
    assert apply(job(layer(rag=False)), CHAT).rag is False
    assert apply(job(), CHAT).rag is True


def test_settings_know_the_profile_that_they_came_from() -> None:
    assert apply(job(), CHAT).profile == "job"


@pytest.mark.parametrize(
    ("model", "prompt"),
    [
        ("openai/gpt-5-mini", "exact"),
        ("openai/gpt-5", "of the family"),
        ("openai/o4", "of the provider"),
        ("mistral/small", "of all"),
        ("local/qwen3-8b", "of any provider's qwen"),
        ("OpenAI/GPT-5-MINI", "exact"),
    ],
)
def test_the_most_specific_place_wins_in_whatever_order_they_stand(model: str, prompt: str) -> None:
    places = [
        layer("openai/gpt-5-mini", "exact"),
        layer("qwen3*", "of any provider's qwen"),
        layer("*", "of all"),
        layer("openai/*", "of the provider"),
        layer("openai/gpt*", "of the family"),
    ]
    for ordered in (places, places[::-1]):
        assert apply(job(*ordered), CHAT).on(model).system == prompt


def test_a_place_for_a_model_leaves_what_it_does_not_name_to_the_wider_ones() -> None:
    settings = apply(
        job(
            layer(options={"temperature": 0.1, "top_p": 0.2}, memory=MemoryChoice(turns=4)),
            layer("x/*", options={"top_p": 0.3}, collection="sheets"),
            layer("x/y", memory=MemoryChoice(cap=900)),
        ),
        CHAT,
    ).on("x/y")

    assert settings.options == SamplingOptions(temperature=0.1, top_p=0.3, seed=7)
    assert (settings.collection, settings.system) == ("sheets", "Chat.")
    assert (settings.memory.turns, settings.memory.cap) == (4, 900)


def test_what_was_chosen_for_a_call_wins_over_what_the_profile_says_for_the_model() -> None:
    chosen = apply(job(layer("a/b", "Mine.", options={"seed": 1})), CHAT).over(
        layer(system="Given.", options={"seed": None})
    )

    assert chosen.on("a/b").system == "Given."
    assert chosen.on("a/b").options.seed is None


def test_a_grammar_for_one_model_takes_the_place_of_the_schema_of_all() -> None:
    settings = apply(
        job(
            layer(options={"json_schema": {"type": "object"}}),
            layer("l/*", options={"grammar": "root ::= [a]"}),
        ),
        CHAT,
    )

    assert settings.on("l/m").options.json_schema is None
    assert settings.on("h/m").options.json_schema == {"type": "object"}


def test_each_value_knows_where_it_is_from() -> None:
    settings = apply(job(layer(system="All."), layer("x/*", options={"top_p": 0.3})), CHAT)

    assert settings.origin("system", "x/y") == "*"
    assert settings.origin("top_p", "x/y") == "x/*"
    assert settings.origin("top_p", "a/b") == "config"
    assert settings.origin("temperature", "x/y") == "config"


def test_settings_for_a_model_are_the_same_when_they_are_made_again() -> None:
    once = apply(job(layer("a/*", "{{ model }}")), CHAT).on("a/b")

    assert once.on("a/b") == once
    assert once.system == "a/b"


def test_variables_are_given_by_name_and_an_unknown_one_names_the_nearest() -> None:
    prompt = Prompt("Into {{ language }}.", variables={"language": "English"})
    translate = Profile("t", layers=(Layer(origin="t", system=prompt),), variables=prompt.variables)

    assert apply(translate, CHAT).on("a/b").system == "Into English."
    french = translate.with_variables({"language": "French"})
    assert apply(french, CHAT).on("a/b").system == "Into French."
    with pytest.raises(UsageError, match="has no variable langage; did you mean language"):
        translate.with_variables({"langage": "French"})
