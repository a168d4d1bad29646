"""Which collections a process that was killed has left half written.

Chroma writes its graph over the one before. Who is killed meanwhile leaves a mixture of both, which
may end whoever opens it (signal 11). So a file beside the index marks a collection while it is
being written. Writers are alone under the lock: whoever has the lock and finds a mark knows that
its writer did not come to an end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatui.system.files import touch_private_file


def chroma_name(collection: str) -> str:
    """A name that Chroma accepts for any text: 3 to 512 letters and digits."""
    return "c" + hashlib.sha256(collection.encode("utf-8", "surrogatepass")).hexdigest()[:40]


class WriteMark:
    """The mark of one collection. Raises OSError."""

    def __init__(self, folder: Path, collection: str) -> None:
        self._file = folder / f"{chroma_name(collection)}.writing"

    @property
    def is_set(self) -> bool:
        return self._file.exists()

    @contextmanager
    def during(self) -> Iterator[None]:
        """Stays where the write fails as well: that is as bad as a kill."""
        touch_private_file(self._file)
        yield
        self.remove()

    def remove(self) -> None:
        self._file.unlink(missing_ok=True)
