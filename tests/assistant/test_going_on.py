"""The seam between a reply that was cut off and what goes on behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from chatui.assistant.going_on import SeamlessModel
from chatui.assistant.seam import seamless
from chatui.domain.conversation import FinishReason, Message, Role
from chatui.domain.errors import ModelError
from chatui.models.base import GO_ON, Finished, ModelEvent, ModelInfo, ModelRequest, TextDelta
from tests.assistant.test_seam import texts

SAID = "The first part ends in the middle of a sent"


@dataclass
class Says:
    pieces: list[str | ModelError]
    info: ModelInfo = ModelInfo("a/b")

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        for piece in self.pieces:
            if isinstance(piece, ModelError):
                raise piece
            yield TextDelta(piece)
        yield Finished(FinishReason.STOP)

    async def close(self) -> None:
        return None


async def heard(said: str, *pieces: str | ModelError) -> str:
    model = SeamlessModel(Says(list(pieces)), ModelInfo("a/b"))
    asked = (Message(Role.ASSISTANT, said), Message(Role.USER, GO_ON))
    text = ""
    try:
        async for event in model.stream(ModelRequest(asked)):
            text += event.text if isinstance(event, TextDelta) else ""
    except ModelError:
        text += "✗"
    return text


async def test_the_repetition_is_found_however_the_text_is_cut() -> None:
    new = "the middle of a sentence, and more."
    for size in (1, 3, 100):
        pieces = [new[at : at + size] for at in range(0, len(new), size)]
        assert await heard(SAID, *pieces) == "ence, and more."


async def test_what_was_held_back_comes_out_at_the_end_and_before_an_error() -> None:
    assert await heard(SAID, "sent") == "sent"
    assert await heard(SAID, "first ", ModelError("gone")) == "first ✗"


@given(texts, texts, st.integers(1, 7))
async def test_a_stream_leaves_out_what_the_whole_text_would(
    said: str, new: str, size: int
) -> None:
    pieces = [new[at : at + size] for at in range(0, len(new), size)]

    assert await heard(said, *pieces) == seamless(said, new)
