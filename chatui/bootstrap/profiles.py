"""The profiles there are: tables of the config, files of the user's folder, those that ship.

Files are read when a profile is used: one that is wrong costs nothing but itself.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from chatui.bootstrap.sampling import sampling
from chatui.bootstrap.text_files import read_named
from chatui.config.load import load_table
from chatui.config.paths import Paths
from chatui.config.schema import Config, JobTable, Options, ProfileTable
from chatui.domain.errors import ChatuiError, UsageError
from chatui.jobs.profiles import EVERY_MODEL, Layer, Profile
from chatui.jobs.prompts import Prompt, included
from chatui.memory.policy import MemoryChoice
from chatui.system.files import at_home, make_private_folder, write_export

SHIPPED = Path(__file__).parents[1] / "data" / "profiles"
LARGEST_PROMPT = 256 * 1024
MOST_PARTS = 100
NO_PROFILE = "none"
"""What leaves a profile, so that none can have this name."""
TAKEN = "give the copy another name"
PLAIN_NAME = re.compile(r"[\w-]{1,64}")


@dataclass(frozen=True, slots=True)
class ProfilePlace:
    """Where a profile is: `file` is None for a table of the config."""

    name: str
    file: Path | None
    shipped: bool = False


class Profiles:
    """All profiles by name. The config's tables hide files of their names, and the user's files
    those that ship. Everything here reads files: for a thread."""

    def __init__(
        self,
        tables: Mapping[str, ProfileTable],
        config: Path,
        folder: Path,
        stamps: Path | None = None,
    ) -> None:
        self._tables = tables
        self._config = config
        self._folder = folder
        self._stamps = stamps

    def places(self) -> dict[str, ProfilePlace]:
        """Every profile in the order of the names."""
        found = {path.stem: ProfilePlace(path.stem, path, shipped=True) for path in _files(SHIPPED)}
        found |= {path.stem: ProfilePlace(path.stem, path) for path in _files(self._folder)}
        found |= {name: ProfilePlace(name, None) for name in self._tables}
        return dict(sorted(found.items()))

    def hidden(self) -> list[tuple[str, Path]]:
        """The user's files that a table of the config hides."""
        return [(path.stem, path) for path in _files(self._folder) if path.stem in self._tables]

    def load(self, name: str) -> Profile:
        """The profile of that name. Raises UsageError with the nearest name, ConfigError or
        UsageError for one that is wrong."""
        place = self.placed(name)
        if place.file is None:
            base = TableSource(f"[profiles.{name}]", self._config.parent)
            return profile(name, self._tables[name], base)
        table = load_table(ProfileTable, place.file, self._stamps)
        origin = f"the {name} that ships" if place.shipped else f"{place.file}"
        return profile(name, table, TableSource(origin, place.file.parent, place.file))

    def copy(self, name: str, new_name: str) -> list[Path]:
        """Copies a profile's files into the user's folder, under another name where one is given;
        the paths of the copies. Raises UsageError where that would replace something."""
        file = self.placed(name).file
        if file is None:
            raise UsageError(f"{name} is a table of {self._config}: copy it there.")
        if not PLAIN_NAME.fullmatch(new_name) or new_name == NO_PROFILE:
            raise UsageError(f"{new_name} can't name a profile; take letters, digits, - and _.")
        copies = []
        for source in (file, file.with_suffix(".md")):
            copy = self._folder / f"{new_name}{source.suffix}"
            if copy.exists():
                raise UsageError(f"{copy} is there already: {TAKEN}.")
            if source.is_file():
                copies.append((source, copy))
        make_private_folder(self._folder)
        for source, copy in copies:
            write_export(copy, source.read_text(encoding="utf-8"), instead=TAKEN)
        return [copy for _, copy in copies]

    def placed(self, name: str) -> ProfilePlace:
        """Where the profile is. Raises UsageError with the nearest name."""
        places = self.places()
        if name in places:
            return places[name]
        near = difflib.get_close_matches(name, places, n=1)
        if near:
            raise UsageError(f"There is no profile {name}; did you mean {near[0]}?")
        raise UsageError(
            f"There is no profile {name} (known: {', '.join(places)}); add [profiles.{name}] to "
            f"the config, or {self._folder / name}.toml."
        )


@dataclass(frozen=True, slots=True)
class TableSource:
    """Where a profile's table stands: what names it, and the folder that its files are in."""

    origin: str
    folder: Path
    file: Path | None = None


