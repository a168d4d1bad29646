"""What a chat template writes around a message, measured in tokens. Runs in a child: a
template is a program of others."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any

from chatui.workers.bounds import bounded

WORD = "x"
SECONDS = 5.0
MEGABYTES = 256
LONGEST = 1_000_000
"""Characters of a prompt of three words."""


def message_marks(template: str, tokens: Callable[[str], int]) -> int | None:
    """Tokens around one message, its role's among them; None for a template that fails.

    `tokens` counts text whose special tokens are special. One exchange more makes the prompt
    longer by two messages, whatever the template writes at its start and end.
    """
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    question: dict[str, Any] = {"role": "user", "content": WORD}
    answer: dict[str, Any] = {"role": "assistant", "content": WORD}
    try:
        with bounded(SECONDS, MEGABYTES):
            render: Any = Jinja2ChatFormatter(template, eos_token="", bos_token="")
            shorter: str = render(messages=[question]).prompt
            longer: str = render(messages=[question, answer, question]).prompt
        if len(longer) > LONGEST:
            return None
        one, two = tokens(shorter), tokens(longer)
    # Jinja's own errors and whatever the template does; without marks there is a rule.
    except Exception:  # noqa: BLE001
        return None
    return max(0, ceil((two - one) / 2) - tokens(WORD))
