"""What a slash command is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatui.app.window import Window

Run = Callable[["Window", str], Awaitable[None]]
Choices = Callable[["Window"], Awaitable[list[str]]]
Describe = Callable[["Window", Sequence[str]], Awaitable[Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Command:
    """`usage` is what may follow the name. `run` gets the window and what followed, stripped;
    it raises ChatuiError with the sentence to show. `choices` completes what follows, and
    `describe` says of some of them what there is to know just now: prices, counts. One that
    `leads`, with nothing behind its name, opens a panel or another conversation."""

    name: str
    usage: str
    summary: str
    run: Run
    choices: Choices | None = None
    describe: Describe | None = None
    leads: bool = False
