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
from chatui.retrieval.sources import gone
from chatui.system.files import at_home
from chatui.text.document_nouns import is_kind
from chatui.text.file_mentions import is_name_like, may_mention, mentions, open_names, without
from chatui.text.file_naming import (
    base_names,
    called_so,
    ends_in,
    ends_like_document,
    in_short,
    is_document,
    is_pattern,
    listed,
    named,
    near,
    quoted,
)
from chatui.text.summary_wish import WholeWish, wish_of

if TYPE_CHECKING:
    from chatui.domain.passage import Passage
    from chatui.jobs.profiles import ReplySettings
    from chatui.retrieval.sources import KnownFile, Sources
    from chatui.text.file_mentions import OpenName

MOST_WHOLE = 20
"""Files that are summed up together: of more, nobody means each to be read to its end."""


@dataclass(frozen=True, slots=True)
class Scope:
    """`files` are in collections, `loose` are files that are in none. `question` is what was asked,
    without their names; `whole` tells that they are wanted from beginning to end. `told` are
    sentences on what is not looked into."""

    files: tuple[KnownFile, ...]
    question: str
    loose: tuple[Path, ...] = ()
    whole: bool = False
    told: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Of all its files, as they are shown."""
        return (*(file.source for file in self.files), *(path.name for path in self.loose))


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
        typed = await asyncio.to_thread(written_out, name)
        for known in (self.sources.known, self.sources.others):
            files = await known(collection)
            if fitting := named(typed, files):
                return unique(name, fitting)
        all_files = [
            *await self.sources.known(collection),
            *await self.sources.others(collection),
        ]
        raise in_none([name], [await asyncio.to_thread(near, typed, all_files)])

    async def scope(self, question: str, settings: ReplySettings) -> Scope | None:
        """None for a question that is not limited. Raises UsageError for a name that may mean
        several files, or is a slip of one's, and where no file of a limit is there any more."""
        wish = wish_of(question)
        if not (settings.only or wish is not None or may_mention(question)):
            return None
        files = await self.sources.known(settings.collection)
        found = await self._mentioned(question, files, settings, whole=wish is not None)
        if found is not None:
            return found
        if settings.only:
            kept = await self._limited_to(settings.only, files, settings.collection)
            scoped = tuple(kept[path] for path in settings.only if path in kept)
            missing = [path for path in settings.only if path not in kept]
            if not scoped:
                raise UsageError(
                    f"{left_collections(missing)} Name others with /rag only (--only), or end the "
                    "limit with /rag all."
                )
            told = (left_collections(missing),) if missing else ()
            chosen = of_wish(wish, scoped) if wish is not None and wish.name else scoped
            if wish is not None and not chosen and not (settings.attached or "@" in question):
                beyond_limit(wish, scoped)
            whole = wish is not None and bool(chosen)
            return Scope(chosen or scoped, question, whole=whole, told=told)
        if wish is None:
            return None
        return await self._wished(wish, question, files, settings)

    async def _wished(
        self, wish: WholeWish, question: str, files: Sequence[KnownFile], settings: ReplySettings
    ) -> Scope | None:
        """Raises UsageError for the name of a document that is none."""
        read = [one for one in files if one.row.outcome == "read"]
        # Of a file that could not be read it is told why.
        if chosen := of_wish(wish, read) or (of_wish(wish, files) if wish.name else ()):
            return Scope(chosen, question, whole=True)
        names = documents_of(wish)
        if not names or settings.attached or "@" in question:
            return None
        everywhere = [*files, *await self.sources.others(settings.collection)]
        known = [file for name in names for file in unique(name, named(name, everywhere))]
        unknown = [name for name in names if not named(name, everywhere)]
        if any(ends_in(name, everywhere) for name in unknown):
            return None
        loose = await asyncio.to_thread(on_disk, unknown)
        missing = [name for name in unknown if name not in loose]
        if missing:
            raise in_none(missing, await asyncio.to_thread(meant_by, missing, files))
        return Scope(tuple(known), question, tuple(loose.values()), whole=True)

    async def moves(self, only: Sequence[str], collection: str) -> dict[str, str]:
        """Where files of a limit are now that were moved or renamed: new paths by the old ones.
        Raises LibraryFailed."""
        kept = await self._limited_to(only, await self.sources.known(collection), collection)
        return {path: file.path for path, file in kept.items() if file.path != path}

    async def _limited_to(
        self, only: Sequence[str], files: Sequence[KnownFile], collection: str
    ) -> dict[str, KnownFile]:
        """The files by the paths of the limit, whether they still have those or had them once;
        without the paths of none."""
        everywhere = [*files, *await self.sources.others(collection)]
        wanted = set(only)
        # What has the path now is meant before what had it once.
        had = {old: file for file in everywhere for old in file.row.earlier if old in wanted}
        return had | {file.path: file for file in reversed(everywhere) if file.path in wanted}

    async def _mentioned(
        self, question: str, files: Sequence[KnownFile], settings: ReplySettings, *, whole: bool
    ) -> Scope | None:
        if not may_mention(question):
            return None
        found = mentions(question, files)
        others: Sequence[KnownFile] = ()
        if open_names(question, [mention for mention, _ in found]):
            others = await self.sources.others(settings.collection)
            here = {mention.start for mention, _ in found}
            found += [one for one in mentions(question, others) if one[0].start not in here]
        named_files = [file for mention, fitting in found for file in unique(mention.name, fitting)]
        left = open_names(question, [mention for mention, _ in found])
        loose = await asyncio.to_thread(on_disk, [one.name for one in left])
        await asyncio.to_thread(
            tell_missing, [one for one in left if one.name not in loose], [*files, *others]
        )
        if not (named_files or loose):
            return None
        rest = without(question, [mention for mention, _ in found]) or question
        once = tuple({file.path: file for file in named_files}.values())
        return Scope(once, rest, tuple(loose.values()), whole=whole)

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
            changed = await self.sources.changed(file)
            if not changed:
                same.append(file.row.id)
                told += [gone(file.source)] if changed is None else []
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


