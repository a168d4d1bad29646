"""Words of a command line as bash reads them, and names as bash is to read them again."""

from __future__ import annotations

import re
from dataclasses import dataclass

ESCAPED = '"\\$`'
"""What a backslash takes the meaning from within double quotes."""
BETWEEN_WORDS = " \t\n"
_SPECIAL = re.compile(r"[^\w@%+=:,./-]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Typed:
    """A command line up to the cursor: the `words` that are whole, and the one that is `begun`,
    both without their quotes."""

    words: tuple[str, ...]
    begun: str
    kept: int
    """How much of the begun word bash leaves as it is; what is completed replaces the rest."""
    quote: str
    """The quote that is open at the cursor, or ""."""


def typed(line: str, breaks: str) -> Typed:
    """Reads the line. At `breaks`, readline begins a new word, though for the shell it is one."""
    words: list[str] = []
    word: list[str] = []
    kept, quote, in_word = 0, "", False
    letters = iter(line)
    for letter in letters:
        if quote:
            if letter == quote:
                quote, kept = "", len(word)
            elif letter == "\\" and quote == '"':
                following = next(letters, "")
                word += following if following in ESCAPED else letter + following
            else:
                word.append(letter)
        elif letter in BETWEEN_WORDS:
            if in_word:
                words.append("".join(word))
            word, kept, in_word = [], 0, False
            continue
        elif letter in "'\"":
            quote, kept = letter, len(word)
        elif letter == "\\":
            word += next(letters, "")
        else:
            word.append(letter)
            if letter in breaks:
                kept = len(word)
        in_word = True
    return Typed(tuple(words), "".join(word), kept, quote)


def written(text: str, quote: str) -> str:
    """The text as bash takes it for itself, behind a quote that is open where there is one."""
    if quote == "'":
        return text.replace("'", "'\\''")
    if quote:
        return "".join(f"\\{letter}" if letter in ESCAPED else letter for letter in text)
    return _SPECIAL.sub(lambda found: found[0] if ord(found[0]) > 127 else f"\\{found[0]}", text)
