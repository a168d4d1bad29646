"""Copying parts of an answer: code blocks, tables, the question; and following its links."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from chatui.widgets.answer_parts import addresses, code_blocks, tables
from chatui.widgets.links import LinkBox
from chatui.widgets.picker import Picker
from tests.app.scripted_chat import Chat
from tests.app.test_versions import choose_turn, press

ANSWER = """Two ways:

```python
print("one")
```

- in the shell

  ```sh
  echo two
  echo three
  ```

| name | price |
|:--|--:|
| a, b | **3** |
| `c` | "4" |

See [the guide](https://example.org/guide) and https://example.com/x."""


def answers(text: str) -> list[object]:
    from chatui.domain.conversation import FinishReason
    from chatui.domain.usage import Usage
    from chatui.models.base import Finished, TextDelta

    return [TextDelta(text), Finished(FinishReason.STOP, Usage(input=1, output=1))]


@pytest.fixture
def coding(chat: Chat) -> Chat:
    chat.model.scripts = [answers(ANSWER)]  # type: ignore[list-item]
    return chat


def copied(chat: Chat) -> str:
    return chat.window.clipboard


async def test_code_blocks_are_copied_by_number(coding: Chat) -> None:
    chat = coding
    async with chat.open() as pilot:
        await chat.write(pilot, "How?")
        await chat.write(pilot, "/copy code 2")
        assert copied(chat) == "echo two\necho three\n"
        assert "code block 2 of 2: 2 lines of sh" in chat.notice
        await chat.write(pilot, "/copy code 3")
        assert "has 2 code blocks, and none of the number 3" in chat.notice


async def test_a_key_copies_one_code_block_after_the_other(coding: Chat) -> None:
    chat = coding
    async with chat.open() as pilot:
        await chat.write(pilot, "How?")
        await choose_turn(chat, pilot)
        for code in ('print("one")\n', "echo two\necho three\n", 'print("one")\n'):
            await press(chat, pilot, "C")
            assert copied(chat) == code


async def test_a_click_on_its_label_copies_a_code_block(coding: Chat) -> None:
    chat = coding
    async with chat.open(size=(100, 40)) as pilot:
        await chat.write(pilot, "How?")
        await click_on(chat, pilot, "sh  copy")
        await chat.until(lambda: copied(chat) == "echo two\necho three\n")


async def click_on(chat: Chat, pilot: Pilot[None], text: str) -> None:
    await chat.until(lambda: text in chat.screen)
    lines = chat.screen.split("\n")
    row = next(y for y, line in enumerate(lines) if text in line)
    await pilot.click(offset=(lines[row].index(text) + len(text) - 1, row))


async def test_the_question_and_a_table_are_copied(coding: Chat) -> None:
    chat = coding
    async with chat.open() as pilot:
        await chat.write(pilot, "How?")
        await choose_turn(chat, pilot)
        await press(chat, pilot, "u")
        assert copied(chat) == "How?"
        await press(chat, pilot, "T")
        assert copied(chat) == 'name,price\r\n"a, b",3\r\nc,"""4"""\r\n'
        assert "the table as CSV" in chat.notice


async def test_a_link_is_chosen_and_shown_whole_before_it_is_opened(coding: Chat) -> None:
    chat = coding
    async with chat.open() as pilot:
        await chat.write(pilot, "How?")
        await choose_turn(chat, pilot)
        await pilot.press("o")
        await chat.until(lambda: isinstance(chat.window.screen, Picker))
        await pilot.pause()
        await pilot.press("down", "enter")
        await chat.until(lambda: isinstance(chat.window.screen, LinkBox))
        await pilot.pause()
        assert "https://example.com/x" in chat.screen


async def test_an_answer_without_any_says_so(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        for command, told in (
            ("/copy code", "no code block"),
            ("/copy table", "no table"),
            ("/links", "no links"),
            ("/copy nothing", "Say /copy"),
        ):
            await chat.write(pilot, command)
            assert told in chat.notice
            chat.window.view.composer.fill("")


def test_code_is_what_the_answer_holds() -> None:
    assert [(one.language, one.lines) for one in code_blocks(ANSWER)] == [("python", 1), ("sh", 2)]
    assert [one.code for one in code_blocks("    tab\there")] == ["tab\there\n"]
    assert code_blocks("``not a fence``") == []


def test_tables_in_quotes_and_lists_are_tables() -> None:
    assert tables("> | a |\n> |--|\n> | b |") == ["a\r\nb\r\n"]


def test_addresses_are_told_once() -> None:
    text = "[a](https://x.org) https://x.org <https://y.org> ![p](https://z.org/p.png)"
    assert addresses(text) == ["https://x.org", "https://y.org", "https://z.org/p.png"]
