from __future__ import annotations

import pytest

from chatui.retrieval.search.instructions import parts, without_instructions


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        (
            "Does the firm have a healthy gross margin in 2022? If gross margin is not a useful "
            "metric here, then please state that and explain why.",
            "Does the firm have a healthy gross margin in 2022?",
        ),
        (
            "Assume that you are a public equities analyst. Answer the following question by using "
            "information that is shown in the balance sheet: what is the net debt of Initech?",
            "balance sheet: what is the net debt of Initech?",
        ),
        (
            "What is the free cash flow of Initech in 2020? Give a response to the question by "
            "relying on the details shown in the cash flow statement.",
            "What is the free cash flow of Initech in 2020? cash flow statement.",
        ),
        (
            "According to the information provided in the statement of cash flows, what is the "
            "capital expenditure of Initech?",
            "statement cash flows, what is the capital expenditure of Initech?",
        ),
        (
            "You are a careful lawyer with long experience. Which court decides about the rent? "
            "If the lease doesn't tell, say so.",
            "Which court decides about the rent?",
        ),
    ],
)
def test_what_says_only_how_to_answer_is_left_out(question: str, asked: str) -> None:
    assert without_instructions(question) == asked


@pytest.mark.parametrize(
    "question",
    [
        "",
        "Answer in USD millions.",
        "If the rent is late, what does the lease state?",
        "How do I round a number to two decimal places, please?",
        "What are the steps that the letter mentions around the deadline and the draft?",
        "By how much did the bank increase its agreement on May 26, 2023, and from what sum?",
        "What happens if the tenant doesn't pay the rent for three months, and who must say so?",
        "Wie hoch war der Umsatz im Jahr 2020? Wenn es nicht dasteht, sag mir das bitte auch",
        "a pasted text of many words\nwith lines that are no sentences, answer, question in it",
        "Answer. Respond. Reply. Answer. Respond. Reply. Answer. Respond. Reply. Give. Help. Go.",
    ],
)
def test_questions_that_need_their_words_keep_them(question: str) -> None:
    assert without_instructions(question) in (question, "Go.")


def test_a_question_of_nothing_but_instructions_is_kept() -> None:
    question = "If it is not there, say so. " * 3

    assert without_instructions(question) == question


@pytest.mark.parametrize(
    ("question", "found"),
    [
        (
            "Using the cash flow statement, how much did Initech pay for machines in 2020? Answer "
            "in USD millions and round to one decimal place.",
            ("cash flow statement", "how much did Initech pay for machines in 2020?"),
        ),
        (
            "Wie hoch war der Umsatz von Nordwerk? Er steht im Lagebericht.",
            ("Wie hoch war der Umsatz von Nordwerk?", "Er steht im Lagebericht"),
        ),
        (
            "流动负债合计是多少？请看资产负债表。",
            ("流动负债合计是多少？", "请看资产负债表。"),
        ),
        ("What is the rent?", ()),
        ("What is the rent, and when is it due?", ()),
        ("", ()),
    ],
)
def test_a_question_has_the_parts_that_are_searched_for_by_themselves(
    question: str, found: tuple[str, ...]
) -> None:
    assert parts(question) == found


def test_a_date_is_not_taken_apart() -> None:
    question = "By how much did Initech increase the credit agreement on May 26, 2023, in dollars?"

    assert parts(question)[0].endswith("May 26, 2023")


def test_who_is_to_answer_is_no_part() -> None:
    question = (
        "What is the growth of Initech in 2020? Approach the question by assuming the standpoint "
        "of an analyst who only has access to the statement of income."
    )

    assert parts(question) == ("What is the growth of Initech in 2020?", "statement income")
