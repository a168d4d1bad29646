"""What is told of a chain on the command line: while it runs, at its end, and before."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TextIO

from chatui.assistant.chains.events import (
    CallBegan,
    CallEnded,
    CallOutcome,
    CallPlace,
    CallTold,
    ChainEvent,
    RunBegan,
    RunEnded,
)
from chatui.assistant.events import MeterChanged, retry_told
from chatui.cli.answer import Answer, shortest
from chatui.cli.answer import as_object as answer_object
from chatui.cli.output import (
    Styled,
    complain,
    draw_over,
    print_json,
    print_line,
    print_text,
    warn,
    wipe,
)
from chatui.domain.conversation import FinishReason
from chatui.domain.usage import Cost, total_cost
from chatui.models.base import Retrying

if TYPE_CHECKING:
    from chatui.assistant.chains.chain import Chain
    from chatui.assistant.chains.foresight import Foreseen
    from chatui.assistant.chains.state import RunState
    from chatui.bootstrap.services import Services


class RunReport:
    """A line for each call when it has ended; on a terminal the calls under way in one below."""

    def __init__(self, chain: Chain, state: RunState, stream: TextIO) -> None:
        self._chain = chain
        self._state = state
        self._stream = stream
        self._under_way: dict[CallPlace, str] = {}

    def follow(self, event: ChainEvent) -> RunEnded | None:
        """Tells what there is to be told; the end, when it is that."""
        from chatui.text.figures import tokens

        match event:
            case RunBegan(changed=changed) if changed:
                named = ", ".join(changed)
                warn(f"Changed since the run began, and asked anew: {named}.")
            case CallBegan(place=place, model=model):
                self._under_way[place] = f"{place.label}: {model}"
            case CallTold(place=place, event=MeterChanged(reading)):
                self._under_way[place] = f"{place.label}: {tokens(reading.turn.output)} tokens"
            case CallTold(place=place, event=Retrying() as retrying):
                self.clear()
                warn(f"{place.label}: {retry_told(retrying, retrying.seconds)}.")
            case CallEnded(outcome=outcome):
                self._under_way.pop(outcome.place, None)
                self.clear()
                say(outcome)
            case RunEnded():
                return event
            case _:
                return None
        draw_over(self._stream, " · ".join(self._under_way.values()))
        return None

    def clear(self) -> None:
        wipe(self._stream)

    def sum_up(self, end: RunEnded) -> None:
        """The calls of this try together, on stderr."""
        from chatui.text.figures import moneys

        made = [one.turn.reply for one in end.outcomes if one.turn and one.ending != "kept"]
        costs = [reply.cost for reply in made if reply.cost]
        seconds = sum(reply.timing.seconds for reply in made if reply.timing)
        calls = f"{len(made)} call{'' if len(made) == 1 else 's'}"
        paid = moneys(total_cost(costs)) if costs else "nothing paid"
        warn(f"{self._chain.name}: {calls}, {seconds:.1f} s of answering, {paid} · run "
             f"{self._state.id}")  # fmt: skip


def say(outcome: CallOutcome) -> None:
    """How a call ended, with its figures and the documents that its answer cites."""
    label = outcome.place.label
    match outcome.ending:
        case "kept":
            warn(f"{label}: kept, not asked again")
        case "skipped":
            warn(f"{label}: left out by its if")
        case "left":
            warn(f"{label}: not asked, because a step before it did not end well")
        case "failed":
            complain(f"{label}: {outcome.error}")
        case "interrupted":
            warn(f"{label}: stopped")
        case "complete":
            warn(f"{label}: {figures_of(outcome)}")
    if outcome.ending == "complete" and outcome.turn is not None:
        from chatui.text.endings import ending

        reply = outcome.turn.reply
        if reply.finish_reason is FinishReason.LENGTH:
            complain(f"{label} ended at the limit of its length; raise max_output_tokens.")
        elif clause := ending(reply):
            complain(f"{label}: {clause}.")
        if sources := dict.fromkeys(shortest(one.passage) for one in reply.citations):
            warn(f"{label}: from {', '.join(sources)}")


def figures_of(outcome: CallOutcome) -> str:
    from chatui.text import figures

    assert outcome.turn is not None
    reply = outcome.turn.reply
    parts = [reply.model]
    if reply.usage is not None:
        usage = reply.usage
        counted = f"{figures.tokens(usage.prompt)} in, {figures.tokens(usage.output)} out"
        parts.append(figures.approximate(counted, usage.estimated))
    if reply.timing is not None:
        parts.append(figures.seconds(reply.timing.seconds))
    return " · ".join([*parts, figures.money(reply.cost)])


def as_object(
    chain: Chain, state: RunState, end: RunEnded, costs: Sequence[Cost]
) -> dict[str, Any]:
    """The document of `run --json`. `costs` are those of the whole run, earlier tries and calls
    beside the answers included."""
    error = end.error
    return {
        "run": state.id,
        "chain": chain.name,
        "conversation": state.conversation,
        "steps": [step_object(chain, state, one) for one in end.outcomes],
        "output": end.output,
        "cost": cost_object(costs),
        **({"error": {"kind": type(error).__name__, "message": str(error)}} if error else {}),
    }


def step_object(chain: Chain, state: RunState, outcome: CallOutcome) -> dict[str, Any]:
    place, error = outcome.place, outcome.error
    answered: dict[str, Any] = {"conversation": state.conversation, "turn": None, "text": None}
    if error is not None:
        answered["error"] = {"kind": type(error).__name__, "message": str(error)}
    if outcome.turn is not None:
        answered = answer_object(
            Answer(
                state.conversation,
                outcome.turn_id,
                outcome.turn,
                outcome.reading,
                data=outcome.data,
                profile=chain.step(place.step).settings.profile,
                retries=outcome.retries,
                error=error,
            )
        )
    return {
        "step": place.step,
        "index": place.index or None,
        "state": outcome.ending,
        **answered,
    }


def cost_object(costs: Sequence[Cost]) -> dict[str, Any]:
    """One sum; sums of several currencies are not one, and stand beside each other."""
    whole = costs[0] if len(costs) == 1 else Cost(None) if costs else Cost(Decimal(0))
    return {
        "amount": whole.amount,
        "currency": whole.currency,
        "estimated": any(one.estimated for one in costs),
        "sums": [{"amount": one.amount, "currency": one.currency} for one in costs],
    }


# Before anything is asked


async def show_foreseen(
    services: Services, chain: Chain, max_cost: Decimal | None, *, as_json: bool
) -> None:
    """The prompts as far as they are known, and what they would cost."""
    from chatui.assistant.chains.foresight import foresee

    models = await services.check_chain(chain, to_run=False)
    calls = foresee(chain, models, services.assistant.plan, services.prices)
    found = [call async for call in calls]
    costs = services.prices.conversion.total([call.cost for call in found])
    if as_json:
        print_json(
            {
                "chain": chain.name,
                "steps": [foreseen_object(call) for call in found],
                "cost": cost_object(costs),
            }
        )
    else:
        for call in found:
            print_foreseen(call)
        say_sum(chain, found, costs)
    if max_cost is not None and any(one.amount and one.amount > max_cost for one in costs):
        complain(f"That may be more than the {max_cost:f} USD that the run may cost.")


def foreseen_object(call: Foreseen) -> dict[str, Any]:
    from chatui.cli.dry_run import set_options

    return {
        "step": call.place.step,
        "index": call.place.index or None,
        "model": call.plan.info.name,
        "messages": call.plan.request.messages,
        "options": set_options(call.plan),
        "usage": {
            "input": call.usage.input,
            "output": call.usage.output,
            "output_assumed": not call.bounded,
            "estimated": True,
        },
        "cost": {
            "amount": call.cost.amount,
            "currency": call.cost.currency,
            "price_source": call.cost.source,
            "estimated": True,
        },
        "depends": call.unsure,
        "for_each": call.open_list,
    }


def print_foreseen(call: Foreseen) -> None:
    from chatui.text import figures

    notes = ["if its condition holds"] * call.unsure
    notes += ["once for each thing of a list that is not there yet"] * call.open_list
    title = " · ".join([f"── {call.place.label}", call.plan.info.name, *notes])
    print_line(Styled(title, bold=True))
    for message in call.plan.request.messages:
        print_line(Styled(f"{message.role}:", dim=True))
        print_text(message.content)
    limit = "at most" if call.bounded else "taken to be"
    warn(
        f"{call.place.label}: ≈ {figures.tokens(call.usage.input)} tokens in, out {limit} "
        f"{figures.tokens(call.usage.output)}, {figures.money(call.cost)}"
    )


def say_sum(chain: Chain, found: Sequence[Foreseen], costs: Sequence[Cost]) -> None:
    from chatui.text.figures import moneys

    more = ", each list that is not there yet counted once" * any(one.open_list for one in found)
    calls = f"{len(found)} call{'' if len(found) == 1 else 's'}"
    warn(f"{chain.name}: {calls}, {moneys(costs)} together{more}")
