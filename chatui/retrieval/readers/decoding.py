"""Bytes to text: byte order mark, then UTF-8, then a guess. Line ends are left alone."""

from __future__ import annotations

import codecs

from chatui.errors import ReadFailed
from chatui.retrieval.document import Unreadable

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

    Raises Unreadable for binary data, ReadFailed when no encoding fits.
    """
    marked = _marked_encoding(data)
    if marked:
        try:
            return data.decode(marked)
        except UnicodeDecodeError as error:
            raise ReadFailed(f"its bytes are not the {marked} text they claim to be") from error
    if b"\0" in data[:HEAD]:
        return _decode_wide(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _guess(data)
    if "\0" in text:
        raise Unreadable(BINARY)
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
    from charset_normalizer import from_bytes

    # Control bytes are rare in text of any 8-bit encoding and common in everything else.
    head = data[:HEAD]
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)
    if controls > len(head) // 50:
        raise Unreadable(BINARY)
    best = from_bytes(data).best()
    if best is None:
        raise Unreadable(BINARY)
    try:
        text = data.decode(best.encoding)
        # UTF-7 and the like can make half characters that no other part may be given.
        text.encode("utf-8")
    except UnicodeError as error:
        raise ReadFailed("its text encoding is not known") from error
    return text
