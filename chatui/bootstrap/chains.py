"""The chains there are: files in the user's folder, and any that is named by its path."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatui.assistant.chains.chain import Chain, Fault, Step, faults, with_given
from chatui.assistant.chains.filling import Known, try_out
from chatui.assistant.chains.state import RunFiles
from chatui.bootstrap.profiles import (
    TableSource,
    beside,
    parts_of,
    read_prompt,
)
from chatui.bootstrap.sampling import sampling
from chatui.config.load import line_of, load_table, placed
from chatui.config.paths import Paths
from chatui.config.reading import read_text
from chatui.config.schema import ChainTable, StepJob, StepTable
from chatui.domain.errors import ChatuiError, ConfigError, NoSuchConversation, UsageError
from chatui.jobs.profiles import Layer, ReplySettings, apply
from chatui.jobs.prompts import Prompt
from chatui.system.files import at_home, is_file

if TYPE_CHECKING:
    from chatui.bootstrap.profiles import Profiles
    from chatui.memory.store.store import ChatStore

SUFFIX = ".toml"
NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Listed:
    """A chain as it is listed; `wrong` says what is wrong with it."""

    name: str
    file: Path
    description: str = ""
    steps: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    wrong: str = ""


class Chains:
    """All chains by name. Everything here reads files: for a thread. `settings` are those of the
    config, which every step lies on; `runs` keeps what a run can be gone on from."""

    def __init__(
        self,
        folder: Path,
        runs: RunFiles,
        profiles: Profiles,
        settings: ReplySettings,
        stamps: Path | None = None,
    ) -> None:
        self.folder = folder
        self.runs = runs
        self._profiles = profiles
        self._settings = settings
        self._stamps = stamps

    def places(self) -> dict[str, Path]:
        """The files of the folder, in the order of their names."""
        try:
            found = sorted(path for path in self.folder.iterdir() if path.suffix == SUFFIX)
        except OSError:
            return {}
        return {path.stem: path for path in found}

    def listed(self) -> list[Listed]:
        return [self._listed(name, path) for name, path in self.places().items()]

    def _listed(self, name: str, path: Path) -> Listed:
        try:
            # Whatever it needs is there: only a run has to give it.
            chain = self._made(path, NOTHING, "", lenient=True)
        except ChatuiError as error:
            return Listed(name, path, wrong=str(error))
        variables = tuple(dict.fromkeys((*chain.defaults, *sorted(chain.wanted()))))
        steps = tuple(step.name for step in chain.steps)
        return Listed(name, path, chain.description, steps, variables)

    def load(self, named: str, given: Mapping[str, Any] = NOTHING, model: str = "") -> Chain:
        """The chain of that name, or in that file, with values for its variables. `model` answers
        the steps for which nothing else names one. Raises UsageError, and ConfigError with the
        file and the line of the first thing that is wrong."""
        return self._made(self.placed(named), given, model)

    def placed(self, named: str) -> Path:
        """The file of a chain. Raises UsageError with the nearest name."""
        if "/" in named or named.endswith(SUFFIX):
            path = at_home(named).absolute()
            if not is_file(path):
                raise UsageError(f"There is no chain in {named}; check the path.")
            return path
        places = self.places()
        if named in places:
            return places[named]
        near = difflib.get_close_matches(named, places, n=1)
        if near:
            raise UsageError(f"There is no chain {named}; did you mean {near[0]}?")
        known = f" (known: {', '.join(places)})" if places else ""
        raise UsageError(
            f"There is no chain {named}{known}; put {named}{SUFFIX} into {self.folder}, or name "
            "a file by its path."
        )

    def _made(
        self, path: Path, given: Mapping[str, Any], model: str, *, lenient: bool = False
    ) -> Chain:
        table = load_table(ChainTable, path, self._stamps)
        source = ChainSource(path)
        base = replace(self._settings, rag=False, model=model or self._settings.model)
        variables = with_given(table.vars, given)
        maker = StepMaker(table, source, base, self._profiles, variables)
        output = None if table.output is None else source.prompt(table.output, f"{path}, output")
        chain = Chain(
            name=path.stem,
            file=str(path),
            steps=[maker.step(name, step) for name, step in table.steps.items()],
            description=table.description,
            defaults=dict(table.vars),
            variables=variables,
            output=output,
            max_cost=table.max_cost,
        )
        known = chain
        if lenient:
            known = replace(chain, variables={**dict.fromkeys(chain.wanted()), **variables})
        for fault in faults(known):
            raise ConfigError(f"{source.at(fault)}: {fault.sentence}")
        chain.check_given(given)
        for step in () if lenient else chain.steps:
            if not step.needs:
                maker.try_out(step)
        return chain


@dataclass(frozen=True, slots=True)
class ChainSource:
    """A chain's file, which tells where in it something stands."""

    path: Path

    def key(self, *keys: str) -> str:
        return placed(self.path, read_text(self.path), keys)

    def at(self, fault: Fault) -> str:
        """The file and the line of a fault: in the chain's own, or in one that a prompt is from."""
        if fault.included:
            return f"{self.path.parent / fault.included}, line {fault.line}"
        text = read_text(self.path)
        *step, key = fault.keys or ("",)
        if key == "prompt" and not line_of(text, fault.keys):
            table = load_table(ChainTable, self.path).steps[step[-1]]
            return f"{self.path.parent / (table.prompt_file or '')}, line {fault.line}"
        first = line_of(text, fault.keys) if fault.keys else 0
        if not first:
            return str(self.path)
        opens_below = text.splitlines()[first - 1].rstrip().endswith(('"""', "'''"))
        return f"{self.path}, line {first + fault.line - (not opens_below)}"

    def prompt(self, text: str, place: str, folder: Path | None = None) -> Prompt:
        """Raises UsageError for a file that it includes and that is not there."""
        try:
            parts = dict(parts_of(text, place, folder or self.path.parent))
        except UsageError:
            # What is wrong with the template itself is told with its line.
            parts = {}
            if not _broken(text):
                raise
        return Prompt(text, place, parts)


