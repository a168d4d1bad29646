"""Short texts in old encodings, which detectors that count bytes get wrong."""

from __future__ import annotations

import random

import pytest

from chatui.retrieval.chunking.document import Unreadable
from chatui.retrieval.readers.decoding import decode


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb18030", "你好，世界"),
        ("gb18030", "产品价格"),
        ("gb18030", "会议将于明天上午九点在北京举行。"),
        ("big5", "你好，世界"),
        ("big5", "會議將於明天上午九點在台北舉行。"),
        ("cp932", "こんにちは世界"),
        ("cp932", "会議は明日の午前九時から東京で行われます。"),
        ("euc_jp", "日本語テキスト"),
        ("euc_jp", "会議は明日の午前九時から東京で行われます。"),
        ("iso2022_jp", "会議は明日の午前九時"),
        ("cp949", "안녕하세요"),
        ("cp1251", "Привет, мир!"),
        ("cp1251", "ПРИКАЗ ДИРЕКТОРА"),
        ("koi8-r", "Привет, мир!"),
        ("cp866", "Совещание состоится завтра в девять утра."),
        ("iso8859-5", "Совещание состоится завтра"),
        ("cp1251", "Київ є столицею України"),
        ("cp1252", "café"),
        ("cp1252", "Größe: 5 m² für €20"),
        ("cp1252", "L’été à la plage où l’on était né"),
        ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy"),
        ("cp1250", "Zażółć gęślą jaźń"),
        ("cp1253", "Καλημέρα κόσμε"),
        ("cp1256", "مرحبا بالعالم"),
        ("cp874", "สวัสดีชาวโลก"),
        ("cp949", "타지크어로 변경"),
        ("big5", "立陶宛語"),
        ("gb18030", "塞尔维亚语"),
        ("cp1250", "Zmiana hasła"),
        ("iso8859-2", "Úspěšně odstraněno: žádný soubor"),
        ("cp1254", "İçerik türleri güncellenmiş"),
        ("cp1252", "Il numero di pagina è più grande"),
        ("cp1252", "“Wat?” is geen ‘geldige’ waarde."),
        ("cp850", "Größe ändern: Schaltfläche für Übersicht"),
        ("mac_roman", "Où est née l’idée ? À Besançon, très tôt."),
        ("cp1257", "Slaptažodžio keitimas baigtas sėkmingai, ačiū už kantrybę"),
    ],
)
def test_an_old_encoding_is_told_by_the_language_that_comes_out(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)) == text
    assert decode((text + "\r\n" + text * 40).encode(encoding)) == text + "\r\n" + text * 40


def test_a_few_old_letters_far_inside_plain_text_are_told_as_well() -> None:
    text = "log = 1;" * 20_000 + " // Größe geprüft, für später\n" + "plain text\n" * 1_000
    assert decode(text.encode("cp1252")) == text


@pytest.mark.parametrize("place", [0, 50_000])
def test_one_damaged_letter_does_not_spoil_the_rest(place: int) -> None:
    text = "Москва слезам не верит.\n" * 3_000
    data = text.encode("cp1251")
    assert decode(data[:place] + b"\x98" + data[place:]).replace("\ufffd", "") == text


def test_bytes_by_chance_are_no_text() -> None:
    dice = random.Random(7)
    with pytest.raises(Unreadable, match="a binary file"):
        decode(bytes(dice.randrange(32, 256) for _ in range(4_000)))
