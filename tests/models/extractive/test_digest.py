"""Summaries of picked sentences: the telling ones, within their room, for ever."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.conversation import Exchange
from chatui.models.extractive.digest import completed, digest, shrunk
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


PLANTED = json.loads(
    (Path(__file__).parents[3] / "benchmarks" / "summary_talks.json").read_text(encoding="utf-8")
)


def kept(text: str, language: str) -> float:
    facts = PLANTED[language]["facts"]
    return sum(all(part in text for part in fact) for fact in facts) / len(facts)


@pytest.mark.parametrize("language", PLANTED)
@pytest.mark.parametrize("at_once", [6, 99])
def test_of_dense_talk_most_planted_facts_stay(language: str, at_once: int) -> None:
    talk = [Exchange(*said) for said in PLANTED[language]["said"]]
    tokens = TokenCounter().counting("openai/gpt-4o")
    text = ""
    for start in range(0, len(talk), at_once):
        text = digest(text, talk[start : start + at_once], 600, tokens)

    assert kept(text, language) >= 0.75
    assert tokens(text) <= 600


@pytest.mark.parametrize(
    ("before", "after", "gone"),
    [
        ("The budget is 7,500 euros.", "The budget is 8,200 euros now.", "7,500"),
        ("We meet Olga at the station at 9:15.", "We meet Olga at the station at 10:45.", "9:15"),
        (
            "Das Treffen in Flensburg beginnt um 8:15 Uhr.",
            "Das Treffen in Flensburg beginnt doch erst um 10:30 Uhr.",
            "8:15",
        ),
        ("预算一共是48000元。", "预算改了，现在一共是55000元。", "48000"),
    ],
)
def test_the_newest_figure_wins(before: str, after: str, gone: str) -> None:
    once = digest("", [Exchange(before, "Fine."), Exchange(after, "Fine.")], 200, words)
    rolled = digest(
        digest("", [Exchange(before, "")], 200, words), [Exchange(after, "")], 200, words
    )

    for text in (once, rolled):
        assert gone not in text
        assert after.rstrip(".。") in text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna's room is number 12.", "Karl's room is number 14."),
        ("Anna's hotel room is number 12.", "Karl's hotel room is number 14."),
        ("The train to Leipzig leaves at 9:15.", "The bus to Bremen leaves at 10:45."),
        ("The rent is 900 euros.", "The insurance costs 45 euros."),
    ],
)
def test_figures_of_other_things_stand_beside_each_other(one: str, other: str) -> None:
    text = digest("", [Exchange(one, ""), Exchange(other, "")], 200, words)

    assert one in text
    assert other in text


def test_what_only_explains_a_fact_goes_and_what_bounds_it_stays() -> None:
    talk = [
        Exchange("Our landlord wants the keys by 30 April, which is earlier than I hoped.", ""),
        Exchange("We take the flat in Ghent for 900 euros, but only if the cellar is dry.", ""),
        Exchange("The tram 24 is best, because Dr Haddad is at stop 9.", ""),
    ]

    text = digest("", talk, 200, words)

    assert "keys by 30 April …" in text
    assert "but only if the cellar is dry" in text
    assert "because Dr Haddad is at stop 9" in text


def test_a_models_summary_gets_the_lines_that_it_lost() -> None:
    written = "Facts:\n- Anna Berger works in Leipzig.\n- The trip goes to Lisbon."

    text = completed(written, "", TALK["English"], 200, words)

    assert text.startswith(written)
    assert "1,800 euros" in text
    assert text.count("Anna Berger") == 1


def test_a_models_summary_that_lost_nothing_stays_as_it_is() -> None:
    written = "- Karl Weber, seit 2019 in Bremen, kauft das Boot für 4.500 Euro."

    assert completed(written, "", TALK["German"], 200, words).startswith(written)


def test_lines_that_a_model_made_up_give_way_to_what_was_said() -> None:
    written = "\n".join(f"- The hotel in Vigo costs {n}99 euros a night." for n in range(1, 9))

    text = completed(written, "", TALK["English"], 60, words)

    assert "Vigo" not in text
    assert "1,800 euros" in text
    assert words(text) <= 60


def test_a_correction_is_found_where_all_lines_share_their_words() -> None:
    """And no line is compared with all others: in a long talk of one thing that takes minutes."""
    said = [f"The project's train number {n} reaches Bremen at {n}." for n in range(1, 400)]
    first, last = "The anchor of the project weighs 300 kilos.", "The anchor weighs 450 kilos now."
    text = digest("", [Exchange(f"{first} {' '.join(said)} {last}", "Fine.")], 10_000, words)
    assert last in text
    assert first not in text
