"""Where chatui keeps its files: the XDG folders, or one folder for all of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chatui.domain.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Paths:
    """Absolute paths. Nothing is created until `make` is called for a folder."""

    config: Path
    data: Path
    state: Path
    cache: Path

    @property
    def profiles(self) -> Path:
        return self.config.parent / "profiles"

    @property
    def templates(self) -> Path:
        return self.config.parent / "templates"

    @property
    def chains(self) -> Path:
        return self.config.parent / "chains"

    @property
    def runs(self) -> Path:
        return self.data / "runs"

    @property
    def chats(self) -> Path:
        return self.data / "chats.db"

    @property
    def library(self) -> Path:
        return self.data / "library.db"

    @property
    def vectors(self) -> Path:
        return self.data / "vectors"

    @property
    def models(self) -> Path:
        return self.data / "models"

    @property
    def log(self) -> Path:
        return self.state / "chatui.log"

    @property
    def requests(self) -> Path:
        return self.state / "requests.jsonl"

    @property
    def looks(self) -> Path:
        """What was chosen of the window's looks."""
        return self.state / "window.json"

    @property
    def prices(self) -> Path:
        return self.cache / "prices.json"

    @property
    def embedders(self) -> Path:
        return self.cache / "embedders"


def resolve(
    config: Path | None = None,
    data_dir: Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Paths:
    """The paths in force: flag over `CHATUI_CONFIG`/`CHATUI_DATA_DIR` over XDG over `~`.

    With a data folder given, state and cache live inside it. Raises ConfigError.
    """
    home = Path(environ.get("HOME") or Path.home())

    def xdg(variable: str, default: str) -> Path:
        value = environ.get(variable, "")
        # The XDG specification: a relative path in these variables is to be ignored.
        base = Path(value) if Path(value).is_absolute() else home / default
        return base / "chatui"

    given = data_dir or environ.get("CHATUI_DATA_DIR") or None
    data = _named(given) if given else xdg("XDG_DATA_HOME", ".local/share")
    chosen = config or environ.get("CHATUI_CONFIG") or None
    return Paths(
        config=_named(chosen) if chosen else xdg("XDG_CONFIG_HOME", ".config") / "config.toml",
        data=data,
        state=data / "state" if given else xdg("XDG_STATE_HOME", ".local/state"),
        cache=data / "cache" if given else xdg("XDG_CACHE_HOME", ".cache"),
    )


def _named(path: str | Path) -> Path:
    """Raises ConfigError for `~NAME` without such a user: nothing is made under that name."""
    try:
        return Path(path).expanduser().absolute()
    except RuntimeError as error:
        raise ConfigError(f"{path}: there is no user of that name; give the whole path.") from error
