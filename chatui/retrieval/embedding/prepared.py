"""The cache of prepared embedding models: what lies where, and whether it is still whole.

    <cache>/embedders/
        <fingerprint>/          one prepared model, complete or absent, never half written
            manifest.json  tokenizer.json  model.onnx  pace.json
        names/<key>.json        which fingerprint a model name, runtime and precision stand for
        lock                    held by the process that is preparing a model

Only the standard library is imported here: the window's process reads these files.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from chatui.domain.errors import EmbedderFailed
from chatui.system.files import at_home, is_folder, make_private_folder
from chatui.system.locks import LockFile, is_held

RECIPE = 3
"""Counts up when the way of preparing changes what a model's vectors are."""
MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
MANIFEST_FILE = "manifest.json"
LOCK = "lock"

Runtime = Literal["onnx", "sentence-transformers"]
WantedRuntime = Literal["auto", "onnx", "sentence-transformers"]
Precision = Literal["int8", "bf16", "fp32"]
WantedPrecision = Literal["auto", "int8", "bf16", "fp32"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the settings ask for; "auto" is what turns out best on the machine."""

    model: str
    runtime: WantedRuntime = "auto"
    precision: WantedPrecision = "auto"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a process must know to run a prepared model.

    `max_tokens` includes the special tokens. `files` maps names to (bytes, CRC-32): enough
    to notice a cut or a rotten file, at a hundredth of the cost of a cryptographic hash.
    """

    model: str
    fingerprint: str
    runtime: Runtime
    precision: Precision
    dimensions: int
    max_tokens: int
    pad_id: int
    query_prompt: str
    document_prompt: str
    files: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class PreparedModel:
    folder: Path
    manifest: Manifest

    @property
    def tokenizer(self) -> Path:
        return self.folder / TOKENIZER_FILE


def find(cache: Path, wanted: Wanted) -> PreparedModel | None:
    """The prepared model, or None when there is none, or when its files changed in size."""
    try:
        pointer = json.loads(_pointer(cache, wanted).read_text())
        prepared = read(cache / pointer["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    for name, (size, _) in prepared.manifest.files.items():
        try:
            if (prepared.folder / name).stat().st_size != size:
                return None
        except OSError:
            return None
    return prepared


def read(folder: Path) -> PreparedModel:
    """Raises OSError, ValueError or TypeError when the manifest is missing or broken."""
    fields = json.loads((folder / MANIFEST_FILE).read_text())
    fields["files"] = {name: (size, crc) for name, (size, crc) in fields["files"].items()}
    return PreparedModel(folder, Manifest(**fields))


def verify(prepared: PreparedModel) -> None:
    """Reads every file. Raises EmbedderFailed when one is missing or not what was written."""
    for name, expected in prepared.manifest.files.items():
        try:
            whole = checksum(prepared.folder / name) == expected
        except OSError:
            whole = False
        if not whole:
            raise EmbedderFailed(
                f"The prepared embedding model in {prepared.folder} is damaged ({name}); "
                "delete that folder and try again."
            )


def checksum(path: Path) -> tuple[int, int]:
    """(bytes, CRC-32) of a file."""
    content = path.read_bytes()
    return len(content), zlib.crc32(content)


def write_manifest(folder: Path, manifest: Manifest) -> PreparedModel:
    (folder / MANIFEST_FILE).write_text(json.dumps(asdict(manifest), indent=1))
    return PreparedModel(folder, manifest)


def publish(cache: Path, staged: PreparedModel, wanted: Wanted) -> PreparedModel:
    """Moves a staged model to its place and points the name at it; the caller holds the lock."""
    folder = cache / staged.manifest.fingerprint
    for file in staged.folder.iterdir():
        _flush(file)
    if folder.exists():
        shutil.rmtree(folder)
    staged.folder.replace(folder)
    pointer = _pointer(cache, wanted)
    make_private_folder(pointer.parent)
    fresh = pointer.with_suffix(".new")
    named = {"model": wanted.model, "fingerprint": staged.manifest.fingerprint}
    fresh.write_text(json.dumps(named))
    fresh.replace(pointer)
    return PreparedModel(folder, staged.manifest)


def forget(cache: Path, damaged: PreparedModel, wanted: Wanted) -> None:
    """Makes the next start prepare the model afresh, unless another process has done so by
    now. The folder stays until it is replaced: a process may be running from it."""
    if find(cache, wanted) == damaged:
        _pointer(cache, wanted).unlink(missing_ok=True)


def stage(cache: Path) -> Path:
    """An empty folder beside the finished ones. Removes those that a killed process left;
    the caller holds the lock, so nobody is at work in them."""
    for left in cache.glob("partial-*"):
        shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix="partial-", dir=cache))


@contextmanager
def lock(cache: Path) -> Iterator[None]:
    """Waits until no other process prepares a model in this cache."""
    with LockFile(cache / LOCK) as file:
        file.take()
        yield


def is_locked(cache: Path) -> bool:
    """Whether another process prepares a model in this cache just now."""
    return is_held(cache / LOCK)


def _pointer(cache: Path, wanted: Wanted) -> Path:
    signature = _signature(at_home(wanted.model))
    key = json.dumps([RECIPE, wanted.model, wanted.runtime, wanted.precision, signature])
    return cache / "names" / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


def _signature(folder: Path) -> list[tuple[str, int, int]]:
    """Names, sizes and times of a model folder of the user's own, so that a change to it is
    noticed; empty for a name on a hub."""
    if not is_folder(folder):
        return []
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [
        (str(path.relative_to(folder)), path.stat().st_size, path.stat().st_mtime_ns)
        for path in files
    ]


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
