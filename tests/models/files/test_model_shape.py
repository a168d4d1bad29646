"""What a model takes of a card: against published counts of parameters, and by arithmetic of its
own."""

from __future__ import annotations

from typing import Any

import pytest

from chatui.domain.errors import UsageError
from chatui.models.files.model_shape import (
    CARDS,
    FORMATS,
    GIB,
    card_fit,
    memory_of,
    parameters_of,
    shape_of_config,
    typical_shape,
)

LLAMA_8B = {
    "model_type": "llama", "num_hidden_layers": 32, "hidden_size": 4096, "intermediate_size": 14336,
    "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256,
    "max_position_embeddings": 131072, "tie_word_embeddings": False,
}  # fmt: skip
QWEN_7B = {
    "model_type": "qwen2", "num_hidden_layers": 28, "hidden_size": 3584, "intermediate_size": 18944,
    "num_attention_heads": 28, "num_key_value_heads": 4, "vocab_size": 152064,
    "max_position_embeddings": 32768, "tie_word_embeddings": False, "sliding_window": 131072,
    "use_sliding_window": False,
}  # fmt: skip
MIXTRAL = {
    "model_type": "mixtral", "num_hidden_layers": 32, "hidden_size": 4096,
    "intermediate_size": 14336, "num_attention_heads": 32, "num_key_value_heads": 8,
    "num_local_experts": 8, "vocab_size": 32000, "tie_word_embeddings": False,
    "max_position_embeddings": 32768, "sliding_window": None,
}  # fmt: skip
GPT_OSS = {
    "model_type": "gpt_oss", "num_hidden_layers": 24, "hidden_size": 2880,
    "intermediate_size": 2880, "num_attention_heads": 64, "num_key_value_heads": 8, "head_dim": 64,
    "num_local_experts": 32, "vocab_size": 201088, "tie_word_embeddings": False,
    "sliding_window": 128, "layer_types": ["sliding_attention", "full_attention"] * 12,
    "max_position_embeddings": 131072,
}  # fmt: skip
DEEPSEEK_V3 = {
    "model_type": "deepseek_v3", "num_hidden_layers": 61, "hidden_size": 7168,
    "intermediate_size": 18432, "moe_intermediate_size": 2048, "num_attention_heads": 128,
    "num_key_value_heads": 128, "n_routed_experts": 256, "n_shared_experts": 1,
    "first_k_dense_replace": 3, "q_lora_rank": 1536, "kv_lora_rank": 512, "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64, "v_head_dim": 128, "vocab_size": 129280, "tie_word_embeddings": False,
    "max_position_embeddings": 163840,
}  # fmt: skip
GEMMA_2_9B = {
    "model_type": "gemma2", "num_hidden_layers": 42, "hidden_size": 3584,
    "intermediate_size": 14336, "num_attention_heads": 16, "num_key_value_heads": 8,
    "head_dim": 256, "vocab_size": 256000, "sliding_window": 4096,
    "max_position_embeddings": 8192,
}  # fmt: skip
GPT2 = {"model_type": "gpt2", "n_layer": 12, "n_embd": 768, "n_head": 12, "vocab_size": 50257,
        "n_positions": 1024}  # fmt: skip


@pytest.mark.parametrize(
    ("config", "published", "within"),
    [
        (LLAMA_8B, 8_030_261_248, 1e-4),
        (QWEN_7B, 7_615_616_512, 1e-3),
        (MIXTRAL, 46_702_792_704, 1e-3),
        (GPT_OSS, 20_914_757_184, 2e-3),
        (DEEPSEEK_V3, 671_026_419_200, 2e-3),
        (GEMMA_2_9B, 9_241_705_984, 1e-3),
        (GPT2, 124_439_808, 0.01),
    ],
)
def test_parameters_are_those_that_are_published(
    config: dict[str, Any], published: int, within: float
) -> None:
    shape = shape_of_config("a/b", config)

    assert shape is not None
    assert shape.parameters == pytest.approx(published, rel=within)


