"""A reply that ended before it was done, gone on with where it ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatui.assistant.seam import joined, seamless
from chatui.domain.conversation import FinishReason, Message, Role, Turn, TurnState
from chatui.domain.errors import ModelError, UsageError
from chatui.models.base import (
    GO_ON,
    ChatModel,
    Finished,
    ModelEvent,
    ModelInfo,
    ReasoningDelta,
    TextDelta,
    TextTakenBack,
)
from chatui.models.files.model_files import LOCAL
from chatui.system.streams import closed_behind
from chatui.text.safety import REPLACEMENT

if TYPE_CHECKING:
    from chatui.assistant.plan import Plan
    from chatui.jobs.profiles import ReplySettings
    from chatui.models.base import ModelRequest


def can_go_on(turn: Turn) -> bool:
    """Whether there is some of the reply, and it was cut off: by its limit, by the user, or by
    what failed."""
    ended = turn.reply.finish_reason is FinishReason.LENGTH
    cut_off = ended or turn.state in {TurnState.INTERRUPTED, TurnState.FAILED}
    return bool(beginning(turn)) and cut_off


def beginning(turn: Turn) -> str:
    """The reply as it is gone on with: without half a character, which the rest says whole."""
    return turn.reply.text.rstrip(REPLACEMENT)


def check(turn: Turn, settings: ReplySettings, model: str) -> None:
    """Raises UsageError where there is nothing to go on with, or where the model, whose full name
    that is, would begin anew: only one in a file is held to a schema from its middle on."""
    if not can_go_on(turn):
        raise UsageError(_why_not(turn))
    options, in_file = settings.options, model.partition("/")[0] == LOCAL
    if options.grammar is not None or (options.json_schema is not None and not in_file):
        raise UsageError(
            "An answer that has to fit a form can't be gone on with; ask again, with a greater "
            "max_output_tokens."
        )


def _why_not(turn: Turn) -> str:
    if turn.state is TurnState.PENDING:
        return "The answer is still coming."
    if turn.reply.finish_reason is FinishReason.LENGTH:
        return (
            "The answer was cut off before its first word; ask again, with a greater "
            "max_output_tokens."
        )
    if turn.state is not TurnState.COMPLETE:
        return "The last question got no answer to go on with; ask it again."
    return "The answer ended by itself: there is nothing to go on with."


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
    """The model, without what it says again before it goes on. What goes on behind a beginning by
    itself is left as it is: what it says twice, it means. Where it had `thought` before, what it
    thinks now is a paragraph of its own."""

    model: ChatModel
    info: ModelInfo
    thought: bool = False

    async def close(self) -> None:
        """The model is the catalogue's."""

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        # As it was sent: with the masks that the model repeats.
        said = next(one.content for one in request.messages[::-1] if one.role is Role.ASSISTANT)
        held, waiting, thought = "", True, self.thought
        try:
            async with closed_behind(self.model.stream(request)) as stream:
                async for event in stream:
                    if thought and isinstance(event, ReasoningDelta):
                        thought = False
                        yield ReasoningDelta("\n\n")
                    # Asked when its text comes: a server may only have refused the beginning now.
                    if waiting and not held and self.model.info.prefills:
                        waiting = False
                    if waiting and isinstance(event, TextDelta):
                        held += event.text
                        fresh = joined(said, held, ended=False)
                        if fresh is None:
                            continue
                        waiting = False
                        yield TextDelta(fresh)
                        continue
                    if isinstance(event, TextTakenBack):
                        if waiting and held:
                            yield TextDelta(held)
                        held, waiting = "", True
                    if waiting and isinstance(event, Finished):
                        waiting = False
                        yield TextDelta(seamless(said, held))
                    yield event
        except ModelError:
            # What had come before it is the user's.
            if waiting and held:
                yield TextDelta(seamless(said, held))
            raise
