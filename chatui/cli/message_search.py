"""`chatui sessions search`: brings the index of messages up to date, then looks into it."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from chatui.cli.output import warn
from chatui.cli.preparation import say_preparation
from chatui.cli.progress import progress_display, warn_above
from chatui.domain.errors import BudgetExceeded, EmbedderFailed, StoreError, WorkerError
from chatui.text.figures import time_left

if TYPE_CHECKING:
    from chatui.assistant.recall.index import IndexingProgress, MessageIndex
    from chatui.cli.invocation import Invocation
    from chatui.memory.records import MessageHit
    from chatui.memory.store.store import ChatStore

MESSAGES_AT_ONCE = 128
"""More than beside a chat, where a question must not wait for them."""


async def search_messages(
    run: Invocation, store: ChatStore, queries: Sequence[str], count: int, only: str | None
) -> list[list[MessageHit]]:
    """For each query the messages that fit it best, of all conversations or of one. Without
    a usable embedding model they are found by their words, and stderr says so."""
    from chatui.assistant.recall.index import MessageIndex
    from chatui.bootstrap.documents import choose_embedder

    embedder = choose_embedder(run.config(), run.paths, say_preparation, warn_above)
    index = MessageIndex(store, embedder, run.paths.log)
    try:
        await catch_up(index)
        return [await index.search(query, count, only) for query in queries]
    except (EmbedderFailed, WorkerError, BudgetExceeded, StoreError) as error:
        warn(f"{error} Messages are searched by their words alone.")
        return [await store.search(query, count, only) for query in queries]
    finally:
        await index.close()
        await embedder.close()


async def catch_up(index: MessageIndex) -> None:
    """Embeds what was said since the last time. What is done stays when it is interrupted."""
    started = time.monotonic()
    with progress_display(sys.stderr) as display:
        async with aclosing(index.catch_up(at_once=MESSAGES_AT_ONCE)) as progress:
            async for step in progress:
                display.draw(step.done / step.total, words(step, time.monotonic() - started))


def words(step: IndexingProgress, seconds: float) -> str:
    left = seconds / step.done * (step.total - step.done)
    return f"{step.done}/{step.total} messages indexed · {time_left(left)} left"
