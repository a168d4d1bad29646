"""What the meter shows at one moment: values only, drawn by `widgets.meter_bar`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chatui.cost.near import NearLimit
from chatui.domain.conversation import is_quoting
from chatui.domain.usage import Cost, Gaps, LimitLeft, Usage


@dataclass(frozen=True, slots=True)
class MemoryState:
    """What the next prompt leaves out, and what stands in for it. `cap` is tokens;
    `cut_tokens` are those left out of the middle of a question that was too long. The
    `leaving_turns`, of `leaving_tokens`, were in the last prompt: sending makes them leave."""

    strategy: str = "tokens"
    cap: int | None = None
    dropped_turns: int = 0
    cut_tokens: int = 0
    summary_tokens: int = 0
    recalled: int = 0
    notes: int = 0
    leaving_turns: int = 0
    leaving_tokens: int = 0

    def sent(self) -> MemoryState:
        """The state once the prompt is on its way: what was to leave has left."""
        return replace(self, leaving_turns=0, leaving_tokens=0)


@dataclass(frozen=True, slots=True)
class Quote:
    """What sending would take: input tokens and their cost (output is not known yet). `over` is
    how many of them are too many for it to be sent."""

    tokens: int
    cost: Cost
    estimated: bool = True
    over: int = 0


@dataclass(frozen=True, slots=True)
class MeterReading:
    """`turn` grows while a reply streams. Costs come one per currency. `first_token` is
    seconds; `read_per_second` is how fast the prompt was read, where a model's own clock tells.
    `between_tokens` is the mean, in seconds, and `gaps` are those between the pieces as they came.
    None is unknown everywhere and is drawn as a dash, never as 0; but a `turn_cost` of None is that
    of no turn yet. `free`: the model runs on this machine and costs nothing; `keyless`: it can't
    answer, because its provider's key is missing."""

    model: str = ""
    context_used: int = 0
    context_size: int | None = None
    context_estimated: bool = True
    turn: Usage = Usage()
    turn_cost: Cost | None = None
    free: bool = False
    keyless: bool = False
    conversation: tuple[Cost, ...] = ()
    today: tuple[Cost, ...] = ()
    budget_left: Cost | None = None
    near: tuple[NearLimit, ...] = ()
    first_token: float | None = None
    tokens_per_second: float | None = None
    read_per_second: float | None = None
    between_tokens: float | None = None
    gaps: Gaps | None = None
    memory: MemoryState = MemoryState()
    quote: Quote | None = None
    limits: tuple[LimitLeft, ...] = ()

    def by_unknown(self, model: str) -> MeterReading:
        """What of it stays when the model of that name is to answer, of which nothing is known:
        what the turn, the conversation and the day have used."""
        return MeterReading(
            model=model,
            context_used=self.context_used,
            turn=self.turn,
            turn_cost=self.turn_cost,
            conversation=self.conversation,
            today=self.today,
            budget_left=self.budget_left,
            near=self.near,
        )

    @property
    def quotes(self) -> bool:
        """Whether the built-in model answers."""
        return is_quoting(self.model)
