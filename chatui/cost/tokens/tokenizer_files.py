"""Where a model's own tokenizer is on this machine. Nothing is fetched."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from chatui.system.files import at_home, is_file, is_folder
from chatui.text.foreign_json import read_json

OLLAMA = "ollama"
LONGEST_MANIFEST = 1 << 20
SYSTEM_OLLAMA = Path("/usr/share/ollama/.ollama/models")
MODEL_LAYER = "application/vnd.ollama.image.model"


@dataclass(frozen=True, slots=True)
class TokenizerFile:
    """A GGUF file or a tokenizer.json, and what it is called where counts are shown."""

    path: Path
    label: str


@dataclass(frozen=True, slots=True)
class TokenizerFiles:
    """`configured` names files by model, or by a pattern such as `mine/*`; the first that fits
    is taken. `models` is the folder with the user's model files; `run_here` looks up the file
    of a model that runs from one on this machine, by its full name."""

    models: Path
    configured: Mapping[str, str] = field(default_factory=dict)
    run_here: Callable[[str], Path | None] = lambda model: None

    def chosen(self, model: str) -> TokenizerFile | None:
        """The file that the user named for it."""
        for pattern, given in self.configured.items():
            if model == pattern or fnmatchcase(model, pattern):
                path = at_home(given)
                return named(path / "tokenizer.json" if is_folder(path) else path)
        return None

    def found(self, model: str) -> TokenizerFile | None:
        """One that lies where the model itself is kept."""
        if own := self.run_here(model):
            # Ollama's files are called by their hash.
            return named(own) if own.suffix.lower() == ".gguf" else TokenizerFile(own, model)
        provider, _, name = model.partition("/")
        if provider == OLLAMA and (blob := ollama_blob(name)):
            return TokenizerFile(blob, f"{name} of Ollama")
        return next((named(path) for path in self._places(name or provider) if is_file(path)), None)

    def _places(self, name: str) -> Iterator[Path]:
        # A server on this machine may call its model by the path of the file.
        if name.startswith("/") and name.endswith(".gguf"):
            yield Path(name)
        bare = name.rsplit("/", 1)[-1].removesuffix(".gguf")
        if bare in ("", ".", ".."):
            return
        yield self.models / f"{bare}.gguf"
        yield self.models / f"{bare}.tokenizer.json"
        yield self.models / bare / "tokenizer.json"


def named(path: Path) -> TokenizerFile:
    # Most are called tokenizer.json: the folder tells them apart.
    label = path.name if path.suffix == ".gguf" else f"{path.parent.name}/{path.name}"
    return TokenizerFile(path, label)


def ollama_blob(name: str, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The GGUF file behind a model of Ollama, as `llama3.2`, `me/tuned:v2` or
    `hf.co/org/model:tag`; None when its store isn't here."""
    name, _, tag = name.partition(":")
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    if not parts or "/" in tag:
        return None
    full = [*["registry.ollama.ai", "library"][: max(0, 3 - len(parts))], *parts]
    given = environ.get("OLLAMA_MODELS", "")
    own = Path(given) if given else Path(environ.get("HOME") or "/") / ".ollama" / "models"
    for store in (own, SYSTEM_OLLAMA):
        try:
            place = (store / "manifests").joinpath(*full, tag or "latest")
            with place.open("rb") as file:
                manifest = read_json(file.read(LONGEST_MANIFEST))
            layers = [
                one["digest"] for one in manifest["layers"] if one["mediaType"] == MODEL_LAYER
            ]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        blob = store / "blobs" / str(layers[0]).replace(":", "-") if layers else None
        if blob is not None and blob.parent == store / "blobs" and blob.is_file():
            return blob
    return None
