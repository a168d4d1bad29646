"""Tokens a second when llama.cpp writes 1, 4 and 16 replies in one batch, beside one after another:
what a batch of prompts on a local model would gain. SmolLM2-135M-Instruct as it is published (Q4_1)
and as Q8_0. Reading the prompts is measured apart from writing.

    python benchmarks/batched_decoding.py [--rounds 3] [--tokens 48] [--threads N]
"""

from __future__ import annotations

import argparse
import ctypes
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import llama_cpp

from chatui.models.local.threads import cores
from tests.smollm2 import fetched

SEQUENCES = (1, 4, 16)
PROMPT_TOKENS = 64
MUTE = llama_cpp.llama_log_callback(lambda level, text, data: None)


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second, of all sequences together."""

    reading: float
    writing: float


class Context:
    """A model with room for so many sequences side by side."""

    def __init__(self, model: Any, sequences: int, tokens: int, threads: int) -> None:
        params = llama_cpp.llama_context_default_params()
        room = sequences * (PROMPT_TOKENS + tokens)
        params.n_ctx = room + -room % 256
        params.n_batch = params.n_ubatch = 512
        params.n_seq_max = sequences
        params.n_threads = params.n_threads_batch = threads
        # A cell of the cache belongs to whichever sequence needs one.
        params.kv_unified = True
        self.sequences = sequences
        self.size = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
        self.handle = llama_cpp.llama_init_from_model(model, params)
        assert self.handle is not None
        self.batch = llama_cpp.llama_batch_init(512, 0, 1)

    def close(self) -> None:
        llama_cpp.llama_batch_free(self.batch)
        llama_cpp.llama_free(self.handle)

    def decode(self, rows: Sequence[tuple[int, int, int, bool]]) -> None:
        """Rows of (token, place, sequence, whether its logits are wanted)."""
        batch = self.batch
        batch.n_tokens = len(rows)
        for at, (token, place, sequence, wanted) in enumerate(rows):
            batch.token[at], batch.pos[at] = token, place
            batch.n_seq_id[at], batch.seq_id[at][0] = 1, sequence
            batch.logits[at] = wanted
        assert llama_cpp.llama_decode(self.handle, batch) == 0

    def likeliest(self, row: int) -> int:
        import numpy as np

        logits = llama_cpp.llama_get_logits_ith(self.handle, row)
        return int(np.argmax(np.ctypeslib.as_array(logits, shape=(self.size,))))

    def run(self, tokens: int) -> Speed:
        """Every sequence reads a prompt of its own and writes so many tokens."""
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.handle), True)
        prompts = [
            [100 + (97 * one + 13 * at) % 40_000 for at in range(PROMPT_TOKENS)]
            for one in range(self.sequences)
        ]
        rows = [
            (token, at, one, at == PROMPT_TOKENS - 1)
            for one, prompt in enumerate(prompts)
            for at, token in enumerate(prompt)
        ]
        start = time.perf_counter()
        last: list[int] = []
        for begin in range(0, len(rows), 512):
            part = rows[begin : begin + 512]
            self.decode(part)
            last += [self.likeliest(at) for at, row in enumerate(part) if row[3]]
        read = time.perf_counter() - start
        start = time.perf_counter()
        for place in range(PROMPT_TOKENS, PROMPT_TOKENS + tokens):
            self.decode([(token, place, one, True) for one, token in enumerate(last)])
            last = [self.likeliest(at) for at in range(self.sequences)]
        wrote = time.perf_counter() - start
        return Speed(len(rows) / read, self.sequences * tokens / wrote)


def measured(file: Path, rounds: int, tokens: int, threads: int) -> dict[int, Speed]:
    """The median of the rounds by how many sequences there were, taken by turns."""
    model = llama_cpp.llama_model_load_from_file(
        str(file).encode(), llama_cpp.llama_model_default_params()
    )
    contexts = [Context(model, sequences, tokens, threads) for sequences in SEQUENCES]
    try:
        found: dict[int, list[Speed]] = {sequences: [] for sequences in SEQUENCES}
        for _ in range(rounds):
            for context in contexts:
                found[context.sequences].append(context.run(tokens))
    finally:
        for context in contexts:
            context.close()
        llama_cpp.llama_model_free(model)
    return {
        sequences: Speed(median(one.reading for one in runs), median(one.writing for one in runs))
        for sequences, runs in found.items()
    }


def as_q8(file: Path, folder: Path) -> Path:
    """The same weights as Q8_0. They gain nothing by that, but take the time that Q8_0 takes."""
    made = folder / "q8_0.gguf"
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0
    params.allow_requantize = True
    failed = llama_cpp.llama_model_quantize(
        str(file).encode(), str(made).encode(), ctypes.byref(params)
    )
    assert not failed
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=48)
    parser.add_argument("--threads", type=int, default=cores())
    given = parser.parse_args()
    llama_cpp.llama_log_set(MUTE, ctypes.c_void_p(0))
    file = fetched()
    with tempfile.TemporaryDirectory() as folder:
        for name, weights in (("Q4_1", file), ("Q8_0", as_q8(file, Path(folder)))):
            speeds = measured(weights, given.rounds, given.tokens, given.threads)
            for sequences, speed in speeds.items():
                print(
                    f"{name}, {sequences:2} at a time, {given.threads} threads: "
                    f"{speed.reading:5.0f} tokens/s read ({speed.reading / speeds[1].reading:.2f}×)"
                    f", {speed.writing:5.0f} tokens/s written "
                    f"({speed.writing / speeds[1].writing:.2f}×)"
                )


if __name__ == "__main__":
    main()
