"""The root of the command line: verbs are imported when they are called."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

import click

from chatui import __version__
from chatui.cli.interrupt import EXIT_INTERRUPTED
from chatui.cli.names import collections, completing, conversations, models, profiles
from chatui.cli.sampling import SAMPLING, VARIABLES
from chatui.cli.verbs import VERBS
from chatui.domain.errors import ChatuiError, OutputFailed


class LazyGroup(click.Group):
    """Finds a verb's module by name, so that `chatui --version` imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = VERBS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        import difflib

        name = args[0] if args else ""
        if name and name not in VERBS and not name.startswith("-"):
            near = difflib.get_close_matches(name, VERBS, n=1)
            hint = f"did you mean {near[0]}?" if near else "see chatui -h for the commands."
            raise click.UsageError(f"there is no command {name}; {hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="chatui", message="%(prog)s %(version)s")
@click.option(
    "-m",
    "--model",
    shell_complete=completing(models),
    help="Model to chat with: provider/model, a bare name, or auto.",
)
@click.option("-p", "--profile", shell_complete=completing(profiles), help="Profile to start with.")
@VARIABLES
@click.option("-c", "--continue", "continue_last", is_flag=True, help="Continue the last chat.")
@click.option(
    "--cid",
    shell_complete=completing(conversations),
    help="Continue the conversation with this id.",
)
@click.option(
    "--collection",
    shell_complete=completing(collections),
    help="Collection of documents to look into.",
)
@SAMPLING
@click.option("--plain", is_flag=True, help="Chat in lines, without a window.")
@click.option("--config", "config_path", type=click.Path(), help="Config file to use.")
@click.option("--data-dir", type=click.Path(), help="Folder for everything chatui keeps.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_context
def root(ctx: click.Context, /, **given: Any) -> int | None:
    """Chat in the terminal with local and hosted models, grounded in your documents.

    Without a command it opens the chat.
    """
    ctx.obj = given
    if ctx.invoked_subcommand is None:
        from chatui.cli.chat import open_chat

        return open_chat(given)
    return None


def run(arguments: Sequence[str]) -> int:
    """Runs one command line and returns its exit code; errors become one sentence."""
    with leaving_as_by_ctrl_c() as signals:
        code = run_verb(arguments)
    return 128 + signals[0] if signals else code


@contextmanager
def leaving_as_by_ctrl_c() -> Iterator[list[int]]:
    """A closed terminal and a request to end leave a verb as Ctrl+C does, so that a reply under way
    is settled; which of them came. One that is ignored, as under nohup, stays so."""
    came: list[int] = []

    def leave(number: int, _: FrameType | None) -> None:
        came.append(number)
        signal.raise_signal(signal.SIGINT)

    mine = threading.current_thread() is threading.main_thread()
    taken = [
        number
        for number in (signal.SIGTERM, signal.SIGHUP)
        if mine and signal.getsignal(number) is signal.SIG_DFL
    ]
    for number in taken:
        signal.signal(number, leave)
    try:
        yield came
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def run_verb(arguments: Sequence[str]) -> int:
    if "_CHATUI_COMPLETE" in os.environ:
        from chatui.cli.completion_scripts import register

        register()
    try:
        code = root.main(list(arguments), prog_name="chatui", standalone_mode=False)
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        give_up_stdout()
        return 1
    # The last wall before the user: a fault of ours must be a sentence too.
    except (Exception, KeyboardInterrupt) as error:
        from chatui.cli.output import complain, print_traceback

        code, sentence = verdict(error)
        if isinstance(error, OutputFailed):
            give_up_stdout()
        if "--debug" in arguments and not isinstance(error, click.ClickException):
            print_traceback(error)
        elif sentence:
            complain(sentence)
        return code
    # click hands back the code of ctx.exit(), and a verb's own result, which is None.
    return code if isinstance(code, int) else 0


def give_up_stdout() -> None:
    """Python would try to write what is left at exit, and complain of it again."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def verdict(error: BaseException) -> tuple[int, str]:
    """The exit code and the sentence for whatever ended a command."""
    match error:
        case click.Abort() | KeyboardInterrupt():
            return EXIT_INTERRUPTED, ""
        case click.ClickException():
            return error.exit_code, error.format_message()
        case ChatuiError():
            return error.exit_code, str(error)
    return 1, (
        f"Something went wrong inside chatui ({type(error).__name__}); "
        "run the command again with --debug to see where."
    )
