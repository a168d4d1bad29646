"""How long a reply is waited for: for its first piece, between pieces, for its end."""

from __future__ import annotations

import asyncio

from chatui.domain.errors import ModelTimeout
from chatui.models.hosted.endpoint import Endpoint

USAGE_SECONDS = 3.0
"""How long to wait for usage once the reply itself is whole."""
DRAIN_SECONDS = 0.1
"""How long to wait for the body's end behind its last event: a connection can be used for
the next reply when its body was read to the end. The SDK waits as long."""


class Patience:
    """A deadline on the event loop's clock that only pieces of the reply move.

    The SDK's own timeout starts anew with every byte, so that a server which sends
    keep-alive comments and nothing else would be waited for without end.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._clock = asyncio.get_running_loop().time
        self._started = False
        self.deadline = self._clock() + endpoint.first_token_seconds

    def renew(self) -> None:
        """A piece came."""
        self._started = True
        self.deadline = self._clock() + self._endpoint.silence_seconds

    def end_within(self, seconds: float) -> None:
        """The reply is whole; what may follow is waited for no longer than this."""
        self.deadline = min(self.deadline, self._clock() + seconds)

    def limit(self) -> asyncio.Timeout:
        """A context that raises TimeoutError at the deadline."""
        return asyncio.timeout_at(self.deadline)

    def error(self) -> ModelTimeout:
        """The error for a deadline that passed."""
        who = self._endpoint.name
        if self._started:
            seconds = self._endpoint.silence_seconds
            return ModelTimeout(
                f"{who} sent nothing more for {seconds:g} s; what came is kept, try again "
                f"or raise timeout_seconds in [providers.{who}]."
            )
        seconds = self._endpoint.first_token_seconds
        return ModelTimeout(
            f"{who} did not begin to answer within {seconds:g} s; try again "
            f"or raise first_token_seconds in [providers.{who}]."
        )
