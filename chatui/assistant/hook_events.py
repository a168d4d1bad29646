"""What hooks are told of a turn, when it begins and when it has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatui.domain.errors import BudgetExceeded, ChatuiError

if TYPE_CHECKING:
    from chatui.assistant.hooks import Hooks
    from chatui.assistant.settle import Progress
    from chatui.domain.conversation import Turn


def fire_begin(hooks: Hooks, progress: Progress) -> None:
    """Has the hooks run that wait for a turn to begin."""
    hooks.fire("turn_start", begun(progress), {"question": progress.turn.question})


def fire_end(hooks: Hooks, progress: Progress, turn: Turn, failure: ChatuiError | None) -> None:
    """Has those run that wait for how a turn ends."""
    figures, texts = over(progress, turn), {"question": turn.question, "text": turn.reply.text}
    if progress.settings.step:
        hooks.fire("chain_step", figures, texts)
    if failure is None:
        hooks.fire("reply", figures, texts)
        return
    told = figures | {"error": {"kind": type(failure).__name__, "message": str(failure)}}
    hooks.fire("budget" if isinstance(failure, BudgetExceeded) else "error", told, texts)


def begun(progress: Progress) -> dict[str, Any]:
    """What is told of any turn, texts apart."""
    return {
        "conversation": progress.conversation_id,
        "turn": progress.turn_id,
        "model": progress.model or progress.settings.model,
        "profile": progress.settings.profile or None,
        "step": progress.settings.step or None,
    }


def over(progress: Progress, turn: Turn) -> dict[str, Any]:
    """The same of one that has ended, with what it took."""
    reply = turn.reply
    usage = reply.usage.figures() if reply.usage else None
    cost = reply.cost
    return begun(progress) | {
        "state": turn.state,
        "finish_reason": reply.finish_reason,
        "usage": usage,
        "cost": {"amount": None if cost.amount is None else format(cost.amount, "f"),
                 "currency": cost.currency} if cost else None,
        "seconds": reply.timing.seconds if reply.timing else None,
        "ttft": reply.timing.first_token if reply.timing else None,
    }  # fmt: skip
