"""Bytes to text: byte order mark, then UTF-8, then a guess. Line ends are left alone."""

from __future__ import annotations

import codecs
import re

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Unreadable
from chatui.retrieval.readers.legacy import guess_legacy

BINARY = "a binary file"
HEAD = 8192
REPLACEMENT = "\ufffd"
MOST_BROKEN = 0.25
"""Of the characters beyond ASCII, in a text that still counts as one of the encoding."""
FEWEST_LINES = 2
LEAST_SHARE = 0.3
"""Of the lines with characters beyond ASCII that are in UTF-8, in a text of several encodings:
single letters of an old one pass for UTF-8 by chance."""
DECLARING = 4096
"""Bytes at either end in which a line for editors is looked for."""
LONGEST_LINE = 400

_XML = re.compile(rb"""\s*+<\?xml[^>]{0,100}?encoding\s*+=\s*+["']([\w.:-]+)""")
_CODING = re.compile(rb"coding[:=][ \t]*+([\w.-]+)")
_MODELINE = re.compile(rb"\b(?:vim?|ex):.{0,200}?\b(?:fileencoding|fenc)=([\w.-]+)")

# The longer marks first: UTF-32's little-endian mark begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes, declared: str = "") -> str:
    """The text of a file, without its byte order mark. `declared` is the encoding that the
    file itself claims, or "".

    What is mostly in an encoding that it claims, or in UTF-8, stays in it: U+FFFD stands for
    what is broken. Of a text with lines in UTF-8 and others in an old encoding, as logs of
    several programs have them, each is read as what it is. Raises Unreadable for binary data,
    ReadFailed when a byte order mark lies.
    """
    if not data:
        return ""
    marked = _marked_encoding(data)
    if marked:
        text = _mostly(data, marked)
        if text or data in _BARE_MARKS:
            return text
        raise ReadFailed(f"its bytes are not the {marked} text they claim to be")
    if b"\0" in data[:HEAD]:
        return _decode_wide(data)
    declared = (declared or declared_in(data)).lower()
    claimed = _LABELS.get(declared, declared)
    if claimed in _WIDE_LETTERS and (text := _try(data, claimed)):
        return text
    text = _try(data, "iso2022_jp_2") if b"\x1b$" in data[:HEAD] else ""
    text = text or _try(data, "utf-8") or _mostly(data, "utf-8", claims=claimed in _UTF_8)
    text = text or (_mostly(data, claimed, claims=True) if claimed not in ("", *_UTF_8) else "")
    text = text or _by_line(data) or _guess(data)
    if "\0" in text:
        raise Unreadable(BINARY)
    return text


def broken_characters(text: str, data: bytes) -> int:
    """How many U+FFFD decoding has put into the text; some may have stood in the file."""
    return max(0, text.count(REPLACEMENT) - data.count(REPLACEMENT.encode()))


def declared_in(data: bytes) -> str:
    """The encoding that a text claims in a line for editors, or as XML: `-*- coding: latin-1 -*-`,
    `vim: fileencoding=cp1251`, `<?xml … encoding="…"?>`; "" if none.

    Emacs and Python look at the first two lines, Vim at five at either end (its `modelines`).
    """
    if found := _XML.match(data[:DECLARING]):
        return found[1].decode("ascii")
    first = data[:DECLARING].split(b"\n", 5)[:5]
    last = data[-DECLARING:].rsplit(b"\n", 5)[-5:]
    for pattern, lines in ((_CODING, first[:2]), (_MODELINE, [*first, *last])):
        for line in lines:
            if found := pattern.search(line[:LONGEST_LINE]):
                return found[1].decode("ascii")
    return ""


def _mostly(data: bytes, encoding: str, *, claims: bool = False) -> str:
    """The text with U+FFFD where it is broken; "" where more is broken than in a damaged file, or
    there is no such encoding. A text that claims the encoding may be broken to one half."""
    try:
        text = data.decode(encoding, "replace")
        text.encode("utf-8")
    except (UnicodeError, LookupError):
        return ""
    broken = broken_characters(text, data)
    foreign = len(text) - len(text.encode("ascii", "ignore")) - text.count(REPLACEMENT)
    is_cut = broken == 1 and text.endswith(REPLACEMENT) and foreign > 0
    return text if is_cut or broken <= foreign * (1 if claims else MOST_BROKEN) else ""


def _by_line(data: bytes) -> str:
    """The text, when some of its lines are in UTF-8 and the others in one old encoding; or ""."""
    if any(_try(data, wide) for wide in _WIDE_LETTERS):
        return ""
    lines = data.split(b"\n")
    foreign = [line for line in lines if not line.isascii()]
    others = [line for line in foreign if not _try(line, "utf-8")]
    if len(foreign) - len(others) < max(FEWEST_LINES, LEAST_SHARE * len(foreign)):
        return ""
    encoding = guess_legacy(b"\n".join(others))
    if not encoding:
        return ""
    return "\n".join(_try(line, "utf-8") or line.decode(encoding, "replace") for line in lines)


_BARE_MARKS = frozenset(mark for mark, _ in _MARKS)

# What pages call an encoding, and what browsers take that for (the WHATWG's list).
_LABELS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp_2",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "tis-620": "cp874",
}
_UTF_8 = ("utf-8", "utf8")
_WIDE_LETTERS = {"gb18030", "big5hkscs", "cp932", "euc_jp", "iso2022_jp_2", "cp949"}


def _try(data: bytes, encoding: str) -> str:
    """The text, or "" when it is not in that encoding, or there is no such one."""
    try:
        text = data.decode(encoding)
        # UTF-7 and the like can make half characters that no other part may be given.
        if encoding != "utf-8":
            text.encode("utf-8")
    except (UnicodeError, LookupError):
        return ""
    return text


def _marked_encoding(data: bytes) -> str | None:
    return next((name for mark, name in _MARKS if data.startswith(mark)), None)


def _decode_wide(data: bytes) -> str:
    """UTF-16 without a mark: in European text every other byte is zero. Else it is binary."""
    head = data[:HEAD]
    half = len(head) // 2
    for encoding, zeros, letters in (("utf-16-le", 1, 0), ("utf-16-be", 0, 1)):
        # A file may be cut, but not begin, in the middle of a character.
        if head[zeros::2].count(0) >= 0.7 * half and not head[letters::2].count(0):
            text = data.decode(encoding, "replace")
            if text.count(REPLACEMENT) <= 1:
                return text
    raise Unreadable(BINARY)


def _guess(data: bytes) -> str:
    # Control bytes are rare in text of any 8-bit encoding and common in everything else.
    head = data[:HEAD]
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)
    if controls > len(head) // 50:
        raise Unreadable(BINARY)
    encoding = guess_legacy(data)
    if not encoding:
        raise Unreadable(BINARY)
    return data.decode(encoding, "replace")
