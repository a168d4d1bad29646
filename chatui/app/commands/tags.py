"""`/tag`: words that conversations are found by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatui.app.commands.command import Command
from chatui.domain.errors import UsageError
from chatui.text.figures import counted
from chatui.text.safety import one_line
from chatui.text.tags import MOST_TAGS, NO_TAG, tag_of, told

if TYPE_CHECKING:
    from chatui.app.window import Window


async def tag(window: Window, argument: str) -> None:
    """Adds those that are named, takes off those with a minus before them; without any tells which
    the conversation has."""
    conversation = window.session.conversation_id
    if conversation is None:
        raise UsageError("There is no conversation to tag yet: ask something first.")
    store = (await window.session.services()).store
    tags = set(await store.tags(conversation))
    for word in argument.split():
        written = tag_of(word.removeprefix("-"))
        if written is None:
            raise UsageError(NO_TAG.format(one_line(word)))
        if not word.startswith("-"):
            tags.add(written)
        elif written in tags:
            tags.discard(written)
        else:
            raise UsageError(f"This conversation has no tag #{written}.")
    if len(tags) > MOST_TAGS:
        raise UsageError(f"A conversation has {MOST_TAGS} tags at most.")
    if argument:
        await store.put_tags(conversation, sorted(tags))
        window.show_state()
    if tags:
        window.say(f"Tags: {told(sorted(tags))}.")
    else:
        window.say("This conversation has no tags. /tag NAME adds one.")


async def choices(window: Window) -> list[str]:
    """Those in use, and those that can be taken off."""
    store = (await window.session.services()).store
    conversation = window.session.conversation_id
    own = await store.tags(conversation) if conversation else ()
    others = [each for each in await store.tags_in_use() if each not in own]
    return [*others, *(f"-{each}" for each in own)]


async def describe(window: Window, names: Sequence[str]) -> dict[str, str]:
    counts = await (await window.session.services()).store.tags_in_use()
    return {
        name: "take it off"
        if name.startswith("-")
        else counted(counts.get(name, 0), "conversation")
        for name in names
    }


COMMANDS = (
    Command(
        "tag", "[TAG] [-TAG]", "Tag this conversation, or take a tag off", tag, choices, describe
    ),
)
