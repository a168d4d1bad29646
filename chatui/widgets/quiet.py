"""What keeps in the background: muted words in drawn text, and scroll bars."""

from __future__ import annotations

MUTED = "$foreground 72%"
"""In drawn text what `$text-muted` is in CSS: as quiet as WCAG AA lets it be on the backgrounds of
our themes. That is "auto 60%", and of a style in a text Textual
takes the colour without its share: the words would be brighter than those around them."""


def scroll_bar(background: str) -> str:
    """CSS of a bar one cell wide, whose trough can't be told from that background."""
    return f"""
    scrollbar-size-vertical: 1;
    scrollbar-color: $foreground 20%;
    scrollbar-color-hover: $foreground 35%;
    scrollbar-color-active: $primary;
    scrollbar-background: {background};
    scrollbar-background-hover: {background};
    scrollbar-background-active: {background};
    """