def _broken(text: str) -> bool:
    from jinja2 import TemplateSyntaxError

    from chatui.jobs.templates import environment

    try:
        environment({}).parse(text)
    except TemplateSyntaxError:
        return True
    return False


@dataclass(frozen=True, slots=True)
class StepMaker:
    """Makes steps of their tables. A profile lies below what the chain says for all of its
    steps, and that below what a step says itself."""

    table: ChainTable
    source: ChainSource
    base: ReplySettings
    profiles: Profiles
    variables: Mapping[str, Any]

    def step(self, name: str, table: StepTable) -> Step:
        """Raises ConfigError, with the file and the line."""
        place = f"{self.source.path}, step {name}"
        system = table.system if table.system is not None else self.table.system
        return Step(
            name=name,
            prompt=self._prompt(name, table, place),
            settings=self._settings(name, table),
            query=None if table.query is None else self.source.prompt(table.query, place),
            system=None if system is None else self.source.prompt(system, place),
            items=table.for_ or "",
            condition=table.if_ or "",
        )

    def try_out(self, step: Step) -> None:
        """Raises ConfigError for what can't be filled in, of a step that waits for no other."""
        try:
            try_out(step, Known(self.variables))
        except UsageError as error:
            table = self.table.steps[step.name]
            reason = str(error).removeprefix(step.prompt.place).lstrip(":, ")
            own = "prompt_file" if table.prompt is None else "prompt"
            key = next((key for key in ("for", "if") if reason.startswith(f"{key} = ")), own)
            where = self.source.key("steps", step.name, key)
            raise ConfigError(f"{where}: the step {step.name}: {reason}") from error

    def _prompt(self, name: str, table: StepTable, place: str) -> Prompt:
        if (table.prompt is None) == (table.prompt_file is None):
            where = self.source.key("steps", name)
            what = "no prompt" if table.prompt is None else "both prompt and prompt_file"
            raise ConfigError(f"{where}: the step {name} has {what}; give it one of the two.")
        if table.prompt is not None:
            return self.source.prompt(table.prompt, place)
        path = self.source.path.parent / at_home(table.prompt_file or "")
        with self._at("steps", name, "prompt_file"):
            return self.source.prompt(read_prompt(path), str(path), path.parent)

    def _settings(self, name: str, table: StepTable) -> ReplySettings:
        settings, collected = self.base, bool(table.collection or self.table.collection)
        named = table.profile or self.table.profile
        if named:
            keys = ("steps", name, "profile") if table.profile else ("profile",)
            with self._at(*keys):
                profile = self.profiles.load(named)
            shared = {
                key: self.variables[key] for key in profile.variables.keys() & self.variables.keys()
            }
            profile = profile.with_variables(shared)
            settings = apply(profile, settings)
            collected = collected or any(layer.collection for layer in profile.layers)
        if collected:
            settings = replace(settings, rag=True)
        settings = self._over(settings, self.table, "options")
        settings = self._over(settings, table, "steps", name, "options")
        if table.collection is not None and table.rag is None:
            settings = settings.over(Layer(origin=str(self.source.path), rag=True))
        if table.schema is not None:
            settings = self._with_schema(settings, name, table.schema)
        return replace(
            settings,
            model=table.model or self.table.model or settings.model,
            passages=table.k or self.table.k,
        )

    def _over(self, settings: ReplySettings, table: StepJob, *keys: str) -> ReplySettings:
        """The settings with what a table says on top."""
        where = TableSource(str(self.source.path), self.source.path.parent, self.source.path)
        with self._at(*keys):
            options = sampling(beside(table.options, where))
        given = {one.name: getattr(options, one.name) for one in fields(options)}
        system = None
        if table.system is not None:
            system = replace(
                self.source.prompt(table.system, f"{self.source.path}, system"),
                variables={"vars": self.variables},
            )
        layer = Layer(
            origin=str(self.source.path),
            system=system,
            collection=table.collection,
            rag=table.rag,
            options={key: value for key, value in given.items() if value is not None},
        )
        return settings.over(layer)

    def _with_schema(self, settings: ReplySettings, name: str, file: str) -> ReplySettings:
        from chatui.jobs.schema import load_schema

        with self._at("steps", name, "schema"):
            schema = load_schema(file, self.source.path.parent)
        return settings.over(Layer(origin=str(self.source.path), options={"json_schema": schema}))

    @contextmanager
    def _at(self, *keys: str) -> Iterator[None]:
        """Errors name the line of that key."""
        try:
            yield
        except ChatuiError as error:
            raise ConfigError(f"{self.source.key(*keys)}: {error}") from error


