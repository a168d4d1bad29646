"""What SQLite hands over of a group in one piece: exact sums, and numbers in their order."""

from __future__ import annotations

import sqlite3
from array import array
from decimal import Decimal

import pytest

from chatui.memory.store.aggregates import amounts, decimal_sum, numbers, packed


def handed_over(expression: str, *values: object) -> object:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE t (x)")
    db.executemany("INSERT INTO t VALUES (?)", [(value,) for value in values])
    (found,) = db.execute(f"SELECT {expression} FROM t").fetchone()
    db.close()
    return found


@pytest.mark.parametrize(
    ("stored", "total"),
    [
        ([], "0"),
        ([None, None], "0"),
        (["0.1"] * 10, "1.0"),
        (["0.0000000001", "1000000000"], "1000000000.0000000001"),
        (["1", None, "2"], "3"),
        (["1", "x", "2"], "3"),
        (["1", "", "NaN", "Infinity", "2"], "3"),
        (["1", b"\xff\xfe", "2"], "3"),
        ([1, 2.5], "3.5"),
    ],
)
def test_a_sum_of_amounts_is_exact_and_leaves_out_what_is_none(
    stored: list[object], total: str
) -> None:
    found = handed_over(amounts("x"), *stored)
    assert found is None or isinstance(found, bytes)
    assert decimal_sum(found) == Decimal(total)


@pytest.mark.parametrize(
    ("stored", "kept"),
    [
        ([], []),
        ([0.25, 3, 0.125], [0.125, 0.25, 3.0]),
        ([0.25, None, 1.0], [0.25, 1.0]),
        ([0.25, "x", 1.0], [0.25, 1.0]),
        ([0.25, 9e999, -9e999, 1.0], [0.25, 1.0]),
    ],
)
def test_numbers_come_whole_and_in_order_and_what_can_not_be_reckoned_with_is_left_out(
    stored: list[object], kept: list[float]
) -> None:
    found = handed_over(numbers("x"), *stored)
    assert found is None or isinstance(found, str)
    assert packed(found) == array("d", kept)
