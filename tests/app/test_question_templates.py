"""Templates of questions in the window, and what a command takes while it is typed."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from chatui.widgets.picker import Picker
from tests.app.scripted_chat import Chat


@pytest.fixture
def kept(chat: Chat) -> Chat:
    folder = chat.folder / "templates"
    folder.mkdir()
    (folder / "compare.md").write_text("Compare {{ one }} with {{ two | default('tea') }}.")
    (folder / "plain.md").write_text("Why is that?")
    return chat


async def test_what_is_not_given_is_asked_for_and_the_question_can_be_read_first(
    kept: Chat,
) -> None:
    async with kept.open() as pilot:
        window = kept.window
        window.command("template", "compare")
        await kept.until(lambda: isinstance(window.focused, Input))
        fields = list(window.screen.query(Input))
        assert [field.placeholder for field in fields] == ["", "tea"]
        await pilot.press(*"coffee", "enter", "enter")
        await kept.until(lambda: bool(window.view.composer.text))

        assert window.view.composer.text == "Compare coffee with tea."
        assert not window.session.path.turns


async def test_what_is_given_is_not_asked_for(kept: Chat) -> None:
    async with kept.open():
        window = kept.window
        window.command("template", 'compare one="green tea" two=coffee')
        await kept.until(lambda: bool(window.view.composer.text))

        assert window.view.composer.text == "Compare green tea with coffee."


async def test_esc_leaves_the_form_and_nothing_is_written(kept: Chat) -> None:
    async with kept.open() as pilot:
        window = kept.window
        window.command("template", "compare")
        await kept.until(lambda: isinstance(window.focused, Input))
        await pilot.press("escape")
        await kept.until(lambda: not window.at_work("command"))

        assert window.view.composer.text == ""


async def test_without_a_name_they_are_listed(kept: Chat) -> None:
    async with kept.open() as pilot:
        window = kept.window
        window.command("template")
        await kept.until(lambda: isinstance(window.screen, Picker))
        await pilot.press(*"plain", "enter")
        await kept.until(lambda: bool(window.view.composer.text))

        assert window.view.composer.text == "Why is that?"


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ("nosuch", "There is no template nosuch"),
        ("compare three=1", "compare has no variable three; it has one, two."),
        ("compare word", "word sets no variable"),
    ],
)
async def test_what_is_wrong_is_a_sentence(kept: Chat, argument: str, sentence: str) -> None:
    async with kept.open():
        kept.window.command("template", argument)
        await kept.until(lambda: sentence in kept.window.view.notice.text)


async def test_without_any_the_notice_says_where_one_is_written(chat: Chat) -> None:
    async with chat.open():
        chat.window.command("template")
        await chat.until(lambda: "templates/NAME.md" in chat.window.view.notice.text)


async def test_what_a_command_takes_is_told_while_it_is_typed(chat: Chat) -> None:
    async with chat.open() as pilot:
        completions = chat.window.view.composer.completions
        await pilot.press(*"/rename ")
        await chat.until(lambda: completions.display)
        assert "/rename" in completions.render().plain
        assert not completions.is_open

        await pilot.press("ctrl+u")
        await chat.until(lambda: not completions.display)


async def test_values_are_told_with_what_there_is_to_know_of_them(kept: Chat) -> None:
    async with kept.open() as pilot:
        completions = kept.window.view.composer.completions
        await pilot.press(*"/template ")
        await kept.until(lambda: completions.is_open)

        assert {item.label: item.detail for item in completions.items} == {
            "compare": "Compare {{ one }} with {{ two | default('tea') }}.",
            "plain": "Why is that?",
        }


async def test_models_are_told_with_their_prices(chat: Chat) -> None:
    async with chat.open() as pilot:
        completions = chat.window.view.composer.completions
        await pilot.press(*"/model extract")
        await chat.until(lambda: completions.is_open)

        assert "per million" in completions.items[0].detail
