from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.models.files.gguf_header import GgufHeader, read_header
from chatui.models.local.memory_need import (
    KvType,
    Loading,
    MemoryNeed,
    cache_per_token,
    compute_buffer,
    fits,
    largest_context,
    memory_need,
)
from tests.models.sparse_gguf import write_sparse_gguf

TYPES = {"f16": 1, "q8_0": 8, "q4_0": 2}


@dataclass(frozen=True, slots=True)
class Printed:
    """What llama.cpp says that it takes, in bytes."""

    weights: float
    cache: float
    compute: float


def load(path: Path, loading: Loading, lines: list[str]) -> Printed:
    options = llama_cpp.llama_model_default_params()
    options.use_extra_bufts, options.n_gpu_layers = False, 0
    lines.clear()
    model = llama_cpp.llama_model_load_from_file(str(path).encode(), options)
    assert model
    try:
        wanted = llama_cpp.llama_context_default_params()
        wanted.n_ctx = loading.context
        wanted.n_batch = wanted.n_ubatch = loading.batch
        wanted.type_k, wanted.type_v = TYPES[loading.keys], TYPES[loading.values]
        wanted.flash_attn_type = 1 if loading.flash else 0
        wanted.swa_full = loading.full_window
        context = llama_cpp.llama_init_from_model(model, wanted)
        assert context
        llama_cpp.llama_free(context)
    finally:
        llama_cpp.llama_model_free(model)
    text = "".join(lines)

    def total(what: str) -> float:
        sizes = re.findall(rf"{what} buffer size *= *([\d.]+) MiB", text)
        return sum(float(size) for size in sizes) * 2**20

    return Printed(total("model"), total("(?:KV|RS)"), total("compute"))


@pytest.fixture(scope="module")
def printed() -> Iterator[Callable[[Path, Loading], Printed]]:
    lines: list[str] = []

    def write(level: int, text: bytes, data: Any) -> None:
        lines.append(text.decode(errors="replace"))

    heard = llama_cpp.llama_log_callback(write)
    llama_cpp.llama_log_set(heard, ctypes.c_void_p(0))
    yield lambda path, loading: load(path, loading, lines)
    quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
    silent.append(quiet)
    llama_cpp.llama_log_set(quiet, ctypes.c_void_p(0))


silent: list[Any] = []
"""llama.cpp keeps the address of the callback beyond this module."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 0.3 B parameters."""
    return write_sparse_gguf(tmp_path_factory.mktemp("models") / "small.gguf")


@pytest.mark.parametrize(
    "loading",
    [
        Loading(2048),
        Loading(8192, "q8_0", "q8_0"),
        Loading(5000, "q4_0", "q4_0", batch=128),
        Loading(16_384, "q8_0", "f16"),
        Loading(4096, flash=False),
        Loading(32_768, "q4_0", "q4_0"),
    ],
    ids=lambda one: f"{one.context}-{one.keys}-{one.values}-{one.batch}-{one.flash}",
)
def test_the_need_is_what_llama_cpp_prints(
    small: Path, printed: Callable[[Path, Loading], Printed], loading: Loading
) -> None:
    header = read_header(small)
    need, real = memory_need(header, loading), printed(small, loading)

    assert need.weights == pytest.approx(real.weights, rel=0.001)
    assert need.cache == pytest.approx(real.cache, rel=0.001)
    reserved = compute_buffer(header, loading, logits=min(loading.batch, loading.context))
    assert reserved == pytest.approx(real.compute, rel=0.1)
    assert need.compute == compute_buffer(header, loading, logits=1)
    assert need.exact


@pytest.mark.parametrize("full", [False, True])
def test_a_sliding_window_keeps_less(
    tmp_path: Path, printed: Callable[[Path, Loading], Printed], full: bool
) -> None:
    path = write_sparse_gguf(
        tmp_path / "m.gguf", "gemma3", block_count=6, attention__sliding_window=1024
    )
    loading = Loading(16_384, full_window=full)
    need, real = memory_need(read_header(path), loading), printed(path, loading)

    assert need.exact
    kept = 6 * 16_384 if full else 16_384 + 5 * (1024 + 512)
    assert need.cache == kept * 2 * 256 * 2
    assert need.cache == pytest.approx(real.cache, rel=0.001)


def test_a_latent_cache_has_no_values(tmp_path: Path) -> None:
    path = write_sparse_gguf(
        tmp_path / "m.gguf",
        "deepseek2",
        attention__head_count_kv=1,
        attention__key_length=576,
        attention__value_length=512,
        attention__key_length_mla=192,
    )

    assert cache_per_token(read_header(path), Loading(4096)) == 24 * 576 * 2


def test_a_layer_without_attention_keeps_nothing_of_a_token(tmp_path: Path) -> None:
    path = write_sparse_gguf(
        tmp_path / "m.gguf",
        "lfm2",
        block_count=4,
        attention__head_count_kv=[0, 4, 0, 4],
        shortconv__l_cache=3,
    )
    need = memory_need(read_header(path), Loading(4096))

    assert cache_per_token(read_header(path), Loading(4096)) == 2 * 2 * 256 * 2
    assert need.cache == 4096 * 2 * 2 * 256 * 2 + 2 * 4 * 1024 * 2
    assert not need.exact


def test_a_window_of_an_unknown_architecture_counts_whole_and_is_an_estimate(
    tmp_path: Path,
) -> None:
    path = write_sparse_gguf(tmp_path / "m.gguf", "unheard-of", attention__sliding_window=512)
    need = memory_need(read_header(path), Loading(4096))

    assert need.cache == 4096 * 24 * 2 * 256 * 2
    assert not need.exact
    assert "≈" in fits(read_header(path), Loading(4096), 10**12).sentence


@given(
    free=st.integers(300_000_000, 8_000_000_000),
    kv=st.sampled_from(["f16", "q8_0", "q4_0"]),
    flash=st.booleans(),
)
def test_the_largest_context_fits_and_the_next_does_not(
    small: Path, free: int, kv: KvType, flash: bool
) -> None:
    header = read_header(small)
    loading = Loading(4096, kv, kv, flash=flash)

    found = largest_context(header, loading, free)

    if found:
        assert at(header, loading, found).total <= free
    if found < header.context_length:
        assert at(header, loading, max(found, 511) + 1).total > free


def at(header: GgufHeader, loading: Loading, context: int) -> MemoryNeed:
    return memory_need(header, Loading(context, loading.keys, loading.values, flash=loading.flash))


def test_the_verdict_is_a_sentence(small: Path) -> None:
    header = read_header(small)

    assert fits(header, Loading(4096), 10**9).sentence == "fits: 464 MB of 1.0 GB free"
    tight = fits(header, Loading(131_072), 10**9)
    assert not tight.fits
    assert tight.sentence == (
        "does not fit: needs 3.7 GB with a context of 131,072, 1.0 GB are free; "
        f"with a context of {tight.context:,} it would fit"
    )
    none = fits(header, Loading(4096), 10**8)
    assert (none.fits, none.context) == (False, 0)
    assert "take a smaller model" in none.sentence
