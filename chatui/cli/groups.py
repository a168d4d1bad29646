"""A group of verbs with one that runs when none is named: `chatui models` lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

HELP = ("-h", "--help")
SHARED = {"--config": 2, "--data-dir": 2, "--debug": 1}
"""How many words each option takes that every verb has."""


class GroupWithDefault(click.Group):
    def __init__(self, *args: Any, default: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        shared = _shared_words(args)
        behind = args[shared:]
        if behind and behind[0] in self.commands:
            # `chatui sessions --data-dir X list`: they are the verb's.
            args = [behind[0], *args[:shared], *behind[1:]]
        elif not args or (args[0].startswith("-") and args[0] not in HELP):
            args = [self.default, *args]
        return super().parse_args(ctx, args)


def _shared_words(args: Sequence[str]) -> int:
    """How many of the first words are options that every verb has, and their values."""
    at = 0
    while at < len(args) and (name := args[at].partition("=")[0]) in SHARED:
        at += 1 if "=" in args[at] else SHARED[name]
    return at
