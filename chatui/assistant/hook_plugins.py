"""Plug-ins of hooks, in a child process: anybody's code, which may print, hang, or end it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ENTRY_POINTS = "chatui.hooks"


class PluginService:
    """Calls plug-ins by the names of their entry points. What they print goes to the log."""

    def __init__(self) -> None:
        self._loaded: dict[str, Callable[[dict[str, Any]], object]] = {}

    def call(self, name: str, told: dict[str, Any]) -> None:
        """Raises LookupError for a name that no package has, and whatever the plug-in raises."""
        if name not in self._loaded:
            self._loaded[name] = _plugin(name)
        self._loaded[name](told)


def _plugin(name: str) -> Callable[[dict[str, Any]], object]:
    from importlib.metadata import entry_points

    for point in entry_points(group=ENTRY_POINTS, name=name):
        made: Callable[[dict[str, Any]], object] = point.load()
        return made
    raise LookupError(f"no installed package has {name} among its entry points {ENTRY_POINTS}")
