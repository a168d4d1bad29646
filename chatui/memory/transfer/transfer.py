"""Conversations into the store: the contract's session JSON, and what other programs export."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chatui.domain.errors import UsageError
from chatui.memory.imported import ImportedConversation
from chatui.memory.store.store import ChatStore
from chatui.memory.transfer import (
    aichat,
    archive,
    chatgpt,
    claude,
    gemini,
    llm_logs,
    lm_studio,
    open_webui,
    session_json,
)
from chatui.memory.transfer.archive import ExportedText
from chatui.system.files import opened_plain
from chatui.text.foreign_json import read_each

MOST_TOLD = 100
LONGEST_YAML = 8 << 20
"""Characters: YAML is read as a whole, a tenth as fast as JSON."""
FILES = (".json", ".yaml", ".yml", ".zip", ".db", ".txt", "")
"""Of a folder; AI Studio's files have no suffix."""

_Reader = tuple[Callable[[object], bool], Callable[[Any], ImportedConversation | None]]
_ONE_BY_ONE: tuple[_Reader, ...] = (
    (chatgpt.recognises, chatgpt.read),
    (claude.recognises, claude.read),
    (open_webui.recognises, open_webui.read),
    (lm_studio.recognises, lm_studio.read),
    (gemini.recognises_history, gemini.read_history),
)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """`conversations` are the ids of the new ones, `continued` of those that were here and go on
    now; `known` counts those that were here with all they hold. `skipped` tells what was left out,
    and why."""

    conversations: tuple[str, ...]
    messages: int
    continued: tuple[str, ...] = ()
    known: int = 0
    skipped: tuple[str, ...] = ()


async def import_file(store: ChatStore, path: Path) -> ImportReport:
    """Adds every conversation of the file, in a form that docs/memory.md names; of a folder those
    of its files. What was imported before is not added again: a conversation that went on since
    gets what is new. Of a file either all is stored or nothing. Conversations are read one by one,
    so that a file of any size takes the memory of the longest. Raises UsageError when the file
    can't be read as one of these."""
    folder = await asyncio.to_thread(os.path.isdir, path)
    source = ImportedFolder(path) if folder else ImportedFile(path)
    arrivals = await store.add(source.conversations())
    return ImportReport(
        tuple(one.conversation for one in arrivals if one.new),
        sum(one.messages for one in arrivals),
        tuple(one.conversation for one in arrivals if one.messages and not one.new),
        sum(not one.messages for one in arrivals),
        source.left_out(),
    )


