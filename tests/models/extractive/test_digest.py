"""Summaries of picked sentences: the telling ones, within their room, for ever."""

from __future__ import annotations

import pytest

from chatui.domain.conversation import Exchange
from chatui.models.extractive.digest import digest, shrunk
from chatui.text.telling import names, numbers

TALK = {
    "English": [
        Exchange(
            "Hi! My name is Anna Berger and I work in Leipzig.",
            "Nice to meet you, Anna! Sure, I can help. What would you like to know?",
        ),
        Exchange(
            "We decided on Lisbon, from 12 May to 19 May, with a budget of 1,800 euros.",
            "Great choice! Lisbon is warm in May. Flights with TAP cost about 240 euros.",
        ),
        Exchange("What should I pack?", "Pack light clothes. A jacket helps in the evening."),
        Exchange("Thanks, that helped a lot!", "You're welcome!"),
    ],
    "German": [
        Exchange(
            "Hallo! Ich heiße Karl Weber und wohne seit 2019 in Bremen.",
            "Schön, dich kennenzulernen! Wie kann ich dir heute helfen?",
        ),
        Exchange(
            "Wir haben beschlossen, das Boot für 4.500 Euro zu kaufen.",
            "Eine gute Wahl. Das passt gut zu euch. Viel Freude damit.",
        ),
    ],
    "Chinese": [
        Exchange("我叫李明，住在上海。预算是3000元。", "好的。很高兴认识你。"),
        Exchange("我们决定5月12日出发。", "听起来不错。高铁大约需要11小时。"),
    ],
}
MUST_HOLD = {
    "English": ("Anna Berger", "Leipzig", "Lisbon", "1,800 euros", "240 euros"),
    "German": ("Karl Weber", "Bremen", "4.500 Euro"),
    "Chinese": ("李明", "3000元", "决定", "11小时"),
}


def words(text: str) -> int:
    return len(text) // 4 + 1


@pytest.mark.parametrize("language", TALK)
def test_names_numbers_and_decisions_are_picked_in_any_language(language: str) -> None:
    text = digest("", TALK[language], 80, words)

    assert [fact for fact in MUST_HOLD[language] if fact not in text] == []
    assert words(text) <= 80


def test_courtesies_are_left_out_and_the_order_is_kept() -> None:
    text = digest("", TALK["English"], 80, words)

    assert "welcome" not in text
    assert "Thanks" not in text
    assert text.index("Anna Berger") < text.index("Lisbon")


def test_what_was_picked_once_stays_beside_what_is_new_within_the_room() -> None:
    text = ""
    for number in range(40):
        small_talk = Exchange(f"What about the weather, number {number}?", "It may rain a little.")
        text = digest(text, [TALK["English"][number]] if number < 2 else [small_talk], 60, words)

    assert "Anna Berger" in text
    assert "1,800 euros" in text
    assert words(text) <= 60


def test_a_focus_brings_its_subject_in() -> None:
    assert "jacket" not in digest("", TALK["English"], 50, words)
    assert "jacket" in digest("", TALK["English"], 50, words, focus="the jacket for the evening")


def test_a_foreign_summary_shrinks_by_its_lines() -> None:
    written = "Facts:\n- Anna Berger lives in Leipzig.\n- The weather was nice on some days.\n"

    assert shrunk(written, 1000, words) == written
    assert shrunk(written, 10, words) == "- Anna Berger lives in Leipzig."


def test_code_and_nothing_at_all_give_no_summary() -> None:
    assert digest("", [Exchange("", "```\nx = 4711\n```")], 80, words) == ""
    assert digest("", [], 80, words) == ""


def test_numbers_are_compared_by_their_digits_and_names_need_a_reason() -> None:
    assert numbers("1,200 or 1200, 3.5 and 7") == ["1200", "1200", "35"]
    assert names("The cat met Anna. She saw main.py and getUser there.") == (
        ["Anna", "main.py", "getUser"]
    )
