"""How much each layer of a model keeps of a token, by the architecture's own rules.

The rules are llama.cpp's (`llama_model_base::load_hparams` and the constructors of its caches).
"""

from __future__ import annotations

from dataclasses import dataclass

from chatui.models.files.gguf_header import GgufHeader

SLIDING_PERIOD = {
    "afmoe": 4,
    "cohere2": 4,
    "exaone-moe": 4,
    "exaone4": 4,
    "gemma2": 2,
    "gemma3": 6,
    "gemma3n": 5,
    "gemma-embedding": 6,
    "gpt-oss": 2,
    "llama4": 4,
    "olmo2": 4,
    "smallthinker": 4,
}
"""Every so manieth layer sees the whole context, the others a sliding window."""
DENSE_FIRST = frozenset({"smallthinker"})
DEFAULT_WINDOW = {"llama4": 8192}
NO_WINDOW = frozenset({"phi3", "qwen2", "qwen2moe", "qwen3", "qwen3moe", "llama", "mistral3"})
"""Their files may name a window that llama.cpp doesn't use."""
RECURRENT = frozenset({"mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7"})
FULL_ATTENTION_EVERY = {"qwen3next": 4, "qwen35": 4, "qwen35moe": 4}
BOTH_IN_A_LAYER = frozenset({"falcon-h1"})


@dataclass(frozen=True, slots=True)
class LayerCache:
    """Numbers that are kept of a token: `keys` and `values`. `window` tokens are kept of it at
    most, None where it is the whole context. `state` numbers are kept of all together."""

    keys: int = 0
    values: int = 0
    window: int | None = None
    state: int = 0


@dataclass(frozen=True, slots=True)
class Caches:
    """`exact` is False where the architecture may have rules that are not known here."""

    layers: tuple[LayerCache, ...]
    exact: bool


def layer_caches(header: GgufHeader) -> Caches:
    heads = header.of("attention.head_count")
    head_width = header.embedding_length // heads if heads else 0
    kv_heads = header.by_layer("attention.head_count_kv", heads)
    sliding, exact = _sliding(header)
    recurrent = _recurrent(header, kv_heads)
    window = header.of("attention.sliding_window", DEFAULT_WINDOW.get(header.architecture, 0))
    keys = header.of("attention.key_length", head_width)
    values = header.of("attention.value_length", keys or head_width)
    narrow = (
        header.of("attention.key_length_swa", keys),
        header.of("attention.value_length_swa", values),
    )
    latent = header.of("attention.key_length_mla") > 0
    state = _state(header) if any(recurrent) else 0
    shared_from = header.layers - header.of("attention.shared_kv_layers")
    layers = []
    for place in range(header.layers):
        here = state if recurrent[place] else 0
        if place >= shared_from or (recurrent[place] and not _both(header)):
            layers.append(LayerCache(state=here))
            continue
        wide, deep = narrow if sliding[place] else (keys, values)
        layers.append(
            LayerCache(
                kv_heads[place] * wide,
                # Multi-head latent attention takes its values from the keys.
                0 if latent else kv_heads[place] * deep,
                window if sliding[place] else None,
                here,
            )
        )
    known = exact and header.of("attention.indexer.key_length") == 0
    return Caches(tuple(layers), known and not any(recurrent))


def _sliding(header: GgufHeader) -> tuple[tuple[bool, ...], bool]:
    """For each layer whether its window slides, and whether that is certain."""
    count = header.layers
    whole = (False,) * count
    window = header.of("attention.sliding_window", DEFAULT_WINDOW.get(header.architecture, 0))
    if not window or header.architecture in NO_WINDOW:
        return whole, True
    pattern = header.values.get(f"{header.architecture}.attention.sliding_window_pattern")
    if isinstance(pattern, tuple) and len(pattern) >= count:
        return tuple(bool(one) for one in pattern[:count]), True
    period = SLIDING_PERIOD.get(header.architecture, 0)
    if isinstance(pattern, int) and pattern > 0:
        period = int(pattern)
    if not period:
        return whole, False
    if header.architecture in DENSE_FIRST:
        return tuple(place % period != 0 for place in range(count)), True
    return tuple(place % period < period - 1 for place in range(count)), True


def _recurrent(header: GgufHeader, kv_heads: tuple[int, ...]) -> tuple[bool, ...]:
    if header.architecture in RECURRENT or _both(header):
        return (True,) * header.layers
    every = header.of("full_attention_interval", FULL_ATTENTION_EVERY.get(header.architecture, 0))
    if every:
        return tuple((place + 1) % every != 0 for place in range(header.layers))
    return tuple(heads == 0 for heads in kv_heads)


def _both(header: GgufHeader) -> bool:
    return header.architecture in BOTH_IN_A_LAYER


def _state(header: GgufHeader) -> int:
    """Numbers that one recurrent layer keeps, whatever the context."""
    if head := header.of("wkv.head_size"):
        shifts = header.of("token_shift_count", 2)
        return header.embedding_length * (shifts + head)
    if kernel := header.of("shortconv.l_cache"):
        return header.embedding_length * (kernel - 1)
    inner, depth = header.of("ssm.inner_size"), header.of("ssm.state_size")
    mixed = inner + 2 * header.of("ssm.group_count") * depth
    return max(0, header.of("ssm.conv_kernel") - 1) * mixed + depth * inner
