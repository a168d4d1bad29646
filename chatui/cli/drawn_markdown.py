"""Markdown as a terminal shows it, by Rich."""

from __future__ import annotations

import io
from typing import ClassVar

from markdown_it import MarkdownIt
from rich.console import Console, JustifyMethod
from rich.markdown import Heading, Markdown, MarkdownElement

from chatui.text.safety import drawable


def drawn(text: str, width: int) -> str:
    """The lines of the text, cleaned, at most so many cells wide, with the sequences of their
    looks. NO_COLOR is honoured."""
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=True, emoji=False)
    console.print(_parsed(drawable(text)))
    return "\n".join(line.rstrip() for line in file.getvalue().strip("\n").split("\n")) + "\n"


def _parsed(text: str) -> Markdown:
    """Rich by itself would leave HTML out, and hide where a link leads behind its words."""
    made = _DrawnAnswer("", code_theme="ansi_dark", hyperlinks=False)
    parser = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])
    parser.disable("image")  # Which Rich would draw without saying where it is.
    made.markup, made.parsed = text, parser.parse(text)
    return made


class _LeftHeading(Heading):
    LEVEL_ALIGN: ClassVar[dict[str, JustifyMethod]] = {}


class _DrawnAnswer(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _LeftHeading,
    }
