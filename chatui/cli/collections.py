"""`chatui collections`: what has been ingested, and whether its index is sound."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from chatui.cli.groups import GroupWithDefault
from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.output import confirm, plain, print_json, print_line, print_table, warn
from chatui.cli.preparation import say_preparation
from chatui.cli.progress import progress_display, warn_above
from chatui.text.figures import counted

if TYPE_CHECKING:
    from chatui.bootstrap.documents import Documents
    from chatui.retrieval.library.records import CollectionInfo, FileRow
    from chatui.retrieval.upkeep import IndexCheck

T = TypeVar("T")
CHANGED = "embedded with another model: `chatui collections rebuild {name}` embeds it anew"


@click.group(cls=GroupWithDefault, default="list")
def collections() -> None:
    """List, show, check, rebuild and remove collections of documents."""


def with_documents(run: Invocation, work: Callable[[Documents], Awaitable[T]]) -> T:
    from chatui.bootstrap.documents import open_documents

    async def opened() -> T:
        config = run.config()
        async with open_documents(config, run.paths, say_preparation, warn_above) as documents:
            return await work(documents)

    return asyncio.run(opened())


async def chosen(documents: Documents, name: str | None) -> list[str]:
    """The named collection, or all of them. Raises NoSuchCollection."""
    if name is not None:
        return [(await documents.library.collection(name)).name]
    return [info.name for info in await documents.library.collections()]


@collections.command("list")
@click.option("--json", "as_json", is_flag=True)
@shared_options
def list_(run: Invocation, as_json: bool) -> None:
    """List the collections."""

    async def work(documents: Documents) -> tuple[list[CollectionInfo], str | None]:
        infos = await documents.library.collections()
        return infos, await documents.embedder.fingerprint_at_hand()

    infos, model = with_documents(run, work)
    if as_json:
        print_json([{**plain(info), "model_changed": changed(info, model)} for info in infos])
    elif not infos:
        print_line("No documents yet; add some with `chatui ingest PATH`.")
    else:
        rows = [
            (
                info.name,
                str(info.files),
                str(info.chunks),
                f"{info.bytes / 1e6:.1f} MB",
                CHANGED.format(name=info.name) if changed(info, model) else "",
            )
            for info in infos
        ]
        print_table(("collection", "files", "chunks", "size", ""), rows)


def changed(info: CollectionInfo, model: str | None) -> bool:
    """Whether the vectors are of another model than the config names; False as long as that
    one has not been used, because then nothing is known of it."""
    return bool(info.fingerprint and model and info.fingerprint != model)


@collections.command()
@click.argument("name", default="default")
@click.option("--json", "as_json", is_flag=True)
@shared_options
def show(run: Invocation, name: str, as_json: bool) -> None:
    """Show the files of the collection NAME."""

    async def work(documents: Documents) -> CollectionFiles:
        info = await documents.library.collection_info(name)
        row = await documents.library.collection(name)
        files = (await documents.library.files(row.id)).values()
        model = await documents.embedder.fingerprint_at_hand()
        recognised = await documents.library.recognised(row.id)
        by_name = sorted(files, key=lambda file: file.source)
        return CollectionFiles(info, by_name, recognised, changed(info, model))

    found = with_documents(run, work)
    info, files, stale = found.info, found.files, found.stale
    if as_json:
        objects = [file_object(file, found.recognised.get(file.id)) for file in files]
        print_json({**plain(info), "model_changed": stale, "files": objects})
        return
    print_line(f"{info.name}: {counted(info.files, 'file')}, {counted(info.chunks, 'chunk')}")
    if stale:
        print_line(CHANGED.format(name=info.name))
    for file in files:
        print_line(shown(file, found.recognised.get(file.id)))


class CollectionFiles(NamedTuple):
    """A collection with its files, and the pages whose text was recognised by the file's id."""

    info: CollectionInfo
    files: list[FileRow]
    recognised: dict[int, tuple[int, ...]]
    stale: bool


def file_object(file: FileRow, recognised: tuple[int, ...] | None) -> dict[str, Any]:
    names = ("source", "path", "title", "size", "sha256", "outcome", "reason", "lacks")
    told = {name: plain(getattr(file, name)) for name in names}
    return {**told, "ocr": recognised is not None, "ocr_pages": list(recognised or ())}


def shown(file: FileRow, recognised: tuple[int, ...] | None) -> str:
    from chatui.retrieval.chunking.lacks import in_words, pages_in_words

    note = f"  ({file.outcome}: {file.reason})" if file.reason else ""
    if file.lacks:
        note = f"  (read in part: {in_words(file.lacks)})"
    if recognised is not None:
        pages = f": {pages_in_words(recognised)}" if recognised else ""
        note += f"  (OCR{pages})"
    return f"  {file.source}{note}"


@collections.command()
@click.argument("name")
@click.option("-y", "--yes", is_flag=True, help="Don't ask.")
@shared_options
def remove(run: Invocation, name: str, yes: bool) -> None:
    """Remove the collection NAME; the files themselves stay where they are."""
    info = with_documents(run, lambda documents: documents.library.collection_info(name))
    if not yes:
        confirm(f"Remove {name} with {counted(info.chunks, 'chunk')}?")
    with_documents(run, lambda documents: documents.upkeep.remove(name))
    warn(f"Removed {name}.")


@collections.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True)
@shared_options
@click.pass_context
def check(ctx: click.Context, /, run: Invocation, name: str | None, as_json: bool) -> None:
    """Look every chunk up by its own vector (exit code 1 when one is not found)."""

    async def work(documents: Documents) -> list[IndexCheck]:
        return [await documents.upkeep.check(one) for one in await chosen(documents, name)]

    checks = with_documents(run, work)
    if as_json:
        print_json([{**plain(one), "sound": one.sound} for one in checks])
    else:
        for one in checks:
            print_line(verdict(one))
    if not all(one.sound for one in checks):
        ctx.exit(1)


def verdict(check: IndexCheck) -> str:
    if check.sound:
        chunks = counted(check.checked, "chunk is", "chunks are")
        return f"{check.collection}: {chunks} found, none is missing."
    more = "".join(f"{fault}; " for fault in check.faults)
    return (
        f"{check.collection}: {more}{len(check.lost)} of {check.checked} chunks are not found, "
        f"{check.waiting} wait for their vectors, {len(check.strangers)} don't belong here; "
        f"mend it with `chatui collections rebuild {check.collection}`."
    )


@collections.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True)
@shared_options
def rebuild(run: Invocation, name: str | None, as_json: bool) -> None:
    """Make the index anew from the library; nothing is embedded again."""

    async def work(documents: Documents) -> list[dict[str, Any]]:
        done: list[dict[str, Any]] = []
        with progress_display(sys.stderr) as display:
            for one in await chosen(documents, name):
                indexed = 0
                async for progress in documents.upkeep.rebuild(one):
                    indexed = progress.done
                    share = progress.done / progress.total
                    display.draw(share, f"{one}: {progress.done}/{progress.total} chunks")
                done.append({"collection": one, "indexed": indexed})
        return done

    for done in (results := with_documents(run, work)):
        if not as_json:
            print_line(f"{done['collection']}: {counted(done['indexed'], 'chunk')} indexed.")
    if as_json:
        print_json(results)
