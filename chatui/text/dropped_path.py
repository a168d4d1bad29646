"""Paths as terminals write them when a file is dropped on them."""

from __future__ import annotations

import re
from pathlib import PurePath
from urllib.parse import unquote, urlsplit

SHOWABLE = frozenset(
    (".png", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".avif", ".heic", ".pdf")
)
"""Ends of the names of files that a model may be shown."""
LONGEST = 1000
_ESCAPED = re.compile(r"\\(.)")


def dropped(text: str) -> str | None:
    """The mention of the picture or PDF whose path that is, and nothing else; None for another
    text. Terminals write it bare, in quotes, with backslashes or as a file:// address."""
    path = text.strip()
    if not path or len(path) > LONGEST or "\n" in path or '"' in path[1:-1]:
        return None
    if path.startswith("file://"):
        path = unquote(urlsplit(path).path)
    elif path[0] in "'\"" and path[-1] == path[0] and len(path) > 2:
        path = path[1:-1]
    elif "\\" in path:
        path = _ESCAPED.sub(r"\1", path)
    elif " " in path:
        # Words that begin with a slash and end like a file.
        return None
    if not path.startswith(("/", "~/")) or PurePath(path).suffix.lower() not in SHOWABLE:
        return None
    return f'@"{path}"' if re.search(r"\s", path) else f"@{path}"
