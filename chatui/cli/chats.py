"""The store of chats for a verb that needs nothing else open."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from chatui.cli.output import warn

if TYPE_CHECKING:
    from chatui.cli.invocation import Invocation
    from chatui.memory.store.store import ChatStore

T = TypeVar("T")


def with_store(run: Invocation, work: Callable[[ChatStore], Awaitable[T]]) -> T:
    from chatui.memory.store.store import ChatStore

    async def opened() -> T:
        store = await ChatStore.open(run.paths.chats)
        if store.told:
            warn(store.told)
        try:
            done = await work(store)
            if store.unwritable:
                warn(store.unwritable)
            return done
        finally:
            await store.close()

    return asyncio.run(opened())
