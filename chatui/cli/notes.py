"""`chatui notes`: facts that are kept across conversations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from chatui.cli.chats import with_store
from chatui.cli.given_text import read_stdin
from chatui.cli.groups import GroupWithDefault
from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.output import print_json, print_line, print_table, print_text, warn
from chatui.domain.errors import UsageError

if TYPE_CHECKING:
    from chatui.memory.records import Note
    from chatui.memory.store.notes import Notes

T = TypeVar("T")


@click.group(cls=GroupWithDefault, default="list")
def notes() -> None:
    """List, keep, edit, forget and export notes, which join the prompts of all chats."""


def with_notes(run: Invocation, work: Callable[[Notes], Awaitable[T]]) -> T:
    return with_store(run, lambda store: work(store.notes))


@notes.command("list")
@click.option("--json", "as_json", is_flag=True)
@shared_options
def list_(run: Invocation, as_json: bool) -> None:
    """List the notes, and whether prompts get them."""
    from chatui.memory.transfer.notes import as_objects

    async def work(notes: Notes) -> tuple[list[Note], bool]:
        return await notes.all(), await notes.are_on()

    found, switched_on = with_notes(run, work)
    allowed = run.config().memory.notes
    if as_json:
        print_json({"on": allowed and switched_on, "notes": as_objects(found)})
        return
    if found:
        rows = [
            (str(note.number), f"{note.updated.astimezone():%Y-%m-%d}", note.state, note.text)
            for note in found
        ]
        print_table(("n", "updated", "state", "note"), rows)
    else:
        print_line("No notes yet.")
    if not allowed:
        warn("The config has notes off (memory.notes = false): no prompt gets any.")
    elif not switched_on:
        warn("Notes are off: no prompt gets any until `chatui notes on`.")


@notes.command()
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True)
@shared_options
def add(run: Invocation, text: str | None, as_json: bool) -> None:
    """Keep TEXT, or what is piped in, as a note."""
    note, new = with_notes(run, lambda notes: notes.add(given(text)))
    tell(note, f"Kept as note {note.number}." if new else f"Note {note.number} says so.", as_json)


@notes.command()
@click.argument("number", type=int)
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True)
@shared_options
def edit(run: Invocation, number: int, text: str | None, as_json: bool) -> None:
    """Give note NUMBER another TEXT."""
    note = with_notes(run, lambda notes: notes.edit(number, given(text)))
    tell(note, f"Note {number} is changed.", as_json)


@notes.command()
@click.argument("number", type=int)
@click.option("--json", "as_json", is_flag=True)
@shared_options
def accept(run: Invocation, number: int, as_json: bool) -> None:
    """Keep the proposed note NUMBER."""
    note = with_notes(run, lambda notes: notes.accept(number))
    tell(note, f"Kept as note {number}.", as_json)


@notes.command()
@click.argument("number", type=int)
@click.option("--json", "as_json", is_flag=True)
@shared_options
def forget(run: Invocation, number: int, as_json: bool) -> None:
    """Delete note NUMBER, or decline it when it was only proposed; it is printed."""
    note = with_notes(run, lambda notes: notes.forget(number))
    tell(note, f"Forgot note {number}: {note.text}", as_json)


@notes.command()
@click.option("--format", "kind", type=click.Choice(["md", "json"]), default="md")
@click.option("-o", "--output", type=click.Path(), help="File to write; stdout without it.")
@click.option("--force", is_flag=True, help="Replace the file when it is there.")
@shared_options
def export(run: Invocation, kind: str, output: str | None, force: bool) -> None:
    """Write all notes as Markdown or JSON."""
    from chatui.memory.transfer.notes import as_json, as_markdown
    from chatui.system.files import write_export

    found = with_notes(run, lambda notes: notes.all())
    text = as_json(found) if kind == "json" else as_markdown(found)
    if output is None:
        print_text(text, end="")
        return
    write_export(Path(output), text, replace=force, instead="give another name, or --force")


@notes.command("on")
@shared_options
def on_(run: Invocation) -> None:
    """Let notes join prompts and be proposed."""
    with_notes(run, lambda notes: notes.switch(True))
    warn("Notes are on." if run.config().memory.notes else "memory.notes = false keeps them off.")


@notes.command()
@shared_options
def off(run: Invocation) -> None:
    """Keep the notes, but out of every prompt."""
    with_notes(run, lambda notes: notes.switch(False))
    warn("Notes are off; `chatui notes on` switches them on again.")


def given(text: str | None) -> str:
    """The argument, or what was piped in. Raises UsageError for neither."""
    found = text if text is not None else read_stdin()
    if not found.strip():
        raise UsageError("The note is empty; give a TEXT, or pipe it in.")
    return found


def tell(note: Note, sentence: str, as_json: bool) -> None:
    if as_json:
        from chatui.memory.transfer.notes import as_objects

        print_json(as_objects([note])[0])
    else:
        print_line(sentence)
