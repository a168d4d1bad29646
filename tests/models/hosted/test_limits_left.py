"""What headers tell of a provider's limits, in the forms that providers publish."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.domain.conversation import Message, Role
from chatui.domain.errors import RateLimited
from chatui.domain.usage import LimitLeft
from chatui.models.base import ModelInfo, ModelRequest
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.endpoint import Endpoint
from chatui.models.hosted.hosted import HostedModel
from chatui.models.hosted.limits_left import LONGEST, limits_left, seconds_until
from chatui.system.api_key import KeySource
from tests.properties import examples
from tests.scripted_server import Exchange, ScriptedServer

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        (
            {
                "x-ratelimit-limit-requests": "500",
                "x-ratelimit-remaining-requests": "499",
                "x-ratelimit-reset-requests": "120ms",
                "x-ratelimit-limit-tokens": "200000",
                "x-ratelimit-remaining-tokens": "150,000",
                "x-ratelimit-reset-tokens": "1m15.5s",
            },
            (
                LimitLeft("requests", 499, 500, 0.12),
                LimitLeft("tokens", 150_000, 200_000, 75.5),
            ),
        ),
        (
            {
                "anthropic-ratelimit-requests-limit": "50",
                "anthropic-ratelimit-requests-remaining": "49",
                "anthropic-ratelimit-requests-reset": "2026-05-01T12:00:30Z",
                "anthropic-ratelimit-input-tokens-limit": "40000",
                "anthropic-ratelimit-input-tokens-remaining": "39000",
                "anthropic-ratelimit-input-tokens-reset": "2026-05-01T11:59:00Z",
            },
            (LimitLeft("requests", 49, 50, 30.0), LimitLeft("input tokens", 39_000, 40_000, 0.0)),
        ),
        (
            {
                "x-ratelimit-limit-tokens-minute": "60000",
                "x-ratelimit-remaining-tokens-minute": "100",
                "x-ratelimit-reset-tokens-minute": "7.66",
                "x-ratelimit-remaining-tokens": "9",
            },
            (LimitLeft("tokens", 100, 60_000, 7.66),),
        ),
        (
            {
                "x-ratelimit-limit": "20",
                "x-ratelimit-remaining": "3",
                "x-ratelimit-reset": str(int(NOW.timestamp() * 1000) + 5000),
            },
            (LimitLeft("requests", 3, 20, 5.0),),
        ),
        ({"x-ratelimit-remaining-tokens": "12"}, (LimitLeft("tokens", 12, None, None),)),
        ({"x-ratelimit-remaining-tokens": "many", "content-type": "x"}, ()),
        ({}, ()),
    ],
)
def test_limits_are_read_in_every_published_form(
    headers: dict[str, str], told: tuple[LimitLeft, ...]
) -> None:
    assert limits_left(headers, NOW) == told


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("6m0s", 360), ("2h3m", 7380), ("20ms", 0.02), ("0", 0), ("-5", 0), ("1e400", None),
     ("nan", None), ("", None), ("soon", None), ("9" * 30, LONGEST)],
)  # fmt: skip
def test_resets_are_seconds(text: str, seconds: float | None) -> None:
    assert seconds_until(text, NOW) == (None if seconds is None else pytest.approx(seconds))


@examples(100)
@given(st.text(max_size=60))
def test_no_header_is_more_than_a_bounded_wait_or_nothing(text: str) -> None:
    names = ("x-ratelimit-remaining-tokens", "x-ratelimit-limit-tokens", "x-ratelimit-reset-tokens")
    for one in limits_left(dict.fromkeys(names, text), NOW):
        assert one.left >= 0
        assert one.resets is None or 0 <= one.resets <= LONGEST


def test_the_share_is_of_what_there_is_in_all() -> None:
    assert LimitLeft("tokens", 30, 120).share == 0.25
    assert LimitLeft("tokens", 200, 120).share == 1.0
    assert LimitLeft("tokens", 30).share is None


@pytest.mark.parametrize("is_tried_again", [False, True])
async def test_a_refusal_tells_what_is_left_too(is_tried_again: bool) -> None:
    async def refuse(exchange: Exchange) -> None:
        headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-limit-requests": "60"}
        wait = {"Retry-After": "0" if is_tried_again else "3600"}
        await exchange.error(429, "Rate limit reached", headers | wait)

    async def answer(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Hello")
        await exchange.finish()
        await exchange.done()

    told: list[tuple[LimitLeft, ...]] = []
    async with ScriptedServer(refuse, answer) as server:
        connection = Connection(Endpoint("near", server.base_url, KeySource("near"), local=True))
        request = ModelRequest((Message(Role.USER, "Hi"),), on_limits=told.append)
        with suppress(RateLimited):
            async for _ in HostedModel(ModelInfo("near/small"), connection).stream(request):
                pass
        await connection.close()

    assert told == [(LimitLeft("requests", 0, 60, None),)]
