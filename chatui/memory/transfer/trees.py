"""Messages that know the one before them, in the order that a conversation is stored in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from chatui.memory.imported import ImportedMessage

Nodes = Mapping[str, Mapping[str, Any]]
ParentOf = Callable[[str], str | None]
"""The id of the node before; None for a first one."""
Read = Callable[[str, datetime], ImportedMessage | None]
"""The message of a node, given the time of the one before; None where it holds none. Its `parent`
is set here."""


def messages_of(
    nodes: Nodes, parent_of: ParentOf, current: object, began: datetime, read: Read
) -> tuple[tuple[ImportedMessage, ...], int | None]:
    """Every message once, behind the one it answers, and the place of `current`, the newest that
    is shown. What follows a node without a message follows the one before."""
    path = _path(nodes, parent_of, current)
    messages: list[ImportedMessage] = []
    places: dict[str, int | None] = {}
    head = None
    for key in _walk(nodes, parent_of, path):
        before = parent_of(key)
        parent = None if before is None else places[before]
        message = read(key, began if parent is None else messages[parent].created)
        if message is None:
            places[key] = parent
        else:
            places[key] = len(messages)
            messages.append(replace(message, parent=parent))
        if key in path:
            head = places[key]
    if head is None and messages:
        head = len(messages) - 1
    return tuple(messages), head


def _path(nodes: Nodes, parent_of: ParentOf, key: object) -> set[str]:
    """The ids from the root to the node that is shown last."""
    path: set[str] = set()
    while isinstance(key, str) and key in nodes and key not in path:
        path.add(key)
        key = parent_of(key)
    return path


def _walk(nodes: Nodes, parent_of: ParentOf, path: set[str]) -> Iterator[str]:
    """Every node once, parents first; the path that is shown before its branches, so that
    its messages are the ones that keep their ids when a branch needs a copy."""
    children: dict[str | None, list[str]] = {}
    for child in nodes:
        children.setdefault(parent_of(child), []).append(child)
    waiting: list[str] = []
    key: str | None = None
    while True:
        branches = sorted(children.get(key, []), key=lambda branch: branch not in path)
        # A stack, because the tree is as deep as the conversation is long: the first on top.
        waiting += branches[::-1]
        if not waiting:
            return
        key = waiting.pop()
        yield key
