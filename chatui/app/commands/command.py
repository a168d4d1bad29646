"""What a slash command is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatui.app.window import Window

Run = Callable[["Window", str], Awaitable[None]]
Choices = Callable[["Window"], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Command:
    """`usage` is what may follow the name. `run` gets the window and what followed, stripped;
    it raises ChatuiError with the sentence to show. `choices` completes what follows."""

    name: str
    usage: str
    summary: str
    run: Run
    choices: Choices | None = None
