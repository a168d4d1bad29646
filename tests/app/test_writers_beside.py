"""Several chatuis that go on with one conversation: every turn can be come to, and it is said."""

from __future__ import annotations

from chatui.app.replies import BESIDE
from chatui.memory.store.store import ChatStore
from tests.app.scripted_chat import Chat, says


async def ask_elsewhere(chat: Chat, question: str, parent: str | None) -> None:
    """Another process's turn behind that one."""
    store = (await chat.window.session.services()).store
    other = await ChatStore.open(store.path)
    assert chat.window.session.conversation_id is not None
    await other.begin_turn(chat.window.session.conversation_id, question, parent=parent)
    await other.close()


async def test_turns_of_another_chatui_are_told_of_and_shown_by_undo(chat: Chat) -> None:
    chat.model.scripts = [says("Hello")]
    async with chat.open() as pilot:
        await chat.write(pilot, "one")
        shown = chat.window.session.path.head
        for number in range(3):
            await ask_elsewhere(chat, f"elsewhere {number}", shown)
        await chat.write(pilot, "two")
        assert chat.notice == BESIDE
        assert chat.questions == ["one", "two"]

        for number in (2, 1, 0):
            await chat.write(pilot, "/undo")
            assert chat.questions == ["one", f"elsewhere {number}"]
        for _ in range(3):
            await chat.write(pilot, "/redo")
        assert chat.questions == ["one", "two"]


async def test_a_window_that_is_alone_says_nothing_of_others(chat: Chat) -> None:
    chat.model.scripts = [says("Hello")]
    async with chat.open() as pilot:
        for question in ("one", "two"):
            await chat.write(pilot, question)
            assert chat.notice != BESIDE
        await chat.write(pilot, "/retry")
        assert chat.notice != BESIDE
        await chat.write(pilot, "/undo")
        await chat.write(pilot, "three")
        assert chat.notice != BESIDE
