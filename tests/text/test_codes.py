"""Codes are found however they are written; dates and versions of other things are none."""

from __future__ import annotations

import pytest

from chatui.text.codes import asked_for, codes_in, in_a_range, label_of, written_in


def only(text: str) -> tuple[str, ...]:
    (code,) = codes_in(text)
    return code.parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("What does error E9 mean?", ("e", "9")),
        ("E03: the drain is blocked", ("e", "3")),
        ("洗衣机显示E5怎么办？", ("e", "5")),
        ("Invoice BW-2207.", ("bw", "2207")),
        ("Rechnung 2025-0318", ("2025", "318")),
        ("ticket OPS-4411?", ("ops", "4411")),
        ("What's new in 2.3.0?", ("2", "3", "0")),
        ("What changed in version 2.2?", ("2", "2")),
        ("(XR-200B)", ("xr", "200", "b")),
    ],
)
def test_a_code_is_its_parts(text: str, parts: tuple[str, ...]) -> None:
    assert only(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "due on 2025-06-02", "am 18.03.2025", "im Schuljahr 2024/25", "call 0221 445566",
        "account 20-44-17", "Python 3.10 or newer", "FY2024", "2023-2024", "Q3 results", "http://HOST:7420",
        "a 5 litre tank", "10.5281/zenodo.1234",
    ],
)  # fmt: skip
def test_what_is_no_code(text: str) -> None:
    assert not codes_in(text)


def test_a_blank_may_part_a_code_where_it_is_known() -> None:
    assert written_in("Störung F 11") == codes_in("Störung F11")
    assert not codes_in("Störung F 11")


def test_versions_of_something_else_are_not_asked_for() -> None:
    assert not asked_for("Does it run with Python 3.12.1?")
    assert not asked_for("Does it run with Python version 3.12?")
    assert asked_for("What is new in version 3.12?")


@pytest.mark.parametrize("text", ["M4 to M8", "M4–M8", "M4 bis M8", "M4-8", "M4 à M8"])
def test_a_range_has_what_lies_in_it(text: str) -> None:
    inside, outside = next(iter(codes_in("M6"))), next(iter(codes_in("M10")))
    assert in_a_range(inside, text)
    assert not in_a_range(outside, text)


def test_series_and_families() -> None:
    (e3,), (e12,), (f3,) = codes_in("E3"), codes_in("E012"), codes_in("F3")
    assert e3.is_sister(e12)
    assert not e3.is_sister(f3)
    (whole,), (part,), (other,) = codes_in("2.2.1"), codes_in("version 2.2"), codes_in("3.0.0")
    assert part.covers(whole)
    assert not whole.covers(part)
    assert part.is_sister(other)


@pytest.mark.parametrize("text", ["| E3 | Disk full |", "- E3: disk full", "**E03** disk", "E3."])
def test_a_line_is_labelled_by_the_code_at_its_beginning(text: str) -> None:
    label = label_of(text)
    assert label is not None
    assert label.parts == ("e", "3")
    assert label_of(f"See {text}") is None
