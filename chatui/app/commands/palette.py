"""The slash commands and the keys' actions in Textual's command palette."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from chatui.app.commands.registry import COMMANDS, run
from chatui.app.window import COMMAND
from chatui.widgets.drawn import border_text

if TYPE_CHECKING:
    from chatui.app.window import Window

NEEDS_ARGUMENT = frozenset({"rename", "ingest", "import"})


class CommandProvider(Provider):
    @property
    def _window(self) -> Window:
        return cast("Window", self.app)

    def _choose(self, name: str) -> None:
        if name in NEEDS_ARGUMENT:
            self._window.view.composer.fill(f"/{name} ")
            self._window.view.composer.focus()
        else:
            self._window.begin(COMMAND, run, self._window, name, "")

    async def discover(self) -> Hits:
        for command in COMMANDS.values():
            yield DiscoveryHit(
                command.summary,
                partial(self._choose, command.name),
                text=command.summary,
                help=border_text(f"/{command.name} {command.usage}"),
            )

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in COMMANDS.values():
            text = f"{command.summary} /{command.name}"
            score = matcher.match(text)
            if score > 0:
                yield Hit(
                    score,
                    matcher.highlight(text),
                    partial(self._choose, command.name),
                    text=text,
                    help=border_text(f"/{command.name} {command.usage}"),
                )
