"""Large pastes stand in the composer as a short chip and come back when the text is sent.

A 2 MB line in a TextArea costs seconds for every key, and hundreds of lines hide what the
user writes around them.
"""

from __future__ import annotations

import re

FOLD_CHARACTERS = 2_000
FOLD_LINES = 12
CROWDED_CHARACTERS = 10_000
"""Beyond so many in the composer all but short pastes are folded: a key goes through its line."""
EDITED_CHARACTERS = 50_000
SHORT_CHARACTERS = 100
CHIP = re.compile(r"\[(?:pasted [\d,.]+ (?:lines|characters) #\d+|clipboard \d+\.png)\]")


class Pastes:
    """The texts behind the chips of one composer."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def fold(self, text: str, beside: int = 0) -> str:
        """The text itself when it is short, else a chip that stands for it. `beside` are the
        characters that the composer holds already."""
        lines = text.count("\n") + 1
        crowded = beside + len(text) > CROWDED_CHARACTERS and len(text) > SHORT_CHARACTERS
        if len(text) <= FOLD_CHARACTERS and lines <= FOLD_LINES and not crowded:
            return text
        for chip, known in self._texts.items():
            if known == text:
                return chip
        # The last one may be ended: the row below it in the composer is none of the text's.
        lines -= text.endswith("\n")
        size = f"{lines:,} lines" if lines > 1 else f"{len(text):,} characters"
        chip = f"[pasted {size} #{len(self._texts) + 1}]"
        self._texts[chip] = text
        return chip

    def know(self, chip: str) -> None:
        """A chip that stands for itself: what is behind it, the window knows."""
        self._texts[chip] = chip

    def may_stand(self, text: str) -> bool:
        """Whether keys within the text would be quick: its lines are short enough."""
        lines = text.split("\n")
        return len(text) <= EDITED_CHARACTERS and max(map(len, lines)) <= FOLD_CHARACTERS

    def expand(self, text: str) -> str:
        """The text with every chip of this composer replaced by what it stands for."""
        return CHIP.sub(lambda match: self._texts.get(match[0], match[0]), text)

    def chip_before(self, line: str, column: int) -> str | None:
        """The chip that ends at `column` of `line`, if one does."""
        for match in CHIP.finditer(line, 0, column):
            if match.end() == column and match[0] in self._texts:
                return match[0]
        return None
