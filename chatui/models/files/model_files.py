"""The GGUF files on this machine, and what their models are called."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from chatui.domain.errors import BadModelFile
from chatui.models.files.gguf_header import PART, is_chat_model, parts_of
from chatui.models.files.model_stores import Store, StoredFile, files_in, gguf_files
from chatui.system.files import at_home
from chatui.text.figures import size_text

LOCAL = "local"
LOOK_AGAIN_SECONDS = 5.0
"""What other programs keep is looked for again after so long. The user's own folders are looked
at each time."""
_LATER_PART = re.compile(r"-(?!00001)\d{5}-of-\d{5}$")
_FIRST_PART = re.compile(r"-00001-of-\d{5}$")
_PROJECTOR = re.compile(r"(?i)(^|[-_.])mmproj([-_.]|$)")
_NO_MODEL = re.compile(r"(?i)^ggml-vocab-|^imatrix")
"""Files that go with a model, by what they are called everywhere."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """`name` is the full name of the model, `origin` says whose file it is; `own` are those of
    the models folder and of the folders that the user named. Of a split model `path` is the
    first part and `size` that of all, in bytes. `projector` is what a store says that it sees with:
    elsewhere it lies beside the model."""

    name: str
    path: Path
    origin: str
    size: int = 0
    own: bool = True
    projector: Path | None = None

    @property
    def description(self) -> str:
        return f"{size_text(self.size)} · {self.origin}"


class ModelFiles:
    """`folder` is the models folder, `others` are folders that the user named, `stores` those
    of other programs.

    A model is called by its file. Where several files are called the same, the first keeps the
    name and the others get their origin behind it, as `local/qwen3-8b@lm-studio`; copies of
    one file are one model.
    """

    def __init__(
        self, folder: Path, others: Sequence[Path] = (), stores: Sequence[Store] = ()
    ) -> None:
        self._folder = folder
        self._others = tuple(others)
        self._stores = stores
        self._stored: tuple[float, tuple[StoredFile, ...]] | None = None
        self._looking = Lock()

    def all(self) -> tuple[ModelFile, ...]:
        """All that can chat, those of the models folder first. Reads folders, and the beginnings
        of files that are new: call it in a thread."""
        found: dict[str, ModelFile] = {}
        seen: set[tuple[int, int]] = set()
        copies: set[tuple[str, int]] = set()
        for file, of_store in self._candidates():
            stem = _FIRST_PART.sub("", file.stem)
            try:
                status = file.path.stat()
            except (OSError, ValueError):
                continue
            same = (status.st_dev, status.st_ino)
            copy = (stem.casefold(), status.st_size)
            if same in seen or (of_store and copy in copies):
                continue
            if is_chat_model(file.path, if_unreadable=not of_store):
                seen.add(same)
                copies.add(copy)
                name = unused(f"{LOCAL}/{stem}", file.store, found)
                found[name.casefold()] = ModelFile(
                    name,
                    file.path,
                    file.store,
                    _size(file.path, status.st_size),
                    not of_store,
                    file.projector,
                )
        return tuple(found.values())

    def find(self, name: str) -> ModelFile | None:
        """The file of a full name."""
        return next((file for file in self.all() if file.name == name), None)

    def place(self, name: str) -> Path:
        """Where the models folder would keep the file of that full name."""
        return self._folder / f"{name.removeprefix(f'{LOCAL}/')}.gguf"

    def _candidates(self) -> Iterator[tuple[StoredFile, bool]]:
        own = [StoredFile(path.stem, path, "the models folder") for path in self._in(self._folder)]
        for folder in self._others:
            own += [StoredFile(path.stem, path, str(folder)) for path in self._in(at_home(folder))]
        yield from ((file, False) for file in own if _may_chat(file.path.stem))
        yield from ((file, True) for file in self._of_stores() if _may_chat(file.path.stem))

    @staticmethod
    def _in(folder: Path) -> list[Path]:
        return gguf_files(folder, deepest=0)

    def _of_stores(self) -> tuple[StoredFile, ...]:
        with self._looking:
            now = time.monotonic()
            if self._stored is None or now - self._stored[0] > LOOK_AGAIN_SECONDS:
                found = tuple(file for store in self._stores for file in files_in(store))
                self._stored = (now, found)
            return self._stored[1]


def is_projector(path: Path) -> bool:
    """By its name, as it is everywhere."""
    return _PROJECTOR.search(path.stem) is not None


def unused(name: str, origin: str, taken: dict[str, ModelFile]) -> str:
    """The name, or with the origin where another has it, or with a number too."""
    if name.casefold() not in taken:
        return name
    told = re.sub(r"[^a-z0-9.]+", "-", origin.rsplit("/", 1)[-1].casefold()).strip("-")
    number = 1
    while True:
        tried = f"{name}@{told}" + (f"-{number}" if number > 1 else "")
        if tried.casefold() not in taken:
            return tried
        number += 1


def _size(path: Path, first: int) -> int:
    if not PART.search(path.name):
        return first
    try:
        return sum(part.stat().st_size for part in parts_of(path))
    except (BadModelFile, OSError):
        return first


def _may_chat(stem: str) -> bool:
    no_model = _NO_MODEL.search(stem) or _PROJECTOR.search(stem)
    return not _LATER_PART.search(stem) and not no_model
