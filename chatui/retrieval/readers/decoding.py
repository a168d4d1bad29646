"""Bytes to text: byte order mark, then UTF-8, then a guess. Line ends are left alone."""

from __future__ import annotations

import codecs

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Unreadable
from chatui.retrieval.readers.legacy import guess_legacy

BINARY = "a binary file"
HEAD = 8192

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

    Raises Unreadable for binary data, ReadFailed when a byte order mark lies.
    """
    if not data:
        return ""
    marked = _marked_encoding(data)
    if marked:
        try:
            return data.decode(marked)
        except UnicodeDecodeError as error:
            raise ReadFailed(f"its bytes are not the {marked} text they claim to be") from error
    if b"\0" in data[:HEAD]:
        return _decode_wide(data)
    claimed = _LABELS.get(declared.lower(), declared.lower())
    if claimed in _WIDE_LETTERS and (text := _try(data, claimed)):
        return text
    text = _try(data, "iso2022_jp_2") if b"\x1b$" in data[:HEAD] else ""
    text = text or _try(data, "utf-8") or (_try(data, claimed) if claimed else "")
    text = text or _guess(data)
    if "\0" in text:
        raise Unreadable(BINARY)
    return text


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
        if head[zeros::2].count(0) >= 0.7 * half and not head[letters::2].count(0):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                break
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
