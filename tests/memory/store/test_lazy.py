from __future__ import annotations

from collections.abc import Sequence

import pytest

from chatui.cli.output import plain
from chatui.memory.store.lazy import LazyValues


def letters() -> LazyValues[str]:
    return LazyValues(lambda: ("a", "b", "c"))


def unmade() -> LazyValues[str]:
    def fail() -> tuple[str, ...]:
        raise AssertionError("it was made")

    return LazyValues(fail)


def test_asking_whether_there_is_anything_makes_nothing() -> None:
    assert unmade()


def test_the_first_look_makes_the_values() -> None:
    with pytest.raises(AssertionError, match="it was made"):
        len(unmade())


def test_the_values_are_made_once() -> None:
    made: list[int] = []

    def make() -> tuple[str, ...]:
        made.append(1)
        return ("a",)

    values = LazyValues(make)
    assert (len(values), list(values), values[0], made) == (1, ["a"], "a", [1])


def test_lazy_values_are_equal_to_the_tuple_of_the_same_values() -> None:
    assert letters() == ("a", "b", "c")
    eager: Sequence[str] = ("a", "b", "c")
    assert eager == letters()
    assert letters() == letters()
    assert letters() != ("a", "b")
    assert hash(letters()) == hash(("a", "b", "c"))


def test_lazy_values_are_written_as_a_list() -> None:
    assert plain(letters()) == ["a", "b", "c"]


def test_a_slice_of_lazy_values_is_a_tuple() -> None:
    assert letters()[1:] == ("b", "c")
