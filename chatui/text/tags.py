"""Tags of conversations: what one is written as, and which of them a search is limited to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

MOST_CHARACTERS = 40
MOST_TAGS = 20
NO_TAG = "{} can be no tag: write letters, digits, - and / for one within another."
_TAG = re.compile(r"\w[\w./-]*+")


def tag_of(written: str) -> str | None:
    """`#Work` → `work`, `work/acme` as a part of it; None for what can be no tag."""
    tag = unicodedata.normalize("NFC", written.strip().removeprefix("#")).casefold().rstrip("/.")
    return tag if _TAG.fullmatch(tag) and len(tag) <= MOST_CHARACTERS else None


def tags_of(written: Iterable[object]) -> tuple[str, ...]:
    """Those that can be tags, each once, in their order by name."""
    found = {tag for one in written if isinstance(one, str) and (tag := tag_of(one))}
    return tuple(sorted(found)[:MOST_TAGS])


def told(tags: Sequence[str]) -> str:
    return " ".join(f"#{tag}" for tag in tags)


def taken_apart(query: str) -> tuple[tuple[str, ...], str]:
    """The tags of a query, as far as they are written, and its other words."""
    words = query.split()
    tags = tuple(word[1:].casefold() for word in words if word[:1] == "#")
    return tags, " ".join(word for word in words if word[:1] != "#")


def begun(tags: Sequence[str], wanted: Iterable[str]) -> bool:
    """Whether each of the wanted ones is the beginning of a tag: it may be half written."""
    return all(any(tag.startswith(each) for tag in tags) for each in wanted)
