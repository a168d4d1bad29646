"""What is known of the model behind an endpoint: kept in a file, because asking costs.

An endpoint tells no version of its weights. So the vector of a fixed text is kept, and a
process compares it with the one that it gets: another model under the same name shows.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from chatui.retrieval.embedding.similarity import cosine
from chatui.system.files import make_private_folder

PROBE = "The quick brown fox jumps over the lazy dog while 7 zebras watch."
ALIKE = 0.99
"""Cosine of two answers of one model for one text: endpoints that share their machines among
many callers repeat a vector to about 0.9999, and another model is far below."""


@dataclass(frozen=True, slots=True)
class Identity:
    """`change` tells models apart that an endpoint has served under one name one after the
    other: "" for the first that this machine has seen."""

    key: str
    dimensions: int
    probe: str
    change: str = ""

    @property
    def fingerprint(self) -> str:
        parts = ["endpoint", self.key, str(self.dimensions), self.change]
        return "-".join(part for part in parts if part)

    def is_of(self, probe: bytes) -> bool:
        """Whether the vector for PROBE comes from this model."""
        known = base64.b64decode(self.probe)
        return len(known) == len(probe) and cosine(known, probe) >= ALIKE


def key_of(*parts: str) -> str:
    """16 hex digits over the address, the model's name and the prompts. The same on every
    machine, so that libraries with one set-up have vectors that compare."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def settled(known: Identity | None, key: str, probe: bytes) -> Identity:
    """The identity, given the vector for PROBE that has just come."""
    if known is not None and known.is_of(probe):
        return known
    change = hashlib.sha256(probe).hexdigest()[:8] if known is not None else ""
    return Identity(key, len(probe) // 4, base64.b64encode(probe).decode(), change)


def load(folder: Path, key: str) -> Identity | None:
    try:
        found = Identity(**json.loads(_file(folder, key).read_text()))
        base64.b64decode(found.probe, validate=True)
    except (OSError, ValueError, TypeError):
        return None
    return found


def save(folder: Path, identity: Identity) -> None:
    """All or nothing: another process may be reading it."""
    target = _file(folder, identity.key)
    make_private_folder(target.parent)
    handle, name = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "w") as file:
        json.dump(asdict(identity), file)
    Path(name).replace(target)


def _file(folder: Path, key: str) -> Path:
    return folder / "endpoints" / f"{key}.json"
