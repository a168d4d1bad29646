"""Asking a model, and looking at what came back."""

import traceback
from collections.abc import Sequence

import pytest

from chatui.domain.conversation import FinishReason
from chatui.domain.errors import ChatuiError, ModelError
from chatui.models.base import Finished, ModelEvent, ModelRequest, ReasoningDelta, TextDelta
from chatui.models.hosted.hosted import HostedModel
from tests.models.conftest import KEY, ask
from tests.scripted_server import ScriptedServer, saying


async def reply(model: HostedModel, request: ModelRequest | None = None) -> list[ModelEvent]:
    return [event async for event in model.stream(request or ask())]


def text_of(events: Sequence[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def reasoning_of(events: Sequence[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, ReasoningDelta))


def end_of(events: Sequence[ModelEvent]) -> Finished:
    end = events[-1]
    assert isinstance(end, Finished)
    return end


async def failed_reply(model: HostedModel) -> tuple[str, ModelError]:
    """The text that came before the fault, and the error, which must be fit to be shown."""
    text = ""
    with pytest.raises(ModelError) as caught:
        async for event in model.stream(ask()):
            assert not isinstance(event, Finished)
            text += event.text if isinstance(event, TextDelta) else ""
    assert_fit_to_show(caught.value)
    return text, caught.value


def assert_fit_to_show(error: ChatuiError) -> None:
    message = str(error)
    assert message.endswith((".", "?"))
    assert "\n" not in message
    assert "\x1b" not in message
    assert KEY not in "".join(traceback.format_exception(error))
    assert KEY not in repr(error)


async def assert_next_reply_works(server: ScriptedServer, model: HostedModel) -> None:
    server.script(saying("Well again"))
    events = [event async for event in model.stream(ask())]
    assert events == [TextDelta("Well again"), Finished(FinishReason.STOP)]
