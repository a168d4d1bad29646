"""What is waited for together ends together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

One = TypeVar("One")
Other = TypeVar("Other")


async def both(one: Awaitable[One], other: Awaitable[Other]) -> tuple[One, Other]:
    """What both give, as `all_of`."""
    first, second = asyncio.ensure_future(one), asyncio.ensure_future(other)
    await all_of((first, second))
    return first.result(), second.result()


async def all_of(works: Iterable[Awaitable[One]]) -> list[One]:
    """What they give. Where one fails the others are cancelled, and have ended when that is raised:
    nothing is looked for, and paid, any more for a question that is over."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
