"""A real GGUF file with random weights: 0.3 MB, loads in milliseconds, speaks nonsense.

Its replies are words of WORDS and never end by themselves: the logits of all other tokens are zero,
and those of the words far above, since one number of the hidden state is the same for every token
and has a part in theirs alone. A test sets the length by the output limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import gguf
import numpy as np

WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "islet", "jetty")

CONTEXT = 512
WIDTH, HEADS, LAYERS, INNER = 64, 4, 2, 128
CONVOLVED, STATE, STEPS = 4, 8, 4
"""Of a Mamba: the width of its convolution, the numbers of its state, the rank of its steps."""
WIDE_STATE = 16
"""Of a second Mamba, whose rank is the number of its heads."""
Kind = Literal["llama", "mamba", "jamba", "falcon-h1", "lfm2", "qwen2vl"]
CONSTANT = 0.2
"""The first number of each token's embedding, which no layer adds to."""
LIFT = 2000.0
"""Its weight in the logits of words: the highest was 56 to 145 in 4,500 tokens. Without it 55 of
them had none above 5, and a reply of a hundred words could end there."""

CHATML_MARKS = ("<|im_start|>", "<|im_end|>")
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""The format that most chat models were trained on; its marks are tokens of CHATML_MARKS."""

CHAT_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "assistant:"
)


def write_tiny_gguf(
    path: Path,
    *,
    context: int = CONTEXT,
    seed: int = 1,
    pooled: bool = False,
    template: str | None = CHAT_TEMPLATE,
    marks: Sequence[str] = (),
    ends_with: str = "",
    heads: int = HEADS,
    kind: Kind = "llama",
) -> Path:
    """Writes the model to `path`; the same bytes for the same seed. A "mamba" has one state in the
    place of a cache, which nothing can be taken out of. Others have both: a "jamba" and an "lfm2"
    in their first and their second layer, a "falcon-h1" in each. To a "qwen2vl" a place of a
    picture has a row and a column. A `pooled` one gives a vector for a text, of WIDTH numbers, and
    not one for each token. `marks` are control tokens of its template; a reply ends where the model
    comes to say the word `ends_with`."""
    random = np.random.default_rng(seed)
    tokens, kinds = _vocabulary(marks)
    writer = gguf.GGUFWriter(path, kind)
    writer.add_name("tiny")
    writer.add_context_length(context)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_layer_norm_rms_eps(1e-5)
    _add_shape(writer, kind, heads)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    if pooled:
        writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([-float(number) for number in range(len(tokens))])
    writer.add_token_types(kinds)
    if marks:
        # Texts between marks would each begin with the three bytes of a space.
        writer.add_add_space_prefix(False)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    if ends_with:
        writer.add_eot_token_id(tokens.index(f"▁{ends_with}".encode()))
    if template is not None:
        writer.add_chat_template(template)
    for name, shape in _tensors(kind, len(tokens)):
        writer.add_tensor(name, _weights(name, shape, len(tokens), random))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_shape(writer: gguf.GGUFWriter, kind: str, heads: int) -> None:
    if kind in {"mamba", "jamba", "falcon-h1"}:
        writer.add_ssm_conv_kernel(CONVOLVED)
        writer.add_ssm_inner_size(INNER)
        writer.add_ssm_state_size(WIDE_STATE if kind == "falcon-h1" else STATE)
        writer.add_ssm_time_step_rank(STEPS)
    if kind == "falcon-h1":
        writer.add_ssm_group_count(1)
    if kind == "lfm2":
        writer.add_shortconv_l_cache(CONVOLVED)
    if kind == "mamba":
        writer.add_feed_forward_length(0)
        writer.add_head_count(0)
        return
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(heads)
    writer.add_head_count_kv([0, heads] if kind in {"jamba", "lfm2"} else heads)
    writer.add_rope_dimension_count(WIDTH // heads)
    if kind == "qwen2vl":
        writer.add_rope_dimension_sections([2, 3, 3, 0])


ADDED = ("attn_output.weight", "ffn_down.weight", "ssm_out.weight", "out_proj.weight")
"""What a layer adds comes out of these."""


def _weights(
    name: str, shape: tuple[int, ...], vocabulary: int, random: np.random.Generator
) -> np.ndarray:
    if name.endswith(("norm.weight", "ffn_norm", "ssm_d")):
        return np.ones(shape, np.float32)
    if name.endswith("ssm_a") and shape == (STEPS, 1):
        return -np.arange(1, STEPS + 1, dtype=np.float32).reshape(shape)
    if name.endswith("ssm_a"):
        return -np.tile(np.arange(1, STATE + 1, dtype=np.float32), (INNER, 1))
    spread = 1.0 if name == "output.weight" else 0.2
    if name.endswith(".bias") and "ssm" not in name:
        return np.zeros(shape, np.float32)
    weights = random.normal(0, spread, shape).astype(np.float32)
    if name == "output.weight":
        weights[:, 0] = LIFT
        weights[: vocabulary - len(WORDS)] = 0
    elif name == "token_embd.weight":
        weights[:, 0] = CONSTANT
    elif name.endswith(ADDED):
        weights[0] = 0
    return weights


def _vocabulary(marks: Sequence[str]) -> tuple[list[bytes], list[int]]:
    kind = gguf.TokenType
    special = [(b"<unk>", kind.UNKNOWN), (b"<s>", kind.CONTROL), (b"</s>", kind.CONTROL)]
    # Bytes make any prompt writable, and any JSON under a grammar.
    single = [(f"<0x{byte:02X}>".encode(), kind.BYTE) for byte in range(256)]
    words = [(f"▁{word}".encode(), kind.NORMAL) for word in WORDS]
    control = [(mark.encode(), kind.CONTROL) for mark in marks]
    if marks:
        # A space is one token, as in real vocabularies: what tokens spell is the text then.
        control.append(("▁".encode(), kind.NORMAL))
    both = special + single + control + words
    return [token for token, _ in both], [int(sort) for _, sort in both]


Tensors = list[tuple[str, tuple[int, ...]]]


def _tensors(kind: Kind, vocabulary: int) -> Tensors:
    found: Tensors = [
        ("token_embd.weight", (vocabulary, WIDTH)),
        ("token_embd_norm.weight" if kind == "lfm2" else "output_norm.weight", (WIDTH,)),
        ("output.weight", (vocabulary, WIDTH)),
    ]
    parts = {
        "llama": [_attention() + _feed_forward()] * LAYERS,
        "qwen2vl": [_attention() + _biases() + _feed_forward()] * LAYERS,
        "mamba": [_mamba()] * LAYERS,
        "jamba": [_mamba() + _norms() + _feed_forward(), _attention() + _feed_forward()],
        "falcon-h1": [_attention() + _second_mamba() + _feed_forward("ffn_norm")] * LAYERS,
        "lfm2": [
            _convolution() + _feed_forward(),
            _attention() + _feed_forward() + _head_norms(),
        ],
    }[kind]
    for layer, part in enumerate(parts):
        found.append((f"blk.{layer}.attn_norm.weight", (WIDTH,)))
        found += [(f"blk.{layer}.{name}", shape) for name, shape in part]
    return found


def _attention() -> Tensors:
    return [
        *((f"attn_{part}.weight", (WIDTH, WIDTH)) for part in "qkv"),
        ("attn_output.weight", (WIDTH, WIDTH)),
    ]


def _biases() -> Tensors:
    return [(f"attn_{part}.bias", (WIDTH,)) for part in "qkv"]


def _head_norms() -> Tensors:
    return [(f"attn_{part}_norm.weight", (WIDTH // HEADS,)) for part in "qk"]


def _feed_forward(norm: str = "ffn_norm.weight") -> Tensors:
    return [
        (norm, (WIDTH,)),
        ("ffn_gate.weight", (INNER, WIDTH)),
        ("ffn_up.weight", (INNER, WIDTH)),
        ("ffn_down.weight", (WIDTH, INNER)),
    ]


def _mamba() -> Tensors:
    return [
        ("ssm_in.weight", (2 * INNER, WIDTH)),
        ("ssm_conv1d.weight", (INNER, CONVOLVED)),
        ("ssm_conv1d.bias", (INNER,)),
        ("ssm_x.weight", (STEPS + 2 * STATE, INNER)),
        ("ssm_dt.weight", (INNER, STEPS)),
        ("ssm_dt.bias", (INNER,)),
        ("ssm_a", (INNER, STATE)),
        ("ssm_d", (INNER,)),
        ("ssm_out.weight", (WIDTH, INNER)),
    ]


def _norms() -> Tensors:
    """Of what a Jamba's state is made of."""
    widths = {"dt": STEPS, "b": STATE, "c": STATE}
    return [(f"ssm_{part}_norm.weight", (width,)) for part, width in widths.items()]


def _second_mamba() -> Tensors:
    mixed = INNER + 2 * WIDE_STATE
    return [
        ("ssm_in.weight", (INNER + mixed + STEPS, WIDTH)),
        ("ssm_conv1d.weight", (mixed, CONVOLVED)),
        ("ssm_conv1d.bias", (mixed,)),
        ("ssm_dt.bias", (STEPS,)),
        ("ssm_a", (STEPS, 1)),
        ("ssm_d", (STEPS, 1)),
        ("ssm_norm.weight", (1, INNER)),
        ("ssm_out.weight", (WIDTH, INNER)),
    ]


def _convolution() -> Tensors:
    return [
        ("shortconv.in_proj.weight", (3 * WIDTH, WIDTH)),
        ("shortconv.conv.weight", (WIDTH, CONVOLVED)),
        ("shortconv.out_proj.weight", (WIDTH, WIDTH)),
    ]
