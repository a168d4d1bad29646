"""What every verb shares: where the files are, and the settings in force."""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from chatui.cli.output import LogLines
from chatui.config.paths import Paths, resolve
from chatui.domain.errors import ChatuiError, InnerFault
from chatui.system.fault_log import FaultLog

if TYPE_CHECKING:
    from chatui.config.schema import Config
    from chatui.config.window import WindowSettings

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of the command line. The config is read when a verb asks for it."""

    paths: Paths

    def config(self, flags: dict[str, Any] | None = None) -> Config:
        """Raises ConfigError when the file, a variable or a flag is wrong."""
        from chatui.config.load import load_config

        return load_config(self.paths.config, os.environ, flags, stamps=self.paths.cache)

    def window_settings(self) -> WindowSettings:
        """What the window needs of the config before its first frame. Raises ConfigError."""
        from chatui.config.first import window_settings

        return window_settings(self.paths.config, os.environ, stamps=self.paths.cache)

    @property
    def faults(self) -> FaultLog:
        return FaultLog(self.paths.log, self.paths.chats)

    @contextmanager
    def reporting(self, where: str) -> Iterator[None]:
        """A fault of ours is kept in the log, and comes out as an InnerFault that tells of it."""
        with self.faults.in_force():
            try:
                yield
            # click's own are no faults, nor are a reader that has seen enough and our sentences.
            except (ChatuiError, click.ClickException, click.exceptions.Exit, click.Abort):
                raise
            except BrokenPipeError:
                raise
            # The last wall before the user that knows where the log is.
            except Exception as error:
                raise InnerFault(self.faults.record(where, error)) from error


def invocation(given: dict[str, Any]) -> Invocation:
    def path(name: str) -> Path | None:
        return Path(given[name]) if given.get(name) else None

    return Invocation(resolve(path("config_path"), path("data_dir")))


def shared_options(function: Function) -> Function:
    """Adds --config, --data-dir and --debug to a verb and hands it `run: Invocation`. Given
    before the verb they count as well; behind the verb they win."""

    @functools.wraps(function)
    def wrapped(*args: Any, **given: Any) -> Any:
        ctx = click.get_current_context()
        before = ctx.find_root().obj or {}
        names = ("config_path", "data_dir", "debug")
        logging.basicConfig(handlers=[LogLines()], format="%(message)s")
        own = {name: given.pop(name) or before.get(name) for name in names}
        run = invocation(own)
        with run.reporting(ctx.command_path):
            return function(*args, run=run, **given)

    options = (
        click.option("--config", "config_path", type=click.Path(), help="Config file to use."),
        click.option("--data-dir", type=click.Path(), help="Folder for everything chatui keeps."),
        click.option("--debug", is_flag=True, help="Show tracebacks."),
    )
    for option in options:
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]
