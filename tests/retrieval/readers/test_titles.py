from __future__ import annotations

import pytest

from chatui.retrieval.readers.titles import telling


@pytest.mark.parametrize(
    "title",
    [
        "",
        "  ",
        "Untitled",
        "(anonymous)",
        "Document1",
        "PowerPoint Presentation",
        "0001018724-18-000005",
        "2022-07-01",
        "Microsoft Word - x.doc",
        "Microsoft Word - F20_10K_VFinal_07.01.2020",
        "Microsoft PowerPoint - Slides_v2.pptx",
        "d123456d10k.htm",
        "tm2212345-1_10k",
        "brochure.indd",
        "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
    ],
)
def test_a_title_that_tells_nothing_is_none(title: str) -> None:
    assert telling(title) == ""


@pytest.mark.parametrize(
    "title",
    [
        "Annual Report",
        "Annual Report 2020",
        "Form 8-K for Initech INC filed 05/19/2022",
        "10-K - 02/07/2019 - Initech Company",
        "Ulysses",
        "GPT-4",
        "2019年度決算報告",
        "Отчёт",
    ],
)
def test_a_title_that_tells_something_is_kept(title: str) -> None:
    assert telling(title) == title


def test_the_name_of_a_program_and_an_ending_are_taken_off() -> None:
    assert telling("Microsoft Word - Annual Report 2020.docx") == "Annual Report 2020"
    assert telling("Lease of the flat.pdf") == "Lease of the flat"