def test_the_cache_has_the_keys_and_values_of_each_layer() -> None:
    llama, deepseek = shape_of_config("l", LLAMA_8B), shape_of_config("d", DEEPSEEK_V3)

    assert llama is not None
    assert deepseek is not None
    # Two bytes a number: keys and values of 8 heads of 128 in 32 layers.
    assert llama.per_token == 2 * 2 * 8 * 128 * 32 == 131_072
    assert llama.cache(8192) == 8192 * 131_072
    # One latent of 512 and a key of 64 in 61 layers, as its report says: 70 kB a token.
    assert deepseek.per_token == 2 * (512 + 64) * 61 == 70_272


def test_layers_with_a_window_keep_no_more_than_it() -> None:
    shape = shape_of_config("o", GPT_OSS)

    assert shape is not None
    layer = 2 * 2 * 8 * 64
    assert shape.per_token == 12 * layer
    assert shape.cache(10_000) == 12 * layer * 10_000 + 12 * layer * (128 + 512)
    assert shape.cache(100) == 24 * layer * 100


def test_a_fit_adds_up_and_its_longest_context_just_fits() -> None:
    shape = shape_of_config("l", LLAMA_8B)
    assert shape is not None
    name, free = memory_of("A10G")

    found = card_fit(shape, "q4_k_m", free, 8192, 4)
    at_most = card_fit(shape, "q4_k_m", free, found.longest, 4)
    beyond = card_fit(shape, "q4_k_m", free, found.longest + 1, 4)

    assert (name, free) == ("A10G", int(24 * GIB * 0.94))
    assert found.weights == pytest.approx(8_030_261_248 * 4.8944 / 8, rel=1e-4)
    assert found.cache == 4 * 8192 * 131_072
    assert found.total == found.weights + found.cache + found.computing
    assert found.fits
    assert at_most.fits
    assert not beyond.fits
    assert card_fit(shape, "q4_k_m", free, 8192, found.most).cache <= free - found.weights


def test_nothing_fits_where_the_weights_alone_are_too_much() -> None:
    found = card_fit(typical_shape(70_000_000_000), "bf16", memory_of("H100")[1], 8192, 1)

    assert (found.fits, found.longest, found.most) == (False, 0, 0)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("24GB", 24_000_000_000),
        ("1.5 gib", 3 * GIB // 2),
        ("900MB", 900_000_000),
        ("2xA100", int(2 * 80 * GIB * 0.94)),
        ("a100-40gb", int(40 * GIB * 0.94)),
        ("v100", int(16 * GIB * 0.94)),
    ],
)
def test_memory_is_a_size_a_card_or_several(text: str, size: int) -> None:
    assert memory_of(text)[1] == size


@pytest.mark.parametrize(
    "text", ["", "24", "A1000", "0xA100", "-3GB", "xA100", "24 GB GB", "1e9GB"]
)
def test_what_is_no_memory_is_told_with_what_would_be(text: str) -> None:
    with pytest.raises(UsageError, match="A10G"):
        memory_of(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [("8B", 8e9), ("70b", 70e9), ("135M", 135e6), ("1.5 B", 1.5e9), ("1T", 1e12), ("0B", None),
     ("llama-8b", None), ("8", None), ("owner/8B", None)],
)  # fmt: skip
def test_a_size_is_told_from_a_name(text: str, count: float | None) -> None:
    assert parameters_of(text) == count


@pytest.mark.parametrize(
    "config",
    [{}, {"num_hidden_layers": "many"}, {"num_hidden_layers": 12}, {"hidden_size": -1},
     {"text_config": None}, {"num_hidden_layers": True, "hidden_size": 64, "n_head": 2}],
)  # fmt: skip
def test_a_description_without_layers_is_none(config: dict[str, Any]) -> None:
    assert shape_of_config("a/b", config) is None


def test_the_text_part_of_a_model_that_sees_counts() -> None:
    seeing = {"model_type": "llava", "vision_config": {"hidden_size": 1}, "text_config": LLAMA_8B}

    shape = shape_of_config("a/b", seeing)

    assert shape is not None
    assert shape.layers == 32


def test_every_format_and_card_has_a_figure() -> None:
    assert all(1 < bits <= 16 for bits in FORMATS.values())
    assert all(memory_of(card)[0] == card for card in CARDS)
