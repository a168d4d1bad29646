from __future__ import annotations

from contextlib import suppress
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Unreadable
from chatui.retrieval.readers.reader import read


def mail(
    text: str = "The rent is 940 euros.\n\nRegards\n", subject: str = "The rent"
) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"] = "Anna Müller <anna@example.org>", "Ben <ben@example.org>"
    made["Date"], made["Subject"] = "Tue, 7 May 2024 10:00:00 +0200", subject
    made.set_content(text)
    return made


HEADS = (
    "From: Anna Müller <anna@example.org>\nTo: Ben <ben@example.org>\n"
    "Date: Tue, 07 May 2024 10:00:00 +0200\nSubject: The rent"
)


def test_a_mail_is_its_heads_and_its_text() -> None:
    document = read("a.eml", mail().as_bytes())

    assert document.title == "The rent"
    assert document.text == f"{HEADS}\n\nThe rent is 940 euros.\n\nRegards"


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252", "koi8-r"])
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_a_text_is_decoded_from_what_it_is_packed_in(charset: str, encoding: str) -> None:
    words = "Привет, мир." if charset == "koi8-r" else "Größe und Café."
    made = mail()
    made.set_content(words, charset=charset, cte=encoding)

    assert read("a.eml", made.as_bytes()).text.endswith(words)


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252"])
def test_heads_with_letters_as_they_are_are_read(charset: str) -> None:
    data = "From: Max Müller <max@example.org>\nSubject: Angebot für Büromöbel\n\nGuten Tag\n"
    document = read("a.eml", data.encode(charset))

    assert document.title == "Angebot für Büromöbel"
    assert "From: Max Müller <max@example.org>" in document.text


def test_a_subject_in_another_script_is_read() -> None:
    assert read("a.eml", mail(subject="Счёт 东京").as_bytes()).title == "Счёт 东京"


def test_of_a_text_and_a_page_the_text_is_read() -> None:
    made = mail()
    made.add_alternative("<p>Another form of it.</p>", subtype="html")

    assert "Another form" not in read("a.eml", made.as_bytes()).text


def test_a_page_is_read_where_there_is_no_text() -> None:
    made = mail(" ")
    made.add_alternative("<h1>Rent</h1><p>It is <b>940</b> euros.</p>", subtype="html")

    assert read("a.eml", made.as_bytes()).text.endswith("Rent\n\nIt is 940 euros.")


def test_attachments_are_listed() -> None:
    made = mail()
    made.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="Vertrag ü.pdf")
    made.add_attachment("words", filename="notes.txt")

    text = read("a.eml", made.as_bytes()).text
    assert text.endswith("Attachments: Vertrag ü.pdf, notes.txt")
    assert "words" not in text


def test_a_mail_within_a_mail_is_read_too() -> None:
    outer = mail("See below.")
    outer.add_attachment(mail("It was 900 before.", subject="Old rent"))

    text = read("a.eml", outer.as_bytes()).text
    assert "Subject: Old rent" in text
    assert "It was 900 before." in text


def test_a_saved_page_is_read_as_the_page() -> None:
    page = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=X\r\n\r\n--X\r\n"
        b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
        b"Content-Location: http://example.org/\r\n\r\n<title>Otters</title><h1>River otter</h1>"
        b"<p>It sleeps in a h=C3=B6lle=\r\n nearby.</p>\r\n--X\r\nContent-Type: image/png\r\n"
        b"Content-Location: http://example.org/a.png\r\n\r\nabc\r\n--X--\r\n"
    )
    document = read("a.mht", page)

    assert document.title == "Otters"
    assert document.text == "River otter\n\nIt sleeps in a hölle nearby."


def test_a_mail_that_is_nested_without_end_is_refused() -> None:
    inner = b"Content-Type: text/plain\r\n\r\nwords"
    for at in range(60):
        mark = b"b%d" % at
        inner = (
            b"Content-Type: multipart/mixed; boundary=" + mark + b"\r\n\r\n--" + mark + b"\r\n"
            + inner + b"\r\n--" + mark + b"--"
        )  # fmt: skip
    with pytest.raises(ReadFailed, match="nested"):
        read("a.eml", inner)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_mail_or_have_a_reason(body: bytes) -> None:
    heads = b'Subject: =?x?q?=\r\nContent-Type: text/plain; charset="none"\r\n\r\n'
    with suppress(ReadFailed, Unreadable):
        read("a.eml", heads + body)
