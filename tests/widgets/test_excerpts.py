from __future__ import annotations

import pytest

from chatui.widgets.excerpts import excerpt, places

TEXT = "Rivers are full of life. " * 20 + "An otter sleeps on its back. " + "It eats fish. " * 20


def test_an_excerpt_shows_the_word_and_what_leads_up_to_it() -> None:
    assert excerpt(TEXT, "otter", 60).startswith("… are full of life. An otter sleeps on its back.")


def test_the_longest_word_of_the_query_is_shown() -> None:
    assert "sleeps" in excerpt(TEXT, "it sleeps", 60)


def test_another_ending_of_the_word_is_found() -> None:
    assert "otter" in excerpt(TEXT, "otters", 60)


def test_a_text_without_the_words_is_shown_from_its_beginning() -> None:
    assert excerpt(TEXT, "whale", 25) == "Rivers are full of life.…"


def test_an_excerpt_is_one_line_without_control_characters() -> None:
    assert excerpt("one\n\n\x1b[31mtwo\tthree", "two", 60) == "one two three"


def test_a_script_without_spaces_is_cut_anywhere() -> None:
    found = excerpt("河" * 100 + "水獭睡觉" + "鱼" * 100, "水獭", 40)
    assert found.startswith("…河")
    assert "水獭睡觉" in found


@pytest.mark.parametrize("characters", [10, 60, 400])
def test_an_excerpt_is_not_longer_than_asked(characters: int) -> None:
    assert len(excerpt(TEXT, "otter", characters)) <= characters + 2


@pytest.mark.parametrize(
    ("part", "query", "marked"),
    [
        ("An Otter sleeps with otters.", "otters", ["Otter", "otters"]),
        ("It is with it.", "it", ["It", "it"]),
        ("水獭睡觉", "睡觉", ["睡觉"]),
        ("a.c abc", "a.c", ["a.c"]),
        ("nothing", "otter", []),
    ],
)
def test_what_was_looked_for_is_marked(part: str, query: str, marked: list[str]) -> None:
    assert [part[start:end] for start, end in places(part, query)] == marked
