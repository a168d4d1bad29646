"""What the replay servers of protocols with named events say."""

from __future__ import annotations

import json
from typing import Any

from tests.scripted_server import EVENTS, Exchange, Script


def sending(*events: dict[str, Any], cut: int = 0, head: dict[str, str] | None = None) -> Script:
    """The events with their names, in pieces of so many bytes; 0 sends all at once."""

    async def script(exchange: Exchange) -> None:
        await exchange.head(200, {**EVENTS, **(head or {})})
        data = b"".join(
            b"event: %s\ndata: %s\n\n" % (one["type"].encode(), json.dumps(one).encode())
            for one in events
        )
        size = cut or len(data)
        for at in range(0, len(data), size):
            await exchange.raw(data[at : at + size])
        await exchange.end()

    return script
