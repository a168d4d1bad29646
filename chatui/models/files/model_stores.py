"""Where other programs on this machine keep model files. They are used in place."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatui.system.files import at_home
from chatui.text.foreign_json import read_json

DEEPEST = 6
MOST_ENTRIES = 20_000
"""Entries of folders that are looked at in one store: someone may link it to a whole disk."""
MOST_JSON_BYTES = 1 << 20
"""Of a file of another program that is read for what it says."""
SYSTEM_OLLAMA = Path("/usr/share/ollama/.ollama/models")
MODEL_LAYER = "application/vnd.ollama.image.model"
PROJECTOR_LAYER = "application/vnd.ollama.image.projector"
OLLAMA, LM_STUDIO, HUGGING_FACE, LLAMA_CPP = "Ollama", "LM Studio", "Hugging Face", "llama.cpp"
UNFINISHED = (".part", ".aria2", ".downloadInProgress", ".incomplete", ".crdownload")
"""What stands behind the name of a file that is still being fetched."""
_LLAMA_CPP_NAME = re.compile(r"^.[^_\n]*_.+?-GGUF_", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """`stem` is what the model is called there, `projector` what the store says that it sees
    with."""

    stem: str
    path: Path
    store: str
    projector: Path | None = None


@dataclass(frozen=True, slots=True)
class Store:
    """`folder` need not be there."""

    name: str
    folder: Path


def known_stores(
    environ: Mapping[str, str] = os.environ, system_ollama: Path = SYSTEM_OLLAMA
) -> tuple[Store, ...]:
    """Where the stores are by those variables. Reads LM Studio's settings."""
    home = Path(environ.get("HOME") or Path.home())
    cache = Path(environ.get("XDG_CACHE_HOME") or home / ".cache")
    found = [
        Store(OLLAMA, _given(environ, "OLLAMA_MODELS") or home / ".ollama" / "models"),
        Store(OLLAMA, system_ollama),
        *(Store(LM_STUDIO, folder) for folder in _lm_studio(home)),
        Store(HUGGING_FACE, _hugging_face(environ, cache)),
        Store(LLAMA_CPP, _given(environ, "LLAMA_CACHE") or _llama_cpp(home, cache)),
    ]
    return tuple(dict.fromkeys(found))


def files_in(store: Store) -> Iterator[StoredFile]:
    """The GGUF files of a store, in a stable order; damaged parts of it are passed over."""
    if store.name == OLLAMA:
        yield from _ollama_files(store.folder)
    elif store.name == HUGGING_FACE:
        yield from _hub_files(store.folder)
    else:
        for path in gguf_files(store.folder):
            stem = llama_cpp_name(path.stem) if store.name == LLAMA_CPP else path.stem
            yield StoredFile(stem, path, store.name)


def llama_cpp_name(stem: str) -> str:
    """What a file is called without the repository that llama.cpp puts in front."""
    return _LLAMA_CPP_NAME.sub("", stem)


def gguf_files(folder: Path, deepest: int = DEEPEST) -> list[Path]:
    """The GGUF files in a folder and those below, sorted. Links are followed, each folder is
    looked at once, hidden ones are not."""
    found: list[Path] = []
    seen: set[tuple[int, int]] = set()
    waiting = [(folder, 0)]
    left = MOST_ENTRIES
    while waiting and left > 0:
        place, depth = waiting.pop()
        try:
            status = place.stat()
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(place) as entries:
                listed = [entry for _, entry in zip(range(left), entries, strict=False)]
        except (OSError, ValueError):
            continue
        left -= len(listed)
        names = {entry.name for entry in listed}
        for entry in listed:
            if entry.name.startswith("."):
                continue
            if entry.name.lower().endswith(".gguf"):
                if not any(entry.name + ending in names for ending in UNFINISHED) and _file(entry):
                    found.append(Path(entry.path))
            elif depth < deepest and _folder(entry):
                waiting.append((Path(entry.path), depth + 1))
    return sorted(found)


def _file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def _folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _given(environ: Mapping[str, str], *names: str) -> Path | None:
    return next((at_home(environ[name]) for name in names if environ.get(name)), None)


def _lm_studio(home: Path) -> list[Path]:
    """The folder that its settings name, then those of its versions."""
    try:
        own = Path((home / ".lmstudio-home-pointer").read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        own = home / ".lmstudio"
    chosen = _read_json(own / "settings.json").get("downloadsFolder")
    named = [Path(chosen)] if isinstance(chosen, str) and chosen.startswith("/") else []
    return [*named, own / "models", home / ".cache" / "lm-studio" / "models"]


def _hugging_face(environ: Mapping[str, str], cache: Path) -> Path:
    given = _given(environ, "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")
    return given or (_given(environ, "HF_HOME") or cache / "huggingface") / "hub"


def _llama_cpp(home: Path, cache: Path) -> Path:
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "llama.cpp"
    return cache / "llama.cpp"


def _hub_files(folder: Path) -> Iterator[StoredFile]:
    """Of every repository the newest revision that has the file."""
    try:
        repositories = sorted(folder.glob("models--*"))
    except OSError:
        return
    for repository in repositories:
        had: set[str] = set()
        for snapshot in _snapshots(repository):
            for path in gguf_files(snapshot, deepest=2):
                inside = str(path.relative_to(snapshot))
                if inside not in had:
                    had.add(inside)
                    yield StoredFile(path.stem, path, HUGGING_FACE)


def _snapshots(repository: Path) -> list[Path]:
    """Its revisions: what `main` is first, then the newest."""
    try:
        main = (repository / "refs" / "main").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        main = ""
    try:
        found = list((repository / "snapshots").iterdir())
        return sorted(found, key=lambda one: (one.name != main, -one.lstat().st_mtime))
    except OSError:
        return []


def _ollama_files(folder: Path) -> Iterator[StoredFile]:
    """By the manifests, `host/namespace/model/tag`. Models that only make vectors and weights
    of other formats are not among them."""
    manifests = folder / "manifests"
    try:
        # The fourth level: one more star would be a whole disk where somebody linked one.
        found = sorted(path for path in manifests.glob("*/*/*/*") if path.is_file())
    except OSError:
        return
    for manifest in found[:MOST_ENTRIES]:
        layers = _read_json(manifest).get("layers")
        known = layers if isinstance(layers, list) else []
        blob = _blob(folder / "blobs", known, MODEL_LAYER)
        if blob is not None and blob.is_file():
            eyes = _blob(folder / "blobs", known, PROJECTOR_LAYER)
            name = f"{manifest.parent.name}-{manifest.name}"
            yield StoredFile(name, blob, OLLAMA, eyes if eyes and eyes.is_file() else None)


def _blob(blobs: Path, layers: list[Any], kind: str) -> Path | None:
    for layer in layers:
        if isinstance(layer, dict) and layer.get("mediaType") == kind:
            name = str(layer.get("digest")).replace(":", "-")
            # A manifest may say anything, `../../x` too.
            return blobs / name if re.fullmatch(r"sha256-[0-9a-f]{64}", name) else None
    return None


def _read_json(path: Path) -> dict[str, Any]:
    """The object in a file; empty when it is not there, is no such file, or too large to be
    what it should."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_JSON_BYTES:
            return {}
        found = read_json(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
