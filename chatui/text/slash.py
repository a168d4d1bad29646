"""What a line means that begins with a slash. Pure."""

from __future__ import annotations

import re

LINE = re.compile(r"/([A-Za-z?][\w-]*)(?:\s+(.*))?\s*", re.DOTALL)


def parse(text: str) -> tuple[str, str] | None:
    """The command's name and what follows it; None for a question. A path such as /etc/hosts
    at the start of a question is no command."""
    match = LINE.fullmatch(text.strip())
    return (match[1].lower(), (match[2] or "").strip()) if match else None
