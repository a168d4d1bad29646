"""Copies of stored pictures and PDFs for other programs, which open files only."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatui.domain.media import Medium

ENDINGS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "application/pdf": ".pdf",
}


class ShownCopies:
    """In a folder for this user alone, which goes when the window closes, or with its process. All
    methods block."""

    def __init__(self) -> None:
        self._folder: TemporaryDirectory[str] | None = None

    def of(self, medium: Medium, data: bytes) -> Path:
        """The copy of a medium, which is written once."""
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="chatui-", ignore_cleanup_errors=True)
        path = Path(self._folder.name) / f"{medium.hash[:16]}{ENDINGS[medium.mime]}"
        if not path.exists():
            with os.fdopen(
                os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as file:
                file.write(data)
        return path

    def close(self) -> None:
        """Deletes them: a viewer has read its file by then."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
