from __future__ import annotations

import string

import pytest

from chatui.retrieval.readers.pdf_legible import is_legible

ENGLISH = "The chromatography of proteins went well; strengths were measured twice. " * 6
GERMAN = "Die Kündigung gilt erst nach drei Monaten; der Vertrag beginnt am ersten März. " * 6
POLISH = "Chrząszcz brzmi w trzcinie w Szczebrzeszynie, z czego Szczebrzeszyn słynie. " * 6
WELSH = "Mae'r cwmni yn gweithio gyda'r ysgolion yng Nghymru ers blynyddoedd lawer. " * 6
CHINESE = "本合同自二〇二四年三月一日起生效,租期为三年。押金三千元。" * 20
RUSSIAN = "Отчёт о состоянии рек за две тысячи двадцать четвёртый год. " * 8
ARABIC = "ارتفع منسوب المياه في الأنهار خلال العام الماضي. " * 8
NUMBERS = "1,204.55 (88.10) 12/31/2023 45% $9,000,000 — 7 7 7 " * 10
PARTS = "XTR-4000-BKL QWZ-77 PCB-RTX SN74LS00N LM358 BC547 " * 4
CAPITALS = "NOTICE OF ANNUAL GENERAL MEETING OF THE SHAREHOLDERS " * 8


@pytest.mark.parametrize(
    "text",
    [
        ENGLISH,
        GERMAN,
        POLISH,
        WELSH,
        CHINESE,
        RUSSIAN,
        ARABIC,
        NUMBERS,
        PARTS,
        CAPITALS,
        "",
        "BATES",
    ],
)
def test_what_people_write_is_legible(text: str) -> None:
    assert is_legible(text)


@pytest.mark.parametrize("text", [ENGLISH, GERMAN, CAPITALS.lower()])
def test_letters_that_are_shifted_are_none(text: str) -> None:
    """The numbers of the glyphs in many fonts: 29 below the letters' codes."""
    shifted = "".join(c if c.isspace() else chr(ord(c) - 29) for c in text)
    assert not is_legible(shifted)


def test_letters_that_are_mixed_up_are_none() -> None:
    letters = string.ascii_letters
    swapped = {a: letters[(at * 17 + 5) % 52] for at, a in enumerate(letters)}
    mixed = "".join(swapped.get(c, c) for c in ENGLISH)
    assert not is_legible(mixed)


@pytest.mark.parametrize("mark", ["\ue001", "\ufffd", "\x03", "\U000f0001", "\u0378"])
def test_characters_that_nobody_writes_are_none(mark: str) -> None:
    assert not is_legible(mark * 30 + "some words")
    assert is_legible(mark * 2 + " a bullet and its words")


def test_glyphs_that_have_no_character_are_none() -> None:
    assert not is_legible(CHINESE, unmapped=0.8)
    assert is_legible(CHINESE, unmapped=0.2)
