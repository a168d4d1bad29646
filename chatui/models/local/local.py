"""A GGUF file as a chat model: it runs in a child process, which the LocalHost keeps."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import fields, replace
from typing import Any

from chatui.domain.conversation import FinishReason, Message
from chatui.domain.errors import BadResponse, WorkerDied, WorkerError
from chatui.domain.media import PICTURE
from chatui.domain.usage import Usage
from chatui.domain.warn_once import WarnOnce
from chatui.models.base import (
    Finished,
    ModelEvent,
    ModelInfo,
    ModelRequest,
    ReasoningDelta,
    SamplingOptions,
    TextDelta,
    TextTakenBack,
    UsageReported,
)
from chatui.models.files.model_files import ModelFile
from chatui.models.local.faults import blind_death, death
from chatui.models.local.host import LocalHost
from chatui.models.local.together import ALONE
from chatui.workers.host import Worker

END_REASONS = {"stop": FinishReason.STOP, "length": FinishReason.LENGTH}


class LocalModel:
    """Streams replies of one file. Its process belongs to the host, which may end it between
    replies. `warnings` tells once of what a JSON schema asks and no reply can be held to.
    `projector` is the path of the file that it sees with, to be told of."""

    def __init__(
        self,
        info: ModelInfo,
        file: ModelFile,
        host: LocalHost,
        warnings: WarnOnce | None = None,
        projector: str = "",
    ) -> None:
        self._info = info
        self._file = file
        self._projector = projector
        self._host = host
        self._warnings = warnings or WarnOnce()

    @property
    def info(self) -> ModelInfo:
        return self._info

    async def warm(self) -> None:
        """Begins to load the model, and does not wait for it."""
        self._host.load_ahead(self._file)

    async def close(self) -> None:
        """Ends its process."""
        await self._host.unload(self._file.name)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """The reply's events; the last one is Finished. Raises ModelError subclasses, after all
        text that came before the fault. Leaving early stops the computation."""
        shows = any(message.media for message in request.messages)
        async with self._host.loaded(self._file) as worker:
            try:
                async with aclosing(self._events(worker, request)) as events:
                    async for event in events:
                        # Once it writes, it has looked at them all.
                        shows = shows and isinstance(event, UsageReported)
                        yield event
            except WorkerDied as error:
                raise BadResponse(self._death(str(error), shows=shows)) from error
            except WorkerError as error:
                raise BadResponse(str(error)) from error

    async def count(self, request: ModelRequest) -> int | None:
        """The prompt's tokens, those of pictures by its projector. Raises ModelError."""
        messages = [_message(message) for message in request.messages]
        async with self._host.loaded(self._file) as worker:
            try:
                return int(await worker.call("count", messages))
            except WorkerDied as error:
                shows = any(message.media for message in request.messages)
                raise BadResponse(self._death(str(error), shows=shows)) from error
            except WorkerError as error:
                raise BadResponse(str(error)) from error

    def _death(self, said: str, *, shows: bool) -> str:
        if shows:
            return blind_death(self._file.name, self._projector, said)
        return death(self._file.name, False, said)

    async def _events(
        self, worker: Worker, request: ModelRequest
    ) -> AsyncGenerator[ModelEvent, None]:
        messages = [_message(message) for message in request.messages]
        options = _options(request.options) | ({"begun": True} if request.begun else {})
        begun: Mapping[str, Any] = {}
        end: Mapping[str, Any] | None = None
        together = self._host.together(worker)
        # The pictures of one reply are looked at in a context that is its own.
        alone = any("pictures" in message for message in messages)
        if together is None or alone or not options.keys().isdisjoint(ALONE):
            stream = worker.stream("reply", messages, options)
        else:
            stream = together.stream(messages, options)
        async with aclosing(stream) as items:
            async for item in items:
                if "text" in item:
                    yield TextDelta(item["text"])
                elif "reasoning" in item:
                    yield ReasoningDelta(item["reasoning"])
                elif "unheld" in item:
                    self._tell(tuple(item["unheld"]))
                elif "taken_back" in item:
                    yield TextTakenBack()
                elif "prompt" in item:
                    begun = item
                    yield UsageReported(_usage(begun))
                elif "end" in item:
                    end = item
                    continue
                if "output" in item:
                    # A reply that is left now has a few more tokens than this at most.
                    yield UsageReported(replace(_usage(begun, item), estimated=True))
        if end is None:
            raise BadResponse(f"{self._file.name} ended its reply before it was whole; try again.")
        yield Finished(END_REASONS[end["end"]], _usage(begun, end), report(begun, end))

    def _tell(self, unheld: tuple[str, ...]) -> None:
        rest, last = ", ".join(unheld[:-1]), unheld[-1]
        sentence = (
            f"{self._file.name} can't be held to all of the JSON schema while it answers; what it "
            f"writes is checked for {f'{rest} and {last}' if rest else last} at the end."
        )
        self._warnings.warn(sentence, (self._file.name, unheld))


def _usage(begun: Mapping[str, Any], said: Mapping[str, Any] | None = None) -> Usage:
    output, reasoning = (said["output"], said["reasoning_tokens"]) if said else (0, 0)
    cached = begun["cached"]
    return Usage(
        input=begun["prompt"] - cached, cache_read=cached, output=output, reasoning=reasoning
    )


def report(begun: Mapping[str, Any], end: Mapping[str, Any]) -> dict[str, Any]:
    """The figures in the form that llama.cpp's server reports them in."""
    prompt, cached, output = begun["prompt"], begun["cached"], end["output"]
    return {
        "prompt_tokens": prompt,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens": output,
        "completion_tokens_details": {"reasoning_tokens": end["reasoning_tokens"]},
        "total_tokens": prompt + output,
        "timings": {
            "cache_n": cached,
            "prompt_n": prompt - cached,
            "prompt_ms": round(end["prefill"] * 1000, 3),
            "predicted_n": output,
            "predicted_ms": round(end["generation"] * 1000, 3),
        },
    }


def _message(message: Message) -> dict[str, Any]:
    content = message.content.encode("utf-8", "replace").decode("utf-8")
    named = {"name": message.name} if message.name else {}
    pictures = [
        {"hash": one.hash, "data": one.data}
        for one in message.media
        if one.kind == PICTURE and one.data
    ]
    shown = {"pictures": pictures} if pictures else {}
    return {"role": message.role.value, "content": content, **named, **shown}


def _options(options: SamplingOptions) -> dict[str, Any]:
    """Those that are set, as plain values."""
    given = {field.name: getattr(options, field.name) for field in fields(options)}
    return {name: value for name, value in given.items() if value is not None}
