"""Files that were moved or renamed: the same content at a new path, nothing at the old one."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from chatui.retrieval.ingest.walk import FoundFile
from chatui.retrieval.library.records import FileRow
from chatui.text.safety import strip_controls


def find_moves(
    new: Sequence[FoundFile], known: Iterable[FileRow]
) -> list[tuple[FoundFile, FileRow]]:
    """Pairs of a file that is not known yet and the row of the one that it was.

    `known` are rows whose files were not found now; those that are there all the same, out
    of the folders that were looked at, have not moved. Reads the new files that are as large
    as a lost one, so it is not for the event loop.
    """
    lost: defaultdict[int, list[FileRow]] = defaultdict(list)
    if new:
        for old in known:
            if old.outcome == "read" and not os.path.lexists(old.path):
                lost[old.size].append(old)
    return [
        (file, row) for file in new if (row := _take(file, lost.get(file.size, []))) is not None
    ]


def _take(file: FoundFile, candidates: list[FileRow]) -> FileRow | None:
    """The lost file of that content, the one of the same name before others; each once."""
    if not candidates:
        return None
    try:
        with file.path.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        # It is read like any new file then, which says what is wrong with it.
        return None
    alike = [row for row in candidates if row.sha256 == sha256]
    alike.sort(key=lambda row: PurePath(row.path).name != file.path.name)
    if not alike:
        return None
    candidates.remove(alike[0])
    return alike[0]


def reads_the_same(row: FileRow, file: FoundFile) -> bool:
    """Whether the new name changes nothing of what is read: not the kind of the file, and not
    the title that it has from its name when it has no other."""
    old, new = PurePath(row.path), file.path
    if old.suffix != new.suffix:
        return False
    return old.stem == new.stem or row.title != strip_controls(old.stem)
