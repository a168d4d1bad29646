"""What a GGUF file says of its model, read without loading it."""

from __future__ import annotations

import math
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from chatui.domain.errors import BadModelFile
from chatui.models.files.ggml_types import FILE_TYPES, TENSOR_TYPES
from chatui.models.files.gguf_fields import (
    Fields,
    Length,
    Malformed,
    TensorInfo,
    Value,
    read_fields,
    read_first_values,
)

ALIGNMENT = 32
PART = re.compile(r"-(\d{5})-of-(\d{5})(?=\.gguf$)", re.IGNORECASE)
MOST_PARTS = 1000
NO_CHAT = frozenset((
    "bert", "clip", "eurobert", "flux", "gemma-embedding", "jina-bert-v2", "jina-bert-v3",
    "modern-bert", "neo-bert", "nomic-bert", "nomic-bert-moe", "sd3", "sdxl", "t5encoder", "wan",
    "wavtokenizer-dec",
))  # fmt: skip
"""Architectures of files that make vectors, pictures or sound."""
MOST_LAYERS = 10_000
"""The deepest known have some hundreds; what is reckoned for each of them must end."""
KEPT = 256
"""Headers that are kept. One takes some kilobytes: vocabularies are not in it."""


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """`parameters` and the bytes are those of all files: a large model may be split into
    several. A field that the file doesn't have is 0, empty or None.

    `values` is everything the file says, by its own keys; long lists are only their `Length`.
    `tensor_bytes` is by type, as `Q4_K`.
    """

    values: Mapping[str, Value]
    tensor_bytes: Mapping[str, int]
    parameters: int
    file_bytes: int

    @property
    def architecture(self) -> str:
        return self.text("general.architecture")

    @property
    def name(self) -> str:
        return self.text("general.name")

    @property
    def quantisation(self) -> str:
        """As `Q4_K_M`; the type of most of the weights where the file doesn't say."""
        given = self.values.get("general.file_type")
        if isinstance(given, int) and given in FILE_TYPES:
            return FILE_TYPES[given]
        return max(self.tensor_bytes, key=self.tensor_bytes.__getitem__, default="")

    @property
    def context_length(self) -> int:
        """Tokens that the model was trained for."""
        return self.of("context_length")

    @property
    def layers(self) -> int:
        return self.of("block_count")

    @property
    def embedding_length(self) -> int:
        return self.of("embedding_length")

    @property
    def vocabulary(self) -> int:
        tokens = self.values.get("tokenizer.ggml.tokens")
        return tokens.items if isinstance(tokens, Length) else self.of("vocab_size")

    @property
    def tokenizer(self) -> str:
        """The kind, as `gpt2` or `llama`."""
        return self.text("tokenizer.ggml.model")

    @property
    def chat_template(self) -> str:
        return self.text("tokenizer.chat_template")

    def text(self, key: str) -> str:
        found = self.values.get(key)
        return found if isinstance(found, str) else ""

    def of(self, key: str, otherwise: int = 0) -> int:
        """A number of the architecture's own, as `attention.head_count`; of a list the
        largest."""
        found = self.values.get(f"{self.architecture}.{key}")
        if isinstance(found, tuple):
            found = max(found, default=None)
        return _whole(found, otherwise)

    def by_layer(self, key: str, otherwise: int = 0) -> tuple[int, ...]:
        """The same, one for each layer; what is one number counts for all of them."""
        found = self.values.get(f"{self.architecture}.{key}")
        if isinstance(found, tuple):
            given = [_whole(number, otherwise) for number in found[: self.layers]]
            return tuple(given) + (otherwise,) * (self.layers - len(given))
        return (self.of(key, otherwise),) * self.layers


def read_header(path: Path) -> GgufHeader:
    """The header of a model, with those of its later parts. Reads files: call it in a thread.
    An unchanged file is read once. Raises BadModelFile."""
    headers = [_read(*_identity(part)) for part in parts_of(path)]
    first = headers[0]
    count = first.values.get("split.count")
    if isinstance(count, int) and count > 1 and count != len(headers):
        raise BadModelFile(
            f"{path} is one of {count} parts of a model, and {len(headers)} are here under that "
            "name: fetch the others into the same folder."
        )
    if len(headers) == 1:
        return first
    by_type: dict[str, int] = {}
    for header in headers:
        for kind, size in header.tensor_bytes.items():
            by_type[kind] = by_type.get(kind, 0) + size
    return GgufHeader(
        first.values,
        by_type,
        sum(header.parameters for header in headers),
        sum(header.file_bytes for header in headers),
    )


