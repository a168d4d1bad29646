"""Going on behind the beginning of a reply: how each server is told, and what it sends back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.domain.conversation import Message, Role
from chatui.models.base import GO_ON, ModelInfo, ModelRequest, TextDelta
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.dialect import first_dialect
from chatui.models.hosted.hosted import HostedModel
from chatui.models.hosted.joint import SHORTEST_ECHO, Joint
from tests.models.conftest import endpoint_at
from tests.scripted_server import Exchange, ScriptedServer, saying

BEGUN = "The first part ends in the middle of a sent"
HELLO = {"role": "user", "content": "Tell me."}
VLLM = {"continue_final_message": True, "add_generation_prompt": False}


def go_on(begun: str = BEGUN) -> ModelRequest:
    messages = (Message(Role.USER, "Tell me."), Message(Role.ASSISTANT, begun))
    return ModelRequest(messages, begun=True)


async def told(model: HostedModel, request: ModelRequest) -> str:
    return "".join([e.text async for e in model.stream(request) if isinstance(e, TextDelta)])


def as_known(server: ScriptedServer, base_url: str, provider: str = "") -> HostedModel:
    """A model on the scripted server, called as the provider at that address would be."""
    connection = Connection(endpoint_at(server.base_url))
    return HostedModel(
        ModelInfo("test/tiny"), connection, dialect=first_dialect(base_url, provider)
    )


@pytest.mark.parametrize(
    ("base_url", "provider", "marks", "fields", "path"),
    [
        ("https://api.deepseek.com", "", {"prefix": True}, {}, "/beta/chat/completions"),
        ("https://api.deepseek.com/v1", "ds", {"prefix": True}, {}, "/beta/chat/completions"),
        ("https://api.mistral.ai/v1", "", {"prefix": True}, {}, None),
        ("https://api.moonshot.ai/v1", "", {"partial": True}, {}, None),
        ("https://api.moonshot.cn/v1", "", {"partial": True}, {}, None),
        ("https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "", {"partial": True}, {}, None),
        ("https://dashscope-us.aliyuncs.com/compatible-mode/v1", "", {"partial": True}, {}, None),
        (
            "https://w1.eu-central-1.maas.aliyuncs.com/compatible-mode/v1",
            "",
            {"partial": True},
            {},
            None,
        ),
        ("https://api.groq.com/openai/v1", "", {}, {}, None),
        ("https://api.anthropic.com/v1", "", {}, {}, None),
        ("https://openrouter.ai/api/v1", "", {}, {}, None),
        ("http://localhost:8000/v1", "vllm", {}, VLLM, None),
        ("http://localhost:30000/v1", "sglang", {}, {"continue_final_message": True}, None),
        ("http://localhost:8080/v1", "llamacpp", {}, {}, None),
        ("http://localhost:11434/v1", "ollama", {}, {}, None),
    ],
)
async def test_each_server_is_told_in_its_own_form(
    server: ScriptedServer,
    *,
    base_url: str,
    provider: str,
    marks: dict[str, Any],
    fields: dict[str, Any],
    path: str | None,
) -> None:
    server.script(saying("ence, and more."))
    model = as_known(server, base_url, provider)

    assert model.info.prefills
    assert await told(model, go_on()) == "ence, and more."
    sent = server.exchanges[0]
    assert sent.json["messages"] == [HELLO, {"role": "assistant", "content": BEGUN, **marks}]
    assert {name: sent.json[name] for name in fields} == fields
    assert sent.json.keys() - {"stream_options"} == {"model", "messages", "stream", *fields}
    assert sent.path == (path or "/v1/chat/completions")


async def test_another_question_has_none_of_these_forms(server: ScriptedServer) -> None:
    server.script(saying("Yes."))
    request = ModelRequest((Message(Role.USER, "Tell me."),))

    await told(as_known(server, "https://api.deepseek.com"), request)
    await told(as_known(server, "http://localhost:8000/v1", "vllm"), request)

    for sent in server.exchanges:
        assert sent.json["messages"] == [HELLO]
        assert set(sent.json) == {"model", "messages", "stream", "stream_options"}
        assert sent.path == "/v1/chat/completions"


async def test_a_server_of_which_nothing_is_known_is_told_in_words(server: ScriptedServer) -> None:
    server.script(saying("ence."))
    model = as_known(server, "https://api.openai.com/v1")

    assert not model.info.prefills
    await told(model, go_on())
    assert server.exchanges[0].json["messages"][-1] == {"role": "user", "content": GO_ON}


@pytest.mark.parametrize(
    ("base_url", "words"),
    [
        (
            "https://api.anthropic.com/v1",
            "This model does not support assistant message prefill. "
            "The conversation must end with a user message.",
        ),
        (
            "https://api.deepseek.com",
            "The last message of deepseek-reasoner must be a user message",
        ),
        ("https://dashscope.aliyuncs.com/v1", "partial is not supported in thinking mode"),
    ],
)
async def test_a_refused_beginning_is_told_in_words_from_then_on(
    server: ScriptedServer, base_url: str, words: str
) -> None:
    async def refusing(exchange: Exchange) -> None:
        if exchange.json["messages"][-1]["role"] == "assistant":
            await exchange.error(400, words)
        else:
            await saying("ence.")(exchange)

    server.script(refusing)
    model = as_known(server, base_url)

    assert await told(model, go_on()) == "ence."
    assert not model.info.prefills, "what is said again has to be found from now on"
    assert await told(model, go_on()) == "ence."
    ends = [sent.json["messages"][-1]["role"] for sent in server.exchanges]
    assert ends == ["assistant", "user", "user"]
    assert server.exchanges[-1].path == "/v1/chat/completions"


async def test_white_space_at_the_end_is_not_sent_where_it_is_refused(
    server: ScriptedServer,
) -> None:
    begun = "A list of things:\n\n"
    server.script(saying("\n", "\n- one"))

    text = await told(as_known(server, "https://api.anthropic.com/v1"), go_on(begun))

    assert server.exchanges[0].json["messages"][-1]["content"] == begun.rstrip()
    assert begun + text == "A list of things:\n\n- one"


@pytest.mark.parametrize("base_url", ["https://api.mistral.ai/v1", "https://openrouter.ai/api/v1"])
async def test_a_beginning_that_is_sent_back_is_left_out(
    server: ScriptedServer, base_url: str
) -> None:
    server.script(saying(BEGUN[:5], BEGUN[5:] + "en", "ce."))

    assert await told(as_known(server, base_url), go_on()) == "ence."


async def test_a_short_beginning_is_left_out_where_it_always_comes_back(
    server: ScriptedServer,
) -> None:
    server.script(saying("Ha", " ha ha."))

    assert await told(as_known(server, "https://api.mistral.ai/v1"), go_on("Ha")) == " ha ha."
    assert await told(as_known(server, "https://api.moonshot.ai/v1"), go_on("Ha")) == "Ha ha ha."


@pytest.mark.parametrize("echo", ["Beavers are", "Beavers are "])
async def test_a_beginning_that_comes_back_with_or_without_its_last_blank_joins(
    server: ScriptedServer, echo: str
) -> None:
    rest = "rodents." if echo.endswith(" ") else " rodents."
    server.script(saying(echo, rest))

    text = await told(as_known(server, "https://api.mistral.ai/v1"), go_on("Beavers are "))

    assert "Beavers are " + text == "Beavers are rodents."


@pytest.mark.parametrize("base_url", ["https://api.mistral.ai/v1", "https://openrouter.ai/api/v1"])
async def test_what_only_looks_like_the_beginning_stays(
    server: ScriptedServer, base_url: str
) -> None:
    server.script(saying("The first ", "of all."), saying("The first"))
    model = as_known(server, base_url)

    assert await told(model, go_on()) == "The first of all."
    assert await told(model, go_on()) == "The first"


@given(
    st.text(min_size=SHORTEST_ECHO, max_size=40),
    st.text(max_size=40),
    st.integers(1, 7),
    st.booleans(),
)
def test_a_joint_gives_the_same_however_the_text_is_cut(
    said: str, new: str, size: int, echoed: bool
) -> None:
    sent = (said if echoed else "") + new
    joint = Joint(said, trimmed=False)
    pieces = [joint.feed(sent[at : at + size]) for at in range(0, len(sent), size)]

    text = "".join(pieces) + joint.finish()

    assert text == sent.removeprefix(said)
