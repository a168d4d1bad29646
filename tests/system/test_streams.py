"""Streams end with the block that reads them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from chatui.system.streams import closed_behind


@pytest.mark.parametrize("way", ["left", "raised", "read"])
async def test_what_is_left_in_the_middle_has_ended_behind_the_block(way: str) -> None:
    told: list[str] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            for number in range(3):
                yield number
        finally:
            told.append("ended")

    async def read() -> None:
        async with closed_behind(numbers()) as stream:
            async for _ in stream:
                if way == "left":
                    return
                if way == "raised":
                    raise LookupError

    if way == "raised":
        with pytest.raises(LookupError):
            await read()
    else:
        await read()
    assert told == ["ended"]
