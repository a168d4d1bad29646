from __future__ import annotations

from collections.abc import Callable

import pytest

from chatui.retrieval.readers.pdf_furniture import without_furniture

BODY = ("Rivers rise in spring.", "Lakes freeze in winter.", "Seas are salty.", "Ponds dry up.",
        "Brooks run fast.")  # fmt: skip


def pages(
    *, top: Callable[[int], str] | None = None, foot: Callable[[int], str] | None = None
) -> list[str]:
    """Five pages with lines at their edges that are made from the page's number."""
    made = []
    for at, body in enumerate(BODY, start=1):
        lines = [top(at)] if top else []
        lines += [f"First of {body}", body, f"Last of {body}"]
        lines += [foot(at)] if foot else []
        made.append("\n".join(lines))
    return made


@pytest.mark.parametrize("ahead", [0, 7])
@pytest.mark.parametrize(
    "label",
    [
        "{n}", "- {n} -", "– {n} –", "[{n}]", "Page {n}", "page {n} of 5", "{n}/5", "{n} | 5",
        "p. {n}", "Seite {n} von 5", "Seite {n}", "página {n} de 5", "стр. {n}", "第 {n} 页",
        "第{n}页 共5页", "第{n}頁", "{n} ページ",
        "Annual Report 2023 | {n}", "Annual Report 2023 Page {n}", "{n} · Annual Report",
        "Rivers and Lakes — {n}", "Confidential Page {n} of 5",
    ],
)  # fmt: skip
def test_page_numbers_go_in_whatever_form_they_are_written(label: str, ahead: int) -> None:
    found = without_furniture(pages(foot=lambda n: label.format(n=n + ahead)))

    assert [text.split("\n")[-1] for text, _ in found] == [f"Last of {body}" for body in BODY]
    assert [gone for _, gone in found] == [label.format(n=n + ahead) for n in range(1, 6)]


def test_roman_page_numbers_go() -> None:
    found = without_furniture(pages(foot=lambda n: ["i", "ii", "iii", "iv", "v"][n - 1]))

    assert [gone for _, gone in found] == ["i", "ii", "iii", "iv", "v"]


@pytest.mark.parametrize(
    "line",
    [
        "Invoice 2024-10{n}", "Invoice {n}", "Order 471{n}", "Step {n}", "Step {n} of 5",
        "Clause {n}", "{n}.", "{n})", "§ {n}", "Question {n}", "Artikel {n}", "Chapter {n}",
        "Closing balance {n}",
        "Total due: {n}.00 EUR", "Balance {n}{n}4", "{n} March 2024", "2024-03-0{n}", "Table {n}",
        "第{n}章", "第{n}条", "发票 {n}", "Ward {n} of 5", "{n} %", "{n} EUR",
        "Room 10{n}", "v1.{n}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("edge", ["top", "foot"])
def test_numbers_of_the_document_stay_also_where_they_count_up(line: str, edge: str) -> None:
    def shown(n: int) -> str:
        return line.format(n=n)

    given = pages(top=shown) if edge == "top" else pages(foot=shown)

    assert without_furniture(given) == [(page, "") for page in given]


def test_numbers_that_do_not_count_up_with_the_pages_stay() -> None:
    given = pages(foot=lambda n: str([12, 7, 31, 5, 99][n - 1]))

    assert without_furniture(given) == [(page, "") for page in given]


def test_a_line_that_is_literally_the_same_goes_and_is_told() -> None:
    found = without_furniture(pages(top=lambda n: "Rivers 2023", foot=lambda n: "Draft"))

    assert [text.split("\n")[0] for text, _ in found] == [f"First of {body}" for body in BODY]
    assert {gone for _, gone in found} == {"Rivers 2023 · Draft"}


def test_heads_of_left_and_right_pages_both_go() -> None:
    made = pages(top=lambda n: f"Rivers | {n}" if n % 2 else f"{n} | Lakes") * 2
    given = [page.replace(" | ", " | ") for page in made]
    numbered = [page.replace(f"{at % 5 + 1}", f"{at + 1}", 1) for at, page in enumerate(given)]

    found = without_furniture(numbered)
    assert all(text.startswith("First of") for text, _ in found)


def test_a_page_with_nothing_else_keeps_its_lines() -> None:
    found = without_furniture([*pages(top=lambda n: "Rivers"), "Rivers"])

    assert found[-1] == ("Rivers", "")
