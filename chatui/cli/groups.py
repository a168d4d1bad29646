"""A group of verbs with one that runs when none is named: `chatui models` lists."""

from __future__ import annotations

from typing import Any

import click

HELP = ("-h", "--help")


class GroupWithDefault(click.Group):
    def __init__(self, *args: Any, default: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in HELP):
            args = [self.default, *args]
        return super().parse_args(ctx, args)
