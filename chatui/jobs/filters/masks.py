"""What stands for what was masked, and what puts it back.

A mask that can be put back is `⟦EMAIL_1⟧`: the same text has the same one throughout a
conversation, so that a model can tell two people apart and a provider's cache holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LEFT, RIGHT = "⟦", "⟧"
LONGEST_MASK = 64
_MASK = re.compile(r"⟦[ \t]{0,2}([A-Za-z][A-Za-z0-9_]{0,40}_\d{1,6})[ \t]{0,2}⟧")
LABEL = re.compile(r"[A-Z][A-Z0-9_]{0,29}")


def masked_for_good(label: str) -> str:
    return f"{LEFT}{label}{RIGHT}"


class Masks:
    """The masks of a conversation. `known` are pairs of a mask's name (`EMAIL_1`) and what it
    stands for; `added` are those that were not known."""

    def __init__(self, known: Iterable[tuple[str, str]] = ()) -> None:
        self._original = dict(known)
        self._name = {
            (name.rpartition("_")[0], original): name for name, original in self._original.items()
        }
        self._last: dict[str, int] = {}
        for name in self._original:
            label, _, number = name.rpartition("_")
            self._last[label] = max(self._last.get(label, 0), int(number))
        self.added: list[tuple[str, str]] = []

    def __bool__(self) -> bool:
        return bool(self._original)

    def mask(self, label: str, original: str, within: str = "") -> str:
        """What stands for the text: none that `within` spells itself."""
        name = self._name.get((label, original))
        while name is None:
            number = self._last[label] = self._last.get(label, 0) + 1
            if f"{LEFT}{label}_{number}{RIGHT}" not in within:
                name = f"{label}_{number}"
                self._name[label, original] = name
                self._original[name] = original
                self.added.append((name, original))
        return f"{LEFT}{name}{RIGHT}"

    def restored(self, text: str) -> str:
        """The text with everything put back that is known."""
        if LEFT not in text:
            return text
        return _MASK.sub(lambda match: self._original.get(match[1].upper(), match[0]), text)


class Restorer:
    """Puts back in a text that comes in pieces; holds back the beginning of a mask."""

    def __init__(self, masks: Masks) -> None:
        self._masks = masks
        self._held = ""

    def feed(self, text: str) -> str:
        """What can be shown by now."""
        text = self._held + text
        begun = text.rfind(LEFT)
        if begun < 0 or RIGHT in text[begun:] or len(text) - begun > LONGEST_MASK:
            begun = len(text)
        self._held = text[begun:]
        return self._masks.restored(text[:begun])

    def end(self) -> str:
        held, self._held = self._held, ""
        return held
