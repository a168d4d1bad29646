"""Requests as they are written: the JSON that they stand for, and no more work than is new."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from chatui.domain.conversation import Message, Role
from chatui.domain.media import medium_of
from chatui.models.base import ModelRequest, SamplingOptions
from chatui.models.hosted.chat_request import request_body, request_fields
from chatui.models.hosted.dialect import Dialect, Prefill, first_dialect
from chatui.models.hosted.endpoint import OLLAMA_CHAT
from chatui.models.hosted.request_text import MessageForm, RequestTexts

DIALECTS = [
    Dialect(),
    Dialect(stream_options=False, schema_format="words"),
    Dialect(prefill=Prefill("prefix", trimmed=True)),
    first_dialect("https://api.openai.com/v1"),
    Dialect(api=OLLAMA_CHAT),
]
PICTURE = medium_of(b"dot", "image/png", "dot.png", width=1, height=1)
MESSAGES = st.builds(
    Message,
    st.sampled_from(Role),
    st.text(st.characters(), max_size=20),
    st.none() | st.sampled_from(["Ann", "Böb"]),
    st.sampled_from([(), (PICTURE,)]),
)


@st.composite
def prompts(draw: st.DrawFn) -> list[Message]:
    """Messages of which several prompts may have some in common."""
    first = draw(st.sampled_from(["a", "b"]))
    shared = [Message(Role.USER, f"{first}{number}") for number in range(draw(st.integers(0, 4)))]
    return [*shared, *draw(st.lists(MESSAGES, min_size=1, max_size=4))]


@given(
    st.lists(
        st.tuples(
            prompts(),
            st.sampled_from(DIALECTS),
            st.booleans(),
            st.sampled_from([None, {"type": "object"}]),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_what_is_written_is_the_body_whatever_was_written_before(
    calls: list[tuple[list[Message], Dialect, bool, dict[str, str] | None]],
) -> None:
    texts = RequestTexts()
    for messages, dialect, begun, schema in calls:
        options = SamplingOptions(max_output_tokens=7, json_schema=schema)
        request = ModelRequest(tuple(messages), options=options, begun=begun)

        written = texts.text(request_fields("m", request, dialect), request, dialect)

        assert json.loads(written) == request_body("m", request, dialect)


class CountedForm:
    """Writes messages in a form of its own, and counts how many were turned to JSON but for the
    last one of each prompt."""

    def __init__(self, field: str = "messages") -> None:
        self.count = 0
        self._form = MessageForm(field, self._body)

    def _body(self, message: Message) -> dict[str, object]:
        self.count += 1
        return {"said": message.content}

    def written(self, texts: RequestTexts, messages: Sequence[Message]) -> bytes:
        last = [{"said": messages[-1].content}]
        return texts.written({"model": "m"}, tuple(messages[:-1]), last, self._form)

    def anew(self, texts: RequestTexts, messages: Sequence[Message]) -> int:
        before = self.count
        self.written(texts, messages)
        return self.count - before


def test_what_the_last_prompt_began_with_is_not_written_again() -> None:
    texts, form = RequestTexts(), CountedForm()
    past = [Message((Role.USER, Role.ASSISTANT)[n % 2], f"said {n}") for n in range(2000)]
    asked = Message(Role.USER, "And now?")
    more = [*past, Message(Role.USER, "And now?"), Message(Role.ASSISTANT, "This.")]

    assert form.anew(texts, [*past, asked]) == 2000
    assert form.anew(texts, [*past, asked]) == 0
    assert form.anew(texts, [*more, asked]) == 2
    # Undone, and a turn in the middle taken out.
    assert form.anew(texts, [*past, asked]) == 0
    assert form.anew(texts, [*past[:1000], *past[1002:], asked]) == 998


def test_a_prompt_in_another_form_takes_nothing_of_what_was_written_before() -> None:
    texts = RequestTexts()
    messages = [Message(Role.USER, "a"), Message(Role.ASSISTANT, "b"), Message(Role.USER, "c")]
    CountedForm().written(texts, messages)

    written = CountedForm("contents").written(texts, messages)

    said = [{"said": "a"}, {"said": "b"}, {"said": "c"}]
    assert json.loads(written) == {"model": "m", "contents": said}
