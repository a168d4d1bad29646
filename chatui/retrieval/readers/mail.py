"""Mail (.eml), and pages that a browser saved as mail (.mht): heads, texts, attached names."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError, MessageError
from email.header import decode_header, make_header
from email.message import Message
from typing import TYPE_CHECKING

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document, Unreadable
from chatui.retrieval.readers.composing import DocumentBuilder
from chatui.retrieval.readers.decoding import decode
from chatui.retrieval.readers.html import Beside, compose, declared_charset, from_address
from chatui.retrieval.readers.html_frames import shown_address
from chatui.text.safety import one_line

HEADS = ("From", "To", "Cc", "Date", "Subject")
MOST_NESTED = 20
"""Parts within parts; a mail that was passed on many times has a few."""

if TYPE_CHECKING:
    _Message = Message[str, str]


def read(data: bytes, stem: str) -> Document:
    """The title is the subject, else the page's own, else the first heading, else the stem.

    Raises ReadFailed for what is nested too deeply or cannot be taken apart.
    """
    try:
        mail = message_from_bytes(data)
        composer = DocumentBuilder()
        title = _write(mail, composer, 0)
    except (MessageError, RecursionError) as error:
        raise ReadFailed("it is a damaged mail") from error
    subject = _head(mail, "Subject")
    title = subject or title or composer.first_heading or stem
    return from_address(composer.document(title, with_lines=False), _address(mail))


def _address(mail: _Message) -> str:
    """Where a page that was saved as mail came from."""
    related = mail.get_payload() if mail.get_content_type() == "multipart/related" else ()
    first = next((part for part in related if isinstance(part, Message)), None)
    place = mail.get("Snapshot-Content-Location") or (first and first.get("Content-Location"))
    return shown_address(str(place or ""))


def _write(mail: _Message, composer: DocumentBuilder, depth: int) -> str:
    """Writes the mail's heads, what it says and what is attached; gives a page's title, or ""."""
    heads = [(name, _head(mail, name)) for name in HEADS]
    for at, (name, value) in enumerate((name, value) for name, value in heads if value):
        composer.block([(f"{name}: {value}", 1)], tight=at > 0)
    title = ""
    attached: list[str] = []
    for part in _parts(mail, depth):
        name = _name(part)
        kind = part.get_content_type()
        if kind == "message/rfc822":
            for inner in part.get_payload() if isinstance(part.get_payload(), list) else []:
                if isinstance(inner, Message):
                    _write(inner, composer, depth + 1)
        elif part.get_content_disposition() == "attachment" or not kind.startswith("text/"):
            attached += [name] if name else []
        elif kind == "text/html":
            title = compose(_text(part, in_html=True), composer, _beside(mail)) or title
        else:
            _write_plain(_text(part, in_html=False), composer)
    if attached:
        composer.block([(f"Attachments: {', '.join(dict.fromkeys(attached))}", 1)])
    return title


def _beside(mail: _Message) -> Beside:
    """Finds the frames of a page among the parts of its mail."""

    def found(address: str) -> bytes | None:
        for part in mail.walk():
            name = str(part.get("Content-ID") or "").strip("<> ")
            places = (str(part.get("Content-Location") or ""), f"cid:{name}")
            if part.get_content_type() == "text/html" and address in places:
                payload = part.get_payload(decode=True)
                return payload if isinstance(payload, bytes) else None
        return None

    return found


def _parts(part: _Message, depth: int) -> Iterator[_Message]:
    """The parts that hold something, of alternatives the first that says something in words.
    A page's own pictures and styles are no attachments of it."""
    if depth > MOST_NESTED:
        raise ReadFailed("its parts are nested too deeply")
    inside = part.get_payload()
    if not isinstance(inside, list) or part.get_content_type() == "message/rfc822":
        yield part
        return
    parts = [one for one in inside if isinstance(one, Message)]
    kind = part.get_content_type()
    if kind == "multipart/alternative":
        yield from _parts(_best(parts), depth + 1) if parts else ()
    elif kind == "multipart/related":
        for one in parts[:1]:
            yield from _parts(one, depth + 1)
    else:
        for one in parts:
            yield from _parts(one, depth + 1)


def _best(parts: list[_Message]) -> _Message:
    plain = (one for one in parts if one.get_content_type() == "text/plain")
    said = next((one for one in plain if _text(one, in_html=False).strip()), None)
    return said or parts[-1]


def _text(part: _Message, *, in_html: bool) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    declared = str(part.get_param("charset") or "") or (declared_charset(data) if in_html else "")
    return decode(data, declared)


def _write_plain(text: str, composer: DocumentBuilder) -> None:
    for paragraph in text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
        lines = [line.rstrip() for line in paragraph.split("\n") if line.strip()]
        for at, line in enumerate(lines):
            composer.block([(line, 1)], tight=at > 0)


def _head(mail: _Message, name: str) -> str:
    held = next((value for one, value in mail.raw_items() if one.lower() == name.lower()), "")
    try:
        raw = str(held).encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return _in_words(str(held))
    # Letters beyond ASCII stand there as they are in mail by RFC 6532, and in some older.
    try:
        return _in_words(str(held) if raw.isascii() else decode(raw))
    except (Unreadable, ReadFailed):
        return _in_words(str(mail.get(name) or ""))


def _name(part: _Message) -> str:
    return _in_words(part.get_filename() or "")


def _in_words(value: str) -> str:
    """A head without its encoding; as it stands where that is broken."""
    try:
        return one_line(str(make_header(decode_header(value))))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return one_line(value)
