"""Tags in the window."""

from __future__ import annotations

from chatui.widgets.sessions import SessionsScreen
from tests.app.scripted_chat import Chat, says


async def test_a_conversation_is_tagged_and_the_tag_taken_off(chat: Chat) -> None:
    chat.model.scripts = [says("Hello")]
    async with chat.open() as pilot:
        await chat.write(pilot, "/tag work")
        assert chat.notice == "There is no conversation to tag yet: ask something first."
        await pilot.press("ctrl+c")
        await chat.write(pilot, "About otters")
        await chat.write(pilot, "/tag Work #home/garden")
        assert chat.notice == "Tags: #home/garden #work."
        await chat.write(pilot, "/tag -work")
        assert chat.notice == "Tags: #home/garden."
        await chat.write(pilot, "/tag -work")
        assert chat.notice == "This conversation has no tag #work."
        await pilot.press("ctrl+c")
        await chat.write(pilot, "/tag a!b")
        assert chat.notice.startswith("a!b can be no tag")


async def test_the_list_finds_by_tag_and_by_words_among_those(chat: Chat) -> None:
    chat.model.scripts = [says("Hello")]
    async with chat.open(size=(80, 24)) as pilot:
        for question, tags in (("About otters", "work"), ("On badgers", "work"), ("Otters", "")):
            await pilot.press("ctrl+n")
            await chat.until(lambda: chat.window.session.conversation_id is None and chat.idle)
            await chat.write(pilot, question)
            if tags:
                await chat.write(pilot, f"/tag {tags}")
        await pilot.press("ctrl+s")
        await chat.until(lambda: isinstance(chat.window.screen, SessionsScreen))
        await chat.until(lambda: "#work · About otters" in chat.screen)
        screen = chat.window.screen
        assert isinstance(screen, SessionsScreen)

        def titles(query: str) -> set[str]:
            return {row.cells[0] for row in screen.fitting(query)}

        assert titles("#wo") == {"#work · About otters", "#work · On badgers"}
        assert titles("#work otters") == {"#work · About otters"}
        assert titles("#home") == set()
        await pilot.press(*"#work bad", "f2")
        await pilot.pause()
        assert chat.window.focused is not None
        assert getattr(chat.window.focused, "value", "") == "On badgers"
