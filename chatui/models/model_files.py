"""The GGUF files on this machine, and what their models are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LOCAL = "local"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """`name` is the full name of the model, `origin` says whose file it is."""

    name: str
    path: Path
    origin: str


class ModelFiles:
    """`folder` is the models folder; `others` are folders that the user named."""

    def __init__(self, folder: Path, others: Sequence[Path] = ()) -> None:
        self._folder = folder
        self._others = tuple(others)

    def all(self) -> tuple[ModelFile, ...]:
        """All there are, those of the models folder first. Of two with one name the first
        counts. Reads folders: call it in a thread."""
        found: dict[str, ModelFile] = {}
        for file in self._seen():
            found.setdefault(file.name, file)
        return tuple(found.values())

    def find(self, name: str) -> ModelFile | None:
        """The file of a full name."""
        return next((file for file in self.all() if file.name == name), None)

    def place(self, name: str) -> Path:
        """Where the models folder would keep the file of that full name."""
        return self._folder / f"{name.removeprefix(f'{LOCAL}/')}.gguf"

    def _seen(self) -> list[ModelFile]:
        folders = [(self._folder, "the models folder")]
        folders += [(folder.expanduser(), str(folder)) for folder in self._others]
        return [
            ModelFile(f"{LOCAL}/{path.stem}", path, origin)
            for folder, origin in folders
            for path in sorted(folder.glob("*.gguf"))
        ]
