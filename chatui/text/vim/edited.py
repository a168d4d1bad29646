"""What Vim's keys edit, as they see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class VimText(Protocol):
    """What is edited. A place is an index into the text."""

    @property
    def text(self) -> str: ...

    @property
    def at(self) -> int:
        """The cursor's place."""

    @property
    def marked(self) -> tuple[int, int] | None:
        """From where to where a pointer has marked it."""

    @property
    def units(self) -> Sequence[str]:
        """Texts that count as one character each."""

    def replace(self, start: int, end: int, text: str) -> None: ...

    def move(self, at: int) -> None:
        """Marks nothing any more."""

    def mark(self, start: int, end: int) -> None:
        """The cursor goes to `end`."""

    def beside(self, at: int, step: int) -> int | None:
        """The place a row of the screen below or above; None where there is no row."""

    def copied(self) -> str:
        """What the clipboard holds."""

    def copy(self, text: str) -> None: ...
