from __future__ import annotations

import pytest

from chatui.text.error_words import QUOTED_LIMIT, error_words


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "Slow down."}},
        {"error": {"message": "", "detail": "Slow down"}},
        {"error": "Slow down"},
        {"error": "RateLimited", "message": "Slow down"},
        {"message": "Slow\n \x1b[1mdown"},
        {"detail": "Slow down"},
        "Slow down",
    ],
)
def test_the_message_is_found_wherever_a_server_puts_it(body: object) -> None:
    assert error_words(body) == "Slow down"


@pytest.mark.parametrize("body", [None, "", {}, {"error": None}, "\n<html>Slow down</html>"])
def test_what_says_nothing_is_not_quoted(body: object) -> None:
    assert error_words(body) == ""


def test_a_body_without_a_message_is_quoted_as_it_is() -> None:
    assert error_words({"error": {"code": 7}}) == '{"code": 7}'


@pytest.mark.parametrize("before", range(QUOTED_LIMIT - 12, QUOTED_LIMIT + 2))
def test_no_part_of_the_key_is_quoted_where_the_words_are_cut(before: int) -> None:
    message = "." * before + "sk-\x1b[1msecret" * 2
    words = error_words({"error": {"message": message}}, "sk-secret")
    assert "sk" not in words
    assert len(words) <= QUOTED_LIMIT
