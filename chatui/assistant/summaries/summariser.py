"""Writes summaries: by the built-in model, which picks sentences, or by a chat model."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatui.cost.charges import Charge, charging, open_charge
from chatui.domain.errors import BadResponse, ContextTooLong
from chatui.models.catalog import BUILTIN

if TYPE_CHECKING:
    from chatui.assistant.side_call import SideCaller
    from chatui.cost.tokens.calibration import Calibration
    from chatui.cost.tokens.tokens import TokenCounter
    from chatui.domain.conversation import Exchange, FinishReason, Turn
    from chatui.jobs.profiles import ReplySettings
    from chatui.models.base import ModelInfo
    from chatui.models.catalog import Catalog

ASSUMED_CONTEXT = 8192
"""Tokens, for a summary model of which nobody tells the size."""
THINKING = 1024
"""Tokens that a reply may take beside the summary, for models that reason first."""
LEAST_ROOM = 64
"""Tokens of the conversation: with less to a piece, a summary has nothing to go by."""


@dataclass(frozen=True, slots=True)
class SummaryText:
    """A summary that has passed its checks, and the full name of the model that wrote it."""

    text: str
    model: str


@dataclass(frozen=True, slots=True)
class _SummaryRoom:
    """What is asked of a chat model: `room` is tokens of the conversation in one piece,
    `wanted` of the summary, `most` of the whole reply."""

    model: str
    room: int
    wanted: int
    most: int


class Summariser:
    """`model` is the summary model's name, `tokens_wanted` the size of a summary."""

    def __init__(
        self,
        model: str,
        tokens_wanted: int,
        *,
        models: SideCaller,
        catalog: Catalog,
        tokens: TokenCounter,
    ) -> None:
        self._model = model
        self._wanted = tokens_wanted
        self._models = models
        self._catalog = catalog
        self._tokens = tokens

    async def summarise(
        self,
        conversation_id: str,
        turns: Sequence[Turn],
        previous: str = "",
        focus: str = "",
        *,
        settings: ReplySettings | None = None,
        reader: str = BUILTIN.name,
    ) -> SummaryText:
        """One text that stands for the summary before and for the turns, which are read
        once. It takes as long as the model does, in one call or, beyond its context, several.
        Its size is counted in the tokens of the model `reader`, in whose prompts it will stand.

        Raises what the model raises, BudgetExceeded, ContextTooLong when the model's context
        holds no piece worth reading, and BadResponse for a summary that can't be used."""
        from chatui.assistant.summaries.template import exchange

        said = [exchange(turn) for turn in turns]
        name = await self._catalog.resolve(self._model)
        if name == BUILTIN.name:
            text = await asyncio.to_thread(self._picked, said, previous, focus, reader)
            return SummaryText(text, name)
        charge = open_charge()
        if charge.conversation_id is None:
            charge = Charge(conversation_id, profile=settings.profile if settings else "")
        with charging(charge):
            text = await self._asked(name, said, previous, focus, settings=settings, reader=reader)
            return SummaryText(text, name)

    def _picked(self, said: Sequence[Exchange], previous: str, focus: str, reader: str) -> str:
        from chatui.models.extractive.digest import digest

        text = digest(previous, said, self._wanted, self._tokens.counting(reader), focus)
        if not text:
            raise BadResponse(
                "There is nothing to summarise in these turns: no sentence of them tells enough."
            )
        return text

    async def _asked(
        self,
        name: str,
        said: Sequence[Exchange],
        previous: str,
        focus: str,
        *,
        settings: ReplySettings | None,
        reader: str,
    ) -> str:
        from chatui.assistant.summaries.check import (
            LOST,
            MADE_UP,
            cleaned,
            problem,
            whole_lines,
            without_made_up,
        )
        from chatui.assistant.summaries.template import messages, pieces, spoken
        from chatui.domain.conversation import FinishReason
        from chatui.models.extractive.digest import completed

        info = await self._catalog.info(name)
        learnt = await self._models.calibration(info.name)
        task = await asyncio.to_thread(self._task, info, focus, learnt)
        texts = [spoken(one) for one in said]
        own, read = self._tokens.counting(name), self._tokens.counting(reader)

        def size(text: str) -> int:
            # The next summary reads this one: `_task` leaves room for twice what is wanted.
            return max(read(text), own(text) // 2)

        summary = previous
        for piece in await asyncio.to_thread(pieces, texts, task.room, own):
            answer = await self._models.ask(
                "summary",
                task.model,
                messages(piece, summary, focus, task.wanted),
                most_tokens=task.most,
                max_cost=settings.max_cost if settings else None,
            )
            material = said if len(piece) >= sum(map(len, texts)) else [_exchange(piece)]

            def checked(
                text: str = cleaned(answer.text),
                reason: FinishReason | None = answer.reason,
                material: Sequence[Exchange] = material,
                summary: str = summary,
            ) -> tuple[str, str]:
                if reason is FinishReason.LENGTH:
                    # A small model goes round in circles at the end; its first lines are whole.
                    text, reason = whole_lines(text), FinishReason.STOP
                wrong = problem(text, reason, material, summary)
                if wrong == MADE_UP:
                    text = without_made_up(text, material, summary)
                    wrong = problem(text, reason, material, summary)
                if wrong and wrong != LOST:
                    return text, wrong
                return completed(text, summary, material, task.wanted, size), ""

            text, wrong = await asyncio.to_thread(checked)
            if wrong:
                raise BadResponse(
                    f"The summary that {name} wrote can't be used: {wrong}. Name another model in "
                    "memory.summary_model; nothing was lost."
                )
            summary = text
        return summary

    def _task(self, info: ModelInfo, focus: str, learnt: Calibration) -> _SummaryRoom:
        """Shares the model's context out between the conversation, the summary before and
        the reply, as our counts of its tokens go. Raises ContextTooLong."""
        from chatui.assistant.summaries.template import messages

        context = info.context_size or ASSUMED_CONTEXT
        wanted = min(self._wanted, context // 6)
        most = min(2 * wanted + THINKING, context // 2)
        around = self._tokens.count_messages(messages("", "—", focus, wanted), info.name).tokens
        room = learnt.largest_count(context - most) - around - 2 * wanted
        if room < LEAST_ROOM:
            raise ContextTooLong(
                f"The context of {info.name} ({context:,} tokens) holds no summary; name a model "
                "with a larger one in memory.summary_model."
            )
        return _SummaryRoom(info.name, room, wanted, most)


def _exchange(piece: str) -> Exchange:
    from chatui.domain.conversation import Exchange

    return Exchange("", piece)
