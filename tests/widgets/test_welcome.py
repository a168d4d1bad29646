"""What an empty chat tells."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from chatui.widgets.welcome import Welcome


class WelcomeHost(App[None]):
    def compose(self) -> ComposeResult:
        yield Welcome()


@pytest.mark.parametrize(
    ("providers", "told"),
    [
        ([], None),
        (["openai"], "Keys    found for openai"),
        (["openai", "groq"], "Keys    found for openai, groq"),
        (list("abcdef"), "Keys    found for a, b, c, d and 2 more"),
    ],
)
async def test_it_tells_whose_keys_were_found(providers: list[str], told: str | None) -> None:
    host = WelcomeHost()
    async with host.run_test(size=(80, 24)):
        welcome = host.query_one(Welcome)
        welcome.found(providers)
        welcome.offer("/pull m", "1 MB")
        lines = [line.rstrip() for line in str(welcome.render()).splitlines()]

    assert [line for line in lines if line.startswith("Keys")] == ([told] if told else [])
    assert lines[-2] == "Fetch   /pull m for a small model of your own (1 MB)"
