"""A hosted model whose key is missing: what is told of it, and when. Nothing listens where it would
be asked."""

from __future__ import annotations

from typing import Any

import pytest
from textual.widgets import OptionList

from chatui.app.start import StartOptions
from chatui.config.schema import ProfileTable
from chatui.models.hosted.endpoint import Endpoint
from chatui.system.api_key import KeySource
from chatui.widgets.compare_screen import CompareScreen
from chatui.widgets.model_picker import ModelPicker
from chatui.widgets.switch_panel import SwitchPanel
from tests.app.scripted_chat import NAME, Chat, says

NOWHERE = "http://127.0.0.1:9/v1"
MODEL = "openai/gpt-5-nano"
TOLD = (
    f"{MODEL} can't answer yet: openai needs an API key; set OPENAI_API_KEY and start chatui again."
)


def keyless(name: str = "openai", env: str = "OPENAI_API_KEY", **fields: Any) -> Endpoint:
    return Endpoint(name, NOWHERE, KeySource(name, env=env, environ={}), **fields)


@pytest.fixture
def poor(chat: Chat) -> Chat:
    """A window in whose environment there is no key."""
    chat.endpoints = [
        keyless(),
        keyless("deepseek", "DEEPSEEK_API_KEY"),
        keyless("gemini", "GEMINI_API_KEY,GOOGLE_API_KEY"),
        keyless("lab", "LAB_KEY", models=("small", "large")),
    ]
    return chat


async def test_a_switch_in_an_empty_chat_says_which_variable_is_missing(poor: Chat) -> None:
    async with poor.open() as pilot:
        await poor.write(pilot, f"/model {MODEL}")
        assert poor.notice == TOLD


async def test_of_two_variables_that_would_do_both_are_named(poor: Chat) -> None:
    async with poor.open() as pilot:
        await poor.write(pilot, "/model gemini/gemini-2.5-flash")
        assert "set GEMINI_API_KEY or GOOGLE_API_KEY and start" in poor.notice


async def test_in_a_chat_it_stands_in_the_panel_before_the_switch_and_is_told_behind(
    poor: Chat,
) -> None:
    poor.model.scripts = [says("Hello")]
    async with poor.open() as pilot:
        await poor.write(pilot, "one")
        await poor.write(pilot, f"/model {MODEL}")
        await poor.until(lambda: isinstance(poor.window.screen, SwitchPanel))
        await poor.until(lambda: "OPENAI_API_KEY" in poor.screen)
        await pilot.press("enter")
        await poor.until(lambda: poor.idle)
        assert poor.notice == TOLD


async def test_the_list_has_the_models_that_lack_a_key_below_the_others(poor: Chat) -> None:
    async with poor.open() as pilot:
        await pilot.press("ctrl+l")
        await poor.until(lambda: isinstance(poor.window.screen, ModelPicker))
        await poor.until(lambda: not poor.window.at_work("listing"))
        listed = poor.window.screen.query_one(OptionList)
        rows = [str(option.prompt) for option in listed.options]
        above = rows.index("Without a key")
        assert NAME in " ".join(rows[:above])
        assert "_API_KEY" not in " ".join(rows[:above])
        behind = [" ".join(row.split()) for row in rows[above + 1 :]]
        assert any(row.startswith("lab/small — — — set LAB_KEY") for row in behind)
        assert any(row.startswith("deepseek/") and "DEEPSEEK_API_KEY" in row for row in behind)
        await pilot.press(*"lab_key large", "enter")
        await poor.until(lambda: poor.idle)
        assert poor.notice.startswith("lab/large can't answer yet: lab needs an API key; set LAB_")


async def test_a_model_named_at_the_start_is_told_of_when_the_window_is_open(poor: Chat) -> None:
    poor.reopen(StartOptions(model=MODEL))
    async with poor.open():
        assert poor.notice == TOLD


async def test_a_model_of_the_config_is_told_of_too(poor: Chat) -> None:
    poor.model_name = MODEL
    poor.reopen(StartOptions())
    async with poor.open():
        assert poor.notice == TOLD


async def test_a_profile_whose_model_lacks_its_key_says_so(poor: Chat) -> None:
    poor.profiles = {"quick": ProfileTable(model=MODEL)}
    async with poor.open() as pilot:
        await poor.write(pilot, "/profile quick")
        assert poor.notice == f"The profile quick holds for the questions from now on. {TOLD}"


async def test_a_conversation_whose_profile_has_such_a_model_says_so_when_it_is_resumed(
    poor: Chat,
) -> None:
    poor.profiles = {"quick": ProfileTable(model=MODEL)}
    poor.model.scripts = [says("Hello")]
    async with poor.open() as pilot:
        await poor.write(pilot, "one")
        await poor.write(pilot, "/profile quick")
        conversation = poor.window.session.conversation_id
        await poor.write(pilot, "/new")
        await poor.write(pilot, "/profile none")
        await poor.write(pilot, f"/resume {conversation}")
        assert poor.notice == TOLD


async def test_a_comparison_says_it_before_the_question_is_written(poor: Chat) -> None:
    async with poor.open() as pilot:
        await poor.write(pilot, f"/compare {MODEL} lab/small")
        await poor.until(lambda: isinstance(poor.window.screen, CompareScreen))
        await pilot.pause()
        assert "OPENAI_API_KEY" in poor.screen
        assert "LAB_KEY" in poor.screen


async def test_where_the_key_is_at_hand_nothing_is_told(chat: Chat) -> None:
    source = KeySource("openai", env="OPENAI_API_KEY", environ={"OPENAI_API_KEY": "k"})
    printed = KeySource("lab", command=("pass", "lab"), environ={})
    chat.endpoints = [
        Endpoint("openai", NOWHERE, source, models=("gpt-5-nano",)),
        Endpoint("lab", NOWHERE, printed, models=("small",)),
    ]
    async with chat.open() as pilot:
        for name in (MODEL, "lab/small"):
            await chat.write(pilot, f"/model {name}")
            assert chat.notice == f"{name} answers."


@pytest.mark.parametrize("size", [(60, 24), (80, 24), (170, 40)])
async def test_the_meter_says_it_as_long_as_the_model_is_chosen(
    poor: Chat, size: tuple[int, int]
) -> None:
    async with poor.open(size) as pilot:
        await poor.write(pilot, f"/model {MODEL}")
        poor.window.view.notice.dismiss()
        await poor.until(lambda: "! no key" in poor.screen)
        await pilot.press(*"what")
        await poor.until(lambda: not poor.window.at_work("meter"))
        assert "! no key" in poor.screen
        await pilot.press("ctrl+c")
        await poor.write(pilot, f"/model {NAME}")
        await poor.until(lambda: "! no key" not in poor.screen)


@pytest.mark.parametrize("columns", [60, 80, 120])
async def test_the_list_names_variables_to_their_ends(poor: Chat, columns: int) -> None:
    variable = "A_LABORATORY_OF_THE_UNIVERSITY_API_KEY"
    poor.endpoints = [keyless("laboratory", variable, models=("a-model-with-a-long-name-2026-06",))]
    async with poor.open((columns, 30)) as pilot:
        await pilot.press("ctrl+l")
        await poor.until(lambda: isinstance(poor.window.screen, ModelPicker))
        await poor.until(lambda: not poor.window.at_work("listing"))
        assert f"set {variable} " in poor.screen
        await pilot.press(*"university")
        await poor.until(lambda: f"set {variable} " in poor.screen)