class ImportedFile:
    """One file on its way in. What was left out is known when all of it is read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._empty = 0
        self._skipped: list[str] = []

    def conversations(self) -> Iterator[ImportedConversation]:
        """Raises UsageError, in the middle too."""
        try:
            yield from self._read()
        except OSError as error:
            reason = error.strerror or "it cannot be read"
            raise UsageError(f"{self._path} was not imported: {reason}.") from error
        except _WrongEntry as error:
            raise UsageError(f"{self._path} was not imported: {error}.") from error
        except ValueError as error:
            raise UsageError(
                f"{self._path} was not imported: it is neither JSON nor another program's export "
                f"that chatui knows{_detail(error)}."
            ) from error

    def left_out(self) -> tuple[str, ...]:
        more = self._empty - len(self._skipped)
        told = f"{more:,} more hold none either." if more else ""
        return (*self._skipped, *([told] if told else []))

    def _read(self) -> Iterator[ImportedConversation]:
        with opened_plain(self._path) as file:
            database = file.read(len(llm_logs.MAGIC)) == llm_logs.MAGIC
        if database:
            yield from llm_logs.conversations(self._path)
            return
        written = datetime.fromtimestamp(self._path.stat().st_mtime, UTC)
        foreign: ValueError | None = None
        found = False
        with archive.opened(self._path) as texts:
            for text in texts:
                try:
                    for conversation in self._of_text(text, written):
                        found = True
                        yield conversation
                except ValueError as error:
                    # Beside chats a zip of everything holds much else.
                    if text.chats:
                        raise
                    foreign = error
        if foreign is not None and not found:
            raise foreign

    def _of_text(self, text: ExportedText, written: datetime) -> Iterator[ImportedConversation]:
        first = next(text.pieces, "")
        if _is_yaml(first):
            session = _read_yaml(first, text.pieces)
            if not aichat.recognises(session):
                raise ValueError("it is YAML, but no session of aichat")
            conversation = aichat.read(session, text.name, written)
            yield from self._counted(conversation, 1)
            return
        yield from self._of_json(_with_first(first, text.pieces), text.name, written)

    def _of_json(
        self, pieces: Iterator[str], name: str, written: datetime
    ) -> Iterator[ImportedConversation]:
        """Another program's file may hold entries that are no conversations; in a list of chatui's
        each has to be one."""
        wrong: ValueError | None = None
        foreign = False
        activity = gemini.Activity()
        for number, entry in enumerate(read_each(pieces), 1):
            if gemini.recognises_activity(entry):
                foreign = True
                if (ended := activity.add(entry)) is not None:
                    yield ended
            elif gemini.recognises_studio(entry):
                foreign = True
                yield from self._counted(gemini.read_studio(entry, name, written), number)
            elif read := next((read for knows, read in _ONE_BY_ONE if knows(entry)), None):
                foreign = True
                yield from self._counted(read(entry), number)
            else:
                try:
                    yield session_json.read(entry)
                except ValueError as error:
                    wrong = wrong or error
                    self._skip(number)
                    if not foreign and number >= MOST_TOLD:
                        break
        if (last := activity.rest()) is not None:
            yield last
        if wrong is not None and not foreign:
            raise _WrongEntry(str(wrong)) from wrong

    def _counted(
        self, conversation: ImportedConversation | None, number: int
    ) -> Iterator[ImportedConversation]:
        if conversation is None:
            self._skip(number)
        else:
            yield conversation

    def _skip(self, number: int) -> None:
        self._empty += 1
        if len(self._skipped) < MOST_TOLD:
            self._skipped.append(f"Conversation {number} of the file holds no messages.")


class ImportedFolder:
    """The files of a folder on their way in, those below it too. One that can't be read is told and
    left out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._skipped: list[str] = []

    def conversations(self) -> Iterator[ImportedConversation]:
        """Raises UsageError where no file holds any."""
        found = False
        for path in sorted(self._path.rglob("*")):
            if path.suffix.lower() not in FILES or not path.is_file():
                continue
            file = ImportedFile(path)
            try:
                for conversation in file.conversations():
                    found = True
                    yield conversation
                self._skipped += [f"{path.name}: {sentence}" for sentence in file.left_out()]
            except UsageError as error:
                self._skipped.append(str(error))
        if not found:
            raise UsageError(f"{self._path} was not imported: no file in it holds a conversation.")

    def left_out(self) -> tuple[str, ...]:
        more = len(self._skipped) - MOST_TOLD
        told = [f"{more:,} more files were left out."] if more > 0 else []
        return (*self._skipped[:MOST_TOLD], *told)


class _WrongEntry(ValueError):
    """What is wrong in a list of conversations, as the end of a sentence."""


def _with_first(first: str, pieces: Iterator[str]) -> Iterator[str]:
    yield first
    yield from pieces


def _is_yaml(first: str) -> bool:
    """A session of aichat begins with its model, or with a comment."""
    start = first.lstrip("\ufeff \t\r\n")
    return not start.startswith(("{", "[", '"')) and "messages:" in first and ":" in start[:200]


def _read_yaml(first: str, pieces: Iterator[str]) -> Any:
    import yaml

    text = first
    for piece in pieces:
        text += piece
        if len(text) > LONGEST_YAML:
            raise ValueError(f"it has more than {LONGEST_YAML >> 20} million characters")
    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError("its YAML cannot be read") from error


def _detail(error: ValueError) -> str:
    """What a bound said; what a parser says of a text that is no JSON at all helps nobody."""
    said = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    known = ("a part has", "it has more", "its ", "it is ", "the zip", "the database")
    return f" ({said})" if said.startswith(known) else ""