def open_chains(paths: Paths, profiles: Profiles, settings: ReplySettings) -> Chains:
    return Chains(paths.chains, RunFiles(paths.runs), profiles, settings, paths.cache)


async def check(
    chain: Chain,
    model_name: Callable[[ReplySettings], Awaitable[str]],
    collections: Collection[str],
    own: str,
) -> dict[str, str]:
    """The full names of the models that answer, by step. `own` is the config's collection, which
    need not be among the `collections`. Raises ChatuiError, with the file and the line, for a
    model or a collection that is not there: before anything is paid."""
    source = ChainSource(Path(chain.file))
    models: dict[str, str] = {}
    for step in chain.steps:
        settings = step.settings
        try:
            models[step.name] = await model_name(settings)
        except ChatuiError as error:
            raise type(error)(f"{await _where(source, step.name, 'model')}: {error}") from error
        if settings.rag and settings.collection not in {own, *collections}:
            raise ConfigError(
                f"{await _where(source, step.name, 'collection')}: there is no collection "
                f"{settings.collection}; `chatui ingest PATH --collection {settings.collection}` "
                "makes it."
            )
    return models


async def _where(source: ChainSource, step: str, key: str) -> str:
    """The place of a step's key, or of the chain's where the step has none."""

    def found() -> str:
        own, whole = ("steps", step, key), (key,)
        text = read_text(source.path)
        keys = own if line_of(text, own) else whole if line_of(text, whole) else own[:2]
        return placed(source.path, text, keys)

    return await asyncio.to_thread(found)


async def forget_removed(store: ChatStore, runs: RunFiles) -> None:
    """Removes what is kept of runs whose conversation was removed."""
    for run in await asyncio.to_thread(runs.all):
        try:
            await store.resolve(run.conversation)
        except NoSuchConversation:
            await asyncio.to_thread(runs.forget, run.id)
