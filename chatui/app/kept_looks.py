"""What of the window's looks is kept for good: a small file that is read before the first frame."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from chatui.system.files import touch_private_file
from chatui.text.foreign_json import read_json

MOST_COLUMNS = 1_000


@dataclass(frozen=True, slots=True)
class KeptLooks:
    """`theme` was chosen in the window while the config said `instead_of`; a config that says
    another one since wins. The widths are in columns, 0 for the usual one. `vim` is whether
    Vim's keys are on, None where that is as the config says."""

    theme: str = ""
    instead_of: str = ""
    sources_width: int = 0
    vim: bool | None = None
    side_width: int = 0

    def theme_beside(self, config: str) -> str:
        """The theme, where the config says that one."""
        return self.theme if self.theme and self.instead_of == config else config


def read_looks(path: Path | None) -> KeptLooks:
    """What is kept in the file; nothing, where there is none or it makes no sense."""
    try:
        told = read_json(path.read_bytes()) if path is not None else None
    except (OSError, ValueError):
        told = None
    if not isinstance(told, Mapping):
        return KeptLooks()
    theme, instead_of, width, vim, side = (told.get(name) for name in KeptLooks.__slots__)
    return KeptLooks(
        theme if isinstance(theme, str) else "",
        instead_of if isinstance(instead_of, str) else "",
        _columns(width),
        vim if isinstance(vim, bool) else None,
        _columns(side),
    )


def _columns(told: object) -> int:
    return told if isinstance(told, int) and 0 < told < MOST_COLUMNS else 0


def write_looks(path: Path, looks: KeptLooks) -> None:
    """Raises OSError."""
    new = touch_private_file(path.with_name(f"{path.name}.new"))
    new.write_text(json.dumps(asdict(looks)), encoding="utf-8")
    new.replace(path)
