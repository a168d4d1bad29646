"""What the user wrote: the config file and the environment, as nested tables, before any of it is
checked. Environment goes before file.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatui import __version__
from chatui.domain.errors import ConfigError

ENVIRONMENT_PREFIX = "CHATUI_"
NOT_SETTINGS = {"CHATUI_CONFIG", "CHATUI_DATA_DIR"}


@dataclass(frozen=True, slots=True)
class WrittenSettings:
    """`data` is nested as the file is, `from_variables` what of it came from the environment."""

    data: Mapping[str, Any]
    from_variables: Mapping[str, Any]

    def stamp(self, stamps: Path | None) -> Path | None:
        """The file in the folder `stamps` that says that these settings were found good before."""
        return stamps / f"config-{digest(self.data)}" if stamps else None


def written(
    path: Path, environ: Mapping[str, str], flags: Mapping[str, Any] | None = None
) -> WrittenSettings:
    """What the file, the environment and the flags say together. Raises ConfigError."""
    from_variables = from_environment(environ)
    data = merge(parse(read_text(path), path), from_variables)
    return WrittenSettings(merge(data, flags or {}), from_variables)


def read_text(path: Path) -> str:
    try:
        # A pipe or a device might never end.
        if path.exists() and not path.is_file():
            raise ConfigError(f"{path} cannot be read (it is not a file); mend or remove it.")
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigError(f"{path} cannot be read ({reason}); mend or remove it.") from error


def parse(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}; mend that line.") from error


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """`CHATUI_SECTION__KEY=value` as nested settings. A value is read as TOML where it is
    TOML (numbers, true, lists) and as plain text otherwise."""
    settings: dict[str, Any] = {}
    for name in sorted(environ):
        if not name.startswith(ENVIRONMENT_PREFIX) or name in NOT_SETTINGS or "__" not in name:
            continue
        keys = name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__")
        value: Any = scalar(environ[name])
        for key in reversed(keys):
            value = {key: value}
        settings = merge(settings, value)
    return settings


def scalar(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` wins key by key; tables are merged, lists replaced."""
    merged = dict(base)
    for key, value in over.items():
        before = merged.get(key)
        both = isinstance(before, Mapping) and isinstance(value, Mapping)
        merged[key] = merge(before, value) if both else value  # type: ignore[arg-type]
    return merged


def digest(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(f"{__version__}\0{data!r}".encode(errors="replace")).hexdigest()[:32]


def remember(stamp: Path) -> None:
    try:
        stamp.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        stamp.touch(mode=0o600)
    except OSError:
        pass  # A cache that cannot be written only costs the next start a check.
