"""What stands in a message for a file that an export doesn't hold."""

from __future__ import annotations

ATTACHMENT = "[attachment, not imported]"


def attachment(name: str) -> str:
    return f"[attachment {name}, not imported]" if name else ATTACHMENT


def with_text(name: str, content: str) -> str:
    """A file whose text the export holds, as it stands in the message."""
    fence = "```"
    while fence in content:
        fence += "`"
    return f"{name}\n{fence}\n{content.strip()}\n{fence}".lstrip()
