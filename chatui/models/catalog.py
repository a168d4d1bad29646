"""Which models there are, what they are called, and how to open one."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from chatui.domain.errors import ModelError, ModelUnavailable, UsageError
from chatui.domain.known_providers import SHARED_KEYS, known_provider
from chatui.domain.media import MediumKind
from chatui.models.base import CONFIG, PRICE_LIST, REFUSAL, SERVER, ChatModel, ModelInfo, WarmModel
from chatui.models.files.model_files import LOCAL, ModelFile, ModelFiles
from chatui.models.hosted.batches import BatchEndpoint, batch_endpoint
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.discovery import (
    LIST_SECONDS,
    PROBE_SECONDS,
    listens,
    ollama_info,
    served_models,
    with_sizes,
)
from chatui.models.hosted.endpoint import OLLAMA, Endpoint
from chatui.models.hosted.hosted import HostedModel
from chatui.models.hosted.option_warnings import OptionWarnings
from chatui.models.model_names import doubted, match_name, unknown
from chatui.models.sighted import takes

AUTO = "auto"
BUILTIN = ModelInfo(
    "builtin/extract", local=True, description="quotes your documents; needs no key, no server"
)

HEARD_SECONDS = 60.0
"""How long it counts what a local server said, or that there was none. `auto` is asked with every
draft; a server that starts or ends meanwhile is noticed after that, or with the next list. One
that did not answer in time is asked again at once."""
MEASURE_SECONDS = 20.0
ASK_SECONDS = 2.0
"""How long a local server may take to tell of one model, before a reply goes without."""


def default_model(provider: str) -> str:
    """What `auto` takes of a provider whose key is set and that has no `models` configured."""
    known = known_provider(provider)
    return known.model if known is not None else ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Models, each provider's together, and a sentence for each provider that failed."""

    models: tuple[ModelInfo, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AtHand:
    """What could answer here: hosted providers whose key is set, local servers that run with the
    number of their models, and how many model files there are."""

    keys: tuple[str, ...]
    servers: tuple[tuple[str, int], ...]
    files: int


class Catalog:
    """The models of all endpoints, of the files on this machine, and the built-in one.

    `builtin` makes the model behind `builtin/extract`, `open_local` that of a file; without
    it such a model needs a server. `context_size` looks a full name up
    in the price data, in tokens; it is called in a thread. `input_limit` says how much of a model's
    context a prompt may have, None for all. `on_told` gets what a provider's list says of its
    models. `on_warning` gets a sentence about
    sampling options that a server doesn't take. `context_day` says since when `context_size` is
    known where its provider told an earlier process, `is_old` of which provider that is long ago.
    `vision` is the user's word on whether the model of a full name sees, None for none, and
    `told_takes` what its provider told an earlier process. Opened models and connections are kept
    until `close`; those on local servers are opened anew each time.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        files: ModelFiles,
        builtin: Callable[[], ChatModel],
        context_size: Callable[[str], int | None] = lambda name: None,
        *,
        input_limit: Callable[[str, int | None], int | None] = lambda name, size: None,
        on_told: Callable[[Sequence[ModelInfo]], None] = lambda infos: None,
        open_local: Callable[[ModelFile], ChatModel] | None = None,
        on_warning: Callable[[str], None] | None = None,
        vision: Callable[[str], bool | None] = lambda name: None,
        told_takes: Callable[[str], frozenset[MediumKind] | None] = lambda name: None,
        context_day: Callable[[str], date | None] = lambda name: None,
        is_old: Callable[[str], bool] = lambda provider: False,
    ) -> None:
        self._vision, self._told_takes = vision, told_takes
        self._context_day = context_day
        self._is_old = is_old
        self._asking_again: dict[str, asyncio.Task[str | None]] = {}
        self._connections = {endpoint.name: Connection(endpoint) for endpoint in endpoints}
        self._files = files
        self._builtin = builtin
        self._context_size = context_size
        self._input_limit = input_limit
        self._on_told = on_told
        self._open_local = open_local
        self._warnings = OptionWarnings(on_warning)
        self._served: dict[str, tuple[ModelInfo, ...]] = {}
        self._heard: dict[str, float] = {}
        self._asking = {name: asyncio.Lock() for name in self._connections}
        self._opened: dict[str, ChatModel] = {}
        self._measures: dict[str, tuple[float, ModelInfo]] = {}
        self._limits: dict[str, int] = {}

    def endpoint_of(self, model: str) -> Endpoint | None:
        """Where a model of that full name is called; None for one on this machine."""
        connection = self._connections.get(model.partition("/")[0])
        return connection.endpoint if connection else None

    def names(self) -> tuple[str, ...]:
        """The names to offer without asking anyone: configured, served when last asked, in
        the models folder, built in. Reads the folder."""
        return tuple(self._known(self._usable()))

    def without_key(self, beside: Iterable[str] = ()) -> dict[str, str]:
        """Models of hosted providers whose key is missing, each with what to do about it: those
        that are configured or published, and of the full names `beside` those that are such."""
        found: dict[str, str] = {}
        for connection in self._connections.values():
            endpoint = connection.endpoint
            if not endpoint.usable:
                default = default_model(endpoint.name)
                told = endpoint.models or ((default,) if default else ())
                names = [f"{endpoint.name}/{one}" for one in told]
                names += [one for one in beside if one.startswith(f"{endpoint.name}/")]
                found |= dict.fromkeys(names, endpoint.key.advice)
        return found

    async def lacking(self, name: str) -> str:
        """What stands between the model of that name and an answer, as a sentence: the key of its
        provider. "" where that is at hand, as far as can be told without running a command. Asks
        nobody."""
        if name == AUTO:
            return ""
        full = name
        if name.partition("/")[0] not in self._connections:
            connections = self._connections.values()
            full = match_name(name, await asyncio.to_thread(self._known, connections)) or name
        endpoint = self.endpoint_of(full)
        if endpoint is None or endpoint.usable:
            return ""
        return (
            f"{full} can't answer yet: {endpoint.name} needs an API key; {endpoint.key.advice} and "
            "start chatui again."
        )

    def keys(self) -> dict[str, str]:
        """The hosted providers whose key is at hand, each with the variable that it is in; "" where
        a command prints it."""
        return {one.name: one.key.variable for one in self._hosted_with_key()}

    async def listing(self, seconds: float = LIST_SECONDS) -> Listing:
        """All models there are; asks every usable endpoint, all at once.

        One that fails gives a note, whatever it did, and the others are listed all the same.
        An Ollama that is not running gives none: it is no fault to run none.
        """
        usable = self._usable()
        notes = await asyncio.gather(*(self._ask(connection, seconds) for connection in usable))
        known = await asyncio.to_thread(self._known, usable)
        models = await asyncio.to_thread(
            lambda: tuple(self._completed(info) for info in known.values())
        )
        return Listing(models, tuple(note for note in notes if note))

    async def resolve(self, name: str) -> str:
        """The full name of a model. A bare name works when one provider has it; endpoints
        are asked only for a name that is not known yet. Raises UnknownModel."""
        name = name.strip()
        if name == AUTO:
            return await self.auto()
        provider, _, model = name.partition("/")
        if provider in self._connections and model:
            return name
        connections = self._connections.values()
        known = await asyncio.to_thread(self._known, connections)
        found = match_name(name, known)
        if found is None and name:
            await asyncio.gather(*(self._ask(one, LIST_SECONDS) for one in self._usable()))
            known = await asyncio.to_thread(self._known, connections)
            found = match_name(name, known)
        if found is None:
            raise unknown(name, known)
        return found

    async def auto(self, last_used: str | None = None, configured: str = AUTO) -> str:
        """The model to take when none is named: the configured one, the last used one if it
        can be used now, a hosted provider whose key is set, a local server that runs, a file
        in the models folder, the built-in one. Local servers get PROBE_SECONDS to answer, and
        what they answer counts for HEARD_SECONDS."""
        if configured != AUTO:
            return await self.resolve(configured)
        if last_used and await self._available(last_used):
            return last_used
        for endpoint in filter(_is_meant, self._hosted_with_key()):
            model = next(iter(endpoint.models), None) or default_model(endpoint.name)
            if model:
                return f"{endpoint.name}/{model}"
        running = await asyncio.gather(
            *(self._running(one) for one in self._connections.values() if one.endpoint.local)
        )
        served = next((models[0] for models in running if models), None)
        return served or await asyncio.to_thread(self._first_file) or BUILTIN.name

    async def at_hand(self) -> AtHand:
        """What is there to choose from, by a look that goes no further than this machine."""
        local = [one for one in self._connections.values() if one.endpoint.local]
        running = await asyncio.gather(*(self._running(one) for one in local))
        names = [one.endpoint.name for one in local]
        files = await asyncio.to_thread(self._files.all)
        return AtHand(
            tuple(self.keys()),
            tuple(
                (name, len(set(found))) for name, found in zip(names, running, strict=True) if found
            ),
            len(files),
        )

    async def open(self, name: str) -> ChatModel:
        """The model of a full name or of any name that `resolve` takes; the same one each
        time. Raises UnknownModel, and ModelUnavailable for a file that needs a server."""
        full = await self.resolve(name)
        if full not in self._opened:
            if full == BUILTIN.name:
                self._opened[full] = self._builtin()
                return self._opened[full]
            if full.startswith(f"{LOCAL}/"):
                self._opened[full] = await asyncio.to_thread(self._local, full)
                return self._opened[full]
            model = HostedModel(await self.info(full), self._connection(full), self._warnings)
            if model.info.local:
                # Its context may be another one next time: see `info`.
                return model
            self._opened[full] = model
            await self._ask_again(self._connection(full))
        return self._opened[full]

    async def _ask_again(self, connection: Connection) -> None:
        """Has a provider whose word on its models is old tell it anew: it is called anyway."""
        provider = connection.endpoint.name
        if provider in self._heard or not connection.endpoint.usable:
            return
        if await asyncio.to_thread(self._is_old, provider) and provider not in self._asking_again:
            asking = asyncio.create_task(self._ask(connection, LIST_SECONDS))
            self._asking_again[provider] = asking

    def batches(self, name: str) -> BatchEndpoint:
        """The batch endpoint of the provider of the model of that full name. Raises UsageError for
        a model of this machine, which has none."""
        connection = self._connections.get(name.partition("/")[0])
        if connection is None or connection.endpoint.local:
            raise UsageError(
                f"{name} runs on this machine, which has no batch endpoint; leave --provider-batch "
                "out."
            )
        return batch_endpoint(connection)

    async def info(self, name: str) -> ModelInfo:
        """What is known of a model. A local server is asked for the context size, again
        after MEASURE_SECONDS: it depends on what the server has loaded."""
        full = await self.resolve(name)
        if self._open_local is not None and full.startswith(f"{LOCAL}/"):
            return (await self.open(full)).info
        known = await asyncio.to_thread(self._known, self._connections.values())
        info = known.get(full)
        if full.partition("/")[0] not in self._connections:
            return info or ModelInfo(full, local=True)
        connection = self._connection(full)
        endpoint = connection.endpoint
        info = info or configured(endpoint, full.partition("/")[2])
        if info.context_size is None and endpoint.local:
            info = await self._measured(info, connection)
        return await asyncio.to_thread(self._completed, info)

    async def hear(self, name: str) -> None:
        """Has the provider of a hosted model tell what its list says of it, for `info` and for
        whoever gets what is told. A provider that can't be asked leaves what is known."""
        connection = self._connections.get((await self.resolve(name)).partition("/")[0])
        if connection is not None and connection.endpoint.usable and not connection.endpoint.local:
            await self._ask(connection, LIST_SECONDS)

    async def doubt(self, name: str) -> str:
        """Why there may be no model of that full name, as a sentence: its provider, which is asked
        now, lists none, or nobody tells of it. "" for one that is known, also by the price data."""
        connection = self._connections.get(name.partition("/")[0])
        if connection is None or not connection.endpoint.usable:
            return ""
        if name in await asyncio.to_thread(self._known, (connection,)):
            return ""
        if await asyncio.to_thread(self._context_size, name):
            return ""
        await self._ask(connection, LIST_SECONDS)
        served = [info.name for info in self._served.get(connection.endpoint.name, ())]
        return "" if name in served else doubted(name, served)

    def hold_to(self, name: str, context_size: int) -> None:
        """Remembers, as long as this process runs, that the model's server takes at most so many
        tokens: it said so when it refused more. `name` is the full one."""
        self._limits[name] = context_size
        model = self._opened.get(name)
        if isinstance(model, HostedModel):
            model.hold_to(context_size)

    async def warm(self, name: str) -> None:
        """Loads in the background what the model's first reply would wait for. Sends nothing."""
        full = await self.resolve(name)
        provider = full.partition("/")[0]
        if provider == LOCAL and self._open_local is not None:
            model = await self.open(full)
            if isinstance(model, WarmModel):
                await model.warm()
        elif provider in self._connections:
            await self._connections[provider].warm()

    async def close(self) -> None:
        """Closes the opened models and the connections."""
        for asking in self._asking_again.values():
            asking.cancel()
        await asyncio.gather(*self._asking_again.values(), return_exceptions=True)
        opened, self._opened = self._opened, {}
        for model in opened.values():
            await model.close()
        for connection in self._connections.values():
            await connection.close()

    def _connection(self, full: str) -> Connection:
        return self._connections[full.partition("/")[0]]

    def _usable(self) -> tuple[Connection, ...]:
        return tuple(one for one in self._connections.values() if one.endpoint.usable)

    def _hosted_with_key(self) -> tuple[Endpoint, ...]:
        endpoints = (one.endpoint for one in self._connections.values())
        return tuple(one for one in endpoints if one.key.present and not one.local)

    def _known(self, connections: Iterable[Connection]) -> dict[str, ModelInfo]:
        found = [BUILTIN]
        for connection in connections:
            endpoint = connection.endpoint
            served = self._served.get(endpoint.name, ())
            default = default_model(endpoint.name)
            told = endpoint.models or ((default,) if default and not served else ())
            found += [configured(endpoint, one) for one in told]
            found += served
        for file in self._files.all():
            note = file.description
            if self._open_local is None:
                note += ", to be served by llama.cpp's server"
            found.append(ModelInfo(file.name, local=True, description=note))
        # Served ones come later and know more, but keep the configured place.
        return {info.name: info for info in found}

    async def _ask(self, connection: Connection, seconds: float) -> str | None:
        """Remembers what the endpoint serves; a sentence when that fails."""
        endpoint = connection.endpoint
        told = None
        try:
            if endpoint.local and not await listens(endpoint):
                self._served.pop(endpoint.name, None)
                if endpoint.name != OLLAMA:
                    told = (
                        f"Nothing answers at {endpoint.shown_url} ({endpoint.name}); start it, or "
                        f"check base_url in [providers.{endpoint.name}]."
                    )
            else:
                served = await served_models(connection, seconds)
                if seconds > PROBE_SECONDS:
                    served = await with_sizes(connection, served, seconds)
                self._served[endpoint.name] = served
                await asyncio.to_thread(self._on_told, served)
        except ModelError as error:
            return str(error)
        # No answer that nobody thought of may take the other providers' models away.
        except Exception as error:
            logging.getLogger(__name__).exception("Asking %s for its models failed", endpoint.name)
            fault = type(error).__name__
            return f"{endpoint.name} could not be asked for its models ({fault}); see chatui.log."
        self._heard[endpoint.name] = asyncio.get_running_loop().time()
        return told

    async def _running(self, connection: Connection) -> tuple[str, ...]:
        endpoint, clock = connection.endpoint, asyncio.get_running_loop().time
        async with self._asking[endpoint.name]:
            if clock() - self._heard.get(endpoint.name, -math.inf) >= HEARD_SECONDS:
                await self._ask(connection, PROBE_SECONDS)
        served = tuple(info.name for info in self._served.get(endpoint.name, ()))
        chosen = tuple(f"{endpoint.name}/{one}" for one in endpoint.models)
        return tuple(one for one in chosen if one in served) + served

    async def _available(self, name: str) -> bool:
        connection = self._connections.get(name.partition("/")[0])
        if connection is None:
            return name == BUILTIN.name or await asyncio.to_thread(self._runs, name)
        if not connection.endpoint.local:
            return connection.endpoint.usable
        return match_name(name, await self._running(connection)) is not None

    def _first_file(self) -> str | None:
        files = self._files.all() if self._open_local is not None else ()
        # Another program's may be of any size, and isn't there for chatui.
        return next((file.name for file in files if file.own), None)

    def _runs(self, name: str) -> bool:
        return self._open_local is not None and self._files.find(name) is not None

    async def _measured(self, info: ModelInfo, connection: Connection) -> ModelInfo:
        clock = asyncio.get_running_loop().time
        measured, result = self._measures.get(info.name, (-MEASURE_SECONDS, info))
        if clock() - measured < MEASURE_SECONDS:
            return result
        # The size is nice to know; when this fails, the call itself tells what is wrong.
        with suppress(ModelError):
            if not await listens(connection.endpoint):
                result = info
            elif info.provider == OLLAMA:
                result = await ollama_info(connection.endpoint, info, ASK_SECONDS)
            else:
                served = await served_models(connection, ASK_SECONDS)
                served = await with_sizes(connection, served, ASK_SECONDS)
                result = next((one for one in served if one.name == info.name), info)
        self._measures[info.name] = (clock(), result)
        return result

    def _completed(self, info: ModelInfo) -> ModelInfo:
        """With what others know than its server: the size of its context, and what it sees."""
        connection = self._connections.get(info.provider)
        if connection is not None:
            url = connection.endpoint.base_url
            told = info.takes if info.takes is not None else self._told_takes(info.name)
            info = replace(info, takes=takes(info.name, told, url, self._vision(info.name)))
        return self._with_context(info)

    def _with_context(self, info: ModelInfo) -> ModelInfo:
        if info.context_size is None and not info.local:
            size = self._context_size(info.name)
            day = self._context_day(info.name) if size else None
            source = f"{SERVER}, on {day}" if day else PRICE_LIST
            info = replace(info, context_size=size, context_from=source if size else "")
        told = self._limits.get(info.name)
        if told is not None and (info.context_size is None or info.context_size > told):
            info = replace(info, context_size=told, context_from=REFUSAL)
        if info.max_input is None and not info.local and info.context_from != CONFIG:
            info = replace(info, max_input=self._input_limit(info.name, info.context_size))
        return info

    def _local(self, full: str) -> ChatModel:
        file = self._files.find(full)
        if file is not None and self._open_local is not None:
            return self._open_local(file)
        path = file.path if file else self._files.place(full)
        raise ModelUnavailable(
            f"{full} is a file that needs a server: run `python -m llama_cpp.server --model "
            f"{path}`, and add its address as a provider with local = true."
        )


def _is_meant(endpoint: Endpoint) -> bool:
    """Whether its key is there for chatting: not in a variable that other services share, unless
    the config names that one first, or models."""
    key = endpoint.key
    return key.variable not in SHARED_KEYS or key.named_first or bool(endpoint.models)


def configured(endpoint: Endpoint, model: str) -> ModelInfo:
    """What the settings alone tell of a model."""
    size = endpoint.context_size
    return ModelInfo(
        f"{endpoint.name}/{model}", size, local=endpoint.local, context_from=CONFIG if size else ""
    )
