"""Names of files for completion behind `@`: one folder's, or anything below the current one."""

from __future__ import annotations

import os
from pathlib import Path

from chatui.system.files import at_home, is_there
from chatui.text.matching import matching

SKIPPED = frozenset({"node_modules", "__pycache__", "venv", "build", "dist", "target"})
WALKED = 5_000
"""Names looked at below the current folder: completion must answer while the user types."""


def file_names(typed: str, folder: Path, limit: int = 50, deep: bool = True) -> list[str]:
    """Paths that complete what was typed, folders with a slash behind; `deep` looks for a bare name
    in the folders below, too. Blocks; for a thread."""
    head, slash, tail = typed.rpartition("/")
    if slash:
        names = listed(folder / at_home(head + "/"), tail.startswith("."))
        return [f"{head}/{name}" for name in matching(tail, names, limit=limit)]
    nearby = listed(folder, typed.startswith("."))
    if not typed:
        return nearby[:limit]
    return list(
        dict.fromkeys(matching(typed, [*nearby, *(below(folder) if deep else ())], limit=limit))
    )


def paths_to_read(typed: str, folder: Path, limit: int = 50) -> list[str]:
    """What completes a path that is to be read as a whole: first what was typed, where it is there,
    for a folder is taken as it is. Blocks; for a thread."""
    names = file_names(typed, folder, limit, deep=False)
    if typed and is_there(folder / at_home(typed)):
        same = typed.rstrip("/")
        names = [typed, *(name for name in names if name.rstrip("/") != same)]
    return names


def listed(folder: Path, hidden: bool) -> list[str]:
    """The folder's entries, files behind folders; none when it can't be read."""
    try:
        with os.scandir(folder) as entries:
            found = [(not e.is_dir(), e.name + ("/" if e.is_dir() else "")) for e in entries]
    except OSError:
        return []
    return [name for _, name in sorted(found) if hidden or not name.startswith(".")]


def below(folder: Path) -> list[str]:
    """Files under the folder, nearest first as far as they were walked, nothing hidden."""
    found: list[str] = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in SKIPPED and not f.startswith("."))
        relative = Path(place).relative_to(folder)
        found += [str(relative / name) for name in sorted(files) if not name.startswith(".")]
        if len(found) >= WALKED:
            break
    return sorted(found[:WALKED], key=lambda name: (name.count("/"), name))
