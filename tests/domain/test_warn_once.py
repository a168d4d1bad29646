from __future__ import annotations

from chatui.domain.warn_once import WarnOnce


def test_the_same_is_warned_of_once_whatever_the_sentence() -> None:
    told: list[str] = []
    warnings = WarnOnce(told.append)

    assert [warnings.warn("It broke."), warnings.warn("It broke again.")] == [True, False]
    assert told == ["It broke."]


def test_what_worked_in_between_is_warned_of_again() -> None:
    told: list[str] = []
    warnings = WarnOnce(told.append)

    warnings.warn("It broke.", "the disk")
    warnings.worked()
    assert not warnings.warned("the disk")
    warnings.warn("It broke.", "the disk")
    assert told == ["It broke.", "It broke."]


def test_each_thing_has_a_warning_of_its_own() -> None:
    told: list[str] = []
    warnings = WarnOnce(told.append)

    for model in ("a", "b", "a"):
        warnings.warn(f"{model} broke.", model)
    assert told == ["a broke.", "b broke."]


def test_a_sentence_about_several_is_given_while_one_of_them_is_new() -> None:
    told: list[str] = []
    warnings = WarnOnce(told.append)

    warnings.warn("a is gone.", "a")
    warnings.warn("a and b are gone.", "a", "b")
    warnings.warn("b is gone.", "b")
    assert told == ["a is gone.", "a and b are gone."]


def test_where_nobody_listens_it_is_remembered_all_the_same() -> None:
    warnings = WarnOnce()

    assert [warnings.warn("It broke."), warnings.warn("It broke.")] == [True, False]
