"""`chatui completion`: the script that has a shell complete commands, options and names."""

from __future__ import annotations

import click

from chatui.cli.invocation import Invocation, shared_options

COMPLETE = "_CHATUI_COMPLETE"
"""The variable in which a shell's script says what it wants."""
SHELLS = ("bash", "fish", "zsh")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
@shared_options
def completion(ctx: click.Context, /, shell: str, run: Invocation) -> None:
    """Print SHELL's completion script; its start-up file evaluates it."""
    from click.shell_completion import get_completion_class

    from chatui.cli.completion_scripts import register
    from chatui.cli.output import print_text

    register()
    made = get_completion_class(shell)
    assert made is not None
    print_text(made(ctx.find_root().command, {}, "chatui", COMPLETE).source())
