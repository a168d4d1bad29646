"""How long a prompt may be where that is less than the context has room for."""

from __future__ import annotations

RESERVED = 128_000
"""Tokens of the context that GPT-5 and its successors keep for a reply, whatever is asked for: of
400,000 a prompt may have 272,000, of 1,050,000 it may have 922,000 (https://models.dev/api.json,
`limit.input`, as of November 2026; LiteLLM has the same as `max_input_tokens`)."""
CHAT_LIMIT = 128_000 - 16_384
"""The models that ChatGPT uses have a context of their own, which price lists don't know."""


def input_limit(model: str, context_size: int | None) -> int | None:
    """The most tokens of a prompt, None where nothing but the context limits it. `model` is a full
    name or a bare one, whoever sells it."""
    bare = model.rsplit("/", 1)[-1].lower()
    if not bare.startswith("gpt-5"):
        return None
    if "-chat" in bare:
        return CHAT_LIMIT
    if context_size is None or context_size <= 2 * RESERVED:
        return None
    return context_size - RESERVED
