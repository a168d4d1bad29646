from __future__ import annotations

import pytest

from chatui.text.corrections import corrects, goes_on, statement


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("The dinner is for 12.", "No, it's 14, not 12."),
        ("My locker code is 7781.", "7718"),
        ("Der Termin ist um 9 Uhr.", "Nein, erst um 11."),
        ("Le loyer est de 640 euros.", "Non, 690 en fait."),
        (
            "聊餐一共12个人。",
            "不对，是14个人。",
        ),
        ("Tom is coming to the barbecue.", "No, he can't make it."),
    ],
)
def test_a_correction_that_follows_at_once_need_not_say_what_it_is_about(
    earlier: str, later: str
) -> None:
    assert corrects(statement(later), statement(earlier), at_once=True)


def test_a_correction_far_behind_says_what_it_is_about() -> None:
    earlier = statement("The deposit for the flat is 1,800 euros.")

    assert corrects(statement("The deposit for the flat changed to 1,950."), earlier, at_once=False)
    assert not corrects(statement("No, the cat is 3 now."), earlier, at_once=False)


@pytest.mark.parametrize("later", ["Is it 14, not 12?", "Give me 14 ideas instead, not 12"])
def test_a_question_or_a_wish_corrects_nothing(later: str) -> None:
    assert not corrects(statement(later), statement("The dinner is for 12."), at_once=True)


def test_another_value_of_the_same_thing_goes_on_from_it() -> None:
    earlier = statement("Carla brings the salad to the potluck.")

    assert goes_on(statement("Carla is ill, Dev brings it."), earlier, at_once=False)
    assert not goes_on(statement("The gate has the code 4471."), earlier, at_once=False)
