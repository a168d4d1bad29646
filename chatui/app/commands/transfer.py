"""Commands that write conversations to files and read them from files."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.app.commands.command import Command
from chatui.domain.errors import UsageError
from chatui.system.files import at_home, write_export
from chatui.text.figures import counted

if TYPE_CHECKING:
    from chatui.app.window import Window


async def export(window: Window, argument: str) -> None:
    """Writes this conversation in the form that the file's name ends in, as Markdown without one.
    With `answer` in front: the chosen answer alone, with its sources."""
    from chatui.memory.transfer.exports import export_text, format_of

    session = window.session
    first, _, rest = argument.partition(" ")
    if first == "answer":
        await export_answer(window, rest.strip())
        return
    if session.conversation_id is None:
        raise UsageError("There is nothing to export yet: ask something first.")
    store = (await session.services()).store
    path = given_path(argument or file_name(session.title))
    text = await export_text(store, session.conversation_id, format_of(path))
    await asyncio.to_thread(write_new, path, text)
    window.say(f"Wrote {path}.")


async def export_answer(window: Window, name: str) -> None:
    """The answer of the turn that is selected in the transcript, else of the last one."""
    from chatui.app.commands.turns import found
    from chatui.assistant.prompt import without_attachments
    from chatui.memory.transfer.exports import answer_text, format_of

    transcript = window.view.transcript
    _, turn = found(window, (transcript.selected_key if transcript else None) or "")
    question = without_attachments(turn.question)
    path = given_path(name or file_name(question))
    text = await asyncio.to_thread(answer_text, turn, question, format_of(path))
    await asyncio.to_thread(write_new, path, text)
    window.say(f"Wrote {path}.")


async def export_choices(window: Window) -> list[str]:
    return ["answer"]


def given_path(argument: str) -> Path:
    return at_home(argument)


def file_name(title: str) -> str:
    """A file name made of the title's words."""
    words = re.findall(r"\w+", title.lower())
    return ("-".join(words[:8]) or "conversation")[:80] + ".md"


def write_new(path: Path, text: str) -> None:
    """Writes a file that was not there. Raises UsageError."""
    write_export(path, text, instead="give another name")


async def import_(window: Window, argument: str) -> None:
    """Adds the conversations of a file and shows the first of them."""
    from chatui.memory.transfer import transfer

    if not argument:
        raise UsageError("Say what to import: /import FILE.")
    store = (await window.session.services()).store
    report = await transfer.import_file(store, given_path(argument))
    added = (*report.conversations, *report.continued)
    if len(added) == 1:
        await window.settle()
        await window.session.resume(added[0])
        await window.show_conversation()
    left_out = f" Left out: {report.skipped[0]}" if report.skipped else ""
    if not added:
        window.say(f"Everything in it was here already.{left_out}")
        return
    what = counted(len(added), "conversation")
    messages = counted(report.messages, "message")
    known = f", {report.known:,} more were here already" if report.known else ""
    listed = ": Ctrl+S lists them" if len(added) > 1 else ""
    window.say(f"Imported {what} with {messages}{known}{listed}.{left_out}")


COMMANDS = (
    Command(
        "export",
        "[answer] [FILE]",
        "Write this conversation to a .md, .html, .txt or .json file, or one answer",
        export,
        export_choices,
    ),
    Command(
        "import",
        "FILE",
        "Add conversations from chatui's JSON or another program's export",
        import_,
    ),
)
