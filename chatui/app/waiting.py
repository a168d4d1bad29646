"""Questions that were sent while a reply came: they wait, with their price, until it has ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from chatui.domain.conversation import TurnState
from chatui.domain.usage import total_cost
from chatui.text.figures import moneys

if TYPE_CHECKING:
    from chatui.app.shell import Shell

PRICING = "waiting"


class WaitingQuestions:
    """`ask` asks a question behind the turn of a key, `changed` hears that others wait now."""

    def __init__(
        self, shell: Shell, ask: Callable[[str, str | None], None], changed: Callable[[], None]
    ) -> None:
        self._shell, self._view, self._session = shell, shell.view, shell.session
        self._ask = ask
        self._changed = changed
        self.texts: list[str] = []
        """The one that is asked next comes first."""

    def add(self, question: str) -> None:
        """Asks the question when the reply has ended."""
        self.texts.append(question)
        self._show()

    def edit_newest(self) -> None:
        """Takes the newest one back into the composer."""
        if self.texts:
            self._view.composer.fill(self.texts.pop())
            self._show()

    def drop_newest(self) -> None:
        """Takes the newest one off; the composer's history has it."""
        if self.texts:
            self.texts.pop()
            self._show()
            self._shell.say("Not asked: ↑ brings it back.")

    def clear(self) -> None:
        self.texts.clear()
        self._show()

    def _show(self) -> None:
        self._view.composer.waits = bool(self.texts)
        self._view.waiting.show(self.texts)
        self._changed()
        if self.texts:
            self._shell.begin(PRICING, self._price)

    async def _price(self) -> None:
        quotes = [(await self._session.reading(each)).quote for each in tuple(self.texts)]
        costs = [replace(quote.cost, estimated=False) for quote in quotes if quote is not None]
        if costs and all(cost.amount is not None for cost in costs):
            self._view.waiting.show(self.texts, moneys(total_cost(costs)))

    def ask_next(self, ended_well: bool) -> None:
        """Asks what waited, or gives it back where the reply was stopped or failed: what follows
        on that is for the user to say."""
        if not self.texts or self._shell.is_replying:
            return
        newest = self._session.path.turns[-1:]
        if ended_well and newest and newest[0][1].state is TurnState.COMPLETE:
            question = self.texts.pop(0)
            self._ask(question, self._session.path.head)
        else:
            composer, told = self._view.composer, "\n\n".join(self.texts)
            self.texts.clear()
            composer.fill(f"{told}\n\n{composer.draft}" if composer.text.strip() else told)
            self._shell.say("What waited is in the composer: Enter asks it.")
        self._show()
