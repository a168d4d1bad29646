"""A talk as plain text: its Markdown as it was written, between lines that say who speaks."""

from __future__ import annotations

import re

from chatui.memory.transfer.talk import Talk

_BOLD = re.compile(r"^\*\*([^*\n]++)\*\*$", re.MULTILINE)
_EMPHASIS = re.compile(r"^\*([^*\n]++)\*$", re.MULTILINE)


def write(talk: Talk) -> str:
    parts = ["\n".join(part for part in (talk.title, talk.when) if part)]
    for section in talk.sections:
        heading = f"{section.heading}:" if section.heading else ""
        said = "\n".join(part for part in (heading, section.named) if part)
        parts += [said, *map(_plain, section.notes)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _plain(note: str) -> str:
    """What chatui itself writes below a message, without its marks."""
    return _EMPHASIS.sub(r"\1", _BOLD.sub(r"\1", note))
