"""`chatui ask --batch FILE --dry-run`: how many prompts, how long, and what they would cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatui.assistant.batches.foresight import foresee
from chatui.assistant.chains.foresight import ASSUMED_OUTPUT
from chatui.cli.output import print_json, print_line, warn
from chatui.cli.run_report import cost_object
from chatui.text.figures import counted

if TYPE_CHECKING:
    from chatui.assistant.batches.run import BatchCall
    from chatui.bootstrap.services import Services


async def foretell(services: Services, calls: Sequence[BatchCall], *, as_json: bool) -> int:
    """Prints it, and asks nothing."""
    from chatui.text.figures import moneys, tokens

    found = await foresee(calls, services.assistant.plan, services.prices)
    total = services.prices.conversion.total
    costs, batched = total(found.costs), total(found.batched)
    models = Counter(call.model for call in calls)
    if as_json:
        print_json(
            {
                "prompts": len(calls),
                "models": dict(models),
                "usage": found.usage,
                "cost": cost_object(costs),
                "batch_cost": cost_object(batched),
            }
        )
        return 0
    prompts = counted(len(calls), "prompt")
    print_line(
        f"{prompts}: " + ", ".join(f"{count:,} for {name}" for name, count in models.items())
    )
    print_line(
        f"≈ {tokens(found.usage.prompt)} tokens to send, {tokens(found.usage.output)} to get"
    )
    print_line(f"{moneys(costs)} asked now, {moneys(batched)} through the provider's batches")
    if found.assumed:
        warn(
            f"{found.assumed:,} answers are taken for {ASSUMED_OUTPUT} tokens each: nothing bounds "
            "them (`-o max_output_tokens N` does)."
        )
    return 0
