"""Names that a shell completes: models, profiles, collections, conversations. Nothing is asked of
any server, and what fails completes nothing: a shell has no place for an error."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from chatui.cli.invocation import Invocation, invocation
from chatui.domain.errors import ChatuiError, UnknownModel
from chatui.text.safety import drawable, one_line

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from chatui.memory.records import ConversationRow
    from chatui.memory.store.store import ChatStore
    from chatui.models.base import ChatModel

LONGEST_HELP = 80

Complete = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def completing(find: Callable[[Invocation], Iterable[tuple[str, str]]]) -> Complete:
    """Completes with the names that are found, each with a help text."""

    def complete(
        ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        given = ctx.find_root().params | {k: v for k, v in ctx.params.items() if v}
        try:
            found = list(find(invocation(given)))
        except (ChatuiError, OSError):
            return []
        return [
            CompletionItem(name, help=one_line(what, LONGEST_HELP) or None)
            for name, what in found
            # One with a line break or a control can't be typed, nor shown.
            if name.startswith(incomplete) and drawable(name) == name and "\n" not in name
        ]

    return complete


def models(run: Invocation) -> Iterable[tuple[str, str]]:
    from chatui.bootstrap.local_models import model_files
    from chatui.bootstrap.settings import endpoints
    from chatui.models.catalog import AUTO, BUILTIN, Catalog

    config = run.config()
    used = asyncio.run(recent(run)) if run.paths.chats.exists() else []
    catalog = Catalog(endpoints(config), model_files(config, run.paths), no_model)
    return [(name, "") for name in dict.fromkeys([*used, *catalog.names(), BUILTIN.name, AUTO])]


def no_model() -> ChatModel:
    raise UnknownModel("Completing a name opens no model.")


async def recent(run: Invocation) -> list[str]:
    from chatui.memory.store.store import ChatStore

    store = await ChatStore.open(run.paths.chats)
    try:
        return await store.recent_models(20)
    finally:
        await store.close()


def profiles(run: Invocation) -> Iterable[tuple[str, str]]:
    from chatui.bootstrap.profiles import described, open_profiles

    return described(open_profiles(run.config(), run.paths))


def conversations(run: Invocation) -> Iterable[tuple[str, str]]:
    from chatui.cli.chats import with_store

    if not run.paths.chats.exists():
        return []

    async def listed(store: ChatStore) -> list[ConversationRow]:
        # However much was asked once, the chats are among them.
        return [*await store.rows(50, listed="chats"), *await store.rows(20, listed="asks")]

    return [(row.id, row.title) for row in with_store(run, listed)]


def documents(run: Invocation) -> Iterable[tuple[str, str]]:
    """The files of the collection that questions look into."""
    from chatui.retrieval.library.library import Library

    async def listed() -> list[tuple[str, str]]:
        library = Library(run.paths.library)
        try:
            names = [info.name for info in await library.collections()]
            wanted = run.config().retrieval.collection
            if wanted not in names:
                return []
            row = await library.collection(wanted)
            files = (await library.files(row.id)).values()
            return [(file.source, file.title) for file in files if file.outcome == "read"]
        finally:
            await library.close()

    return asyncio.run(listed()) if run.paths.library.exists() else []


def collections(run: Invocation) -> Iterable[tuple[str, str]]:
    from chatui.retrieval.library.library import Library

    async def listed() -> list[tuple[str, str]]:
        library = Library(run.paths.library)
        try:
            return [(row.name, f"files: {row.files}") for row in await library.collections()]
        finally:
            await library.close()

    return asyncio.run(listed()) if run.paths.library.exists() else []
