"""What is sent to a terminal that writes on the screen what it doesn't understand."""

from __future__ import annotations

import re

from textual.driver import Driver

ASKED = re.compile(
    r"\x1b\[\?\d+\$p"  # Queries of modes: an old console writes the "p".
    r"|\x1b\[[<>=]\d*u"  # The keyboard's protocol: it writes the rest.
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # The mouse pointer's shape, and the like.
    r"|\x1b\[\?(?:1000|1002|1003|1004|1006|1015|1016|2026|2048)[hl]"  # A mouse, focus, frames.
)
OTHER_SCREEN = re.compile(r"\x1b\[\?1049[hl]")
"""There is no other screen to go to: this one is cleared instead, before and after."""
CLEARED = "\x1b[0m\x1b[2J\x1b[H"


class PlainDriver(Driver):
    """Mixed into a platform's driver. Linux's console and DEC's terminals know neither of these."""

    def write(self, data: str) -> None:
        if "\x1b[?" in data or "\x1b]" in data or data.endswith("u"):
            data = OTHER_SCREEN.sub(CLEARED, ASKED.sub("", data))
        super().write(data)  # type: ignore[safe-super]


def plain_driver(platform: type[Driver]) -> type[Driver]:
    return type("PlainPlatformDriver", (PlainDriver, platform), {})
