"""A model in a file through the chat, beside bare llama-cpp-python with the same settings: tokens
a second while it generates, and the time to the first token. Both answer the same prompts by
turns. Random weights in the shape of Qwen2.5-0.5B, as Q8_0 and Q4_0, and a tiny model.

    python benchmarks/local_speed.py [--rounds 5] [--tokens 64] [--threads N] [MODEL …]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.random_model import Q4_0, Q8_0, write_random_model
from chatui.domain.conversation import Message, Role
from chatui.models.base import Finished, ModelInfo, ModelRequest, SamplingOptions, TextDelta
from chatui.models.files.model_files import ModelFile
from chatui.models.local.host import LocalHost
from chatui.models.local.local import LocalModel
from chatui.models.local.settings import LocalSettings
from chatui.models.local.threads import cores
from tests.tiny_gguf import CHATML, CHATML_MARKS, write_tiny_gguf

CONTEXT = 2048
TINY_TIMES = 10
"""The tiny model says so many times as much, because it is that much faster."""
MODELS = ("tiny", "q8_0", "q4_0")
OPTIONS = {"temperature": 0.8, "top_p": 0.95, "top_k": 40, "min_p": 0.05, "seed": 1}


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds to the first text, and tokens a second from there on."""

    first: float
    speed: float


def question(number: int) -> str:
    """No two begin alike, so nothing is kept from the one before."""
    return f"{number} " * 40


async def ours(model: LocalModel, number: int, tokens: int) -> Run:
    message = Message(Role.USER, question(number))
    options = SamplingOptions(max_output_tokens=tokens, **OPTIONS)  # type: ignore[arg-type]
    start = time.perf_counter()
    first = 0.0
    async for event in model.stream(ModelRequest((message,), options=options)):
        if isinstance(event, TextDelta):
            first = first or time.perf_counter()
        elif isinstance(event, Finished):
            assert event.usage is not None
            tokens = event.usage.output
    return Run(first - start, (tokens - 1) / (time.perf_counter() - first))


def bare(llama: Any, number: int, tokens: int) -> Run:
    """`create_chat_completion(stream=True)`, the way a program uses the library."""
    messages = [{"role": "user", "content": question(number)}]
    start = time.perf_counter()
    first, last = 0.0, 0.0
    for chunk in llama.create_chat_completion(messages, stream=True, max_tokens=tokens, **OPTIONS):
        if chunk["choices"][0]["delta"].get("content"):
            last = time.perf_counter()
            first = first or last
    return Run(first - start, (tokens - 1) / (last - first))


def barest(llama: Any, number: int, tokens: int) -> Run:
    """`generate`, its innermost loop, and the bytes of each token."""
    text = f"<|im_start|>user\n{question(number)}<|im_end|>\n<|im_start|>assistant\n"
    wanted = {name: value for name, value in OPTIONS.items() if name not in ("seed", "temperature")}
    start = time.perf_counter()
    prompt = llama.tokenize(text.encode(), add_bos=False, special=True)
    generated: Iterator[int] = llama.generate(prompt, temp=OPTIONS["temperature"], **wanted)
    first = 0.0
    for count, token in enumerate(generated, 1):
        llama.detokenize([token])
        first = first or time.perf_counter()
        if count == tokens:
            break
    return Run(first - start, (tokens - 1) / (time.perf_counter() - first))


async def measure(name: str, path: Path, threads: int, rounds: int, tokens: int) -> None:
    import llama_cpp

    settings = LocalSettings(
        context=CONTEXT,
        first_context=CONTEXT,
        threads=threads,
        batch_threads=threads,
        flash_attention="on",
    )
    host = LocalHost(lambda _file: settings)
    file = ModelFile("local/random", path, "a temporary folder")
    model = LocalModel(ModelInfo(file.name, local=True), file, host)
    llama = llama_cpp.Llama(
        str(path),
        n_ctx=CONTEXT,
        n_threads=threads,
        n_threads_batch=threads,
        flash_attn=True,
        verbose=False,
    )
    found: dict[str, list[Run]] = {"chat": [], "bare": [], "generate": []}
    await ours(model, 0, tokens)
    bare(llama, 0, tokens)
    for number in range(1, rounds + 1):
        found["chat"].append(await ours(model, number, tokens))
        found["bare"].append(bare(llama, number, tokens))
        found["generate"].append(barest(llama, -number, tokens))
    await model.close()
    llama.close()
    speed = {way: median(run.speed for run in runs) for way, runs in found.items()}
    # Of neighbours in time: what else the machine does slows them alike.
    shares = {way: _share(found["chat"], found[way]) for way in ("bare", "generate")}
    waits = [a.first - b.first for a, b in zip(found["chat"], found["bare"], strict=True)]
    print(
        f"{name}, {threads} threads: {speed['chat']:.1f} tokens/s; of llama-cpp-python's stream "
        f"{shares['bare']:.0%} ({speed['bare']:.1f}), of its bare loop {shares['generate']:.0%} "
        f"({speed['generate']:.1f}); first token {median(waits) * 1e3:+.0f} ms",
        flush=True,
    )


def _share(ours: list[Run], others: list[Run]) -> float:
    return median(one.speed / other.speed for one, other in zip(ours, others, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--threads", type=int, default=max(1, cores() - 1))
    parser.add_argument("models", nargs="*", metavar="MODEL", help=", ".join(MODELS))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.models or MODELS:
            path, tokens = Path(folder) / f"{name}.gguf", arguments.tokens
            if name == "tiny":
                write_tiny_gguf(path, context=CONTEXT, template=CHATML, marks=CHATML_MARKS)
                tokens *= TINY_TIMES
            else:
                write_random_model(path, {"q8_0": Q8_0, "q4_0": Q4_0}[name])
            asyncio.run(measure(name, path, arguments.threads, arguments.rounds, tokens))
            path.unlink()


if __name__ == "__main__":
    main()
