"""Where chatui's own manual lies, so that the first run can ingest it."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent


def manual_folder() -> Path | None:
    """The manual inside an installed package, or the checkout's docs/; None without either."""
    for folder in (PACKAGE / "data" / "manual", PACKAGE.parent / "docs"):
        if (folder / "first-steps.md").is_file():
            return folder
    return None
