"""Streams that are closed when their reader leaves."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import TypeVar, cast

Item = TypeVar("Item")


def closed_behind(stream: AsyncIterator[Item]) -> aclosing[AsyncGenerator[Item, None]]:
    """For `async with`: the stream, which is closed however its block is left.

    Ports say iterator, which is all that a reader needs and can't be closed; whatever stands
    behind one is written as a generator."""
    return aclosing(cast("AsyncGenerator[Item, None]", stream))
