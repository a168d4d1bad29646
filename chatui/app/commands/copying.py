"""Commands that copy a turn or a part of it, and follow its links."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatui.app.commands.command import Command
from chatui.app.commands.turns import found
from chatui.assistant.prompt import without_attachments
from chatui.domain.errors import UsageError
from chatui.text.figures import counted
from chatui.widgets.answer_parts import AnswerCode, addresses, code_blocks, tables
from chatui.widgets.links import open_link
from chatui.widgets.picker import Picker, PickerRow

if TYPE_CHECKING:
    from chatui.app.window import Window

PARTS = ("sources", "code", "question", "table")
USAGE = "Say /copy for the answer, or /copy sources, question, code [N] or table [N]."


async def copy(window: Window, key: str) -> None:
    _, turn = found(window, key)
    put(window, turn.reply.text or turn.question)


async def copy_question(window: Window, key: str) -> None:
    _, turn = found(window, key)
    put(window, without_attachments(turn.question))


async def copy_with_sources(window: Window, key: str) -> None:
    from chatui.memory.transfer.markdown import answer

    _, turn = found(window, key)
    count = len(turn.reply.citations)
    put(window, answer(turn), f" with {count} source{'' if count == 1 else 's'}")


async def copy_code(window: Window, key: str, number: int = 0) -> None:
    """The code block of that number; of 0 the first, and the next one each time it is said again
    of the same answer."""
    chosen, turn = found(window, key)
    blocks = await asyncio.to_thread(code_blocks, turn.reply.text)
    at = place(window, chosen, "code block", number, blocks)
    block = blocks[at]
    words = f"code block {at + 1} of {len(blocks)}" if len(blocks) > 1 else "the code block"
    window.copy_to_clipboard(block.code)
    window.say(f"Copied {words}: {described(block)}.")


def described(block: AnswerCode) -> str:
    lines = counted(block.lines, "line")
    return f"{lines} of {block.language}" if block.language else lines


async def copy_table(window: Window, key: str, number: int = 0) -> None:
    """The table of that number, as CSV; of 0 as `copy_code` does."""
    chosen, turn = found(window, key)
    written = await asyncio.to_thread(tables, turn.reply.text)
    at = place(window, chosen, "table", number, written)
    words = f"table {at + 1} of {len(written)}" if len(written) > 1 else "the table"
    window.copy_to_clipboard(written[at])
    window.say(f"Copied {words} as CSV.")


def place(window: Window, key: str, what: str, number: int, there: Sequence[object]) -> int:
    """Where the wanted one is among them. Raises UsageError."""
    if not there:
        raise UsageError(f"This answer has no {what}.")
    if number > len(there):
        many = f"{len(there)} {what}s" if len(there) > 1 else f"one {what}"
        raise UsageError(f"This answer has {many}, and none of the number {number}.")
    *before, last = window.copied_last
    following = (last + 1) % len(there) if before == [key, what] else 0
    at = number - 1 if number else following
    window.copied_last = key, what, at
    return at


def put(window: Window, text: str, more: str = "") -> None:
    window.copy_to_clipboard(text)
    window.say(f"Copied {len(text):,} characters{more}.")


async def copy_chosen(window: Window, argument: str) -> None:
    """The answer of the turn that is selected in the transcript, else of the last one; or a part
    of it."""
    transcript = window.view.transcript
    key = (transcript.selected_key if transcript else None) or ""
    what, _, rest = argument.partition(" ")
    if what in {"code", "table"} and (not rest or (rest.isdecimal() and int(rest))):
        number = int(rest) if rest else 0
        await (copy_code if what == "code" else copy_table)(window, key, number)
    elif argument == "":
        await copy(window, key)
    elif argument == "sources":
        await copy_with_sources(window, key)
    elif argument == "question":
        await copy_question(window, key)
    else:
        raise UsageError(USAGE)


async def copy_choices(window: Window) -> list[str]:
    return list(PARTS)


async def follow_link(window: Window, key: str) -> None:
    """Shows the whole address of the answer's link, to be opened then; of several the user chooses
    one."""
    _, turn = found(window, key)
    links = await asyncio.to_thread(addresses, turn.reply.text)
    if not links:
        raise UsageError("This answer has no links.")
    chosen: str | None = "0"
    if len(links) > 1:
        rows = [PickerRow(str(at), (link,)) for at, link in enumerate(links)]
        chosen = await window.push_screen_wait(Picker("Links of the answer", rows))
    if chosen is not None:
        open_link(window.view.composer, links[int(chosen)])


async def follow_chosen(window: Window, argument: str) -> None:
    transcript = window.view.transcript
    await follow_link(window, (transcript.selected_key if transcript else None) or "")


COMMANDS = (
    Command(
        "copy",
        "[sources|question|code [N]|table [N]]",
        "Copy the answer, or a part of it",
        copy_chosen,
        copy_choices,
    ),
    Command("links", "", "Open a link of the answer", follow_chosen, leads=True),
)
