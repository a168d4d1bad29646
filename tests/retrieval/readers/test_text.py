from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Unreadable
from chatui.retrieval.readers.decoding import decode
from chatui.retrieval.readers.reader import read

GERMAN = "Die Prüfung der Straßenbrücke über die Elbe dauerte länger als gewöhnlich. " * 3


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_utf_8_comes_back_as_it_was(text: str) -> None:
    if not text.startswith("\ufeff"):
        assert decode(text.encode()) == text


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_decides_and_is_no_part_of_the_text(mark: bytes, encoding: str) -> None:
    assert decode(mark + GERMAN.encode(encoding)) == GERMAN


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_noticed(encoding: str) -> None:
    assert decode("Plain English words.".encode(encoding)) == "Plain English words."


def test_an_old_eight_bit_encoding_is_guessed() -> None:
    assert decode(GERMAN.encode("cp1252")) == GERMAN


def test_line_ends_are_left_alone() -> None:
    assert decode(b"one\r\ntwo\rthree\n") == "one\r\ntwo\rthree\n"


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"\x7fELF\x02\x01\x01" + bytes(64),
        b"\xff\xd8\xff\xe0\x10\x04\x01\x02\x03\x05\x06\x07" * 20,
        b"looks like text" * 1000 + b"\0",
    ],
)
def test_binary_data_is_not_read(data: bytes) -> None:
    with pytest.raises(Unreadable, match="a binary file") as caught:
        decode(data)
    assert not caught.value.empty


def test_a_mark_that_lies_is_a_failure() -> None:
    with pytest.raises(ReadFailed, match="utf-8-sig"):
        decode(codecs.BOM_UTF8 + b"\xff\xff")


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n", codecs.BOM_UTF8 + b"\n", b"---\na: 1\n---\n"])
def test_a_file_without_text_is_empty(data: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        read("notes.md", data)
    assert caught.value.empty


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("photo.md", b"\x89PNG\r\n\x1a\n\0\0", "a picture"),
        ("photo", b"RIFF\x10\0\0\0WEBPVP8 ", "a picture"),
        ("film.txt", b"\0\0\0\x18ftypmp42", "a sound or video file"),
        ("tool", b"\x7fELF\x02\x01", "a program"),
        ("notes.txt", b"SQLite format 3\0", "a database"),
        ("letter.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document"),
        ("data.gz", b"\x1f\x8b\x08", "an archive"),
    ],
)
def test_other_formats_are_named_in_the_reason(name: str, data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason) as caught:
        read(name, data)
    assert not caught.value.empty


@pytest.mark.parametrize("name", ["notes.txt", "README", "book.tex", "strange.xyz", "notes.pdf"])
def test_any_other_text_is_one_section_named_by_its_file(name: str) -> None:
    document = read(name, b"some = words\n")

    assert (document.title, document.text) == (name.split(".", maxsplit=1)[0], "some = words\n")
    assert [(s.start, s.end, s.path) for s in document.sections] == [(0, 13, ())]


def test_control_sequences_of_a_file_name_do_not_get_into_its_title() -> None:
    assert read("a\x1b]0;owned\x07b.txt", b"words").title == "ab"
