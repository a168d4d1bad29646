"""What a model takes of a card's memory before it is on this machine: from the hub's description of
it, or from its number of parameters alone. Pure.

Weights are what a format takes for each parameter; a cache has, for each token and layer, the keys
and values of as many heads as the model has for them. `models.local.memory_need` is exact for a
file that is here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chatui.domain.errors import UsageError

GIB = 1 << 30
CARDS: dict[str, int] = {
    "T4": 16,
    "V100": 16,
    "V100-32GB": 32,
    "A10G": 24,
    "L4": 24,
    "RTX4090": 24,
    "RTX5090": 32,
    "A100-40GB": 40,
    "L40S": 48,
    "A100": 80,
    "H100": 80,
    "H200": 141,
    "B200": 180,
    "MI300X": 192,
}
"""GiB, as their makers sell them."""
USABLE = 0.94
"""Of a card's memory: A10G reports 23,028 MiB of its 24 GiB, and a context of CUDA takes some
hundred more."""
RUNTIME = 400_000_000
"""Bytes of a runtime's own buffers beside what it computes in."""

FORMATS: dict[str, float] = {
    "bf16": 16.0,
    "fp8": 8.0,
    "q8_0": 8.5,
    "q6_k": 6.5633,
    "q5_k_m": 5.7036,
    "q4_k_m": 4.8944,
    "awq": 4.25,
    "iq4_xs": 4.4597,
    "q3_k_m": 4.0,
    "q2_k": 3.1593,
}
"""Bits for each parameter: of the GGUF formats as llama.cpp's quantize tool publishes them for an
8B model, of AWQ with a scale and a zero for each 128 weights."""
SHOWN = ("bf16", "q8_0", "q6_k", "q5_k_m", "q4_k_m", "q3_k_m")

TYPICAL: tuple[tuple[float, int, int, int, int], ...] = (
    (0.5e9, 24, 2, 64, 896),
    (1.5e9, 28, 2, 128, 1536),
    (3e9, 36, 2, 128, 2048),
    (8e9, 32, 8, 128, 4096),
    (14e9, 48, 8, 128, 5120),
    (32e9, 64, 8, 128, 5120),
    (70e9, 80, 8, 128, 8192),
    (405e9, 126, 8, 128, 16384),
)
"""Parameters, layers, heads of keys, their width, and the width of the model, as Qwen2.5 and Llama
3 have them: for a model of which nothing but its size is known."""

TYPICAL_VOCABULARY = 128_256
CACHE_BYTES = 2
"""Of a number in the cache, as it is kept unless told otherwise."""
BATCH = 512
"""Tokens that are computed at once while a prompt is read."""

TIED = frozenset({"gemma", "gemma2", "gemma3", "gemma3_text", "gpt2", "bloom", "cohere", "cohere2"})
"""Kinds whose vocabulary stands for reading and writing where their description doesn't say."""
UNGATED = frozenset({"gpt2", "bloom", "falcon", "gpt_neox", "opt", "phi", "starcoder2", "mpt"})
"""Kinds with two matrices in a feed-forward network instead of three."""

Counted = Callable[..., int]
"""The first of some keys that is a number."""

