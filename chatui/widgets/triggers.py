"""What is being completed at the cursor: a command, a command's argument, a file, a collection."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

TriggerKind = Literal["command", "argument", "file", "collection"]
COMMAND = re.compile(r"/([\w-]*)")
ARGUMENT = re.compile(r"/([\w-]+) +(.*)")
SEVERAL = frozenset({"compare", "cost"})
"""Commands whose argument is several words, each of which is completed by itself."""
FILE = re.compile(r'(?:^|\s)@("[^"]*|[^\s"]*)$')
DOCUMENT = re.compile(r'(?:^|[\s(（，。：、\u3400-\u9fff])#("[^"]*|[^\s"#]*)$')


@dataclass(frozen=True, slots=True)
class Trigger:
    """`start` is the column where the completed text begins, behind its mark; `text` is what
    is typed of it. `command` names the command whose argument it is, else it is empty."""

    kind: TriggerKind
    text: str
    start: int
    command: str = ""


def trigger_at(line: str, column: int, row: int = 0) -> Trigger | None:
    """The trigger that ends at the cursor. Commands stand at the start of the first row."""
    before = line[:column]
    if row == 0:
        if match := COMMAND.fullmatch(before):
            return Trigger("command", match[1], 1)
        if match := ARGUMENT.fullmatch(before):
            if match[1] not in SEVERAL:
                return Trigger("argument", match[2], match.start(2), match[1])
            # Enter behind a whole word sends: it must not take a further one.
            *earlier, word = re.split(r"\s+", match[2])
            if "--" not in earlier and (word or not earlier):
                return Trigger("argument", word, column - len(word), match[1])
    if match := FILE.search(before):
        return Trigger("file", match[1].lstrip('"'), match.start(1))
    if match := DOCUMENT.search(before):
        return Trigger("collection", match[1].lstrip('"'), match.start(1))
    return None
