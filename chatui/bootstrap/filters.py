"""The filters of the config, made when a call first needs them."""

from __future__ import annotations

import difflib
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.assistant.screen import Screen
from chatui.bootstrap.text_files import read_named
from chatui.config.paths import Paths
from chatui.config.schema import Config, FilterTable
from chatui.cost.charges import open_charge
from chatui.domain.errors import ChatuiError, ConfigError, UsageError
from chatui.jobs.filters.detectors import DETECTORS
from chatui.jobs.filters.filters import Action, Direction, Filter, filtered
from chatui.jobs.filters.masks import LABEL
from chatui.jobs.filters.patterns import Pattern, compiled
from chatui.jobs.filters.words import LONGEST_WORD, WordList, read_words
from chatui.system.files import at_home

if TYPE_CHECKING:
    from chatui.bootstrap.profiles import Profiles
    from chatui.memory.store.store import ChatStore

LARGEST_LIST = 64 << 20
"""Bytes of a list of words."""


class Filters:
    """All filters by name, from tables of `config`; their files are named from its folder. What
    is here reads files and prepares lists: for a thread."""

    def __init__(self, tables: Mapping[str, FilterTable], config: Path) -> None:
        self._tables = tables
        self._config = config
        self._made: dict[str, Filter] = {}
        self._lock = threading.Lock()

    def unknown(self, names: Sequence[str]) -> list[str]:
        """A sentence for each name that none has."""
        return [self._unknown(name) for name in dict.fromkeys(names) if name not in self._tables]

    def named(self, names: Sequence[str]) -> list[Filter]:
        """The filters of those names. Raises ConfigError with the nearest name, or with what is
        wrong with one."""
        with self._lock:
            return [self._one(name) for name in names]

    def _one(self, name: str) -> Filter:
        if name not in self._made:
            if name not in self._tables:
                raise ConfigError(self._unknown(name))
            self._made[name] = self._make(name, self._tables[name])
        return self._made[name]

    def _unknown(self, name: str) -> str:
        near = difflib.get_close_matches(name, self._tables, n=1)
        hint = f"did you mean {near[0]}?" if near else f"add [filters.{name}] to {self._config}."
        return f"There is no filter {name}; {hint}"

    def _make(self, name: str, table: FilterTable) -> Filter:
        where = f"[filters.{name}] of {self._config}"
        if not LABEL.fullmatch(table.label):
            raise ConfigError(
                f"{where}: the label {table.label} must be capitals, figures and _, such as PERSON."
            )
        words = [word for path in table.words for word in self._read(path)]
        made = Filter(
            name=name,
            words=WordList(words, table.homoglyphs) if words else None,
            patterns=tuple(_pattern(source, table.label, where) for source in table.patterns),
            detect=table.detect,
            action=Action(table.action),
            direction=Direction(table.direction),
            label=table.label,
            local=table.local,
            confirm=table.confirm,
        )
        if made.words is not None:
            made.words.prepare()
        return made

    def _read(self, name: str) -> list[str]:
        path = self._config.parent / at_home(name)
        try:
            lines = read_named(path, "list of words", LARGEST_LIST).splitlines()
        except UsageError as error:
            raise ConfigError(str(error)) from error
        found = []
        for number, word in read_words(lines):
            if len(word) > LONGEST_WORD:
                raise ConfigError(
                    f"{path}, line {number}: more than {LONGEST_WORD} characters are no word; "
                    "write one on each line."
                )
            if not re.search(r"\w", word):
                raise ConfigError(f"{path}, line {number}: {word!r} has no letter or figure.")
            found.append(word)
        return found


def _pattern(source: str, label: str, where: str) -> Pattern:
    try:
        return compiled(source, label, where)
    except UsageError as error:
        raise ConfigError(str(error)) from error


def open_filters(config: Config, path: Path) -> Filters:
    return Filters(config.filters, path)


def open_screen(
    config: Config, paths: Paths, store: ChatStore, on_warning: Callable[[str], None] | None
) -> Screen:
    # A profile's file may name a filter that the config does not have: that is to be an error.
    filters = open_filters(config, paths.config)
    by_provider = {name: provider.filters for name, provider in config.providers.items()}
    return Screen(filters.named, by_provider, store.masks, on_warning)


def for_embedding(
    config: Config, paths: Paths, provider: str, *, local: bool
) -> Callable[[Sequence[str]], list[str]]:
    """What may be sent of texts to an embedding endpoint of that provider, which is `local` or not:
    the provider's filters are on them, and those of the job that they are for. What would be
    replaced or block a call is masked for good, so that a text and a question have the same mask.
    Blocks; raises ConfigError."""
    filters = open_filters(config, paths.config)
    table = config.providers.get(provider)
    own = table.filters if table else ()

    def screened(texts: Sequence[str]) -> list[str]:
        names = tuple(dict.fromkeys([*own, *open_charge().filters]))
        found = [one for one in filters.named(names) if one.local or not local]
        outgoing = [one for one in found if one.goes(Direction.OUT)]
        return [filtered(text, outgoing).text for text in texts] if outgoing else list(texts)

    return screened


def for_exports(config: Config, path: Path) -> Sequence[Filter]:
    """All filters of the config on what goes out; where there are none all detectors."""
    if not config.filters:
        return [Filter(name="detectors", detect=tuple(DETECTORS))]
    found = open_filters(config, path).named(list(config.filters))
    return [one for one in found if one.goes(Direction.OUT)]


def unknown_filters(profiles: Profiles, filters: Filters, name: str) -> list[str]:
    """What is wrong with the filters that a profile names, for one that can be read."""
    try:
        layers = profiles.load(name).layers
    except ChatuiError:
        return []
    return filters.unknown([one for layer in layers for one in layer.filters or ()])


def faults(filters: Filters, config: Config) -> list[str]:
    """What is wrong with the filters, in sentences."""
    found = []
    named = [name for provider in config.providers.values() for name in provider.filters]
    for name in dict.fromkeys([*config.filters, *named]):
        try:
            filters.named([name])
        except ConfigError as error:
            found.append(str(error))
    return found
