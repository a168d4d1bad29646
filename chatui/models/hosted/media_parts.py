"""Pictures and PDFs as each protocol takes them: parts before the text of a message.

They stand before it because makers of models advise that, and because the text of a last message
has passages in it which it has not later: so what a provider keeps of a prompt goes on to behind
the picture.

- Chat completions: `image_url` with a data URI, `file` with `file_data`
  (https://platform.openai.com/docs/api-reference/chat/create, guides/images and guides/pdf-files);
  OpenRouter takes the same (https://openrouter.ai/docs/features/multimodal/pdfs).
- Responses: `input_image` with a data URI, `input_file` with `file_data`
  (https://developers.openai.com/api/reference/resources/responses).
- Anthropic: blocks `image` and `document` with a base64 `source`
  (https://platform.claude.com/docs/en/build-with-claude/vision and .../pdf-support).
- Gemini: parts with `inlineData` (https://ai.google.dev/api/caching#Blob).
- Ollama: `images` beside the text, base64 without a data URI (docs/api.md of ollama/ollama).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from chatui.domain.media import PDF, Medium
from chatui.models.hosted.endpoint import MESSAGES, OLLAMA_CHAT, RESPONSES, Api


def with_media(text: str, media: Sequence[Medium], api: Api) -> Mapping[str, Any]:
    """The fields of a message with that text which say what it shows."""
    if api == OLLAMA_CHAT:
        return {"content": text, "images": [_base64(one) for one in media if one.data]}
    part = {MESSAGES: _block, RESPONSES: _input}.get(api, _part)
    parts = [part(one) for one in media if one.data]
    # An empty text is refused by those who take parts.
    kind = "input_text" if api == RESPONSES else "text"
    said = [{"type": kind, "text": text}] if text else []
    return {"content": [*parts, *said]}


def _part(medium: Medium) -> dict[str, Any]:
    if medium.kind == PDF:
        return {"type": "file", "file": {"filename": medium.name, "file_data": _uri(medium)}}
    return {"type": "image_url", "image_url": {"url": _uri(medium)}}


def _input(medium: Medium) -> dict[str, Any]:
    if medium.kind == PDF:
        return {"type": "input_file", "filename": medium.name, "file_data": _uri(medium)}
    return {"type": "input_image", "image_url": _uri(medium)}


def _uri(medium: Medium) -> str:
    return f"data:{medium.mime};base64,{_base64(medium)}"


def _block(medium: Medium) -> dict[str, Any]:
    kind = "document" if medium.kind == PDF else "image"
    source = {"type": "base64", "media_type": medium.mime, "data": _base64(medium)}
    return {"type": kind, "source": source}


def inline_parts(media: Sequence[Medium]) -> list[dict[str, Any]]:
    """As Gemini's API takes them."""
    return [
        {"inlineData": {"mimeType": one.mime, "data": _base64(one)}} for one in media if one.data
    ]


def _base64(medium: Medium) -> str:
    return b64encode(medium.data).decode("ascii")