_SIZE = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s{0,3}(gib|gb|g|mib|mb|m|tb|tib)", re.IGNORECASE)
_PARAMETERS = re.compile(r"(\d{1,6}(?:\.\d{1,4})?)\s{0,3}([bmt])", re.IGNORECASE)
_UNITS = {"m": 1e6, "mb": 1e6, "mib": 1 << 20, "g": 1e9, "gb": 1e9, "gib": GIB, "tb": 1e12,
          "tib": 1 << 40}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelShape:
    """`cache` is bytes for each token, over the `full` layers that keep all tokens and as many
    `windowed` ones that keep the last `window`. `exact`: known, not taken from another model."""

    name: str
    parameters: int
    full: int
    windowed: int = 0
    window: int = 0
    layer_bytes: int
    wide: int
    inner: int
    vocabulary: int
    trained: int | None = None
    exact: bool = True

    @property
    def layers(self) -> int:
        return self.full + self.windowed

    @property
    def per_token(self) -> int:
        """Bytes of the cache that one more token takes."""
        return (self.full + (0 if self.window else self.windowed)) * self.layer_bytes

    def cache(self, context: int) -> int:
        kept = min(context, self.window + BATCH) if self.window else context
        return self.layer_bytes * (self.full * context + self.windowed * kept)

    def computing(self, batch: int) -> int:
        """Bytes that are computed in: activations of a prompt's part, the logits of each reply."""
        return 4 * (BATCH * (4 * self.wide + 3 * self.inner) + batch * self.vocabulary) + RUNTIME


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFit:
    """Bytes: what one format of a model takes with `context` tokens for each of `batch` replies, of
    what is `free`. `longest` is the longest context that would fit, and `most` the most replies at
    that context; 0 when none does."""

    quantisation: str
    weights: int
    cache: int
    computing: int
    free: int
    context: int
    batch: int
    longest: int
    most: int

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.computing

    @property
    def fits(self) -> bool:
        return self.total <= self.free


