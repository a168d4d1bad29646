"""The settings that the first frame waits for, without those that it does not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from chatui.config.reading import written
from chatui.config.window import Keys, Ui, WindowSettings

Section = TypeVar("Section", Ui, Keys)


def window_settings(
    path: Path, environ: Mapping[str, str], stamps: Path | None = None
) -> WindowSettings:
    """`stamps` as in `config.load`: what was not found good before is read as a whole, and checked.
    Raises ConfigError."""
    told = written(path, environ)
    if not told.data:
        return WindowSettings()
    stamp = told.stamp(stamps)
    if stamp is None or not stamp.exists():
        from chatui.config.load import load_config

        config = load_config(path, environ, stamps=stamps)
        return WindowSettings(ui=config.ui, keys=config.keys, profile=config.chat.profile)
    return WindowSettings(
        ui=section(Ui, told.data.get("ui", {})),
        keys=section(Keys, told.data.get("keys", {})),
        profile=told.data.get("chat", {}).get("profile", ""),
    )


def section(kind: type[Section], table: Mapping[str, Any]) -> Section:
    """From checked data; a whole number is one with a fraction where the default is."""
    usual = kind()
    values: dict[str, Any] = {
        name: float(value) if isinstance(getattr(usual, name), float) else value
        for name, value in table.items()
    }
    return kind(**values)
