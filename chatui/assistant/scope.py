"""Which files a question is about: those it names with `#`, those that the user limited the search
to, or the document that it wants summed up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.domain.errors import UsageError
from chatui.text.file_naming import (
    about,
    first_names,
    is_pattern,
    listed,
    may_mention,
    mentions,
    named,
    without,
)
from chatui.text.summary_wish import called

if TYPE_CHECKING:
    from chatui.domain.passage import Passage
    from chatui.jobs.profiles import ReplySettings
    from chatui.retrieval.sources import KnownFile, Sources

MOST_WHOLE = 20
"""Files that are summed up together: of more, nobody means each to be read to its end."""


@dataclass(frozen=True, slots=True)
class Scope:
    """`files` are in collections, `loose` are files that are in none. `question` is what was asked,
    without their names; `whole` tells that they are wanted from beginning to end."""

    files: tuple[KnownFile, ...]
    question: str
    loose: tuple[Path, ...] = ()
    whole: bool = False


@dataclass(frozen=True, slots=True)
class ScopedText:
    """Passages of a scope's files, and sentences on what is not as it was when those were read."""

    passages: tuple[Passage, ...]
    told: tuple[str, ...] = ()


class ScopeReader:
    """Finds the files of a question, and what of them is to be read anew."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources

    async def resolve(self, names: Sequence[str], collection: str) -> tuple[str, ...]:
        """The paths of the files that these names mean, in that collection or else another. Raises
        UsageError for one that means none, or several without being a pattern."""
        found: dict[str, None] = {}
        for name in names:
            for file in await self._named(name, collection):
                found[file.path] = None
        return tuple(found)

    async def _named(self, name: str, collection: str) -> list[KnownFile]:
        typed = await asyncio.to_thread(at_home, name)
        for known in (self.sources.known, self.sources.others):
            files = await known(collection)
            if fitting := named(typed, files):
                return unique(name, fitting)
        raise UsageError(
            f"{name} is in none of your collections: /ingest (`chatui ingest {name}`) reads it in, "
            f"and @{name} attaches it to a question."
        )

    async def scope(self, question: str, settings: ReplySettings) -> Scope | None:
        """None for a question that is not limited. Raises UsageError for a name that may mean
        several files."""
        wish = called(question)
        if not (settings.only or wish is not None or may_mention(question)):
            return None
        files = await self.sources.known(settings.collection)
        found = await self._mentioned(question, files, settings, whole=wish is not None)
        if found is not None:
            return found
        if settings.only:
            paths = set(settings.only)
            files = [*files, *await self.sources.others(settings.collection)]
            kept = {file.path: file for file in reversed(files) if file.path in paths}
            scoped = tuple(kept[path] for path in settings.only if path in kept)
            chosen = of_wish(wish, scoped) if wish else scoped
            return Scope(chosen or scoped, question, whole=wish is not None and bool(chosen))
        chosen = of_wish(wish, [one for one in files if one.row.outcome == "read"])
        return Scope(chosen, question, whole=True) if len(chosen) == 1 else None

    async def _mentioned(
        self, question: str, files: Sequence[KnownFile], settings: ReplySettings, *, whole: bool
    ) -> Scope | None:
        if not may_mention(question):
            return None
        found = mentions(question, files)
        if not found:
            found = mentions(question, await self.sources.others(settings.collection))
        named_files = [file for mention, fitting in found for file in unique(mention.name, fitting)]
        loose = [] if found else await asyncio.to_thread(on_disk, question)
        if not (named_files or loose):
            return None
        rest = without(question, [mention for mention, _ in found]) or question
        once = tuple({file.path: file for file in named_files}.values())
        return Scope(once, rest, tuple(loose), whole=whole)

    async def whole(self, scope: Scope) -> ScopedText:
        """The files of the scope from beginning to end. Raises UsageError."""
        if len(scope.files) + len(scope.loose) > MOST_WHOLE:
            raise UsageError(
                f"{len(scope.files) + len(scope.loose)} files are too many to be summed up at "
                f"once; name up to {MOST_WHOLE}."
            )
        passages: list[Passage] = []
        told: list[str] = []
        for file in scope.files:
            await self._check(file)
            found = await self.sources.whole(file)
            passages += found.passages
            told += [found.told] if found.told else []
        for path in scope.loose:
            passages += await self.sources.reader.read(path, path.name)
            told.append(f"{path.name} is in no collection; it is read for this question alone.")
        if not passages:
            raise UsageError(f"{listed([*scope.files]) or scope.loose[0]} holds no text.")
        return ScopedText(tuple(passages), tuple(told))

    async def anew(self, scope: Scope, query: str, most: int) -> tuple[tuple[int, ...], ScopedText]:
        """The ids of the files whose passages are as they were read in; and of the others the best
        passages for the query, read anew. Raises UsageError."""
        same: list[int] = []
        found: list[Passage] = []
        told: list[str] = []
        for file in scope.files:
            await self._check(file)
            if not await self.sources.changed(file):
                same.append(file.row.id)
                continue
            read = await self.sources.whole(file)
            found += await self.sources.by_words(read.passages, query, most)
            told.append(read.told)
        for path in scope.loose:
            passages = await self.sources.reader.read(path, path.name)
            found += await self.sources.by_words(passages, query, most)
            told.append(f"{path.name} is in no collection; it is read for this question alone.")
        return tuple(same), ScopedText(tuple(found), tuple(told))

    async def _check(self, file: KnownFile) -> None:
        """Raises UsageError for a file of which nothing was read."""
        row = file.row
        if row.outcome != "read" and not await self.sources.changed(file):
            raise UsageError(
                f"Nothing of {file.source} was read in: {row.reason or 'it is empty'}."
            )


def at_home(name: str) -> str:
    return str(Path(name).expanduser()) if name.startswith("~") else name


def unique(name: str, fitting: Sequence[KnownFile]) -> list[KnownFile]:
    """Raises UsageError where a name that is no pattern fits several files."""
    paths = {file.path for file in fitting}
    in_folder = all(
        name.casefold().strip("/") in path.casefold().rpartition("/")[0] for path in paths
    )
    if len(paths) > 1 and not (is_pattern(name) or in_folder):
        raise UsageError(f"{name} may be {listed(fitting)}; name one of them with its folder.")
    return list({file.path: file for file in fitting}.values())


def of_wish(wish: str | None, files: Sequence[KnownFile]) -> tuple[KnownFile, ...]:
    """The files that a wish for a summary calls by name; all where it names none ("this")."""
    if wish is None:
        return ()
    if not wish:
        return tuple(files)
    return tuple(named(wish, files) or about(wish, files))


def on_disk(question: str) -> list[Path]:
    """The files behind `#` that are there, although no collection has them. A name without a dot or
    a slash is prose."""
    found = []
    for name in first_names(question):
        if "." in name[1:] or "/" in name:
            # A name that no file can have, too long for instance, is none.
            with suppress(OSError):
                path = Path(name).expanduser()
                found += [path.absolute()] if path.is_file() else []
    return found
