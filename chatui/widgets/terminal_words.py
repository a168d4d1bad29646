"""What a terminal is told beside what it draws: the window's title, and that an answer is there.

The sequences are xterm's (OSC 2 and the stack of titles), iTerm2's (OSC 9) and rxvt's (OSC 777);
whoever knows none of them passes over it. What they carry is cleaned of all that could end them.
"""

from __future__ import annotations

from base64 import b64encode

from chatui.system.terminal import Multiplexer
from chatui.text.safety import drawable, one_line

MOST_CHARACTERS = 120
MOST_THROUGH_SCREEN = 700
"""Characters; of more than 768 GNU screen forgets the rest."""
BELL = "\x07"
KEEP_TITLE = "\x1b[22;2t"
"""Has the terminal remember the title that it has."""
PUT_TITLE_BACK = "\x1b[23;2t"


def title(text: str) -> str:
    return f"\x1b]2;{carried(text)}{BELL}"


def notification(way: str, text: str) -> str:
    """Tells the user, who is elsewhere, by "bell", "osc9" or "osc777"; "" for anything else."""
    match way:
        case "bell":
            return BELL
        case "osc9":
            # A number before a semicolon would be another command of that sequence.
            return f"\x1b]9;{carried(text).lstrip('0123456789;')}{BELL}"
        case "osc777":
            return f"\x1b]777;notify;chatui;{carried(text)}{BELL}"
        case _:
            return ""


def carried(text: str) -> str:
    """The text as a sequence may carry it: one line, and nothing that a terminal obeys."""
    return one_line(drawable(text))[:MOST_CHARACTERS].strip()


def copied(text: str) -> str:
    """Puts the text on the clipboard of whoever sits at the terminal, over ssh too (OSC 52)."""
    return f"\x1b]52;c;{b64encode(text.encode()).decode()}{BELL}"


def through(between: Multiplexer, sequence: str) -> str:
    """The sequence as a terminal behind tmux or screen gets it, where that hands it on: both keep
    what they don't know to themselves. tmux has `allow-passthrough` for it, screen takes it in
    pieces."""
    if between == "tmux":
        doubled = sequence.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}\x1b\\"
    if between == "screen":
        pieces = range(0, len(sequence), MOST_THROUGH_SCREEN)
        return "".join(f"\x1bP{sequence[at : at + MOST_THROUGH_SCREEN]}\x1b\\" for at in pieces)
    return sequence
