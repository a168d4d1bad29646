"""What every refusal is: one plain sentence."""

from __future__ import annotations


def is_a_sentence(text: str) -> bool:
    """On one line and ended as sentences are. What it quotes is cleaned where it is shown."""
    return (
        "\n" not in text
        and text.rstrip("”\"')`").endswith((".", "?", "!"))
        and "Traceback" not in text
    )
