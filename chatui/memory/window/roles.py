"""The order of roles that providers take: system first, then user and assistant in turn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chatui.domain.conversation import Message


def alternate(messages: Iterable[Message]) -> tuple[Message, ...]:
    """The messages with neighbours of one role made one, their texts a blank line apart.

    Imported conversations have a role that speaks twice, and some providers refuse that.
    Two names are two speakers: the first one's is kept.
    """
    joined: list[Message] = []
    for message in messages:
        if joined and joined[-1].role == message.role:
            content = f"{joined[-1].content}\n\n{message.content}"
            joined[-1] = replace(joined[-1], content=content)
        else:
            joined.append(message)
    return tuple(joined)
