"""Marks for what a provider is to keep of a prompt, in Anthropic's form, which is OpenRouter's too.

They stand behind what comes again with the next prompt: the system prompt, and the last message
before the question. The question with its passages, which does not, is never inside one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatui.models.hosted.endpoint import PromptCache

CACHE_CONTROL = "cache_control"


def cache_mark(kept: PromptCache) -> dict[str, Any]:
    """What a block has that a mark stands behind; nothing where nothing is to be kept."""
    if kept == "off":
        return {}
    longer = {"ttl": "1h"} if kept == "1h" else {}
    return {CACHE_CONTROL: {"type": "ephemeral", **longer}}


def marked(body: Mapping[str, Any], mark: Mapping[str, Any]) -> dict[str, Any]:
    """A message as it is written, with a mark behind it. An empty text may have none."""
    content = body["content"]
    if not mark or (isinstance(content, str) and not content.strip()):
        return dict(body)
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return {**body, "content": [*parts[:-1], {**parts[-1], **mark}]}
