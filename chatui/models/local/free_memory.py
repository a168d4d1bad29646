"""How much memory a model may take on this machine now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")
UNLIMITED = 1 << 60
"""The first version writes a huge number for no limit."""


@dataclass(frozen=True, slots=True)
class FreeMemory:
    """Bytes: what is free, and what there is. `limited` when a container's limit decides."""

    free: int
    total: int
    limited: bool = False


def free_memory(cgroups: Path = CGROUPS, own: Path = OWN_CGROUP) -> FreeMemory:
    """Reads small files and asks the system; takes less than a millisecond once psutil is
    imported."""
    import psutil

    machine = psutil.virtual_memory()
    free, total, limited = machine.available, machine.total, False
    for limit, used in _limits(cgroups, own):
        total = min(total, limit)
        if limit - used < free:
            free, limited = max(0, limit - used), True
    return FreeMemory(free, total, limited)


def _limits(cgroups: Path, own: Path) -> list[tuple[int, int]]:
    """The limit of this process's group and of those around it, with the bytes used of each,
    less what of that is only cached files."""
    found = []
    for folder, limit, used in _groups(cgroups, own):
        for place in (folder, *folder.parents):
            if not place.is_relative_to(cgroups):
                break
            most, now = _number(place / limit), _number(place / used)
            if most is not None and now is not None and most < UNLIMITED:
                found.append((most, max(0, now - _cached(place / "memory.stat"))))
    return found


def _groups(cgroups: Path, own: Path) -> list[tuple[Path, str, str]]:
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        inside = path.lstrip("/")
        if not controllers:
            found.append((cgroups / inside, "memory.max", "memory.current"))
        elif "memory" in controllers.split(","):
            root = cgroups / "memory"
            # Inside a container the path is the host's, and the group is the root.
            found.append((root / inside, "memory.limit_in_bytes", "memory.usage_in_bytes"))
    return found


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def _cached(path: Path) -> int:
    """Pages of files that give way when memory is wanted."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0
    fields = dict(line.split(" ", 1) for line in lines if " " in line)
    given = fields.get("total_inactive_file", fields.get("inactive_file", "0"))
    return int(given) if given.strip().isdigit() else 0
