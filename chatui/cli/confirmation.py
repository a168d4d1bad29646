"""Asking on the terminal whether to send what filters changed."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from chatui.cli.output import ask_for, warn
from chatui.domain.errors import BudgetExceeded, FilterBlocked
from chatui.text.safety import one_line

if TYPE_CHECKING:
    from chatui.assistant.screen import Screen
    from chatui.assistant.whole import WholeDocuments

LONGEST = 60
TERMINAL = "/dev/tty"
YES = click.option(
    "--yes",
    is_flag=True,
    help="Send without being asked: what filters changed, a document that costs much.",
)


def confirming(screen: Screen | None, *, yes: bool) -> None:
    """Has the user asked about what filters with `confirm` changed, or, with `yes`, not."""
    if screen is not None:
        screen.confirm = _agreed if yes else _asked


def confirming_cost(whole: WholeDocuments | None, *, yes: bool) -> None:
    """Has the user asked before a document is read that costs more than `budget.ask_above`."""
    if whole is not None:
        whole.confirm = _paid if yes else asked_to_pay


async def _paid(sentence: str) -> bool:
    return True


async def asked_to_pay(sentence: str) -> bool:
    """Raises BudgetExceeded where there is no terminal to ask on."""
    refusal = BudgetExceeded(
        f"{sentence.removesuffix(' Send it?')} That is more than budget.ask_above, and there is no "
        "terminal to ask on; --yes sends it."
    )
    if not sys.stderr.isatty():
        raise refusal
    try:
        return await said_yes(sentence)
    except OSError as error:
        raise refusal from error


async def _agreed(model: str, swaps: Sequence[tuple[str, str]]) -> bool:
    return True


async def _asked(model: str, swaps: Sequence[tuple[str, str]]) -> bool:
    """Raises FilterBlocked where there is no terminal: what is piped in is the question, so that
    the answer is read from the terminal itself."""
    from chatui.assistant.screen import NOBODY

    if not sys.stderr.isatty():
        raise FilterBlocked(NOBODY)
    try:
        with _terminal():
            warn(f"To {model} this is sent in the place of what you wrote:")
            for old, new in swaps:
                warn(f"  {one_line(old, LONGEST)}  →  {one_line(new, LONGEST)}")
        return await said_yes("Send it like this?")
    except OSError as error:
        raise FilterBlocked(NOBODY) from error


async def said_yes(question: str) -> bool:
    """What the user says to it. Raises OSError where there is no terminal to ask on."""
    with _terminal() as descriptor:
        ask_for(f"{question} [y/N]")
        return (await _line(descriptor)).strip().lower() in {"y", "yes"}


@contextmanager
def _terminal() -> Iterator[int]:
    if sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty():
        yield sys.stdin.fileno()
        return
    descriptor = os.open(TERMINAL, os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


async def _line(descriptor: int) -> str:
    """What is typed up to Enter. Waits on the event loop, so that Ctrl+C ends it."""
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(descriptor)
    return os.read(descriptor, 1024).decode("utf-8", "replace")
