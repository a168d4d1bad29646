"""A real projector with random weights, for the models of `tests.tiny_gguf`: it sees, nonsense."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import gguf
import numpy as np

from tests.tiny_gguf import WIDTH

SEEN, HEADS, INNER, LAYERS = 32, 2, 48, 2
PATCH = 14
ProjectorKind = Literal["mlp", "gemma3", "qwen2vl_merger", "idefics3"]
SIDES: Mapping[str, int] = {"mlp": 56, "gemma3": 112, "qwen2vl_merger": 56, "idefics3": 56}
"""Pixels that are looked at, of a side: 16 tokens each, but idefics3's pieces have four."""
MARKS: Mapping[str, tuple[str, ...]] = {
    "mlp": (),
    "gemma3": ("<start_of_image>", "<end_of_image>"),
    "qwen2vl_merger": ("<|vision_start|>", "<|vision_end|>"),
    "idefics3": (
        "<fake_token_around_image>", "<global-img>", "\n\n", "\n",
        *(f"<row_{row}_col_{column}>" for row in (1, 2) for column in (1, 2)),
    ),
}  # fmt: skip
"""Tokens that they put around a picture."""


def write_tiny_projector(
    path: Path,
    kind: ProjectorKind = "mlp",
    *,
    width: int = WIDTH,
    leave_out: str = "",
    **values: Any,
) -> Path:
    """Writes the projector to `path`. It makes vectors of `width` numbers. `leave_out` is the name
    of a tensor that it lacks; `values` take the place of what its head says (`architecture`,
    `projector_type`, `has_vision_encoder`, `image_size`)."""
    random = np.random.default_rng(7)
    writer = gguf.GGUFWriter(path, values.get("architecture", "clip"))
    writer.add_name("tiny projector")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_string("clip.projector_type", values.get("projector_type", kind))
    writer.add_bool("clip.has_vision_encoder", values.get("has_vision_encoder", True))
    writer.add_bool("clip.use_gelu", True)
    numbers = {
        "image_size": values.get("image_size", SIDES[kind]),
        "patch_size": PATCH,
        "embedding_length": SEEN,
        "feed_forward_length": INNER,
        "block_count": LAYERS,
        "projection_dim": width,
        "attention.head_count": HEADS,
    }
    if kind in {"gemma3", "idefics3"}:
        numbers["projector.scale_factor"] = 2
    if kind == "idefics3":
        numbers["preproc_image_size"] = 2 * SIDES[kind]
    for key, number in numbers.items():
        writer.add_uint32(f"clip.vision.{key}", number)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-6)
    writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
    writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])
    for name, shape in _tensors(kind, width).items():
        if name == leave_out:
            continue
        plain = np.ones if name.endswith("norm.weight") or ".ln" in name else None
        weights = plain(shape) if plain else random.normal(0, 0.3, shape)
        if name.endswith("bias"):
            weights = np.zeros(shape)
        writer.add_tensor(name, weights.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _tensors(kind: str, width: int) -> dict[str, tuple[int, ...]]:
    patches = (SIDES[kind] // PATCH) ** 2
    found: dict[str, tuple[int, ...]] = {"v.patch_embd.weight": (SEEN, 3, PATCH, PATCH)}
    if kind == "qwen2vl_merger":
        found["v.patch_embd.weight.1"] = (SEEN, 3, PATCH, PATCH)
        merged = 4 * SEEN
        found |= {
            "mm.0.weight": (merged, merged), "mm.0.bias": (merged,),
            "mm.2.weight": (width, merged), "mm.2.bias": (width,),
        }  # fmt: skip
    else:
        found["v.position_embd.weight"] = (patches, SEEN)
    if kind == "mlp":
        found |= {
            "mm.0.weight": (SEEN, SEEN), "mm.0.bias": (SEEN,),
            "mm.2.weight": (width, SEEN), "mm.2.bias": (width,),
        }  # fmt: skip
    if kind == "gemma3":
        found |= {"mm.input_projection.weight": (SEEN, width), "mm.soft_emb_norm.weight": (SEEN,)}
    if kind == "idefics3":
        found["mm.model.fc.weight"] = (width, 4 * SEEN)
    found |= {"v.post_ln.weight": (SEEN,), "v.post_ln.bias": (SEEN,)}
    for layer in range(LAYERS):
        block = f"v.blk.{layer}"
        for part in ("attn_q", "attn_k", "attn_v", "attn_out"):
            found |= {f"{block}.{part}.weight": (SEEN, SEEN), f"{block}.{part}.bias": (SEEN,)}
        for part in ("ln1", "ln2"):
            found |= {f"{block}.{part}.weight": (SEEN,), f"{block}.{part}.bias": (SEEN,)}
        found |= {
            f"{block}.ffn_up.weight": (INNER, SEEN), f"{block}.ffn_up.bias": (INNER,),
            f"{block}.ffn_down.weight": (SEEN, INNER), f"{block}.ffn_down.bias": (SEEN,),
        }  # fmt: skip
    return found
