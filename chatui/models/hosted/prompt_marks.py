"""What OpenAI is told to keep of a prompt, in both of its protocols.

A key leads the prompts of a conversation to where the last one is kept. Since GPT-5.6 a prompt is
looked for at its marks alone, of which the last 80 count, and marks stand on what the user and the
system say (https://developers.openai.com/api/docs/guides/prompt-caching). A mark that the API sets
by itself would be behind the question and its passages, which never come again, and writing costs
more than reading: so it is told to set none.
"""

from __future__ import annotations

from typing import Any

from chatui.domain.conversation import Message, Role
from chatui.models.hosted.chat_request import message_body
from chatui.models.hosted.endpoint import Endpoint
from chatui.models.hosted.gpt import gpt
from chatui.models.hosted.request_text import MessageForm
from chatui.models.hosted.wire import WireCall

KEY, OPTIONS = "prompt_cache_key", "prompt_cache_options"
MARK = {"prompt_cache_breakpoint": {"mode": "explicit"}}


def cache_fields(call: WireCall) -> dict[str, Any]:
    """The fields of a request that speak of it."""
    options = {"mode": "explicit"} if gpt(call.info.model).marked else None
    told = {KEY: call.request.cache_key, OPTIONS: options}
    return {
        name: value for name, value in told.items() if value and name not in call.dialect.without
    }


def marks(call: WireCall, endpoint: Endpoint) -> bool:
    """Whether marks say what is kept of its prompt, and anything is to be kept."""
    return endpoint.prompt_cache != "off" and OPTIONS in cache_fields(call)


def _marked(message: Message, kind: str) -> dict[str, Any]:
    """What the model says takes no mark."""
    body = message_body(message)
    if message.role is Role.ASSISTANT or not message.content.strip():
        return body
    return {**body, "content": [{"type": kind, "text": body["content"], **MARK}]}


MARKED_TEXTS = MessageForm("messages", lambda message: _marked(message, "text"))
MARKED_INPUT = MessageForm("input", lambda message: _marked(message, "input_text"))
INPUT = MessageForm("input", message_body)
"""How the messages of chat completions and of the Responses API are written: so that all up to the
end of each is kept, or without marks."""
