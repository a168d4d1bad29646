from __future__ import annotations

import pytest

from chatui.text.corrections import corrects, is_another, same_thing, statement


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


@pytest.mark.parametrize(
    "later",
    [
        "The deposit for the flat is 1,800 euros.",
        "Our flight is LH441.",
        "Die Fahrprüfung ist am 14. Februar.",
        "Le loyer du studio est de 640 euros.",
        "会议室的密码是3306。",
    ],
)
def test_another_fact_that_follows_at_once_corrects_nothing(later: str) -> None:
    earlier = statement("The dinner on Saturday 3 March is for 12, Ana says.")

    assert not corrects(statement(later), earlier, at_once=True)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("The printer stands on the second floor.", "They carried the printer to the third floor."),
        ("Der Kurs im Keller kostet 120 Euro.", "Der Kurs im Keller kostet 95 Euro."),
        ("La cita con la doctora es el martes.", "La cita con la doctora es el jueves."),
        ("The gym is open on Sundays.", "The gym isn't open on Sundays any more."),
    ],
)
def test_another_value_of_the_same_thing_takes_the_first_one_back(earlier: str, later: str) -> None:
    assert corrects(statement(later), statement(earlier), at_once=False)


def test_a_name_that_few_others_have_tells_what_a_text_is_about() -> None:
    one, other = statement("Ben is a vegetarian."), statement("Ben eats fish on holidays.")

    assert same_thing(one, other, {"ben"})
    assert not same_thing(one, other)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("The train to Bern leaves at 7:32.", "The train to Basel leaves at 8:05."),
        ("Lena's room is number 14.", "Tom's room is number 16."),
        ("Flat 3 pays 640 a month.", "Flat 5 pays 710 a month."),
        ("Der Kurs am Montag kostet 80 Euro.", "Der Kurs am Donnerstag kostet 60 Euro."),
        ("La chambre bleue coûte 80 euros.", "La chambre verte coûte 95 euros."),
        ("周五的晚饭是12个人。", "周日的晚饭是6个人。"),
        ("My savings account is with ING.", "I now also have a savings account with N26."),
    ],
)
def test_the_same_said_of_another_thing_corrects_nothing(earlier: str, later: str) -> None:
    assert not corrects(statement(later), statement(earlier), at_once=False)
    assert is_another(statement(later), statement(earlier))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("Tell Rosa that I'll bring the speakers.", "Scratch the speakers, Tim has some."),
        ("Für die Küche nehmen wir Induktion.", "Das mit der Induktion hat sich erledigt."),
        ("Je m'inscris au marathon de Lille.", "Laisse tomber pour le marathon."),
        ("提醒我买生日蛋糕。", "蛋糕不用买了。"),
    ],
)
def test_what_is_taken_back_as_a_whole_is_known_by_one_rare_word(earlier: str, later: str) -> None:
    old, new = statement(earlier), statement(later)

    assert new.takes_back
    assert corrects(new, old, at_once=False, rare=old.about & new.about)
    assert not corrects(new, statement("The dog likes the garden."), at_once=False, rare=new.about)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("Our allotment is plot 63.", "Oh, and I mixed up the digits earlier, it's 36."),
        ("Der Stellplatz ist 137.", "Ich habe die Ziffern vertauscht, 173."),
        ("Ma place est le fauteuil 118.", "Au fait, j'ai mal lu, c'est le 181."),
        ("Mi asiento es el 118.", "Leí mal, es el 181."),
        ("我的停车位是B137。", "对了，刚才看反了，是B173。"),
        ("传单用黄纸印。", "照原来的来。"),
    ],
)
def test_a_slip_that_is_told_takes_back_what_was_said(earlier: str, later: str) -> None:
    assert statement(later).signed
    assert corrects(statement(later), statement(earlier), at_once=True)