def parts_of(path: Path) -> tuple[Path, ...]:
    """The files of a model: itself, and where its name says `-00001-of-00003` the others."""
    found = PART.search(path.name)
    if found is None:
        return (path,)
    count = min(int(found[2]), MOST_PARTS)
    parts = tuple(
        path.with_name(
            f"{path.name[: found.start()]}-{number:05}-of-{found[2]}{path.name[found.end() :]}"
        )
        for number in range(1, count + 1)
    )
    missing = next((part for part in parts if not part.is_file()), None)
    if missing is not None:
        raise BadModelFile(
            f"{path.name} is one of {count} parts of a model, and {missing} is not there: "
            "fetch it into the same folder."
        )
    return parts or (path,)


def _identity(path: Path) -> tuple[Path, int, int]:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    # A pipe or a device would be waited for.
    if not stat.S_ISREG(status.st_mode):
        raise BadModelFile(f"{path} is no file.")
    return path, status.st_mtime_ns, status.st_size


def is_chat_model(path: Path, *, if_unreadable: bool) -> bool:
    """Whether a file is a model that writes text: no vectors, no images, no adapter. Reads its
    beginning only, once while it doesn't change."""
    try:
        return _chats(*_identity(path))
    except BadModelFile:
        return if_unreadable


@lru_cache(4096)
def _chats(path: Path, changed: int, size: int) -> bool:
    try:
        with path.open("rb", buffering=0) as file:
            values = read_first_values(file, "tokenizer.")
    except (Malformed, OSError) as error:
        raise BadModelFile(str(error)) from error
    architecture = values.get("general.architecture")
    return (
        values.get("general.type", "model") == "model"
        and architecture not in NO_CHAT
        and not values.get(f"{architecture}.pooling_type")
    )


@lru_cache(KEPT)
def _read(path: Path, changed: int, size: int) -> GgufHeader:
    try:
        with path.open("rb", buffering=0) as file:
            fields = read_fields(file)
    except Malformed as error:
        raise BadModelFile(f"{path} {error}.") from error
    except OSError as error:
        raise _unreadable(path, error) from error
    header = GgufHeader(fields.values, {}, 0, size)
    if header.layers > MOST_LAYERS:
        raise BadModelFile(f"{path} claims {header.layers:,} layers, and is damaged.")
    by_type = _sizes(fields)
    end = _end(fields)
    if end > size:
        raise BadModelFile(
            f"{path} is cut off: {size:,} of {end:,} bytes are there. Fetch it again."
        )
    parameters = sum(tensor.elements for tensor in fields.tensors)
    return GgufHeader(fields.values, by_type, parameters, size)


def _whole(number: object, otherwise: int) -> int:
    """A number of a field as one to reckon with; `otherwise` where it is none."""
    if isinstance(number, int | float) and math.isfinite(number) and number >= 0:
        return int(number)
    return otherwise


def _sizes(fields: Fields) -> dict[str, int]:
    found: dict[str, int] = {}
    for tensor in fields.tensors:
        name = TENSOR_TYPES.get(tensor.kind, (f"type {tensor.kind}",))[0]
        found[name] = found.get(name, 0) + tensor_size(tensor)
    return found


def tensor_size(tensor: TensorInfo) -> int:
    """Bytes; 0 for a type that is newer than this."""
    _, block, size = TENSOR_TYPES.get(tensor.kind, ("", 1, 0))
    return tensor.elements // block * size


def _end(fields: Fields) -> int:
    """Where the file ends at the earliest, in bytes."""
    given = fields.values.get("general.alignment")
    alignment = given if isinstance(given, int) and given > 0 else ALIGNMENT
    begin = -(-fields.end // alignment) * alignment
    return max(
        (begin + tensor.offset + tensor_size(tensor) for tensor in fields.tensors), default=0
    )


def _unreadable(path: Path, error: Exception) -> BadModelFile:
    reason = getattr(error, "strerror", None) or str(error)
    return BadModelFile(f"{path} can't be read: {reason}.")
