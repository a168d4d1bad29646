"""Pictures and PDFs in requests over real sockets, to the byte as each protocol publishes them."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from chatui.domain.conversation import Message, Role
from chatui.domain.media import medium_of
from chatui.models.base import ModelRequest
from tests.models.conftest import ModelMaker
from tests.models.hosted.test_anthropic_messages import saying as claude_saying
from tests.models.hosted.test_generate_content import saying as gemini_saying
from tests.models.hosted.test_ollama import LAST, answering
from tests.models.hosted.test_responses import answering as response_saying
from tests.models.replies import reply
from tests.scripted_server import Script, ScriptedServer, saying

PIXELS, PAGES = b"\x89PNG\r\n\x1a\n...", b"%PDF-1.7 ..."
IN_BASE64, PAGES_IN_BASE64 = b64encode(PIXELS).decode(), b64encode(PAGES).decode()
PICTURE = medium_of(PIXELS, "image/png", "dot.png", width=1, height=1)
PAPER = medium_of(PAGES, "application/pdf", "paper.pdf", pages=1)
ASKED = Message(Role.USER, "What is it?", media=(PICTURE, PAPER))
TALK = (
    Message(Role.SYSTEM, "Be brief."),
    ASKED,
    Message(Role.ASSISTANT, "A dot."),
    Message(Role.USER, "Of what colour?"),
)


def sent_messages(server: ScriptedServer, at: int = -1) -> bytes:
    """The messages of a request as they came, to the byte."""
    body = server.exchanges[at].body
    keys = b'"messages":', b'"contents":', b'"input":'
    return body[next(body.index(key) for key in keys if key in body) :]


def written(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


async def test_a_chat_completion_has_them_as_parts_before_the_text(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(saying("A dot."))
    await reply(make_model(server.base_url), ModelRequest((ASKED,)))
    parts = [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{IN_BASE64}"}},
        {
            "type": "file",
            "file": {
                "filename": "paper.pdf",
                "file_data": f"data:application/pdf;base64,{PAGES_IN_BASE64}",
            },
        },
        {"type": "text", "text": "What is it?"},
    ]
    assert written([{"role": "user", "content": parts}]) in sent_messages(server)


async def test_anthropic_has_them_as_blocks_with_base64_sources(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(claude_saying("A dot."))
    model = make_model(
        server.base_url, "claude-sonnet-4-5", name="anthropic", api="messages", prompt_cache="5m"
    )
    await reply(model, ModelRequest(TALK))
    image = {"type": "base64", "media_type": "image/png", "data": IN_BASE64}
    document = {"type": "base64", "media_type": "application/pdf", "data": PAGES_IN_BASE64}
    blocks = [
        {"type": "image", "source": image},
        {"type": "document", "source": document},
        {"type": "text", "text": "What is it?"},
    ]
    # What is kept of the prompt ends behind them.
    answer = [{"type": "text", "text": "A dot.", "cache_control": {"type": "ephemeral"}}]
    assert sent_messages(server) == b'"messages":%s}' % written(
        [
            {"role": "user", "content": blocks},
            {"role": "assistant", "content": answer},
            {"role": "user", "content": "Of what colour?"},
        ]
    )


async def test_a_mark_behind_a_picture_is_on_its_last_block(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(claude_saying("A dot."))
    model = make_model(server.base_url, "claude-sonnet-4-5", name="anthropic", api="messages")
    await reply(model, ModelRequest((ASKED, Message(Role.USER, "Of what colour?"))))
    blocks = server.exchanges[0].json["messages"][0]["content"]
    assert ["cache_control" in one for one in blocks] == [False, False, True]


async def test_gemini_has_them_as_inline_data(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(gemini_saying("A dot."))
    await reply(make_model(server.base_url, "gemini-2.5-pro", api="gemini"), ModelRequest((ASKED,)))
    parts = [
        {"inlineData": {"mimeType": "image/png", "data": IN_BASE64}},
        {"inlineData": {"mimeType": "application/pdf", "data": PAGES_IN_BASE64}},
        {"text": "What is it?"},
    ]
    assert written([{"role": "user", "parts": parts}]) in sent_messages(server)


async def test_the_responses_api_has_them_as_input(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(response_saying("A dot."))
    await reply(make_model(server.base_url, "gpt-5", api="responses"), ModelRequest((ASKED,)))
    parts = [
        {"type": "input_image", "image_url": f"data:image/png;base64,{IN_BASE64}"},
        {
            "type": "input_file",
            "filename": "paper.pdf",
            "file_data": f"data:application/pdf;base64,{PAGES_IN_BASE64}",
        },
        {"type": "input_text", "text": "What is it?"},
    ]
    assert written([{"role": "user", "content": parts}]) in sent_messages(server)


async def test_ollama_has_pictures_beside_the_text(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(answering(LAST))
    model = make_model(server.base_url, "llava", name="ollama", local=True)
    asked = Message(Role.USER, "What is it?", media=(PICTURE,))
    await reply(model, ModelRequest((asked,)))
    (sent,) = server.exchanges[0].json["messages"]
    assert sent == {"role": "user", "content": "What is it?", "images": [IN_BASE64]}


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"model": "tiny"}, saying("A dot.")),
        ({"model": "claude-sonnet-4-5", "api": "messages"}, claude_saying("A dot.")),
        ({"model": "gpt-5.6", "api": "responses"}, response_saying("A dot.")),
        ({"model": "gemini-2.5-pro", "api": "gemini"}, gemini_saying("A dot.")),
    ],
)
async def test_what_a_provider_may_keep_is_the_same_to_behind_the_picture(
    server: ScriptedServer,
    make_model: ModelMaker,
    fields: dict[str, Any],
    answer: Script,
) -> None:
    """In the turn that has it, where passages stand before the question, and in all after it."""
    server.script(answer)
    opened = make_model(server.base_url, **fields)
    with_passages = Message(Role.USER, "<passages>\n\nWhat is it?", media=(PICTURE, PAPER))
    await reply(opened, ModelRequest((with_passages,)))
    await reply(opened, ModelRequest(TALK[1:]))
    first, second = sent_messages(server, 0), sent_messages(server, 1)
    end = first.index(PAGES_IN_BASE64.encode()) + len(PAGES_IN_BASE64)
    assert first[:end] == second[:end]
