"""Names, vectors and settings as a Chroma server takes them: pure."""

from __future__ import annotations

import base64
import hashlib
import struct
from typing import Any

# As in the embedded index, but with more links, so that no vector is out of reach: see there. A
# server is not killed at each turn, as a process of ours may be.
HNSW = {
    "space": "cosine",
    "ef_construction": 200,
    "ef_search": 400,
    "max_neighbors": 64,
    "sync_threshold": 500,
}


def prefix_of(library: str) -> str:
    """What the names of all collections of one library begin with."""
    return f"chatui-{library}-"


def namespaced(library: str, collection: str) -> str:
    """The name of a library's collection on a server: letters, digits and `-` for any text."""
    digest = hashlib.sha256(collection.encode("utf-8", "surrogatepass")).hexdigest()
    return prefix_of(library) + digest[:32]


def space_of(collection: Any) -> str:
    """How a collection compares vectors, by the server's description of it. Chroma Cloud has
    another kind of index, and says the same of it."""
    settings = collection.get("configuration_json") or {}
    kinds = [settings.get("hnsw"), settings.get("spann"), settings.get("knn")]
    return str(next((kind["space"] for kind in kinds if kind and "space" in kind), ""))


def base64_vector(vector: bytes) -> str:
    return base64.b64encode(vector).decode()


def numbers(vector: bytes) -> list[float]:
    """A vector's numbers, from little-endian float32."""
    return list(struct.unpack(f"<{len(vector) // 4}f", vector))
