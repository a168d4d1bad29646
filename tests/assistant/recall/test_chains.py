"""Which turns come back with one, by what was said in them alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chatui.assistant.recall.chains import MOST_OF_A_CHAIN, with_corrections
from chatui.domain.conversation import Reply, Turn
from chatui.memory.records import StoredTurn

BEGAN = datetime(2026, 3, 1, 9, tzinfo=UTC)
TALK = "How do I sort a list in Python?"


def said(*texts: str) -> list[StoredTurn]:
    made = []
    for place, text in enumerate(texts):
        turn = Turn(text, BEGAN + timedelta(minutes=place), reply=Reply("Noted."))
        made.append(StoredTurn(str(place), None, f"q{place}", f"a{place}", turn))
    return made


def back_with(found: str, past: Sequence[StoredTurn]) -> list[str]:
    """What comes back where that turn was found, in its order."""
    places = {stored.turn.question: stored.id for stored in past}
    chosen, _ = with_corrections([places[found]], past, {one.id: one for one in past})
    texts = {stored.id: stored.turn.question for stored in past}
    return [texts[turn] for turn in chosen]


def outdated(past: Sequence[StoredTurn], found: str) -> list[str]:
    """Which turns are marked as corrected."""
    places = {stored.turn.question: stored.id for stored in past}
    _, corrected = with_corrections([places[found]], past, {one.id: one for one in past})
    return [stored.turn.question for stored in past if stored.id in corrected]


FACTS = (
    ("The dinner is for 12.", "No, it's 14, not 12."),
    ("The deposit for the flat is 1,800 euros.", "Sorry, 1,950."),
    ("Die Fahrprüfung ist am 14. Februar.", "Verschoben auf den 21."),
    ("Our contact at the bank is Mr Hollis.", "He left, it's Ms Okafor now."),
    ("Le train pour Lyon part à 8h12.", "Pardon, 8h42."),
    ("I paint the hallway in sage green.", "Scrap that, cream white."),
    ("我们订了20张门票。", "改成25张。"),
    ("The gym has a sauna.", "Turns out it doesn't."),
)


@pytest.mark.parametrize("fact", FACTS)
def test_a_fact_told_among_others_comes_back_with_its_own_correction(fact: tuple[str, str]) -> None:
    past = said(*(text for one in FACTS for text in one))

    assert fact[1] in back_with(fact[0], past)
    assert len(back_with(fact[0], past)) <= MOST_OF_A_CHAIN
    assert outdated(past, fact[0]) == [fact[0]]


def test_a_correction_that_says_only_a_value_means_the_last_of_that_kind() -> None:
    past = said("The dinner is for 12.", "Ana has a new bicycle.", TALK, "No, make it 14.")

    assert outdated(past, "The dinner is for 12.") == ["The dinner is for 12."]
    assert outdated(past, "Ana has a new bicycle.") == []


def test_what_follows_at_once_without_a_word_of_correction_comes_back_unmarked() -> None:
    past = said("The interview is with Dana.", "It'll be Victor who does it.", TALK)

    assert back_with("The interview is with Dana.", past)[0] == "It'll be Victor who does it."
    assert outdated(past, "The interview is with Dana.") == []


def test_something_else_about_the_same_comes_back_from_far_behind() -> None:
    past = said("Ben is a vegetarian.", *[TALK] * 20, "Ben eats fish on holidays.", TALK)

    assert "Ben eats fish on holidays." in back_with("Ben is a vegetarian.", past)


@pytest.mark.parametrize("correction", ["It's 14, not 12.", "Can we make that 14 instead?"])
def test_what_was_asked_for_is_corrected_too(correction: str) -> None:
    past = said("Plan a menu for 12 guests, please.", correction, TALK)

    assert back_with("Plan a menu for 12 guests, please.", past)[0] == correction


def test_of_many_corrections_the_newest_come_back() -> None:
    past = said("We ordered 40 chairs.", *(f"No, make it {n}." for n in range(41, 49)), TALK)

    assert back_with("We ordered 40 chairs.", past)[0] == "No, make it 48."
    assert len(back_with("We ordered 40 chairs.", past)) == MOST_OF_A_CHAIN


def test_what_a_reply_corrects_brings_its_turn_back_and_marks_the_fact() -> None:
    reply = 'Done: "Room for 420 guests". The plan says that the hall holds 420, not 240.'
    past = said("The hall holds 240 people.", TALK, "Write a line about the hall, please.", TALK)
    asked = past[2]
    past[2] = replace(asked, turn=replace(asked.turn, reply=Reply(reply)))

    assert back_with("The hall holds 240 people.", past)[0] == asked.turn.question
    assert outdated(past, "The hall holds 240 people.") == ["The hall holds 240 people."]


def test_a_reply_about_something_else_corrects_nothing() -> None:
    past = said("The hall holds 240 people.", "How many seats has the bus?", TALK)
    asked = past[1]
    past[1] = replace(asked, turn=replace(asked.turn, reply=Reply("It's 42 seats, not 240.")))

    assert outdated(past, "The hall holds 240 people.") == []


@pytest.mark.parametrize(
    ("wish", "back"),
    [
        ("Remind me to buy a ladder.", "Forget that, I borrowed one."),
        ("Give me ten names for the boat.", "Never mind."),
        ("下个月我想学游泳。", "算了，当我没说。"),
    ],
)
def test_what_is_taken_back_at_once_may_have_been_asked_for(wish: str, back: str) -> None:
    past = said(wish, back, TALK)

    assert outdated(past, wish) == [wish]
    assert back_with(wish, past)[0] == back


@pytest.mark.parametrize(
    ("first", "later"),
    [
        ("The workshop is on 4 May in Paris.", "The date stays, but the place is Lyon."),
        ("会议室订的是三楼。", "那就五楼吧。"),
        ("Le plombier demande 320 euros.", "Il est descendu à 280."),
        ("Fürs Sommerfest brauchen wir 40 Würste.", "Zurück auf 35."),
        ("The cake costs 40 euros.", "It went up to 48."),
    ],
)
def test_a_correction_in_part_or_in_passing_is_known(first: str, later: str) -> None:
    past = said(first, later, TALK)

    assert outdated(past, first) == [first]


def test_what_is_said_of_two_things_in_a_row_is_corrected_apart() -> None:
    past = said("Flat 3 pays 640 a month.", "Flat 5 pays 710 a month.", "Sorry, 730.", TALK)

    assert outdated(past, "Flat 3 pays 640 a month.") == []
    assert outdated(past, "Flat 5 pays 710 a month.") == ["Flat 5 pays 710 a month."]


LONG = (
    "The catering took all day: we need sandwiches, an urn from the garage, and the cloths want "
    "ironing. {} Can you put together a shopping list for sixty people?"
)
LONG_CHINESE = "今天忙了一天，先去买了奖品，又跟裁判吃了饭，横幅还没做好。{}你帮我写一份通知好吗？"


@pytest.mark.parametrize(
    ("first", "later"),
    [
        (
            "The choir sings at St Anne's.",
            LONG.format("Also the choir isn't at St Anne's any more, but in the Methodist hall."),
        ),
        (
            "Der Chor singt in St. Anna.",
            LONG.format("Der Chor singt nicht mehr in St. Anna, sondern im Rathaus."),
        ),
        (
            "羽毛球比赛在体育馆打。",
            LONG_CHINESE.replace("{}", "羽毛球比赛不在体育馆了，改到操场。"),
        ),
    ],
)
def test_a_correction_within_a_longer_message_that_asks_is_known(first: str, later: str) -> None:
    past = said(first, *[TALK] * 3, later, TALK)

    assert outdated(past, first) == [first]


def test_another_thing_within_a_longer_message_corrects_nothing() -> None:
    first = "The choir sings at St Anne's."
    past = said(first, LONG.format("Also the youth club meets at St Mark's from May."), TALK)

    assert outdated(past, first) == []


@pytest.mark.parametrize(
    ("first", "doubt", "answer"),
    [
        ("The scholarship pays 7,500 a term.", "Wasn't it 8,200?", "8,200, yes."),
        ("Der Bus braucht 50 Minuten.", "Waren es nicht 65?", "Ja, 65."),
        ("Le trajet dure 50 minutes.", "Ce n'était pas plutôt 65 ?", "Oui, 65."),
        ("La cena es para 12.", "¿No eran 14?", "Sí, 14."),
        ("奖学金一学期四千五。", "不是五千二吗？", "对，五千二。"),
    ],
)
def test_a_doubt_comes_back_with_its_answer(first: str, doubt: str, answer: str) -> None:
    assert back_with(first, said(first, doubt, answer, TALK)) == [answer, doubt, first]


@pytest.mark.parametrize(
    ("first", "later"),
    [
        ("Ray's camper stands behind the mill.", "He drove it over to the quarry."),
        ("Die Leiter steht im Keller.", "Sie steht bei Paul."),
        ("La remorque est chez Antoine.", "Il l'a prêtée à Solène."),
        ("El remolque está en casa de Ana.", "Ella se lo llevó al taller."),
        ("拖车在安东家。", "他把它借给小苏了。"),
    ],
)
def test_what_names_its_topic_by_a_pronoun_comes_back_a_turn_later(first: str, later: str) -> None:
    past = said(first, TALK, later, TALK)

    assert back_with(first, past) == [later, first]
    assert outdated(past, first) == []


def test_a_value_given_a_third_time_at_once_comes_back() -> None:
    past = said("The resit is in week 34.", "Week 35, it skipped one.", "The dean wants 36.", TALK)

    assert back_with("The resit is in week 34.", past)[0] == "The dean wants 36."
