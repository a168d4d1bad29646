"""The projector that a model in a file sees with: a file of its own, called mmproj, which lies
beside the model. Reads folders and the heads of files: call it in a thread."""

from __future__ import annotations

import re
from pathlib import Path

from chatui.domain.errors import BadModelFile
from chatui.models.files.gguf_header import PART, GgufHeader, read_header
from chatui.models.files.model_files import ModelFile, is_projector
from chatui.models.files.model_stores import LLAMA_CPP, gguf_files, llama_cpp_name

_WORDS = re.compile(r"[a-z]+|[0-9]+(?:\.[0-9]+)*[a-z]?")
_TYPES = re.compile(r"(?i)(?:^|[-_.])(i?q[0-9]+(?:_[0-9a-z]+)*|bf?16|fp?(?:16|32)|ud)(?=[-_.]|$)")
"""How the numbers of a file are kept, in its name."""
_NO_NAME = frozenset(("mmproj", "model", "gguf", "vision", "projector"))
BEST_FIRST = ("f16", "bf16", "f32", "q8_0")
"""Of several of one model: the first is exact enough and runs everywhere."""
PLACED_BY_PROMPT = frozenset(("deepseek4v", "hunyuanvl"))
"""Kinds whose pictures take other tokens in other places of a prompt."""


def projector_of(file: ModelFile) -> Path | None:
    """The projector that belongs to a model, by their names and vectors; None where none does.

    One whose name says no model (`mmproj-F16.gguf`) belongs to those that have vectors of its width
    or, where it doesn't tell that, to the only model of its folder.
    """
    if file.projector is not None:
        return file.projector
    beside = gguf_files(file.path.parent, deepest=0)
    prefix = _prefix(file, file.path)
    near = [path for path in beside if _prefix(file, path) == prefix]
    own = _words(file.path)
    found: list[tuple[int, int, str, Path]] = []
    for path in near:
        if not is_projector(path):
            continue
        named = _words(path)
        if named - own or not (named or _fits(path, file, near)):
            continue
        kinds = _TYPES.findall(path.stem.lower())
        kind = next((at for at, one in enumerate(BEST_FIRST) if one in kinds), len(BEST_FIRST))
        found.append((-len(named), kind, path.name, path))
    return min(found)[3] if found else None


def no_eyes(header: GgufHeader) -> str:
    """Why a file is no projector that a model can see with, as the end of a sentence; "" for one
    that is."""
    if header.architecture != "clip":
        return f"is no projector but a model ({header.architecture or 'of no architecture'})"
    if not header.values.get("clip.has_vision_encoder"):
        return "is a projector that hears and doesn't see"
    kind = _kind(header)
    if kind in PLACED_BY_PROMPT:
        return f"is a projector of a kind that chatui can't place in a prompt ({kind})"
    return ""


def may_see(path: Path) -> bool:
    """Whether the file is a projector, or one that can't be read: that is told when it is used."""
    try:
        return not no_eyes(read_header(path))
    except BadModelFile:
        return True


def projector_bytes(path: Path) -> int:
    """What the projector takes of memory, estimated: its weights, and what it calculates in for a
    picture of a million pixels, or for one of the pieces that it cuts pictures into. 0 for a file
    that can't be read."""
    try:
        header = read_header(path)
    except BadModelFile:
        return 0
    patch = max(1, _number(header, "patch_size"))
    pixels = _number(header, "image_size") ** 2
    if _kind(header) not in FIXED:
        pixels = max(pixels, USUAL_PIXELS)
    patches = min(pixels // patch**2, MOST_PATCHES)
    wide, inner = _number(header, "embedding_length"), _number(header, "feed_forward_length")
    heads = _number(header, "attention.head_count")
    # Without flash attention all scores of a layer are written down; which it is, ggml finds out.
    scores = heads * min(patches, FEW_PATCHES)
    return sum(header.tensor_bytes.values()) + 4 * patches * (8 * wide + 2 * inner + scores)


FIXED = frozenset((
    "adapter", "cogvlm", "gemma3", "gemma3nv", "idefics3", "internvl", "janus_pro", "ldp", "ldpv2",
    "lfm2", "llama4", "mlp", "nemotron_v2_vl", "resampler", "yasa2",
))  # fmt: skip
"""Kinds that look at pieces of one size, whatever a picture has (`mtmd_context::init_vision`)."""
USUAL_PIXELS = 1024 * 1024
MOST_PATCHES = 16_384
FEW_PATCHES = 1_024
"""Of which ggml writes down scores at once, at the most."""


def _fits(path: Path, file: ModelFile, near: list[Path]) -> bool:
    """Whether a projector whose name says nothing is that of the model."""
    models = {frozenset(_words(one)) for one in near if not is_projector(one)}
    if len(models) == 1:
        return True
    try:
        return (
            _number(read_header(path), "projection_dim") == read_header(file.path).embedding_length
        )
    except BadModelFile:
        return False


def _kind(header: GgufHeader) -> str:
    return header.text("clip.projector_type") or header.text("clip.vision.projector_type")


def _number(header: GgufHeader, key: str) -> int:
    return header.of(f"vision.{key}")


def _words(path: Path) -> frozenset[str]:
    """What a name says of the model, without how its numbers are kept."""
    name = PART.sub("", llama_cpp_name(path.stem) + ".gguf").removesuffix(".gguf")
    stem = _TYPES.sub("-", name.lower())
    return frozenset(_WORDS.findall(stem)) - _NO_NAME


def _prefix(file: ModelFile, path: Path) -> str:
    """llama.cpp keeps all in one folder: what stands before the name says of which repository."""
    return path.stem.removesuffix(llama_cpp_name(path.stem)) if file.origin == LLAMA_CPP else ""
