"""`/options`: what is in force, where it is from, and what changes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.content import Content

from chatui.app.start import StartOptions
from chatui.config.schema import Options, ProfileTable
from chatui.models.base import SamplingOptions
from chatui.widgets.details import FactsText
from tests.app.scripted_chat import Chat


def box(chat: Chat) -> str:
    content = chat.window.screen.query_one(FactsText).render()
    assert isinstance(content, Content)
    return content.plain


async def test_an_option_holds_from_the_next_question_on_until_it_is_reset(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/options temperature 0.2")
        assert chat.notice == "temperature is 0.2 from the next question on."
        await chat.write(pilot, "/options stop ###")
        await chat.write(pilot, r"/options stop \n")
        await chat.write(pilot, "one")
        await chat.write(pilot, "/options reset stop")
        assert chat.notice == "stop is as the config has it again."
        await chat.write(pilot, "two")
        await chat.write(pilot, "/options reset")
        await chat.write(pilot, "three")

    options = [request.options for request in chat.model.requests]
    assert [(each.temperature, each.stop) for each in options] == [
        (0.2, ("###", "\n")),
        (0.2, None),
        (None, None),
    ]


async def test_it_shows_where_each_option_is_from(chat: Chat) -> None:
    chat.profiles = {"terse": ProfileTable(options=Options(top_p=0.5, seed=7))}
    chat.reopen(StartOptions(profile="terse", options={"seed": 8, "top_k": None}))
    async with chat.open(size=(80, 24)) as pilot:
        await chat.write(pilot, "/options")
        lines = [" ".join(line.split()) for line in box(chat).splitlines()]
        widest = max(len(line) for line in box(chat).splitlines())

    assert "top_p 0.5 · [profiles.terse]" in lines
    assert "seed 8 · set here" in lines
    assert "top_k left to the model · set here" in lines
    assert any(line.startswith("left to the model max_output_tokens") for line in lines)
    assert widest <= 66, "a screen of 80 has no more"


async def test_a_profile_takes_the_place_of_the_one_before_under_what_was_set(chat: Chat) -> None:
    chat.profiles = {
        "a": ProfileTable(options=Options(top_p=0.5, seed=7)),
        "b": ProfileTable(options=Options(temperature=1.0)),
    }
    async with chat.open() as pilot:
        await chat.write(pilot, "/options temperature 0.2")
        await chat.write(pilot, "/profile a")
        await chat.write(pilot, "/profile b")
        assert chat.window.session.settings.options == SamplingOptions(temperature=0.2)
        await chat.write(pilot, "/options reset")
        assert chat.notice == "All options are as the profile b has them again."
        assert chat.window.session.settings.options == SamplingOptions(temperature=1.0)


async def test_json_sets_a_form_for_answers_and_ends_it(chat: Chat, tmp_path: Path) -> None:
    schema = tmp_path / "schema.json"
    schema.write_text('{"type": "object"}')
    async with chat.open() as pilot:
        await chat.write(pilot, f"/json {schema}")
        assert chat.window.session.settings.options.json_schema == {"type": "object"}
        assert "JSON" in str(chat.window.view.composer.border_subtitle)
        await chat.write(pilot, "/json off")
        assert chat.window.session.settings.options.json_schema is None
        await chat.write(pilot, "/json")
        assert chat.notice.startswith("Answers have no form;")
        await chat.write(pilot, "/json gone.json")
        assert "gone.json cannot be read" in chat.notice


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("temprature 1", "There is no option temprature; did you mean temperature?"),
        ("temperature 9", "temperature is a number from 0 to 2, not '9'."),
        ("seed", "Say what seed is to be: a whole number from 0"),
        ("reset sed", "There is no option sed; did you mean seed?"),
    ],
)
async def test_a_mistake_is_told_and_changes_nothing(chat: Chat, line: str, sentence: str) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, f"/options {line}")
        assert chat.notice.startswith(sentence)
        assert chat.window.session.settings.options == SamplingOptions()
