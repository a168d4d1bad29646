"""Asks a chat model what to search for. Optional, bounded in time and tokens, and paid for.

Whatever fails here costs the search nothing but the wait: the rule's own query is used, and
a sentence tells why. Every call is booked in the ledger and counts in its turn's cost.
"""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from chatui.conversation import Message, Role
from chatui.cost.budget import bound_output
from chatui.cost.charges import open_charge
from chatui.cost.meter import Meter
from chatui.errors import ChatuiError
from chatui.memory.records import LedgerRow
from chatui.models.base import ChatModel, Finished, ModelRequest, SamplingOptions, TextDelta

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from chatui.cost.prices import PriceBook
    from chatui.cost.tokens import TokenCounter
    from chatui.followup import Exchange
    from chatui.memory.store import ChatStore
    from chatui.models.catalog import Catalog
    from chatui.planning import Planner

SECONDS = 6.0
"""The longest that a search waits for a model's wording."""
MOST_TOKENS = 256
"""Of a model's answer, reasoning included."""
TURNS_SHOWN = 3
REPLY_SHOWN = 600
"""Characters of each earlier reply that the model gets to see."""
MOST_CHARACTERS = 400
"""Of a query; a longer one is an answer, not a query."""

REWRITE = (
    "You turn the last question of a conversation into one that is understood without the "
    "conversation: name what its pronouns mean, add what is left out, keep its language. "
    "If it is understood by itself, repeat it. Answer with the question alone."
)
VARIANTS = (
    "Write {count} other ways to ask for what this question asks for, in the words that a "
    "document with the answer may use, in the language of the question. One per line, no "
    "numbers, nothing else."
)
_LIST_MARK = re.compile(r"^\s*(?:[-*•]|\d+[.):])\s*")


@dataclass(frozen=True, slots=True)
class WritingSettings:
    """Full or bare model names; "" is off for rewriting, and the chat's own model for
    variants, of which 0 is none."""

    rewrite_model: str = ""
    query_variants: int = 0
    query_model: str = ""
    seconds: float = SECONDS


@dataclass(slots=True)
class _Call:
    """One call under way."""

    kind: str
    model: ChatModel
    meter: Meter
    started: datetime
    text: list[str] = field(default_factory=list)
    finished: Finished | None = None


