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
    kind: Literal["llama", "mamba"] = "llama",
) -> Path:
    """Writes the model to `path`; the same bytes for the same seed. A "mamba" has one state in the
    place of a cache, which nothing can be taken out of. A `pooled` one gives a
    vector for a text, of WIDTH numbers, and not one for each token. `marks` are control tokens
    of its template; a reply ends where the model comes to say the word `ends_with`."""
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
    tensors = _mamba_tensors(len(tokens)) if kind == "mamba" else _tensors(len(tokens))
    for name, shape in tensors:
        writer.add_tensor(name, _weights(name, shape, len(tokens), random))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_shape(writer: gguf.GGUFWriter, kind: str, heads: int) -> None:
    if kind == "mamba":
        writer.add_feed_forward_length(0)
        writer.add_head_count(0)
        writer.add_ssm_conv_kernel(CONVOLVED)
        writer.add_ssm_inner_size(INNER)
        writer.add_ssm_state_size(STATE)
        writer.add_ssm_time_step_rank(STEPS)
        return
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(heads)
    writer.add_head_count_kv(heads)
    writer.add_rope_dimension_count(WIDTH // heads)


def _weights(
    name: str, shape: tuple[int, ...], vocabulary: int, random: np.random.Generator
) -> np.ndarray:
    if name.endswith(("norm.weight", "ssm_d")):
        return np.ones(shape, np.float32)
    if name.endswith("ssm_a"):
        return -np.tile(np.arange(1, STATE + 1, dtype=np.float32), (INNER, 1))
    spread = 1.0 if name == "output.weight" else 0.2
    weights = random.normal(0, spread, shape).astype(np.float32)
    if name == "output.weight":
        weights[:, 0] = LIFT
        weights[: vocabulary - len(WORDS)] = 0
    elif name == "token_embd.weight":
        weights[:, 0] = CONSTANT
    elif name.endswith(("attn_output.weight", "ffn_down.weight", "ssm_out.weight")):
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


def _tensors(vocabulary: int) -> list[tuple[str, tuple[int, ...]]]:
    found: list[tuple[str, tuple[int, ...]]] = [
        ("token_embd.weight", (vocabulary, WIDTH)),
        ("output_norm.weight", (WIDTH,)),
        ("output.weight", (vocabulary, WIDTH)),
    ]
    for layer in range(LAYERS):
        found += [
            (f"blk.{layer}.attn_norm.weight", (WIDTH,)),
            (f"blk.{layer}.ffn_norm.weight", (WIDTH,)),
            *((f"blk.{layer}.attn_{part}.weight", (WIDTH, WIDTH)) for part in "qkv"),
            (f"blk.{layer}.attn_output.weight", (WIDTH, WIDTH)),
            (f"blk.{layer}.ffn_gate.weight", (INNER, WIDTH)),
            (f"blk.{layer}.ffn_up.weight", (INNER, WIDTH)),
            (f"blk.{layer}.ffn_down.weight", (WIDTH, INNER)),
        ]
    return found


def _mamba_tensors(vocabulary: int) -> list[tuple[str, tuple[int, ...]]]:
    found: list[tuple[str, tuple[int, ...]]] = [
        ("token_embd.weight", (vocabulary, WIDTH)),
        ("output_norm.weight", (WIDTH,)),
        ("output.weight", (vocabulary, WIDTH)),
    ]
    for layer in range(LAYERS):
        found += [
            (f"blk.{layer}.attn_norm.weight", (WIDTH,)),
            (f"blk.{layer}.ssm_in.weight", (2 * INNER, WIDTH)),
            (f"blk.{layer}.ssm_conv1d.weight", (INNER, CONVOLVED)),
            (f"blk.{layer}.ssm_conv1d.bias", (INNER,)),
            (f"blk.{layer}.ssm_x.weight", (STEPS + 2 * STATE, INNER)),
            (f"blk.{layer}.ssm_dt.weight", (INNER, STEPS)),
            (f"blk.{layer}.ssm_dt.bias", (INNER,)),
            (f"blk.{layer}.ssm_a", (INNER, STATE)),
            (f"blk.{layer}.ssm_d", (INNER,)),
            (f"blk.{layer}.ssm_out.weight", (WIDTH, INNER)),
        ]
    return found
