"""Tokens as people read them: what a piece looks like, and what it is a part of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from chatui.cost.tokens.piece import TokenPiece
from chatui.cost.tokens.tokens import Tokenised
from chatui.text.figures import counted

# Chinese and Japanese write no spaces; word processors count their characters as words.
_CHARACTER = re.compile("[\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
                        "\uf900-\ufaff\U00020000-\U0003ffff]")  # fmt: skip
_WORD = re.compile(r"(?<!\S)[^\s\w]*+\w")
# Thai, Lao, Burmese and Khmer: nothing but a dictionary knows where a word ends.
_UNPARTED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")

CHARACTERS_PER_TOKEN = 4
WORDS_PER_TOKEN = 0.75
"""What OpenAI tells of common English text (help.openai.com, "What are tokens and how to count
them?")."""

_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SIGNS = {"\n": "⏎", "\r": "␍", "\t": "⇥", " ": "·"}

LONGEST_CHARACTER = 64
"""Tokens that may share characters before the run is taken for bytes that are no text."""


@dataclass(frozen=True, slots=True)
class TextSize:
    """`words` are what spaces part, if there is a letter or digit in it; every character of
    Chinese and Japanese is one. None where the text has a script that parts no words and whose
    characters are none."""

    characters: int
    words: int | None


def text_size(text: str) -> TextSize:
    if _UNPARTED.search(text):
        return TextSize(len(text), None)
    parted = _CHARACTER.sub(" x ", text)
    return TextSize(len(text), sum(1 for _ in _WORD.finditer(parted)))


def per(tokens: int, things: int | None) -> str:
    """Tokens per word or character; a dash where there is none."""
    return f"{tokens / things:.2f}" if things else "—"


def ratio(things: int | None, tokens: int) -> float | None:
    """Characters or words per token; None where either is not known, or there is none."""
    return round(things / tokens, 3) if things is not None and tokens else None


def per_token(one: Tokenised, size: TextSize) -> tuple[str, str]:
    """`4.33 characters a token (rule of thumb 4)`, and the same of words."""
    sign, count = "" if one.exact else "≈ ", len(one.pieces)
    characters, words = ratio(size.characters, count), ratio(size.words, count)
    shown = ["—" if found is None else f"{sign}{found:.2f}" for found in (characters, words)]
    return (
        f"{shown[0]} characters a token (rule of thumb {CHARACTERS_PER_TOKEN})",
        f"{shown[1]} words a token (rule of thumb {WORDS_PER_TOKEN})",
    )


def summary(one: Tokenised, size: TextSize) -> str:
    """`≈ 12 tokens · 2.40 per word · 0.52 per character`."""
    count = len(one.pieces)
    sign, tokens = "" if one.exact else "≈ ", counted(count, "token")
    return (
        f"{sign}{tokens} · {sign}{per(count, size.words)} per word · "
        f"{sign}{per(count, size.characters)} per character"
    )


def escaped(piece: TokenPiece) -> str:
    """The piece with every character that can't be seen as an escape, and as bytes what is
    no whole character. Holds nothing that a terminal obeys."""
    text = piece.bytes.decode(errors="backslashreplace")
    return text if _plain(text) else "".join(_shown(text, _ESCAPES))


def inline(piece: TokenPiece) -> str:
    """The same, with signs for white space, for pieces that stand one behind the other."""
    text = piece.bytes.decode(errors="backslashreplace")
    return "".join(_shown(text, _SIGNS))


def _plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _shown(text: str, signs: dict[str, str]) -> Iterator[str]:
    for at, character in enumerate(text):
        if character in signs:
            yield signs[character]
        elif not character.isprintable():
            yield character.encode("unicode_escape").decode()
        elif at == 0 and unicodedata.combining(character):
            yield f"◌{character}"
        else:
            yield character


def hex_bytes(piece: TokenPiece) -> str:
    """`e7 ae 97`."""
    return piece.bytes.hex(" ")


def whole(piece: TokenPiece) -> bool:
    """Whether it is text by itself."""
    return "\ufffd" not in piece.text or piece.text.encode() == piece.bytes


def parts(pieces: Sequence[TokenPiece], start: int, end: int) -> list[str]:
    """For each of the pieces from `start` to `end`: "" when it is text by itself, else what it
    is a part of, as `算 1/3`; found from its neighbours on both sides."""
    if start >= end:
        return []
    begin = start
    while begin > max(0, start - LONGEST_CHARACTER) and _continues(pieces[begin]):
        begin -= 1
    named: list[str] = []
    place, stop = begin, min(len(pieces), end + LONGEST_CHARACTER)
    while place < end:
        run = _run(pieces, place, stop)
        if run is None:
            named.append("")
            place += 1
            continue
        size, text = run
        named += [f"{text} {number}/{size}" for number in range(1, size + 1)]
        place += size
    return named[start - begin : end - begin]


def _continues(piece: TokenPiece) -> bool:
    """Whether it begins inside a character."""
    return 0x80 <= piece.bytes[0] < 0xC0


def _run(pieces: Sequence[TokenPiece], place: int, stop: int) -> tuple[int, str] | None:
    """How many pieces from here on are text only together, and that text."""
    if whole(pieces[place]):
        return None
    joined = b""
    for size in range(1, min(LONGEST_CHARACTER, stop - place) + 1):
        joined += pieces[place + size - 1].bytes
        text = _name(joined)
        if text is not None:
            return size, text
    return None


@lru_cache(maxsize=4096)
def _name(joined: bytes) -> str | None:
    """What the bytes are as text, as it may be shown; None when they are none."""
    try:
        return "".join(_shown(joined.decode(), _ESCAPES))
    except UnicodeDecodeError:
        return None


def wrapped(pieces: Sequence[TokenPiece], width: int, gap: int = 0) -> list[list[tuple[int, str]]]:
    """The pieces one behind the other in lines of at most `width` columns, with `gap` columns
    behind each: a piece's number and its text. A line break in the text is one here too."""
    from rich.cells import cell_len, chop_cells

    lines: list[list[tuple[int, str]]] = [[]]
    room = width
    for number, piece in enumerate(pieces):
        text = inline(piece)
        whole_one = cell_len(text) + gap <= width
        for part in [text] if whole_one else chop_cells(text, width - gap):
            size = cell_len(part) + gap
            if size > room:
                lines.append([])
                room = width
            lines[-1].append((number, part))
            room -= size
        if piece.bytes.endswith(b"\n"):
            lines.append([])
            room = width
    return lines
