"""The port that every chat model stands behind: one method that streams one reply."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from chatui.cost.prices.price import Price
from chatui.domain.conversation import FinishReason, Message
from chatui.domain.media import MediumKind
from chatui.domain.passage import Passage
from chatui.domain.usage import LimitLeft, Usage


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    text: str


@dataclass(frozen=True, slots=True)
class TextTakenBack:
    """All text that has come was reasoning: the mark behind it shows that only now."""


@dataclass(frozen=True, slots=True)
class UsageReported:
    """Usage that arrived while the reply still streams (cumulative, not a difference)."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a reply, always the last event. `usage` is None when none was reported.

    `raw_usage` is what the provider sent, kept for the ledger; `reported_cost` is the
    provider's own figure in USD, where it sends one. `tier` is the class of service that was
    billed, in the provider's word ("flex", "priority"); "" when it says none. `cited` are the
    numbers of the passages that the reply cites, where the model knows; None leaves it to the
    marks in the text. `model` is who answered, by the server's own word, "" where it says nothing.
    `word` is the server's for a reason that is not STOP, "" where it says no more than that.
    """

    reason: FinishReason
    usage: Usage | None = None
    raw_usage: Mapping[str, Any] | None = None
    reported_cost: Decimal | None = None
    tier: str = ""
    cited: tuple[int, ...] | None = None
    model: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class Retrying:
    """A call was not taken and is made again `seconds` from now, as attempt `number` of at most
    `most`. `reason` is a clause without its full stop: who did what. `shorter`: with less in the
    prompt."""

    reason: str
    seconds: float
    number: int
    most: int
    shorter: bool = False


ModelEvent = TextDelta | ReasoningDelta | TextTakenBack | UsageReported | Retrying | Finished


@dataclass(frozen=True, slots=True)
class SamplingOptions:
    """What may be set per profile or per call. None leaves it to the model or its server.

    A token is drawn from the `top_k` likeliest (0 is all), of which the least likely may fall
    short of the best by a factor of `min_p` and whose chances add up to `top_p`, at
    `temperature` (0 takes the likeliest). `repeat_penalty` divides the chances of tokens that
    were there (1 is none), `presence_penalty` takes off a constant and `frequency_penalty` one
    for each time. The reply ends before any text of `stop`. `grammar` is GBNF text and
    `json_schema` a JSON schema that the reply must fit. `reasoning_effort` is the word that
    OpenAI has for it ("low", "high").
    """

    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    repeat_penalty: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] | None = None
    reasoning_effort: str | None = None
    grammar: str | None = None
    json_schema: Mapping[str, Any] | None = None


GO_ON = (
    "Your answer was cut off. Go on exactly where it ends, in the middle of a word or a line if "
    "that is where it ends. Repeat nothing of it, and say nothing about going on."
)
"""What is said to a model that does not go on behind a beginning by itself."""


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One call. `messages` is the whole prompt, which may be put together when it is first looked
    at: in a long conversation that takes milliseconds. `question`, `passages` and
    `library_empty` repeat what is already laid out there, for a model that quotes
    instead of generating. `query` is what the passages were searched for: the question as
    it stands for itself, "" when it was not searched for."""

    messages: Sequence[Message]
    question: str = ""
    passages: tuple[Passage, ...] = ()
    library_empty: bool = False
    library_reading: bool = False
    """Whether documents are being read into it meanwhile."""
    options: SamplingOptions = field(default_factory=SamplingOptions)
    query: str = ""
    mark_prefix: str = ""
    """What stands before the numbers in the marks of the passages."""
    whole: bool = False
    """Whether the passages are whole documents, in reading order, to be summed up."""
    on_sent: Callable[[float], None] | None = None
    """Is told of the moment, by `time.monotonic`, at which the first byte of the request went out,
    where the model is behind a network: again for each attempt."""
    on_limits: Callable[[tuple[LimitLeft, ...]], None] | None = None
    """Is told what the provider says is left of its limits, where it says so."""
    cache_key: str = ""
    """Stands for the conversation, so that a provider finds what it keeps of its prompts. Says
    nothing of what is in it."""
    begun: bool = False
    """Whether the last message is the beginning of the reply, to be gone on with: only for a
    model that `prefills`."""


CONFIG, SERVER, PRICE_LIST = "config", "the server", "the price list"
REFUSAL = "the server's refusal of a longer prompt"
"""Where the size of a context is known from, in words for the user."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is known of a model without asking it.

    `name` is `provider/model`. `context_size` and `max_output` are tokens, None when
    unknown. `local` models run on this machine and cost nothing.
    """

    name: str
    context_size: int | None = None
    max_output: int | None = None
    local: bool = False
    description: str = ""
    prefills: bool = False
    """Whether it can go on behind a reply that is given."""
    context_from: str = ""
    """Who told `context_size`: CONFIG, SERVER, PRICE_LIST, REFUSAL; "" where nobody did."""
    max_input: int | None = None
    """Tokens that a prompt may have, where that is less than the context has room for."""
    price: Price | None = None
    """What its provider's own list of models says that it costs."""
    takes: frozenset[MediumKind] | None = None
    """What it sees beside text; None where nobody told."""
    thinks: bool | None = None
    """What that list says of whether it thinks before it answers; None where it says nothing."""

    @property
    def provider(self) -> str:
        return self.name.partition("/")[0]

    @property
    def model(self) -> str:
        return self.name.partition("/")[2]


class ChatModel(Protocol):
    """Streams replies. Closing the iterator early cancels the call at its source.

    Raises ModelError subclasses only; text that came before an error has been yielded.
    """

    @property
    def info(self) -> ModelInfo: ...

    def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]: ...

    async def close(self) -> None: ...


@runtime_checkable
class WarmModel(ChatModel, Protocol):
    """One that can begin to load before it is asked."""

    async def warm(self) -> None: ...


@runtime_checkable
class CountingModel(ChatModel, Protocol):
    """One whose provider may count the tokens of a prompt that it is sent for that alone."""

    async def count(self, request: ModelRequest) -> int | None:
        """None where it has no way to ask for that. Raises ModelError subclasses."""
        ...
