"""A budget for calls of several processes: what a call may cost counts as spent while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatui.cost.budget import Limit, for_whole_turn
from chatui.domain.errors import BudgetExceeded, StoreError
from chatui.domain.usage import Cost

if TYPE_CHECKING:
    from chatui.memory.store.promises import Promised
    from chatui.memory.store.store import ChatStore

STILL_RUNNING = "What the calls that are still running may cost at most counts as spent."
READ_AGAIN_SECONDS = 2.0
"""How long a running reply goes by the same limits."""
Bounding = Callable[[Sequence[Limit]], Cost]
"""The most that a call costs within the limits. Raises BudgetExceeded where it may not be made."""


@dataclass(frozen=True, slots=True)
class CallOf:
    """Whose call it is. `together`: it was bounded beside the other calls of this process, which
    are not counted once more."""

    conversation_id: str
    turn_id: str
    together: bool = False


class Share:
    """What one call has of the budget."""

    def __init__(self, store: ChatStore, call: CallOf, limits: Sequence[Limit]) -> None:
        self._store = store
        self._call = call
        self._whole = limits
        self._seen: dict[int, Promised] = {}
        self.limits = limits
        """With what calls before this one are promised counted as spent."""

    async def read_again(self, before: Promised | None = None) -> Sequence[Limit]:
        """The limits with what all other calls were promised since this one began, those that have
        ended meanwhile too; only those `before` a promise where that is given."""
        if self._whole:
            found = await self._store.promises.others(self._call.turn_id, before)
            self._seen |= {
                one.number: one for one in found if not (self._call.together and one.own)
            }
        seen = tuple(self._seen.values())
        self.limits = with_promised(self._whole, seen, self._call.conversation_id)
        return self.limits

    @property
    def alone(self) -> bool:
        return not self._seen


class BudgetWatch:
    """The limits that a running turn is held to: read again now and then, because other processes
    spend of the same budget. `aside` is what the turn has cost before its call."""

    def __init__(self, share: Share, aside: Sequence[Cost]) -> None:
        self._share = share
        self._aside = aside
        self._read = asyncio.get_running_loop().time()

    async def limits(self) -> Sequence[Limit]:
        now = asyncio.get_running_loop().time()
        if now - self._read >= READ_AGAIN_SECONDS:
            self._read = now
            # A store that can't be read at the moment leaves what is known.
            with suppress(StoreError):
                await self._share.read_again()
        return for_whole_turn(self._share.limits, self._aside)


class PromisedBudget:
    """Promises calls their part of the budget, one after the other."""

    def __init__(self, store: ChatStore) -> None:
        self._store = store

    @asynccontextmanager
    async def promised(
        self, call: CallOf, limits: Sequence[Limit], bounding: Bounding
    ) -> AsyncIterator[Share]:
        """The call's share of the limits; while it is entered, later calls count what this one may
        cost as spent. `bounding` may load the price list: it runs in a thread. Raises
        BudgetExceeded."""
        share = Share(self._store, call, limits)
        asked = await asyncio.to_thread(bounding, limits) if limits else None
        if asked is None or not asked.amount:
            # It costs nothing, and nobody has to mind it.
            yield share
            return
        promises = self._store.promises
        making = asyncio.create_task(promises.make(call.conversation_id, call.turn_id, asked))
        try:
            own = await asyncio.shield(making)
        except asyncio.CancelledError:
            # It is written all the same, and would count as spent as long as chatui runs.
            with suppress(StoreError):
                await promises.end(await making)
            raise
        except StoreError:
            # What can't be written is told of where it is lost; the call is bounded all the same.
            yield share
            return
        try:
            left = await share.read_again(own)
            if not share.alone:
                try:
                    fits = await asyncio.to_thread(bounding, left)
                except BudgetExceeded as error:
                    raise BudgetExceeded(f"{error} {STILL_RUNNING}") from error
                await promises.lower(own, fits)
            yield share
        finally:
            with suppress(StoreError):
                await asyncio.shield(promises.end(own))


def with_promised(
    limits: Sequence[Limit], promised: Sequence[Promised], conversation_id: str
) -> list[Limit]:
    """The limits with the promises that fall under them counted as spent."""

    def under(limit: Limit) -> Sequence[Promised]:
        if limit.span in ("today", "this month"):
            return promised
        if limit.span == "this conversation":
            return [one for one in promised if one.conversation_id == conversation_id]
        return ()

    found = []
    for limit in limits:
        known = (limit.conversion.amount(one.cost, limit.currency) for one in under(limit))
        spent = sum((amount for amount in known if amount is not None), limit.spent)
        found.append(replace(limit, spent=spent))
    return found
