"""What is done inside a charge is charged to it, in tasks and threads as well."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from chatui.cost.charges import Charge, charging, open_charge
from chatui.domain.usage import Cost

COST = Cost(Decimal(1))


async def spend() -> None:
    await asyncio.sleep(0)
    open_charge().costs.append(COST)


async def test_tasks_and_threads_find_the_charge_that_they_were_started_in() -> None:
    charge = Charge("c", "t")
    with charging(charge):
        task = asyncio.create_task(spend())
        await asyncio.gather(spend(), asyncio.to_thread(lambda: open_charge().costs.append(COST)))
    await task
    assert charge.costs == [COST] * 3


async def test_two_turns_at_once_pay_for_their_own() -> None:
    async def turn(charge: Charge, calls: int) -> None:
        with charging(charge):
            for _ in range(calls):
                await spend()

    first, second = Charge("c", "1"), Charge("c", "2")
    await asyncio.gather(turn(first, 3), turn(second, 1))
    assert (len(first.costs), len(second.costs)) == (3, 1)


async def test_outside_of_every_charge_nothing_is_kept() -> None:
    await spend()
    assert open_charge().costs == []
