"""Foreign errors into ours: the one seam where the SDK's exceptions end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from chatui.domain.errors import BadResponse, ModelError, ModelUnavailable
from chatui.models.hosted.endpoint import CONNECT_SECONDS, Endpoint
from chatui.models.hosted.event_stream import EventTooLarge
from chatui.models.hosted.refusals import refusal
from chatui.models.hosted.retry import was_refused
from chatui.system.http_retry import retry_after
from chatui.system.network import proxy_of
from chatui.text.error_words import QUOTED_LIMIT
from chatui.text.safety import one_line

if TYPE_CHECKING:
    import openai

    from chatui.models.hosted.connection import Connection


class ErrorInStream(Exception):
    """A provider's error object inside a response that began well."""

    def __init__(self, body: Any) -> None:
        super().__init__("the provider reported an error")
        self.body = body


@contextmanager
def translating(connection: Connection, model: str) -> Iterator[None]:
    """Raises what the block raises, foreign errors as ModelError subclasses."""
    import httpx2
    import openai

    try:
        yield
    except (
        openai.OpenAIError,
        httpx2.HTTPError,
        httpx2.StreamError,
        ErrorInStream,
        EventTooLarge,
        json.JSONDecodeError,
    ) as error:
        key = connection.key
        ours = translated(error, connection.endpoint, model, key)
        if key and key in str(error):
            # `--debug` prints causes too, and a key must not come out there either.
            raise ours from None
        raise ours from error


def translated(error: Exception, endpoint: Endpoint, model: str, key: str = "") -> ModelError:
    """Our error for a foreign one that a call to the endpoint ended with."""
    import openai

    who = endpoint.name
    if isinstance(error, openai.APIStatusError):
        wait = retry_after(error.response.headers)
        return refusal(error.status_code, error.body, endpoint, model, key=key, wait=wait)
    if isinstance(error, ErrorInStream):
        return refusal(None, error.body, endpoint, model, key=key)
    if isinstance(error, openai.APIConnectionError):
        return _no_connection(error, endpoint)
    what = "broke off in the middle of the reply"
    if isinstance(error, json.JSONDecodeError):
        what = "sent something that is not valid JSON"
    elif isinstance(error, EventTooLarge):
        what = "sent an event without end"
    return BadResponse(f"{who} {what}; what came before is kept, try again.")


def _no_connection(error: openai.APIConnectionError, endpoint: Endpoint) -> ModelError:
    import httpx2

    who, where = endpoint.name, endpoint.shown_url
    proxy = None if endpoint.address.loopback else proxy_of(endpoint.http_url)
    if was_refused(error) and proxy is not None:
        return ModelUnavailable(
            f"Nothing answers at the proxy {proxy.address}, which {proxy.variable} names and {who} "
            f"is asked through; start it, or unset {proxy.variable}."
        )
    if was_refused(error):
        start = "start it, or " if endpoint.local else ""
        return ModelUnavailable(
            f"Nothing answers at {where} ({who}); {start}check base_url in [providers.{who}]."
        )
    reached = (httpx2.ConnectError, httpx2.TimeoutException, httpx2.ProxyError)
    if not isinstance(error.__cause__, reached):
        return ModelUnavailable(
            f"{who} at {where} closed the connection without an answer; try again, or see the "
            "server's own log.",
            free=False,
        )
    detail = one_line(str(error.__cause__ or error), QUOTED_LIMIT)
    reason = f" ({detail.rstrip('.')})" if detail else ""
    if "CERTIFICATE_VERIFY_FAILED" in detail:
        return untrusted(endpoint)
    if isinstance(error.__cause__, httpx2.ConnectTimeout):
        # The name is looked up within that time too.
        reason = f" within {CONNECT_SECONDS:g} s"
    way = f" through the proxy {proxy.address} ({proxy.variable})" if proxy else ""
    check = "check the proxy and the network" if proxy else "check the network"
    return ModelUnavailable(f"{where} ({who}) cannot be reached{way}{reason}; {check}.")


def untrusted(endpoint: Endpoint) -> ModelUnavailable:
    """Of a server whose certificate can't be checked, or is made out to another name."""
    return ModelUnavailable(
        f"{endpoint.shown_url} ({endpoint.name}) shows a certificate that is not trusted here; "
        "where your network puts its own in between or the server signs its own, name the file "
        f"with it as ca_file in [providers.{endpoint.name}], or in SSL_CERT_FILE."
    )
