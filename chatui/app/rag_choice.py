"""What `/rag` means: in the window and in the chat in lines it is read and told in one way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatui.app.choices import told_limit
from chatui.domain.errors import UsageError

if TYPE_CHECKING:
    from chatui.app.session import ChatSession
    from chatui.jobs.profiles import ReplySettings

ONLY = "only"
SWITCHES = ("on", "off", "all")
WORDS = (*SWITCHES, ONLY)
NONE_YET = "/ingest PATH makes the first"


@dataclass(frozen=True, slots=True)
class RagChoice:
    """Whether documents are looked into, or the `collection` or the files that are. Of none of
    these nothing is changed: it is asked which are."""

    on: bool | None = None
    collection: str = ""
    files: str = ""
    """Names, as they were typed."""
    is_limit: bool = False
    """Whether it is about single files."""


def read_rag(argument: str, collections: Sequence[str]) -> RagChoice:
    """Of what stands behind the command. A collection that is called "only" is meant by that alone.
    Raises UsageError."""
    word, _, names = argument.strip().partition(" ")
    if word == ONLY and (names.strip() or ONLY not in collections):
        return RagChoice(files=names.strip(), is_limit=True)
    if not word:
        return RagChoice()
    if argument in SWITCHES:
        return RagChoice(on=argument != "off")
    if argument not in collections:
        there = f"there are {', '.join(collections)}" if collections else NONE_YET
        raise UsageError(f"There is no collection {argument}; {there}.")
    return RagChoice(collection=argument)


def told_rag(settings: ReplySettings, *, limit: bool = False) -> str:
    """Which documents are looked into; `limit`: also that it may be limited to files."""
    if limit or (settings.rag and settings.only):
        return told_limit(settings)
    if settings.rag:
        return f"Answers look into the documents of {settings.collection}."
    return "Answers don't look into the documents."


async def choose_rag(session: ChatSession, argument: str) -> str:
    """Does it; what holds now, as a sentence. Raises UsageError."""
    # No library is needed to leave the documents alone.
    known = () if argument in ("", *SWITCHES) else await session.collections()
    chosen = read_rag(argument, known)
    if chosen.files:
        await session.limit_to(chosen.files)
    elif chosen.on is not None:
        session.choices.set_rag(chosen.on)
    elif chosen.collection:
        session.choices.look_into(chosen.collection)
    return told_rag(session.settings, limit=chosen.is_limit)
