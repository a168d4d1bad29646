"""Slash commands, each by what the user sees of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.content import Content

from chatui.app.commands.registry import COMMANDS
from chatui.app.start import StartOptions
from chatui.config.schema import ProfileTable
from chatui.domain.conversation import FinishReason
from chatui.models.base import Finished, TextDelta
from chatui.text.slash import parse
from chatui.widgets.details import Details
from tests.app.scripted_chat import NAME, Chat, says

OF_THIS_WINDOW = """
    help model new clear resume rename fork undo redo retry edit copy export import editor theme
    reasoning system profile json continue rag sources template why ingest context tokens cost pin
    compact remember forget memory stats budget concise compare options pull run
    filters versions omit links times notices files chats quit paste show vim tag
"""


def test_every_command_is_there() -> None:
    assert set(OF_THIS_WINDOW.split()) == set(COMMANDS)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/new", ("new", "")),
        ("  /Model  gpt-5 ", ("model", "gpt-5")),
        ("/system one\ntwo", ("system", "one\ntwo")),
        ("/etc/hosts is what?", None),
        ("/ alone", None),
        ("what is /new", None),
    ],
)
def test_what_counts_as_a_command(text: str, command: tuple[str, str] | None) -> None:
    assert parse(text) == command


async def test_an_unknown_command_names_the_nearest_and_stays_written(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/modle x")
        assert "did you mean /model?" in chat.notice
        assert chat.window.view.composer.text == "/modle x"
        assert chat.model.requests == []


async def test_new_starts_afresh_and_resume_brings_the_old_one_back(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "one")
        old = chat.window.session.conversation_id
        await chat.write(pilot, "/new")
        assert chat.questions == []
        await chat.write(pilot, f"/resume {old}")
        assert chat.questions == ["one"]


async def test_a_conversation_that_is_not_there_leaves_the_shown_one(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "one")
        await chat.write(pilot, "/resume nosuchid")
        assert "no conversation" in chat.notice
        assert chat.questions == ["one"]


async def test_rename_shows_the_title_on_the_composers_border(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "one")
        await chat.write(pilot, "/rename About [cats]")
        subtitle = Content.from_markup(chat.window.view.composer.border_subtitle or "")
        assert subtitle.plain.startswith("About [cats] · ")


async def test_fork_goes_on_in_a_copy(chat: Chat) -> None:
    chat.model.scripts = [says("First"), says("Second")]
    async with chat.open() as pilot:
        await chat.write(pilot, "one")
        original = chat.window.session.conversation_id
        await chat.write(pilot, "/fork")
        await chat.write(pilot, "two")
        assert chat.questions == ["one", "two"]
        await chat.write(pilot, f"/resume {original}")
        assert chat.questions == ["one"]


async def test_copy_puts_the_last_answer_on_the_clipboard(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "one")
        await chat.write(pilot, "/copy")
        assert chat.window.clipboard.strip() == "Hello there"


async def test_pin_is_stored_and_taken_back(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "one")
        await chat.write(pilot, "/pin")
        await chat.window.session.reload()
        assert chat.window.session.path.turns[0][1].pinned
        await chat.write(pilot, "/pin")
        await chat.window.session.reload()
        assert not chat.window.session.path.turns[0][1].pinned


@pytest.mark.parametrize("command", ["/undo", "/redo", "/retry", "/edit", "/copy", "/pin", "/fork"])
async def test_commands_on_turns_say_when_there_is_none(chat: Chat, command: str) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, command)
        assert chat.notice.startswith("There is no")
        assert chat.window.view.notice.tone == "error"


async def test_system_changes_what_the_model_is_told(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/system Answer in rhymes.")
        await chat.write(pilot, "one")
        assert chat.model.requests[0].messages[0].content == "Answer in rhymes."


async def test_profile_changes_the_system_prompt(chat: Chat) -> None:
    chat.profiles = {"poet": ProfileTable(system="Answer in rhymes.")}
    async with chat.open() as pilot:
        await chat.write(pilot, "/profile poet")
        await chat.write(pilot, "one")
        assert chat.model.requests[0].messages[0].content == "Answer in rhymes."


async def test_a_profile_can_be_left_and_a_new_chat_begins_without_it(chat: Chat) -> None:
    chat.profiles = {"poet": ProfileTable(system="Answer in rhymes.", rag=False)}
    async with chat.open() as pilot:
        await chat.write(pilot, "/profile poet")
        await chat.write(pilot, "/profile none")
        assert chat.notice == "No profile holds for the questions from now on."
        await chat.write(pilot, "one")
        await chat.write(pilot, "/profile poet")
        await chat.write(pilot, "/new")
        await chat.write(pilot, "two")
    assert [request.messages[0].content for request in chat.model.requests] == ["Be brief."] * 2


async def test_a_profile_that_the_chat_was_opened_with_comes_back_with_a_new_chat(
    chat: Chat,
) -> None:
    chat.profiles = {"poet": ProfileTable(system="In {{ form }}.", vars={"form": "rhymes"})}
    chat.reopen(StartOptions(profile="poet", variables={"form": "haiku"}))
    async with chat.open() as pilot:
        await chat.write(pilot, "/profile none")
        await chat.write(pilot, "/new")
        await chat.write(pilot, "one")
        await chat.write(pilot, "/profile poet form=prose")
        await chat.write(pilot, "two")
    sent = [request.messages[0].content for request in chat.model.requests]
    assert sent == ["In haiku.", "In prose."]


async def test_what_was_typed_wins_over_the_profile_only_when_it_came_later(chat: Chat) -> None:
    chat.profiles = {"poet": ProfileTable(system="Answer in rhymes.")}
    async with chat.open() as pilot:
        await chat.write(pilot, "/system Plainly, {{ so }}.")
        await chat.write(pilot, "one")
        await chat.write(pilot, "/profile poet")
        await chat.write(pilot, "two")
        await chat.write(pilot, "/system Again.")
        await chat.write(pilot, "three")
    sent = [request.messages[0].content for request in chat.model.requests]
    assert sent == ["Plainly, {{ so }}.", "Answer in rhymes.", "Again."]


async def test_continue_goes_on_with_an_answer_that_was_cut_off(chat: Chat) -> None:
    chat.model.scripts = [
        [TextDelta("One, two"), Finished(FinishReason.LENGTH)],
        [TextDelta(", three."), Finished(FinishReason.STOP)],
        [TextDelta("Four."), Finished(FinishReason.STOP)],
    ]
    async with chat.open() as pilot:
        await chat.write(pilot, "Count")
        told = "cut off: the reply reached its output limit · /continue goes on"
        await chat.until(lambda: told in chat.screen)
        await chat.write(pilot, "/continue")
        await chat.until(lambda: chat.idle)
        assert "One, two, three." in chat.screen
        assert "cut off" not in chat.screen
        assert chat.screen.count("❯ Count") == 1
        await chat.write(pilot, "/continue")
        assert chat.notice == "The answer ended by itself: there is nothing to go on with."
        assert len(chat.window.session.path.turns) == 1


async def test_an_unknown_profile_names_the_nearest(chat: Chat) -> None:
    chat.profiles = {"poet": ProfileTable()}
    async with chat.open() as pilot:
        await chat.write(pilot, "/profile peot")
        assert "did you mean poet?" in chat.notice


async def test_theme_changes_the_colours_and_an_unknown_one_does_not(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/theme chatui-light")
        assert chat.window.theme == "chatui-light"
        await chat.write(pilot, "/theme chatui-lihgt")
        assert "did you mean chatui-light?" in chat.notice
        assert chat.window.theme == "chatui-light"


async def test_rag_turns_documents_on_and_off(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/rag on")
        assert chat.window.session.settings.rag
        await chat.write(pilot, "/rag")
        assert not chat.window.session.settings.rag


async def test_rag_refuses_a_collection_that_is_not_there(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/rag manuals")
        assert chat.notice.startswith("There is no collection manuals")
        assert chat.window.session.settings.collection == "default"


async def test_model_switches_by_name_and_an_unknown_one_changes_nothing(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/model nosuchmodel")
        assert chat.window.view.notice.tone == "error"
        assert chat.window.session.settings.model == NAME
        chat.window.view.composer.fill("")
        await chat.write(pilot, "/model extract")
        assert chat.window.session.settings.model == NAME
        assert chat.notice == f"{NAME} answers."


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("/context", "System prompt"),
        ("/cost", "No calls yet"),
    ],
)
async def test_commands_that_tell_something_open_a_box_that_escape_closes(
    chat: Chat, command: str, told: str
) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, command)
        assert isinstance(chat.window.screen, Details)
        await chat.until(lambda: told in chat.screen)
        await pilot.press("escape")
        await chat.until(lambda: not chat.window.screen.is_modal)


async def test_export_writes_markdown_or_json_and_never_over_a_file(
    chat: Chat, tmp_path: Path
) -> None:
    markdown, document = tmp_path / "chat.md", tmp_path / "chat.json"
    async with chat.open() as pilot:
        await chat.write(pilot, "one")
        await chat.write(pilot, f"/export {markdown}")
        await chat.write(pilot, f"/export {document}")
        await chat.write(pilot, f"/export {document}")
        assert "is there already" in chat.notice
    assert "Hello there" in markdown.read_text()
    assert [m["role"] for m in json.loads(document.read_text())["messages"]] == [
        "user",
        "assistant",
    ]


async def test_import_shows_what_was_exported(chat: Chat, tmp_path: Path) -> None:
    path = tmp_path / "chat.json"
    async with chat.open() as pilot:
        await chat.write(pilot, "one")
        await chat.write(pilot, f"/export {path}")
        await chat.write(pilot, "/new")
        await chat.write(pilot, f"/import {path}")
        assert chat.questions == ["one"]
        assert "2 messages" in chat.notice


@pytest.mark.parametrize("command", ["/import", "/ingest", "/rename"])
async def test_commands_that_need_something_say_so(chat: Chat, command: str) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, command)
        assert command in chat.notice
        assert chat.window.view.composer.text == command
