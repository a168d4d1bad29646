"""A prompt that a server found too long, planned again in less room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatui.domain.errors import ContextTooLong

if TYPE_CHECKING:
    from chatui.assistant.plan import Plan

BELIEVED = 0.9
"""A limit that leaves the prompt more than this of its size explains nothing: our count is off."""
SHRUNK = 0.75
"""What then may be kept of the prompt."""


def smaller_cap(plan: Plan, refusal: ContextTooLong) -> int:
    """The most tokens of the prompt to ask with again, by our estimate.

    The server's limit holds, less the room for the reply. Where it told how many tokens it had
    counted, our estimate is measured by that. Where it told nothing, or nothing that would have
    been passed, a part of what was refused is left.
    """
    estimated = plan.prompt.tokens
    if refusal.limit is not None:
        output = plan.request.options.max_output_tokens
        room = plan.policy.prompt_cap(refusal.limit, output or 0) or refusal.limit
        if refusal.prompt is not None and refusal.prompt > estimated:
            room = room * estimated // refusal.prompt
        if room <= BELIEVED * estimated:
            return room
    return int(SHRUNK * estimated)


def told(plan: Plan, again: Plan, refusal: ContextTooLong) -> str:
    """What is said of it, as the clause of `Retrying`."""
    fits = f" (it takes {refusal.limit:,} tokens)" if refusal.limit else ""
    gone = again.memory.dropped_turns - plan.memory.dropped_turns
    passages = len(plan.request.passages) - len(again.request.passages)
    less = []
    if gone > 0:
        less.append("1 more turn" if gone == 1 else f"{gone:,} more turns")
    if passages > 0:
        less.append("1 passage" if passages == 1 else f"{passages} passages")
    left_out = f": {' and '.join(less)} left out" if less else ""
    return f"The prompt was too long for {plan.info.name}{fits}{left_out}"
