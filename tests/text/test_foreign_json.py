"""Whatever a server or a file has as JSON: a bounded value, or a ValueError."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.text.foreign_json import DEEPEST, LARGEST, read_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-LARGEST, LARGEST)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_what_is_bounded_is_read_as_it_stands(value: Any) -> None:
    assert read_json(json.dumps(value)) == value
    assert read_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9223372036854775808", LARGEST),
        ("-9223372036854775809", -LARGEST),
        ("9" * 5000, LARGEST),
        ("-" + "9" * 5000, -LARGEST),
        ("1e999", None),
        ("NaN", None),
        ("-Infinity", None),
    ],
)
def test_numbers_beyond_all_bounds_are_held(text: str, value: object) -> None:
    assert read_json(text) == value


@pytest.mark.parametrize("depth", [DEEPEST + 2, 5_000, 200_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_what_is_nested_too_deep_is_refused(depth: int, opening: str, closing: str) -> None:
    with pytest.raises(ValueError, match="nested too deep"):
        read_json(opening * depth + "1" + closing * depth)


def test_many_brackets_beside_each_other_are_not_deep() -> None:
    assert read_json("[" + "[]," * 500 + "[]]") == [[]] * 501


@pytest.mark.parametrize("text", ["", "{", "nothing", b"\xff\xfe", '{"a": 1'])
def test_what_is_no_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json says why in its own words
        read_json(text)