class QueryWriter:
    """Never raises but for a cancel. `on_failure` gets a sentence when a model gave nothing."""

    def __init__(
        self,
        settings: WritingSettings,
        *,
        catalog: Catalog,
        planner: Planner,
        store: ChatStore,
        tokens: TokenCounter,
        prices: PriceBook,
        on_failure: Callable[[str], None] | None = None,
    ) -> None:
        self._settings = settings
        self._catalog = catalog
        self._planner = planner
        self._store = store
        self._tokens = tokens
        self._prices = prices
        self._on_failure = on_failure

    async def rewritten(
        self, question: str, past: Sequence[Exchange], max_cost: Decimal | None = None
    ) -> str:
        """The question as it stands for itself, "" at the start of a conversation."""
        if not self._settings.rewrite_model or not past:
            return ""
        lines = [
            f"{name}: {text}"
            for one in past[-TURNS_SHOWN:]
            for name, text in (("User", one.question), ("Assistant", one.reply[:REPLY_SHOWN]))
        ]
        asked = "\n\n".join([*lines, f"Last question: {question}"])
        model = self._settings.rewrite_model
        found = await self._written("rewrite", model, (REWRITE, asked), 1, max_cost)
        return found[0] if found else ""

    async def variants(
        self, question: str, chat_model: str, max_cost: Decimal | None = None
    ) -> tuple[str, ...]:
        """Other wordings, as many as the settings say; none by the built-in model, which
        only quotes."""
        count = self._settings.query_variants
        model = self._settings.query_model or chat_model
        if not count or model.startswith("builtin/"):
            return ()
        prompt = VARIANTS.format(count=count), question
        return await self._written("queries", model, prompt, count, max_cost)

    async def _written(
        self, kind: str, name: str, prompt: tuple[str, str], count: int, max_cost: Decimal | None
    ) -> tuple[str, ...]:
        messages = Message(Role.SYSTEM, prompt[0]), Message(Role.USER, prompt[1])
        try:
            async with asyncio.timeout(self._settings.seconds):
                text = await self._answer(kind, name, messages, max_cost)
        except TimeoutError:
            why = f"{name} took longer than {self._settings.seconds:g} s"
        except ChatuiError as error:
            why = str(error)
        else:
            found = lines_of(text, count)
            if found:
                return found
            why = f"{name} gave no usable answer"
        if self._on_failure is not None:
            self._on_failure(f"Searched without the model's help ({kind}): {why}")
        return ()

    async def _answer(
        self, kind: str, name: str, messages: tuple[Message, ...], max_cost: Decimal | None
    ) -> str:
        model = await self._catalog.open(name)
        call, options = await self._begin(kind, model, messages, max_cost)
        request = ModelRequest(messages, question=messages[-1].content, options=options)
        outcome = "interrupted"
        try:
            # Every model streams from a generator; its port says iterator, which can't be closed.
            stream = cast("AsyncGenerator[Any, None]", model.stream(request))
            async with aclosing(stream) as events:
                async for event in events:
                    if isinstance(event, TextDelta):
                        call.text.append(event.text)
                        call.meter.text(event.text)
                    elif isinstance(event, Finished):
                        call.finished = event
            outcome = "complete"
        except ChatuiError as error:
            outcome = type(error).__name__
            raise
        finally:
            await asyncio.shield(self._book(call, outcome))
        return "".join(call.text)

    async def _begin(
        self, kind: str, model: ChatModel, messages: tuple[Message, ...], max_cost: Decimal | None
    ) -> tuple[_Call, SamplingOptions]:
        """The call with its meter, and its reply held to the budget. Raises BudgetExceeded."""
        name = model.info.name
        spent = await self._planner.spent(open_charge().conversation_id, max_cost)

        def bounded() -> tuple[_Call, SamplingOptions]:
            prompt = self._tokens.count_messages(messages, name)
            most = bound_output(
                spent.limits, self._prices.price(name), prompt, model=name, wanted=MOST_TOKENS
            )
            meter = Meter(
                name,
                prompt=prompt,
                count=lambda text: self._tokens.count(text, name).tokens,
                cost=functools.partial(self._prices.cost, name),
            )
            call = _Call(kind, model, meter, datetime.now(UTC))
            return call, SamplingOptions(max_output_tokens=most)

        return await asyncio.to_thread(bounded)

    async def _book(self, call: _Call, outcome: str) -> None:
        finished = call.finished
        usage, cost = await asyncio.to_thread(
            call.meter.finish,
            finished.usage if finished else None,
            finished.reported_cost if finished else None,
        )
        timing, charge = call.meter.timing(), open_charge()
        charge.costs.append(cost)
        price = await asyncio.to_thread(self._prices.price, call.model.info.name)
        await self._store.book(
            LedgerRow(
                kind=call.kind,
                model=call.model.info.name,
                started=call.started,
                usage=usage,
                cost=cost,
                conversation_id=charge.conversation_id,
                turn_id=charge.turn_id,
                raw_usage=finished.raw_usage if finished else None,
                price=price.row() if price else None,
                ttft=timing.first_token,
                seconds=timing.seconds,
                outcome=outcome,
            )
        )


def lines_of(text: str, count: int) -> tuple[str, ...]:
    """The first queries of a model's answer, one a line, without numbers and quotes."""
    lines = (_LIST_MARK.sub("", line).strip().strip("\"'“”`").strip() for line in text.splitlines())
    found = dict.fromkeys(line for line in lines if 0 < len(line) <= MOST_CHARACTERS)
    return tuple(found)[:count]