def open_profiles(config: Config, paths: Paths) -> Profiles:
    return Profiles(config.profiles, paths.config, paths.profiles, paths.cache)


def profile(name: str, table: ProfileTable, source: TableSource) -> Profile:
    """The profile that a table describes. Raises UsageError for a file that can't be read."""
    own = layer(table, table, source, EVERY_MODEL)
    some = [layer(part, table, source, pattern) for pattern, part in table.models.items()]
    ranked = sorted(some, key=lambda one: one.specificity)
    return Profile(name, table.model, (own, *ranked), table.description, dict(table.vars))


def layer(table: JobTable, whole: ProfileTable, source: TableSource, pattern: str) -> Layer:
    memory = MemoryChoice(
        cap=table.memory.cap_tokens,
        turns=table.memory.last_turns,
        full=table.memory.full,
        too_long=table.memory.too_long,
        summarise=table.memory.summarise,
        recall=table.memory.recall,
    )
    options = sampling(beside(table.options, source))
    given = {one.name: getattr(options, one.name) for one in fields(options)}
    origin = source.origin if table is whole else f'{source.origin} [models."{pattern}"]'
    if table.schema is not None:
        from chatui.jobs.schema import load_schema

        given["json_schema"] = load_schema(table.schema, source.folder)
    return Layer(
        origin=origin,
        pattern=pattern,
        system=prompt(table, whole, source, origin),
        collection=table.collection,
        rag=table.rag,
        options={name: value for name, value in given.items() if value is not None},
        memory=memory,
        filters=table.filters,
    )


def beside(options: Options, source: TableSource) -> Options:
    """The options, with the grammar of a profile's own file sought beside that."""
    if source.file is None or options.grammar is None:
        return options
    return replace(options, grammar=str(source.folder / at_home(options.grammar)))


def prompt(table: JobTable, whole: ProfileTable, source: TableSource, origin: str) -> Prompt | None:
    """The system prompt of a table: its text, its file, or for a profile's own file the Markdown
    file of its name beside it."""
    if table.system is not None and table.prompt is not None:
        raise UsageError(f"{origin} has both system and prompt; keep one of them.")
    beside = source.file.with_suffix(".md") if source.file else None
    if table.prompt is not None:
        path = source.folder / at_home(table.prompt)
    elif table.system is None and table is whole and beside is not None and beside.is_file():
        path = beside
    elif table.system is not None:
        path = None
    else:
        return None
    text = (table.system or "") if path is None else read_prompt(path)
    place = str(path or f"the prompt of {origin}")
    parts = dict(parts_of(text, place, path.parent if path else source.folder))
    return Prompt(text.strip(), place, parts, dict(whole.vars), whole.clipboard)


def parts_of(text: str, place: str, folder: Path) -> Iterator[tuple[str, str]]:
    """The files that a prompt includes, and those that they include: below its folder only.
    Raises UsageError."""
    waiting, seen = [(text, place)], set[str]()
    while waiting:
        part, where = waiting.pop()
        if "{%" not in part:
            continue
        for name in included(part, where):
            if name in seen:
                continue
            seen.add(name)
            path = (folder / name).resolve()
            if not path.is_relative_to(folder.resolve()):
                raise UsageError(f"{where} includes {name}, which is outside {folder}; move it in.")
            if len(seen) > MOST_PARTS:
                raise UsageError(f"{place} includes more than {MOST_PARTS} files; join some.")
            content = read_prompt(path)
            yield name, content
            waiting.append((content, str(path)))


def read_prompt(path: Path) -> str:
    """The text of a prompt's file. Raises UsageError."""
    return read_named(path, "prompt", LARGEST_PROMPT)


def described(profiles: Profiles) -> list[tuple[str, str]]:
    """Every profile with a line on what it is for; one that is wrong with what is wrong."""
    found = []
    for name in profiles.places():
        try:
            found.append((name, profiles.load(name).description))
        except ChatuiError as error:
            found.append((name, str(error)))
    return found


def faults(profiles: Profiles, name: str) -> Sequence[str]:
    """What is wrong with a profile, in sentences."""
    if name == NO_PROFILE:
        return [f"{NO_PROFILE} leaves a profile, so none can be called that; rename it."]
    try:
        found = profiles.load(name)
    except ChatuiError as error:
        return [str(error)]
    return [
        fault
        for one in found.layers
        if one.system is not None and one.system.is_template
        for fault in one.system.faults()
    ]


def _files(folder: Path) -> Sequence[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except OSError:
        return ()
