"""How long a test waits for what is about to happen: on any machine longer than that takes, so
that a test goes by events and never by the clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

Value = TypeVar("Value")

PATIENCE = 240.0
"""Seconds. Only what will never happen takes so long."""


async def until(condition: Callable[[], bool]) -> None:
    """Returns as soon as the condition holds: for what no event tells of, as what another process
    does or what is drawn."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("what was waited for did not come")
        await asyncio.sleep(0.01)


def until_true(condition: Callable[[], bool]) -> None:
    """The same where no event loop runs."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "what was waited for did not come"
        time.sleep(0.02)


def steady_windows(patch: pytest.MonkeyPatch) -> None:
    """Windows that go by no clock: Textual's pilot gives a screen 30 seconds to take what came
    before a key, and a cursor is gone from a picture for half of each second."""
    from textual.pilot import Pilot
    from textual.widgets import Input, TextArea

    patch.setattr(Pilot._wait_for_screen, "__defaults__", (PATIENCE,))
    patch.setattr(Input, "_toggle_cursor", lambda field: None)
    patch.setattr(TextArea, "_toggle_cursor_blink_visible", lambda field: None)


async def patiently(event: Awaitable[Value]) -> Value:
    """What the awaitable gives."""
    async with asyncio.timeout(PATIENCE):
        return await event
