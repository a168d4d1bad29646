"""How soon a local model stops computing after its reply was left: in mid-reply, and while it
reads a long prompt. Random weights in the shape of Qwen2.5-0.5B, as Q8_0, and a tiny model.

    python benchmarks/local_cancel.py [--rounds 10]

A time is one from leaving until the process has answered another call, so it has the way there
and back in it; beside it stands what that call takes of an idle process.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from pathlib import Path

from benchmarks.random_model import Q8_0, write_random_model
from chatui.domain.conversation import Message, Role
from chatui.models.base import ModelInfo, ModelRequest, SamplingOptions, TextDelta
from chatui.models.files.model_files import ModelFile
from chatui.models.local.host import LocalHost
from chatui.models.local.local import LocalModel
from chatui.models.local.settings import LocalSettings
from chatui.models.local.threads import cores
from tests.tiny_gguf import CHATML, CHATML_MARKS, write_tiny_gguf

CONTEXT = 32_768
REPLY_LIMIT, PROMPT_LIMIT = 0.1, 1.0
SOME_WAY = 0.4
"""Seconds at most that a reply or a prompt goes on before it is left."""


class Subject:
    """One model in its process."""

    def __init__(self, path: Path) -> None:
        threads = max(1, cores() - 1)
        settings = LocalSettings(
            context=CONTEXT, first_context=CONTEXT, threads=threads, batch_threads=cores()
        )
        self._host = LocalHost(lambda _file: settings)
        self._file = ModelFile("local/random", path, "a temporary folder")
        self.model = LocalModel(ModelInfo(self._file.name, local=True), self._file, self._host)

    async def free(self) -> float:
        """Seconds until the process answers a call."""
        start = time.perf_counter()
        async with self._host.loaded(self._file) as worker:
            await worker.call("size")
        return time.perf_counter() - start

    async def left(self, question: str, seconds: float, *, reading: bool) -> float:
        """Leaves `seconds` after the prompt was taken, or after the first text."""
        request = ModelRequest(
            (Message(Role.USER, question),), options=SamplingOptions(temperature=0.0)
        )
        stream = self.model.stream(request)
        async for event in stream:
            if reading or isinstance(event, TextDelta):
                break
        if reading:
            await asyncio.sleep(seconds)
        else:
            end = time.perf_counter() + seconds
            while time.perf_counter() < end:
                await anext(stream)
        start = time.perf_counter()
        await stream.aclose()
        return time.perf_counter() - start + await self.free()


async def measure(name: str, path: Path, rounds: int) -> None:
    subject = Subject(path)
    await subject.free()
    when = [random.Random(number).uniform(0.05, SOME_WAY) for number in range(rounds)]
    idle = [await subject.free() for _ in when]
    replies = [await subject.left(f"{n} sea", at, reading=False) for n, at in enumerate(when)]
    prompts = [await subject.left(f"{n} " * 2000, at, reading=True) for n, at in enumerate(when)]
    await subject.model.close()
    print(
        f"{name}: a reply ends {max(replies) * 1e3:.0f} ms after it was left at the latest "
        f"(limit {REPLY_LIMIT * 1e3:.0f}: {max(replies) / REPLY_LIMIT:.2f}x), a prompt of 4,000 "
        f"tokens {max(prompts) * 1e3:.0f} ms (limit {PROMPT_LIMIT * 1e3:.0f}: "
        f"{max(prompts) / PROMPT_LIMIT:.2f}x); an idle call takes {max(idle) * 1e3:.0f} ms",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        tiny, large = Path(folder) / "tiny.gguf", Path(folder) / "random.gguf"
        write_tiny_gguf(tiny, context=CONTEXT, template=CHATML, marks=CHATML_MARKS)
        asyncio.run(measure("tiny", tiny, rounds))
        write_random_model(large, Q8_0)
        asyncio.run(measure("0.5 B, Q8_0", large, rounds))


if __name__ == "__main__":
    main()
