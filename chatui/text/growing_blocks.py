"""Cuts Markdown that arrives in pieces into blocks that nothing to come can change."""

from __future__ import annotations

import re

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)")


class GrowingBlocks:
    """A paragraph, a table, a fence, a whole list: each is given out once, when the line that
    follows it shows that it has ended."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._partial = ""
        self._fence = ""
        self._listed = False
        """Whether the open block has an item of a list."""

    def feed(self, text: str) -> list[str]:
        """The blocks that have ended, with their line breaks."""
        *lines, self._partial = (self._partial + text).split("\n")
        ended = [self._take(line) for line in lines]
        # Of a list, the begun line may yet turn out to be an item.
        if self._partial and not self._listed and self._ends(self._partial):
            ended.append(self._end())
        return [block for block in ended if block.strip()]

    def finish(self) -> list[str]:
        """The blocks that are left."""
        ended = self._take(self._partial)
        rest = self._end()
        self._partial = self._fence = ""
        return [block for block in (ended, rest) if block.strip()]

    @property
    def last_line(self) -> str:
        """What of the open block was written last."""
        return self._partial or (self._open[-1] if self._open else "")

    def _take(self, line: str) -> str:
        """Adds a line; the block that it ended, or ""."""
        mark = _FENCE.match(line)
        if self._fence:
            if mark and mark[1].startswith(self._fence) and not line.strip().strip(self._fence[0]):
                self._fence = ""
            self._open.append(line)
            return ""
        ended = self._end() if self._ends(line) else ""
        if mark:
            self._fence = mark[1]
        self._listed = self._listed or bool(_ITEM.match(line))
        self._open.append(line)
        return ended

    def _end(self) -> str:
        block, self._open, self._listed = "\n".join(self._open) + "\n", [], False
        return block

    def _ends(self, line: str) -> bool:
        """Whether the open block is over, now that this line begins."""
        if self._fence or not self._open or not line.strip() or line[:1] in " \t":
            return False
        # Whether a list is loose shows only at its end.
        goes_on = self._listed and _ITEM.match(line)
        return not self._open[-1].strip() and not goes_on
