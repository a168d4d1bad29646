"""Keys as people write them."""

from __future__ import annotations

SHOWN = {
    "ctrl": "Ctrl",
    "escape": "Esc",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "comma": ",",
    "question_mark": "?",
    "slash": "/",
    "backslash": "\\",
}


def key_names(keys: str) -> str:
    """Several keys in Textual's notation, separated by commas: ctrl+p,f1 → Ctrl+P F1."""
    return " ".join(key_name(key) for key in keys.split(","))


def key_name(key: str) -> str:
    """ctrl+p → Ctrl+P, shift+enter → Shift+Enter, j → j, upper_g → G."""
    *modifiers, last = key.strip().split("+")
    if last.startswith("upper_"):
        shown = last.removeprefix("upper_").upper()
    else:
        shown = SHOWN.get(last) or (last.title() if modifiers or len(last) > 1 else last)
    return "+".join([*(SHOWN.get(part, part.title()) for part in modifiers), shown])
