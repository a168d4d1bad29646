"""Where a prompt begins in a conversation, as the transcript shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class Boundary:
    """Stands above the turn `key`. Of the turns above it, `turns` are not in the prompt and
    `pinned` are; `summarised` counts those that a summary stands for. `coming`: so it is
    from the next question on."""

    key: str
    turns: int
    pinned: int = 0
    summarised: int = 0
    coming: bool = False