def documents_of(wish: WholeWish) -> list[str]:
    """What of a wish can be nothing but names of documents."""
    return [one for one in wish.parts or (wish.name,) if wish.sure and ends_like_document(one)]


def beyond_limit(wish: WholeWish, files: Sequence[KnownFile]) -> None:
    """Raises UsageError where a wish names a document beyond those that answers are limited to."""
    for name in documents_of(wish):
        if not (named(name, files) or ends_in(name, files)):
            raise UsageError(
                f"Answers are limited to {listed(files, 3)}, and {name} is not among them; name it "
                f"as #{quoted(name)}, or end the limit with /rag all."
            )


def tell_missing(names: Sequence[OpenName], files: Sequence[KnownFile]) -> None:
    """Raises UsageError where one of the names behind a `#` is a slip of a file's, or can
    be nothing but a file's."""
    for one in names:
        for name in (one.name, one.run):
            if meant := near(name, files, strict=True):
                raise UsageError(f"There is no file {name}; did you mean #{quoted(meant)}?")
    missing = [one.name for one in names if one.certain]
    missing += [one.run for one in names if is_name_like(one.run) and not ends_in(one.run, files)]
    if missing:
        raise in_none(missing, [near(name, files) for name in missing])


def meant_by(names: Sequence[str], files: Sequence[KnownFile]) -> list[str]:
    """The files that were probably meant by the names of none, "" where none is like it."""
    called = ((name, called_so(name, files)) for name in names)
    return [words[0].source if words else near(name, files) for name, words in called]


