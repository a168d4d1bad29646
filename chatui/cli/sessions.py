"""`chatui sessions`: the conversations on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chatui.cli.chats import with_store
from chatui.cli.groups import GroupWithDefault
from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.output import (
    Styled,
    confirm,
    plain,
    print_json,
    print_line,
    print_table,
    print_text,
    warn,
)
from chatui.cli.search import given, read_queries
from chatui.domain.errors import UsageError
from chatui.text.figures import counted
from chatui.text.safety import one_line
from chatui.text.tags import NO_TAG, tag_of, told

if TYPE_CHECKING:
    from chatui.memory.records import ConversationRow, Listed, MessageHit
    from chatui.memory.store.store import ChatStore
    from chatui.memory.transfer.transfer import ImportReport

PREVIEW_CHARACTERS = 160


@click.group(cls=GroupWithDefault, default="list")
def sessions() -> None:
    """List, show, search, export and import conversations."""


@sessions.command("list")
@click.option(
    "-n", "--count", default=50, type=click.IntRange(1, 1_000_000), help="How many, newest first."
)
@click.option("--asks", "listed", flag_value="asks", help="Those asked once from the shell.")
@click.option("--all", "listed", flag_value="all", help="Chats and those asked once.")
@click.option("--tag", default="", help="Those with that tag, or one within it: work, work/acme.")
@click.option("--json", "as_json", is_flag=True)
@shared_options
def list_(run: Invocation, count: int, listed: Listed | None, tag: str, as_json: bool) -> None:
    """List the chats, newest first. What was asked once by `chatui ask` or `compare` is no chat
    until it is gone on with."""

    wanted = tag_of(tag) if tag else ""
    if wanted is None:
        raise UsageError(NO_TAG.format(one_line(tag)))

    async def found(store: ChatStore) -> tuple[list[ConversationRow], bool]:
        rows = await store.rows(count, listed=listed or "chats", tag=wanted)
        return rows, not rows and listed is None and bool(await store.rows(1))

    rows, has_asks = with_store(run, found)
    if as_json:
        print_json(rows)
    elif not rows and tag:
        print_line(f"No conversation has the tag #{wanted}.")
    elif not rows and listed == "asks":
        print_line("Nothing was asked once, or all of it has become chats.")
    elif not rows:
        beside = "; `chatui sessions list --asks` has what was asked once" if has_asks else ""
        print_line(f"No conversations yet{beside}.")
    else:
        head = ("id", "updated", "turns", "title")
        print_table(
            head,
            [
                (
                    row.id[:8],
                    f"{row.updated.astimezone():%Y-%m-%d %H:%M}",
                    str(row.turns),
                    f"{shown(row.title or row.preview)}  {told(row.tags)}".rstrip(),
                )
                for row in rows
            ],
        )


@sessions.command()
@click.argument("cid")
@click.option("--json", "as_json", is_flag=True)
@shared_options
def show(run: Invocation, cid: str, as_json: bool) -> None:
    """Print the conversation CID (a unique start of its id will do)."""
    write_out(run, cid, "json" if as_json else "md", None, force=False)


@sessions.command()
@click.argument("query", required=False)
@click.option("-k", "--count", default=10, type=click.IntRange(1, 1000), help="How many.")
@click.option("--cid", help="Look into this conversation only.")
@click.option("--queries", type=click.Path(), help='Many queries: JSON lines {"id", "query"}.')
@click.option("--json", "as_json", is_flag=True)
@shared_options
def search(
    run: Invocation,
    query: str | None,
    count: int,
    cid: str | None,
    queries: str | None,
    as_json: bool,
) -> None:
    """Find messages by what they say, in words or in meaning."""
    asked: list[dict[str, Any]] = (
        read_queries(Path(queries)) if queries else [{"id": None, "query": given(query)}]
    )

    from chatui.cli.message_search import search_messages

    async def work(store: ChatStore) -> list[list[MessageHit]]:
        only = await store.resolve(cid) if cid else None
        return await search_messages(run, store, [item["query"] for item in asked], count, only)

    for item, hits in zip(asked, with_store(run, work), strict=True):
        if queries:
            print_json({"id": item["id"], "results": [plain(hit) for hit in hits]}, line=True)
        elif as_json:
            print_json({"query": item["query"], "results": hits})
        else:
            print_hits(hits)


def print_hits(hits: list[MessageHit]) -> None:
    for hit in hits:
        head = f"{hit.conversation[:8]}  {hit.created.astimezone():%Y-%m-%d %H:%M}  {hit.role}"
        print_line(Styled(head, bold=True), f"  {shown(hit.title)}")
        print_line(f"    {shown(hit.text)}")
    if not hits:
        print_line("Nothing was found.")


@sessions.command()
@click.argument("cid")
@click.argument("title")
@shared_options
def rename(run: Invocation, cid: str, title: str) -> None:
    """Give the conversation CID another TITLE."""

    async def work(store: ChatStore) -> None:
        await store.rename(await store.resolve(cid), title)

    with_store(run, work)


@sessions.command()
@click.argument("cid")
@click.option("-y", "--yes", is_flag=True, help="Don't ask.")
@shared_options
def remove(run: Invocation, cid: str, yes: bool) -> None:
    """Delete the conversation CID for good."""

    async def find(store: ChatStore) -> Any:
        return await store.load(cid)

    found = with_store(run, find)
    if not yes:
        confirm(f"Delete “{shown(found.title) or found.id}”?")
    with_store(run, lambda store: store.remove(found.id))
    warn(f"Deleted {found.id}.")


@sessions.command()
@click.argument("cid")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["md", "html", "txt", "json"]),
    help="What is written; without it, what the name of FILE ends in, else Markdown.",
)
@click.option("-o", "--output", type=click.Path(), help="File to write; stdout without it.")
@click.option("--force", is_flag=True, help="Replace the file when it is there.")
@click.option(
    "--masked",
    is_flag=True,
    help="Mask what the filters of the config find; without any, what detectors do.",
)
@shared_options
def export(
    run: Invocation, cid: str, kind: str | None, output: str | None, force: bool, masked: bool
) -> None:
    """Write the conversation CID as Markdown, a page of HTML, plain text or JSON."""
    from chatui.memory.transfer.exports import format_of

    kind = kind or (format_of(Path(output)) if output else "md")
    write_out(run, cid, kind, output, force=force, masked=masked)


def write_out(
    run: Invocation, cid: str, kind: str, output: str | None, *, force: bool, masked: bool = False
) -> None:
    from chatui.memory.transfer.exports import export_text
    from chatui.system.files import write_export

    async def work(store: ChatStore) -> tuple[str, str, int]:
        full = await store.resolve(cid)
        beside = await store.on_other_branches(full)
        masking = await exported(run, store, full) if masked else str
        return full, await export_text(store, full, kind, masking), beside

    full, text, beside = with_store(run, work)
    if beside:
        turns = "turn is" if beside == 1 else "turns are"
        warn(f"{beside} more {turns} on other branches: `chatui --cid {full[:8]}` and /undo there.")
    if output is None:
        print_text(text, end="")
        return
    write_export(Path(output), text, replace=force, instead="give another name, or --force")


async def exported(run: Invocation, store: ChatStore, cid: str) -> Callable[[str], str]:
    """Masks a text of the conversation of that full id as it would be sent: with the masks that
    it has."""
    from chatui.bootstrap.filters import for_exports
    from chatui.jobs.filters.filters import filtered
    from chatui.jobs.filters.masks import Masks

    found = await asyncio.to_thread(for_exports, run.config(), run.paths.config)
    masks = Masks(await store.masks.of(cid))
    return lambda text: filtered(text, found, masks).text


@sessions.command("import")
@click.argument("file", type=click.Path())
@click.option("--json", "as_json", is_flag=True)
@shared_options
def import_(run: Invocation, file: str, as_json: bool) -> None:
    """Read conversations from a file or a folder: chatui's JSON, or what ChatGPT, Claude, Gemini,
    AI Studio, LM Studio, Open WebUI, llm or aichat export."""
    from chatui.memory.transfer.transfer import import_file

    report = with_store(run, lambda store: import_file(store, Path(file)))
    if as_json:
        print_json(report)
        return
    for sentence in report.skipped:
        warn(sentence)
    print_line(imported_sentence(report))


def imported_sentence(report: ImportReport) -> str:
    went_on = f", {len(report.continued):,} went on" if report.continued else ""
    known = f", {report.known:,} were here already" if report.known else ""
    return (
        f"{counted(len(report.conversations), 'conversation')}, "
        f"{counted(report.messages, 'message')} imported"
        f"{went_on}{known}."
    )


def shown(text: str) -> str:
    """Text of a conversation on one line, or its beginning."""
    return one_line(text, PREVIEW_CHARACTERS)
