"""Keys that mean something else by a mode, as a widget that hands its own to them sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from textual import events


class TakesKeys(Protocol):
    """Gets a key before the widget does."""

    async def takes(self, event: events.Key) -> bool:
        """Does what the key says; False where it is for the widget itself."""


class ModalKeys(TakesKeys, Protocol):
    """Those of a text that is written."""

    @property
    def told(self) -> str:
        """The mode, and what was begun in it."""

    @property
    def takes_text(self) -> bool:
        """Whether letters are text, and not commands."""

    def has(self, key: str) -> bool:
        """Whether the key is one for it now, of those that have a name."""

    def insert(self) -> None:
        """Letters are text from now on."""

    def forget(self) -> None:
        """Another text stands there from now on."""

    def about_to_change(self) -> None:
        """Something else than a key changes the text."""
