from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.system.http_retry import LONGEST_ASKED, LONGEST_BACKOFF, delay, may_pass, retry_after

NOW = datetime(2025, 10, 21, 7, 28, 0, tzinfo=UTC)


def asked(given: str) -> float | None:
    return retry_after({"retry-after": given}, NOW)


@pytest.mark.parametrize(("given", "seconds"), [("0", 0.0), ("90", 90.0), (" 1.5 ", 1.5)])
def test_seconds_are_waited_as_they_stand(given: str, seconds: float) -> None:
    assert asked(given) == seconds


@pytest.mark.parametrize(
    "given",
    [
        "Tue, 21 Oct 2025 07:29:30 GMT",
        "Tuesday, 21-Oct-25 07:29:30 GMT",
        "Tue Oct 21 07:29:30 2025",
        "Tue, 21 Oct 2025 09:29:30 +0200",
    ],
)
def test_a_date_in_the_future_is_waited_for(given: str) -> None:
    assert asked(given) == 90.0


@pytest.mark.parametrize("given", ["Tue, 21 Oct 2025 07:27:00 GMT", "-5", "-inf"])
def test_what_is_past_is_not_waited_for(given: str) -> None:
    assert asked(given) == 0.0


@pytest.mark.parametrize(
    "given", ["1" * 400, "1e300", "inf", "Fri, 31 Dec 9999 23:59:59 GMT", "31536001"]
)
def test_a_wait_without_end_has_one(given: str) -> None:
    assert asked(given) == LONGEST_ASKED


@pytest.mark.parametrize(
    "given",
    ["", "soon", "nan", "1 2", "Tue, 99 Oct 2025 07:29:30 GMT", f"1 Jan {'9' * 30} 00:00:00 GMT"],
)
def test_what_is_no_time_says_nothing(given: str) -> None:
    assert asked(given) is None
    assert retry_after({}, NOW) is None


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d+ (Jan|Feb) \d+ \d+:\d+:\d+ [+-]\d+"))
def test_nothing_that_a_server_says_is_out_of_bounds(given: str) -> None:
    wait = asked(given)
    assert wait is None or 0.0 <= wait <= LONGEST_ASKED


def test_milliseconds_go_before_whole_seconds() -> None:
    assert retry_after({"retry-after-ms": "300", "retry-after": "1"}) == 0.3
    assert retry_after({"retry-after-ms": "soon", "retry-after": "1"}) == 1.0


def test_attempts_come_at_twice_the_distance_each_up_to_a_limit() -> None:
    waits = [delay(attempt, first=0.5, longest=30.0) for attempt in range(7)]
    assert waits == [0.5, 1.0, 2.0, 4.0, LONGEST_BACKOFF, LONGEST_BACKOFF, LONGEST_BACKOFF]


def test_the_server_s_word_stands_before_the_doubling() -> None:
    assert delay(0, 20.0, first=0.5, longest=30.0) == 20.0
    assert delay(6, 0.0, first=0.5, longest=30.0) == 0.0


def test_a_server_that_asks_for_too_long_is_not_waited_for() -> None:
    assert delay(0, 30.5, first=0.5, longest=30.0) is None


def test_overload_and_conflicts_pass_and_wrong_requests_do_not() -> None:
    assert all(map(may_pass, (408, 409, 425, 429, 500, 502, 503, 504, 529)))
    assert not any(map(may_pass, (200, 302, 400, 401, 403, 404, 413, 422, 501, 505)))
