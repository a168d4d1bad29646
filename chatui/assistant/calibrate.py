"""Learning from each reply how far our own count of its tokens was off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from chatui.cost.tokens.calibration import Calibration, Observation, calibrated
from chatui.domain.warn_once import WarnOnce

if TYPE_CHECKING:
    from chatui.assistant.background import Settled
    from chatui.cost.tokens.tokens import TokenCounter
    from chatui.domain.usage import Usage
    from chatui.memory.store.store import ChatStore


class Estimates:
    """Its `learn` is a job after a turn."""

    def __init__(
        self,
        store: ChatStore,
        tokens: TokenCounter,
        on_warning: Callable[[str], None] | None = None,
    ) -> None:
        self._store = store
        self._tokens = tokens
        self._warnings = WarnOnce(on_warning)

    async def calibration(self, model: str) -> Calibration:
        """Of the model of that full name."""
        known = await self._store.observations.of(model)
        return await asyncio.to_thread(calibrated, known, self._tokens, model)

    async def learn(self, settled: Settled) -> None:
        """Keeps what the provider reported beside what was counted. A report that is partly
        our own estimate teaches nothing."""
        usage, info = settled.turn.reply.usage, settled.plan.info
        if usage is None or usage.estimated or info.provider == "builtin":
            return
        known = await self._store.observations.of(info.name)
        found = await asyncio.to_thread(self._observed, settled, usage, known)
        for one in found:
            if one.was_cut:
                self._tell_of_cut(one)
        usable = [one for one in found if one.usable and not one.was_cut]
        if usable:
            await self._store.observations.add(usable)

    def _observed(
        self, settled: Settled, usage: Usage, known: Sequence[Observation]
    ) -> list[Observation]:
        plan, reply = settled.plan, settled.turn.reply
        model = plan.info.name
        encoding = self._tokens.encoding_name(model)[0]
        before = calibrated(known, self._tokens, model)
        found = []
        # What pictures take says nothing of texts.
        if not any(message.media for message in plan.request.messages):
            counted, told = plan.layout.window.tokens, plan.prompt.tokens
            found.append(Observation(model, encoding, "prompt", counted, told, usage.prompt))
        # Reasoning is told in short or not at all, and marks of no passage were taken out.
        if bool(reply.reasoning) <= bool(usage.reasoning) and not reply.dangling:
            said = self._tokens.count(reply.text, model).tokens
            visible = usage.output - usage.reasoning
            found.append(Observation(model, encoding, "output", said, before.reply(said), visible))
        return found

    def _tell_of_cut(self, one: Observation) -> None:
        self._warnings.warn(
            f"{one.model} read {one.reported:,} tokens of a prompt of about {one.estimated:,}: "
            "its server seems to cut what is beyond its context; enlarge that there (Ollama: "
            "num_ctx), or set memory.cap_tokens below it.",
            one.model,
        )
