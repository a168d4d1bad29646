"""Files of text that the config, a profile, a chain or an option names."""

from __future__ import annotations

from pathlib import Path

from chatui.domain.errors import UsageError
from chatui.system.files import read_plain


def read_named(path: Path, what: str, at_most: int) -> str:
    """The text of a file of at most so many bytes. `what` is what it is to be: "prompt". Raises
    UsageError, with what is wrong with it."""
    try:
        content = read_plain(path, at_most + 1)
        text = content.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"The {what} {path} can't be read ({reason}); check the path.") from error
    if len(content) > at_most:
        raise UsageError(f"{path} is longer than a {what} can be ({at_most:,} bytes).")
    return text
