"""Whether a question is about chatui itself, which its manual answers. Pure functions."""

from __future__ import annotations

import re
import unicodedata

COMMANDS = """
    budget chats clear compact compare concise context continue copy cost edit editor export
    files filters forget fork help import ingest json links memory model new notices omit
    options paste pin profile pull quit rag reasoning redo remember rename resume retry run
    show sources stats system tag template theme times tokens undo versions vim why
"""
"""The slash commands of the window."""
_OF_AN_INTERFACE = re.compile(
    r"\b(?:endpoints?|routes?|urls?|apis?|https?|get|post|put|delete|requests?|paths?|folders?|"
    r"director(?:y|ies)|pages?|servers?)\b"
)
"""Beside these a word behind a slash is an address of theirs."""
_NAMED = re.compile(r"(?<![\w./\\-])(?:chat[ _-]?ui|builtin/extract)(?![\w/\\-])")
_COMMAND = re.compile(r"(?<![\w./\\:~-])/([a-z]{2,12})(?![\w/\\.-])")


def is_about_chatui(question: str) -> bool:
    """Whether it names chatui, its built-in model or one of its slash commands; a path or an
    address that only holds such a name is none."""
    said = unicodedata.normalize("NFKC", question).casefold()
    if _NAMED.search(said):
        return True
    if _OF_AN_INTERFACE.search(said):
        return False
    commands = frozenset(COMMANDS.split())
    return any(found in commands for found in _COMMAND.findall(said))
