"""What is said while a model is waited for that is asked again."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from chatui.assistant.events import retry_told

if TYPE_CHECKING:
    from chatui.models.base import Retrying


async def countdown(retry: Retrying) -> AsyncIterator[str]:
    """Why the model is asked again, and in how many seconds, told each second until that is now."""
    clock = asyncio.get_running_loop().time
    until = clock() + retry.seconds
    while True:
        left = until - clock()
        yield retry_told(retry, left)
        if left <= 0:
            return
        await asyncio.sleep(left - math.ceil(left) + 1)


def left_out(retry: Retrying) -> str:
    """Of an answer that is asked for with less in the prompt: what is not to be counted down but
    known."""
    return f"{retry.reason}."
