"""GGUF files of realistic shapes whose weights are a hole, so that they take no room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind

SMALL = {
    "embedding_length": 1024,
    "block_count": 24,
    "feed_forward_length": 2816,
    "attention.head_count": 16,
    "attention.head_count_kv": 4,
    "context_length": 131_072,
}


def write_sparse_gguf(
    path: Path,
    architecture: str = "llama",
    *,
    vocabulary: int = 300,
    kind: Kind = Kind.Q8_0,
    text: Mapping[str, str] | None = None,
    **changed: int | Sequence[int],
) -> Path:
    """A file as llama.cpp loads it. Keys of `changed` belong to the architecture, with `__` for
    a dot; those of `text` are whole."""
    writer = gguf.GGUFWriter(path, architecture)
    shape: dict[str, Any] = SMALL | {key.replace("__", "."): one for key, one in changed.items()}
    for key, value in shape.items():
        if isinstance(value, int):
            writer.add_uint32(f"{architecture}.{key}", value)
        else:
            writer.add_array(f"{architecture}.{key}", list(value))
    writer.add_layer_norm_rms_eps(1e-6)
    for key, told in (text or {}).items():
        writer.add_string(key, told)
    _add_vocabulary(writer, vocabulary)
    for name, dimensions in _tensors(architecture, shape, vocabulary):
        _add_hole(writer, name, dimensions, Kind.F32 if name.endswith("norm.weight") else kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    assert writer.fout
    out = writer.fout[0]
    out.flush()
    sizes = [one.nbytes for part in writer.tensors for one in part.values()]
    begin = writer.ggml_pad(out.tell(), writer.data_alignment)
    out.truncate(begin + sum(writer.ggml_pad(size, writer.data_alignment) for size in sizes))
    writer.close()
    return path


def _add_vocabulary(writer: gguf.GGUFWriter, count: int) -> None:
    known = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    tokens = [*known, *(f"t{number}" for number in range(count - len(known)))]
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * count)
    writer.add_token_types([2, 3, 3, *[6] * 256, *[1] * (count - len(known))])


def _tensors(
    architecture: str, shape: Mapping[str, Any], vocabulary: int
) -> list[tuple[str, tuple[int, ...]]]:
    wide, inner = shape["embedding_length"], shape["feed_forward_length"]
    head = shape.get("attention.key_length", wide // shape["attention.head_count"])
    heads = shape["attention.head_count"] * head
    found = [
        ("token_embd.weight", (wide, vocabulary)),
        ("output_norm.weight", (wide,)),
        ("output.weight", (wide, vocabulary)),
    ]
    for layer in range(shape["block_count"]):
        of = shape["attention.head_count_kv"]
        kept = (of if isinstance(of, int) else of[layer]) * head
        parts = {
            "attn_norm": (wide,),
            "ffn_norm": (wide,),
            "attn_q": (wide, heads),
            "attn_k": (wide, kept),
            "attn_v": (wide, kept),
            "attn_output": (heads, wide),
            "ffn_gate": (wide, inner),
            "ffn_up": (wide, inner),
            "ffn_down": (inner, wide),
        }
        if architecture == "gemma3":
            parts |= {"attn_q_norm": (head,), "attn_k_norm": (head,)}
            parts |= {"post_attention_norm": (wide,), "post_ffw_norm": (wide,)}
        found += [(f"blk.{layer}.{name}.weight", size) for name, size in parts.items() if all(size)]
    return found


def _add_hole(writer: gguf.GGUFWriter, name: str, shape: tuple[int, ...], kind: Kind) -> None:
    block, size = gguf.GGML_QUANT_SIZES[kind]
    rows = list(reversed(shape))
    if kind is Kind.F32:
        writer.add_tensor_info(name, rows, np.dtype(np.float32), prod(shape) * 4)
        return
    rows[-1] = rows[-1] // block * size
    writer.add_tensor_info(name, rows, np.dtype(np.uint8), prod(rows), raw_dtype=kind)
