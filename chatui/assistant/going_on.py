"""A reply that ended before it was done, gone on with where it ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from chatui.domain.conversation import FinishReason, Message, Role, Turn, TurnState
from chatui.domain.errors import ModelError, UsageError
from chatui.models.base import GO_ON, ChatModel, Finished, ModelEvent, ModelInfo, TextDelta

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from chatui.assistant.plan import Plan
    from chatui.jobs.profiles import ReplySettings
    from chatui.models.base import ModelRequest

LONGEST_OVERLAP = 400
SHORTEST_OVERLAP = 6
"""Characters. What is said again at a seam is a few words, mostly; a shorter match is chance."""


def can_go_on(turn: Turn) -> bool:
    """Whether the reply was cut off, by its limit or by the user, and there is some of it."""
    ended = turn.reply.finish_reason is FinishReason.LENGTH
    return bool(turn.reply.text) and (ended or turn.state is TurnState.INTERRUPTED)


def check(turn: Turn, settings: ReplySettings) -> None:
    """Raises UsageError where there is nothing to go on with."""
    if not can_go_on(turn):
        raise UsageError("The answer ended by itself: there is nothing to go on with.")
    options = settings.options
    if options.json_schema is not None or options.grammar is not None:
        raise UsageError(
            "An answer that has to fit a form can't be gone on with; ask again, with a greater "
            "max_output_tokens."
        )


def added(text: str, info: ModelInfo) -> tuple[Message, ...]:
    """What joins the prompt: the reply so far, and for a model that can't go on behind it by
    itself the word to do so."""
    begun = Message(Role.ASSISTANT, text)
    return (begun,) if info.prefills else (begun, Message(Role.USER, GO_ON))


def going_on(plan: Plan, text: str, tokens: int) -> Plan:
    """The plan with the reply so far behind its messages, which takes so many `tokens` more."""
    more = added(text, plan.info)
    request = replace(
        plan.request, messages=(*plan.request.messages, *more), begun=plan.info.prefills
    )
    prompt = replace(plan.prompt, tokens=plan.prompt.tokens + tokens)
    return replace(plan, request=request, prompt=prompt)


@dataclass(frozen=True, slots=True)
class SeamlessModel:
    """The model, without what it says again of `said` before it goes on. What goes on behind a
    beginning by itself is left as it is: what it says twice, it means."""

    model: ChatModel
    said: str
    info: ModelInfo

    async def close(self) -> None:
        """The model is the catalogue's."""

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        held, waiting = "", True
        events = cast("AsyncGenerator[ModelEvent, None]", self.model.stream(request))
        try:
            async with aclosing(events) as stream:
                async for event in stream:
                    # Asked when its text comes: a server may only have refused the beginning now.
                    if waiting and not held and self.model.info.prefills:
                        waiting = False
                    if waiting and isinstance(event, TextDelta):
                        held += event.text
                        waiting = self._may_repeat(held)
                        if waiting:
                            continue
                        yield TextDelta(seamless(self.said, held))
                        continue
                    if waiting and isinstance(event, Finished):
                        waiting = False
                        yield TextDelta(seamless(self.said, held))
                    yield event
        except ModelError:
            # What had come before it is the user's.
            if waiting and held:
                yield TextDelta(seamless(self.said, held))
            raise

    def _may_repeat(self, new: str) -> bool:
        """Whether all of the new text so far stands in the end of what was said."""
        start = new.lstrip()
        return len(start) < LONGEST_OVERLAP and start in self.said[-2 * LONGEST_OVERLAP :]


def seamless(said: str, new: str) -> str:
    """The new text without what it says again of the end of what was said."""
    start = new.lstrip()
    for length in range(min(len(said), len(start), LONGEST_OVERLAP), SHORTEST_OVERLAP - 1, -1):
        if said.endswith(start[:length]):
            return start[length:]
    return new
