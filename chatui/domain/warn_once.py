"""Warnings that are given once, and anew when it worked in between."""

from __future__ import annotations

from collections.abc import Callable, Hashable


class WarnOnce:
    """Hands sentences to `on_warning`. Without it nobody is told, and what was warned of is
    remembered all the same."""

    def __init__(self, on_warning: Callable[[str], None] | None = None) -> None:
        self._on_warning = on_warning
        self._warned: set[Hashable] = set()

    def warned(self, about: Hashable) -> bool:
        return about in self._warned

    def warn(self, sentence: str, *about: Hashable) -> bool:
        """Gives the sentence if any of what it is about is new, and tells whether it is. Without
        `about` every sentence is about the same."""
        topics = set(about) if about else {None}
        if topics <= self._warned:
            return False
        self._warned |= topics
        if self._on_warning is not None:
            self._on_warning(sentence)
        return True

    def worked(self) -> None:
        """All of it may be warned of again."""
        self._warned.clear()
