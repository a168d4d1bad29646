"""A GGUF file of the shape of Qwen2.5-0.5B with random weights: as fast as the real one, and it
says nothing. 530 MB as Q8_0, 350 MB as Q4_0."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

WIDTH, LAYERS, INNER, HEADS, KV_HEADS, VOCABULARY = 896, 24, 4864, 14, 2, 151_936
CONTEXT = 32_768
MARKS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
Q4_0, Q8_0 = gguf.GGMLQuantizationType.Q4_0, gguf.GGMLQuantizationType.Q8_0
BLOCK = 32
TILE_ROWS = 64


def write_random_model(path: Path, kind: gguf.GGMLQuantizationType) -> Path:
    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_name("random")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_freq_base(1_000_000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    _add_vocabulary(writer)
    writer.add_chat_template(CHATML)
    random = np.random.default_rng(1)
    # As files in Q4_0 have it: the embeddings are the output too, and stay at eight bits.
    _add(writer, random, "token_embd.weight", (VOCABULARY, WIDTH), Q8_0)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    for layer in range(LAYERS):
        for part in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{part}.weight", np.ones(WIDTH, np.float32))
        narrow = WIDTH // HEADS * KV_HEADS
        for part, rows in (("q", WIDTH), ("k", narrow), ("v", narrow)):
            _add(writer, random, f"blk.{layer}.attn_{part}.weight", (rows, WIDTH), kind)
            writer.add_tensor(f"blk.{layer}.attn_{part}.bias", np.zeros(rows, np.float32))
        _add(writer, random, f"blk.{layer}.attn_output.weight", (WIDTH, WIDTH), kind)
        _add(writer, random, f"blk.{layer}.ffn_gate.weight", (INNER, WIDTH), kind)
        _add(writer, random, f"blk.{layer}.ffn_up.weight", (INNER, WIDTH), kind)
        _add(writer, random, f"blk.{layer}.ffn_down.weight", (WIDTH, INNER), kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add(
    writer: gguf.GGUFWriter,
    random: np.random.Generator,
    name: str,
    shape: tuple[int, int],
    kind: gguf.GGMLQuantizationType,
) -> None:
    """Blocks of random numbers behind one scale; a few rows are repeated."""
    rows, columns = shape
    size = 2 + (BLOCK if kind is Q8_0 else BLOCK // 2)
    tile = random.integers(0, 256, (TILE_ROWS, columns // BLOCK, size), dtype=np.uint8)
    # Weights of about 1/sqrt(columns): activations neither vanish nor overflow.
    scale = np.float16(1 / ((74 if kind is Q8_0 else 4.6) * columns**0.5))
    tile[:, :, :2] = np.frombuffer(scale.tobytes(), np.uint8)
    data: NDArray[np.uint8] = np.resize(
        tile.reshape(TILE_ROWS, -1), (rows, columns // BLOCK * size)
    )
    writer.add_tensor(name, data, raw_dtype=kind)


def _add_vocabulary(writer: gguf.GGUFWriter) -> None:
    """Bytes, and words that nothing is merged into: text is cut into its bytes."""
    letters = [chr(code) for code in _byte_letters()]
    words = [f"Ġw{number}" for number in range(VOCABULARY - len(letters) - len(MARKS))]
    kinds = [gguf.TokenType.NORMAL] * (len(letters) + len(words))
    kinds += [gguf.TokenType.CONTROL] * len(MARKS)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([*letters, *words, *MARKS])
    writer.add_token_types([int(kind) for kind in kinds])
    writer.add_token_merges(["Ġ w"])
    writer.add_eos_token_id(VOCABULARY - 1)
    writer.add_bos_token_id(VOCABULARY - len(MARKS))
    writer.add_add_bos_token(False)


def _byte_letters() -> list[int]:
    """As GPT-2 writes bytes."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    places = {byte: byte for byte in printable}
    places |= {byte: 0x100 + place for place, byte in enumerate(others)}
    return [places[byte] for byte in range(256)]
