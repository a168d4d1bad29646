"""What OpenAI is told to keep of a prompt, in both of its protocols.

A key leads the prompts of a conversation to where the last one is kept. Since GPT-5.6 a prompt is
looked for at its marks alone, of which the last 80 count, and marks stand on what the user and the
system say (https://developers.openai.com/api/docs/guides/prompt-caching). A mark that the API sets
by itself would be behind the question and its passages, which never come again, and writing costs
more than reading: so it is told to set none.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from chatui.domain.conversation import Message, Role
from chatui.models.hosted.chat_request import message_body
from chatui.models.hosted.endpoint import (
    CHAT_COMPLETIONS,
    OPENROUTER,
    RESPONSES,
    Api,
    Endpoint,
    is_openai,
)
from chatui.models.hosted.gpt import gpt
from chatui.models.hosted.request_text import MessageForm
from chatui.models.hosted.wire import WireCall

KEY, OPTIONS = "prompt_cache_key", "prompt_cache_options"
MARK = {"prompt_cache_breakpoint": {"mode": "explicit"}}


def cache_fields(call: WireCall, endpoint: Endpoint) -> dict[str, Any]:
    """The fields of a request that speak of it."""
    api = call.dialect.api
    key = endpoint.known.cache_key if endpoint.known is not None else ""
    told: dict[str, Any] = {KEY if api == RESPONSES else key: call.request.cache_key}
    takes = api in (RESPONSES, OPENROUTER) or is_openai(endpoint.base_url)
    if takes and gpt(call.info.model).marked:
        told[OPTIONS] = {"mode": "explicit"}
    without = {"", *call.dialect.without}
    return {name: value for name, value in told.items() if value and name not in without}


def marks(call: WireCall, endpoint: Endpoint) -> bool:
    """Whether marks say what is kept of its prompt, and anything is to be kept."""
    return endpoint.prompt_cache != "off" and OPTIONS in cache_fields(call, endpoint)


def _marked(message: Message, api: Api) -> dict[str, Any]:
    """What the model says takes no mark."""
    body = message_body(message, api)
    if message.role is Role.ASSISTANT or not message.content.strip():
        return body
    content, kind = body["content"], "input_text" if api == RESPONSES else "text"
    parts = [{"type": kind, "text": content}] if isinstance(content, str) else content
    return {**body, "content": [*parts[:-1], {**parts[-1], **MARK}]}


MARKED_TEXTS = MessageForm("messages", partial(_marked, api=CHAT_COMPLETIONS))
MARKED_INPUT = MessageForm("input", partial(_marked, api=RESPONSES))
INPUT = MessageForm("input", partial(message_body, api=RESPONSES))
"""How the messages of chat completions and of the Responses API are written: so that all up to the
end of each is kept, or without marks."""