def card_fit(shape: ModelShape, quantisation: str, free: int, context: int, batch: int) -> CardFit:
    weights = math.ceil(shape.parameters * FORMATS[quantisation] / 8)
    cache, computing = batch * shape.cache(context), shape.computing(batch)
    room = free - weights - computing
    most = max(0, room) // shape.cache(context)
    return CardFit(
        quantisation=quantisation,
        weights=weights,
        cache=cache,
        computing=computing,
        free=free,
        context=context,
        batch=batch,
        longest=longest_context(shape, room // batch),
        most=most,
    )


def longest_context(shape: ModelShape, room: int) -> int:
    """Tokens of which the cache fits into so many bytes, at most as many as it was trained for."""
    low, high = 0, shape.trained or 1 << 20
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if shape.cache(middle) <= room else (low, middle - 1)
    return low


def memory_of(text: str) -> tuple[str, int]:
    """What `24GB`, `A10G` or `2xA100` names, and its usable bytes; the memory of several cards is
    added up. Raises UsageError."""
    times, _, rest = text.strip().rpartition("x") if re.match(r"\d{1,3}x", text) else ("", "", text)
    count, name = int(times or 1), rest.strip().upper().replace(" ", "").replace("_", "-")
    known = {card.upper(): card for card in CARDS} | {"A100-80GB": "A100", "H100-80GB": "H100",
             "V100-16GB": "V100", "4090": "RTX4090", "5090": "RTX5090"}  # fmt: skip
    if name in known and count:
        card = known[name]
        shown = f"{count}x{card}" if count > 1 else card
        return shown, int(count * CARDS[card] * GIB * USABLE)
    match = _SIZE.fullmatch(rest.strip())
    if match is None or not count:
        cards = ", ".join(CARDS)
        raise UsageError(f"--memory takes a size (24GB), a card or several (2xA100), not {text!r}; "
                         f"known cards are {cards}.")  # fmt: skip
    size = int(count * float(match[1]) * _UNITS[match[2].lower()])
    return text.strip(), size


def parameters_of(text: str) -> int | None:
    """What `8B`, `70b` or `135M` says; None for what is no number of parameters."""
    match = _PARAMETERS.fullmatch(text.strip())
    if match is None:
        return None
    return round(float(match[1]) * {"m": 1e6, "b": 1e9, "t": 1e12}[match[2].lower()]) or None


def typical_shape(parameters: int) -> ModelShape:
    """Of a model of which nothing else is known: that of the published one nearest in size."""
    nearest = min(TYPICAL, key=lambda one: abs(math.log(one[0] / parameters)))
    _, layers, heads, width, wide = nearest
    return ModelShape(
        name=f"{parameters / 1e9:g}B parameters",
        parameters=parameters,
        full=layers,
        layer_bytes=2 * heads * width * CACHE_BYTES,
        wide=wide,
        inner=4 * wide,
        vocabulary=TYPICAL_VOCABULARY,
        exact=False,
    )


def shape_of_config(name: str, config: Mapping[str, Any]) -> ModelShape | None:
    """Of the hub's `config.json` of a text model, or of the text part of one that sees; None for
    what tells no layers."""
    inner_config = config.get("text_config")
    told = {**config, **inner_config} if isinstance(inner_config, Mapping) else config

    def of(*keys: str, default: int = 0) -> int:
        found = next((told[key] for key in keys if isinstance(told.get(key), int)), None)
        return default if found is None or isinstance(found, bool) or found < 0 else found

    layers = of("num_hidden_layers", "n_layer", "num_layers")
    wide = of("hidden_size", "n_embd", "d_model")
    heads = of("num_attention_heads", "n_head", "num_heads")
    if not layers or not wide or not heads:
        return None
    keys = of("num_key_value_heads", "num_kv_heads", default=heads) or heads
    width = of("head_dim", default=wide // heads) or wide // heads
    vocabulary = of("vocab_size")
    inner = of("intermediate_size", "n_inner", "ffn_dim", default=4 * wide) or 4 * wide
    latent = of("kv_lora_rank")
    if latent:
        layer_bytes = (latent + of("qk_rope_head_dim")) * CACHE_BYTES
    else:
        layer_bytes = 2 * keys * width * CACHE_BYTES
    windowed, window = _windows(told, layers, of)
    return ModelShape(
        name=name,
        parameters=_parameters(told, layers, wide, heads, keys, width, inner, vocabulary, of),
        full=layers - windowed,
        windowed=windowed,
        window=window,
        layer_bytes=layer_bytes,
        wide=wide,
        inner=inner,
        vocabulary=vocabulary,
        trained=of("max_position_embeddings", "n_positions") or None,
    )


def _windows(told: Mapping[str, Any], layers: int, of: Counted) -> tuple[int, int]:
    """How many layers look at the last tokens alone, and at how many."""
    window = of("sliding_window")
    kinds = told.get("layer_types")
    if not window or told.get("use_sliding_window") is False:
        return 0, 0
    if isinstance(kinds, list):
        return sum(kind == "sliding_attention" for kind in kinds[:layers]), window
    # Gemma tells every how many layers one keeps all; Mistral's window is of each layer.
    every = of("sliding_window_pattern")
    if every:
        return layers - layers // every, window
    if told.get("model_type") == "gemma2":
        return layers // 2, window
    return layers, window


def _parameters(  # noqa: PLR0917 - a shape, in its parts
    told: Mapping[str, Any],
    layers: int,
    wide: int,
    heads: int,
    keys: int,
    width: int,
    inner: int,
    vocabulary: int,
    of: Counted,
) -> int:
    """Of attention, feed-forward networks with their experts, norms and the vocabulary. Biases,
    which are a thousandth of it, are left out."""
    latent = of("kv_lora_rank")
    if latent:
        rope, bare, values = (
            of("qk_rope_head_dim"),
            of("qk_nope_head_dim", default=width),
            of("v_head_dim", default=width),
        )
        low = of("q_lora_rank")
        query = low * (wide + heads * (bare + rope)) if low else wide * heads * (bare + rope)
        attention = query + wide * (latent + rope) + latent * heads * (bare + values)
        attention += heads * values * wide
    else:
        attention = wide * width * (2 * heads + 2 * keys)
    gated = 2 if told.get("model_type") in UNGATED else 3
    dense = gated * wide * inner
    experts = of("num_local_experts", "n_routed_experts", "num_experts")
    sparse_layers = 0
    sparse = 0
    if experts > 1:
        narrow = of("moe_intermediate_size", default=inner) or inner
        shared = of("n_shared_experts") * narrow + of("shared_expert_intermediate_size")
        sparse = 3 * wide * (experts * narrow + shared) + wide * experts
        sparse_layers = max(0, layers - of("first_k_dense_replace"))
    tied = told.get("tie_word_embeddings")
    if not isinstance(tied, bool):
        tied = told.get("model_type") in TIED
    networks = sparse_layers * sparse + (layers - sparse_layers) * dense
    embeddings = vocabulary * wide * (1 if tied else 2)
    return layers * (attention + 2 * wide) + networks + wide + embeddings
