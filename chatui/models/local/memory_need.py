"""What a model takes of memory, before it is loaded: pure rules.

`benchmarks/local_memory.py` compares them with what llama.cpp says of itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from chatui.models.files.gguf_header import GgufHeader
from chatui.models.local.attention_layers import LayerCache, layer_caches
from chatui.text.figures import size_text

KvType = Literal["f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl"]
KV_BLOCKS: dict[str, tuple[int, int]] = {
    "f32": (1, 4),
    "f16": (1, 2),
    "bf16": (1, 2),
    "q8_0": (32, 34),
    "q5_1": (32, 24),
    "q5_0": (32, 22),
    "q4_1": (32, 20),
    "q4_0": (32, 18),
    "iq4_nl": (32, 18),
}
"""Numbers in a block, and its bytes."""

PROCESS = 45_000_000
"""Bytes of a process with llama.cpp and no model (measured: 43 MB)."""
PIECE = 180
"""Bytes of one piece of a vocabulary (measured with vocabularies of 32,000 and 152,000)."""
STEP = 256
"""llama.cpp rounds a context up to multiples of it."""
SMALLEST = 512
"""A smaller context is of no use."""


@dataclass(frozen=True, slots=True)
class Loading:
    """How a model is to be loaded. `batch` is how many tokens are evaluated at once
    (`n_ubatch`), `full_window` llama.cpp's `swa_full`: sliding windows keep the whole context.
    `places` replies are computed side by side, in one context. `projector` are the bytes of what
    it sees with."""

    context: int
    keys: KvType = "f16"
    values: KvType = "f16"
    batch: int = 512
    flash: bool = True
    full_window: bool = False
    places: int = 1
    projector: int = 0


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """Bytes. `cache` is of keys and values, `compute` what llama.cpp calculates in, `process`
    the rest of the process, its vocabulary above all, `projector` what it sees with. Not `exact`
    is a figure of an architecture with rules of its own.

    llama.cpp prints a larger compute buffer: it has room for the logits of a whole batch, and
    only those of one token are ever written on a CPU.
    Weights that llama.cpp packs anew for the CPU count once: the pages of the file that they
    were read from stay as long as nobody else wants the memory.
    """

    context: int
    weights: int
    cache: int
    compute: int
    process: int
    exact: bool
    projector: int = 0

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.compute + self.process + self.projector


@dataclass(frozen=True, slots=True)
class MemoryFit:
    """`context` is the largest that would fit, 0 when none does; `sentence` says it all."""

    fits: bool
    sentence: str
    context: int


def memory_need(header: GgufHeader, loading: Loading) -> MemoryNeed:
    caches = layer_caches(header)
    context = padded(loading.context)
    cache = sum(_layer_bytes(layer, loading, context) for layer in caches.layers)
    return MemoryNeed(
        context,
        sum(header.tensor_bytes.values()) or header.file_bytes,
        cache,
        compute_buffer(header, loading, logits=loading.places),
        PROCESS + PIECE * header.vocabulary,
        caches.exact,
        loading.projector,
    )


def cache_per_token(header: GgufHeader, loading: Loading) -> int:
    """Bytes that one more token of the context takes, beyond any sliding window."""
    far = 1 << 30
    some = sum(_layer_bytes(one, loading, far) for one in layer_caches(header).layers)
    more = sum(_layer_bytes(one, loading, far + STEP) for one in layer_caches(header).layers)
    return (more - some) // STEP


def largest_context(header: GgufHeader, loading: Loading, free: int, most: int = 0) -> int:
    """Tokens that fit into `free` bytes, of at most `most` (otherwise what the model was
    trained for); 0 when not even SMALLEST fit."""
    most = most or header.context_length or loading.context

    def fit(steps: int) -> bool:
        need = memory_need(header, replace(loading, context=steps * STEP))
        return need.total <= free

    low, high = 0, max(1, most // STEP)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fit(middle) else (low, middle - 1)
    found = min(low * STEP, most)
    return found if found >= min(SMALLEST, most) else 0


def fits(header: GgufHeader, loading: Loading, free: int) -> MemoryFit:
    """Whether it can be loaded into `free` bytes, and what could be instead."""
    need = memory_need(header, loading)
    about = "" if need.exact else "≈ "
    if need.total <= free:
        sentence = f"fits: {about}{size_text(need.total)} of {size_text(free)} free"
        return MemoryFit(True, sentence, need.context)
    context = largest_context(header, loading, free, loading.context)
    sentence = (
        f"does not fit: needs {about}{size_text(need.total)} with a context of "
        f"{need.context:,}, {size_text(free)} are free"
    )
    if context:
        sentence += f"; with a context of {context:,} it would fit"
    else:
        sentence += "; it would not with any context: take a smaller model or quantisation"
    return MemoryFit(False, sentence, context)


def padded(context: int) -> int:
    return -(-max(context, 1) // STEP) * STEP


def _layer_bytes(layer: LayerCache, loading: Loading, context: int) -> int:
    kept = context
    if layer.window is not None and not loading.full_window:
        kept = min(context, padded(layer.window + loading.batch))
    keys, values = row_bytes(layer.keys, loading.keys), row_bytes(layer.values, loading.values)
    return kept * (keys + values) + 4 * layer.state


def row_bytes(numbers: int, kind: KvType) -> int:
    block, size = KV_BLOCKS[kind]
    return -(-numbers // block) * size


def compute_buffer(header: GgufHeader, loading: Loading, *, logits: int) -> int:
    """What llama.cpp's graph takes at its widest, in the last layer or at the logits of so many
    tokens, as its allocator lays it out; four bytes a number. llama.cpp itself makes room for
    the logits of a batch."""
    context = padded(loading.context)
    tokens = min(loading.batch, context)
    wide, heads = header.embedding_length, header.of("attention.head_count")
    keys = header.of("attention.key_length", wide // heads if heads else 0)
    attention = heads * keys + 2 * header.of("attention.head_count_kv", heads) * keys
    # With flash attention the mask has two bytes a place, and scores are never written down.
    mask = context // 2 if loading.flash else context
    scores = 0 if loading.flash else context * heads
    inner = 4 * wide + mask + max(3 * _inner_width(header), attention + scores)
    return 4 * max(logits * header.vocabulary + 2 * tokens * wide, tokens * inner)


def _inner_width(header: GgufHeader) -> int:
    """Of the feed-forward part: of one network, or of the experts that a token is given to."""
    experts = header.of("expert_used_count") * header.of("expert_feed_forward_length")
    return max(header.of("feed_forward_length"), experts)