def in_none(names: Sequence[str], meant: Sequence[str]) -> UsageError:
    """That names mean no file, with those that were probably `meant` or what to do."""
    name, proposed = names[0], [one for one in dict.fromkeys(meant) if one]
    verb = "is" if len(names) == 1 else "are"
    missing = f"{in_short(names)} {verb} in none of your collections"
    if proposed:
        return UsageError(f"{missing}; did you mean {in_short(proposed)}?")
    if is_pattern(name) or len(names) > 1:
        return UsageError(f"{missing}: /ingest (`chatui ingest PATH`) reads files and folders in.")
    return UsageError(
        f"{name} is in none of your collections: /ingest (`chatui ingest {quoted(name)}`) reads it "
        f"in, and @{quoted(name)} attaches it to a question."
    )


def left_collections(paths: Sequence[str]) -> str:
    """That files which answers are limited to were moved, renamed or taken out."""
    names, verb = in_short(base_names(paths)), "is" if len(paths) == 1 else "are"
    return f"Answers are limited to {names}, which {verb} in none of your collections any more."


def written_out(name: str) -> str:
    return str(at_home(name)) if name.startswith("~") else name


def unique(name: str, fitting: Sequence[KnownFile]) -> list[KnownFile]:
    """Raises UsageError where a name that is no pattern fits several files."""
    paths = {file.path for file in fitting}
    in_folder = all(
        name.casefold().strip("/") in path.casefold().rpartition("/")[0] for path in paths
    )
    if len(paths) > 1 and not (is_pattern(name) or in_folder):
        raise UsageError(f"{name} may be {listed(fitting)}; name one of them with its folder.")
    return list({file.path: file for file in fitting}.values())


def of_wish(wish: WholeWish, files: Sequence[KnownFile]) -> tuple[KnownFile, ...]:
    """The files that are wanted as a whole: the only one where the wish names none ("this"), else
    those that it calls by name; none where its words are about something else. Raises UsageError
    for a name that may be several files'."""
    if not wish.name:
        return tuple(files) if len({file.path for file in files}) == 1 else ()
    # "a.md, b.md and c.md" is more than the first of these, "a.md, above all the rent" is not.
    is_list = wish.name in wish.parts
    fitting = _called(wish.name, files)
    if fitting and not is_list:
        return _one(wish.name, fitting, sure=wish.sure)
    stem = wish.parts[0].rpartition(" ")[0] if wish.parts else ""
    parts = [_called(one, files) or called_so(f"{stem} {one}", files) for one in wish.parts]
    if parts and all(parts):
        named_each = zip(wish.parts, parts, strict=True)
        chosen = [file for name, held in named_each for file in _one(name, held, sure=wish.sure)]
        return tuple({file.path: file for file in chosen}.values())
    if fitting:
        alone = len(documents_of(wish)) < 2
        return _one(wish.name, fitting, sure=wish.sure) if alone else ()
    # The only document is meant by whatever such documents are called.
    only = len(files) == 1 and wish.sure and is_kind(wish.name)
    return tuple(files) if only else ()


def _called(name: str, files: Sequence[KnownFile]) -> list[KnownFile]:
    """Who writes a suffix means the file of that very name."""
    return named(name, files) if is_document(name) else called_so(name, files)


def _one(name: str, fitting: Sequence[KnownFile], *, sure: bool) -> tuple[KnownFile, ...]:
    """Raises UsageError where several may be meant by who is sure to want one; of very many the
    words are rather about what stands in them."""
    once = list({file.path: file for file in fitting}.values())
    if len(once) == 1:
        return tuple(once)
    if is_pattern(name):
        return tuple(once)
    if sure and len(once) <= MOST_WHOLE:
        raise UsageError(
            f"{name} may be {listed(once)}; name what you mean as #{quoted(once[0].source)}."
        )
    return ()


def on_disk(names: Sequence[str]) -> dict[str, Path]:
    """Those of the files with these names that are there, although no collection has them, by their
    names. A name without a dot or a slash is prose."""
    found = {}
    for name in names:
        if "." in name[1:] or "/" in name:
            # A name that no file can have, too long for instance, is none.
            with suppress(OSError):
                path = at_home(name)
                if path.is_file():
                    found[name] = path.absolute()
    return found
