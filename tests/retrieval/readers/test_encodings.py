"""Texts in the wrong encoding, in none, in two of them, and with a broken byte."""

from __future__ import annotations

import pytest

from chatui.domain.errors import ReadFailed
from chatui.retrieval.readers.decoding import declared_in, decode
from chatui.retrieval.readers.reader import read

FRENCH = "Le café est fermé le dimanche. L'été, la fenêtre reste ouverte.\n"
SAMPLES = {
    "fr": FRENCH,
    "ru": "Кафе закрыто по воскресеньям. Летом окно остаётся открытым.\n",
    "zh": "咖啡馆星期天不开门。夏天窗户一直开着。\n",
    "de": "Für Äpfel und Öl müssen größere Mengen genügen.\n",
}


@pytest.mark.parametrize("language", SAMPLES)
@pytest.mark.parametrize("bad", [b"\xff", b"\xe9", b"\x80", b"\xc3(", b"\xf0\x9f"])
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_one_bad_byte_costs_one_character(language: str, bad: bytes, place: str) -> None:
    line = SAMPLES[language].encode()
    lines = [line] * 9
    at = {"first": 0, "middle": 4, "last": 8}[place]
    lines[at] = lines[at][:-1] + b" " + bad + b" " + lines[at][-1:]

    text = decode(b"".join(lines))
    assert text.count("\ufffd") == 1
    assert text.count(SAMPLES[language].strip()) == 9


@pytest.mark.parametrize("language", SAMPLES)
def test_a_text_that_was_cut_anywhere_stays_utf_8(language: str) -> None:
    whole = (SAMPLES[language] * 3).encode()

    for end in range(len(whole) // 2, len(whole)):
        text = decode(whole[:end])
        assert text.rstrip("\ufffd") == (SAMPLES[language] * 3)[: len(text.rstrip("\ufffd"))]


def test_what_was_broken_is_told() -> None:
    document = read("notes.txt", (FRENCH * 5).encode() + b"caf\xe9\n")

    assert [lack.reason for lack in document.lacks] == ["1 broken character, shown as \ufffd"]
    assert read("notes.txt", (FRENCH * 5).encode()).lacks == ()


def test_replacement_characters_of_the_file_itself_are_not_told() -> None:
    assert read("notes.txt", f"{FRENCH}It showed \ufffd there.".encode()).lacks == ()


@pytest.mark.parametrize("old", ["cp1252", "cp850"])
def test_lines_of_a_log_are_each_read_as_what_they_are(old: str) -> None:
    lines = [f"12:0{n % 10} {FRENCH}".encode("utf-8" if n % 2 else old) for n in range(20)]

    text = decode(b"".join(lines))
    assert text.count("Le café est fermé le dimanche") == 20


def test_russian_lines_among_others_in_utf_8_are_read_as_russian() -> None:
    lines = [SAMPLES["ru"].encode("cp1251"), SAMPLES["de"].encode()] * 5

    assert decode(b"".join(lines)) == (SAMPLES["ru"] + SAMPLES["de"]) * 5


@pytest.mark.parametrize(
    ("encoding", "language"),
    [("cp1252", "fr"), ("cp1251", "ru"), ("koi8-r", "ru"), ("gb18030", "zh"), ("cp1252", "de")],
)
def test_a_text_in_an_old_encoding_is_none_of_utf_8(encoding: str, language: str) -> None:
    assert decode((SAMPLES[language] * 4).encode(encoding)) == SAMPLES[language] * 4


@pytest.mark.parametrize(
    "line",
    [
        "# -*- coding: {0} -*-\n",
        "#!/bin/sh\n# coding={0}\n",
        "# vim: set fileencoding={0} :\n",
        "a\nb\nc\n/* vim: fenc={0}: */\n",
        '<?xml version="1.0" encoding="{0}"?>\n',
    ],
)
def test_an_encoding_that_is_declared_weighs_more_than_a_guess(line: str) -> None:
    # Bytes that a guess takes for Cyrillic.
    words = "ÏÐÈÂÅÒ ÌÈÐ"
    text = line.format("cp1252") + words

    assert declared_in(text.encode("cp1252")) == "cp1252"
    assert decode(text.encode("cp1252")).endswith(words)


def test_vim_may_declare_it_at_the_end() -> None:
    text = f"{FRENCH * 200}\n# vim: fenc=cp1252\n"

    assert declared_in(text.encode("cp1252")) == "cp1252"


@pytest.mark.parametrize("claimed", ["nonsense", "utf-7", "rot13", "zlib", "idna"])
def test_a_claim_that_is_none_is_passed_over(claimed: str) -> None:
    text = f"# -*- coding: {claimed} -*-\n{FRENCH}"

    assert decode(text.encode()) == text


@pytest.mark.parametrize("bad", [b"\xff", b"\xe9"])
def test_a_page_that_declares_utf_8_stays_in_it(bad: bytes) -> None:
    page = b'<meta charset="utf-8"><p>' + "Größe und Fülle".encode() + b" caf" + bad + b"</p>"

    assert "Größe und Fülle" in read("page.html", page).text


def test_a_page_with_a_bad_byte_stays_in_the_encoding_that_it_declares() -> None:
    words = ("日本語の文章です。" * 9).encode("cp932")
    page = b'<meta charset="shift_jis"><p>' + words + b"\x81\xff</p>"

    assert "日本語の文章です。" in read("page.html", page).text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_a_cut_file_with_or_without_a_mark_keeps_what_it_has(encoding: str) -> None:
    assert decode((FRENCH * 3).encode(encoding)[:-1]).startswith(FRENCH * 2)


def test_a_byte_order_mark_that_lies_is_a_failure() -> None:
    with pytest.raises(ReadFailed, match="they claim to be"):
        decode(b"\xef\xbb\xbf" + bytes(range(128, 256)) * 4)
