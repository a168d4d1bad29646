"""`chatui completion`: the script that has a shell complete commands, options and names."""

from __future__ import annotations

import click

SHELLS = ("bash", "fish", "zsh")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, /, shell: str) -> None:
    """Print SHELL's completion script; its start-up file evaluates it."""
    from click.shell_completion import ShellComplete, get_completion_class

    from chatui.cli.output import print_text

    made = get_completion_class(shell)
    assert made is not None
    script = made(ctx.find_root().command, {}, "chatui", "_CHATUI_COMPLETE")
    # Bash's own `source` starts a shell to learn its version, which whoever asks can't mend.
    print_text(ShellComplete.source(script))
