"""Which questions the manual answers."""

from __future__ import annotations

import pytest

from chatui.text.about_chatui import COMMANDS, is_about_chatui


@pytest.mark.parametrize(
    "question",
    [
        "How do I change the model in chatui?",
        "Wie beende ich Chatui?",
        "chatui 怎么切换模型？",
        "What does /compact do?",
        "is builtin/extract a model?",
    ],
)
def test_what_names_chatui_or_a_command_of_it_is_about_it(question: str) -> None:
    assert is_about_chatui(question)


@pytest.mark.parametrize(
    "question",
    [
        "How do I change the model?",
        "What is in /home/ann/model?",
        "What does the /export endpoint return?",
        "What is at https://example.org/model?",
        "What is in chatui/text?",
        "Which of import/export is taxed?",
        "",
    ],
)
def test_what_only_looks_like_it_is_about_the_documents(question: str) -> None:
    assert not is_about_chatui(question)


def test_the_commands_are_those_of_the_window() -> None:
    from chatui.app.commands import registry

    assert set(COMMANDS.split()) == registry.COMMANDS.keys()
