"""Scripts of servers that fail."""

import asyncio

from tests.scripted_server import Exchange, Script

NO_WAIT = {"Retry-After": "0"}


async def cut_in_mid_stream(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("Hello")
    await exchange.cut()


async def end_without_finishing(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("Hello")
    await exchange.end()


async def bad_json(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("Hello")
    await exchange.raw(b'data: {"choices": [{"delta": {"content": "wo\n\n')


async def error_in_mid_stream(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("Hello")
    await exchange.event({"error": {"message": "engine fell over", "code": 502}})


async def silence_in_mid_stream(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("Hello")
    await exchange.until_the_client_leaves()


async def pulse_in_mid_stream(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("Hello")
    while not exchange.client_left.is_set():
        await exchange.raw(b": keep-alive\n\n")
        await exchange.delta()
        await asyncio.sleep(0.01)


async def no_bytes(exchange: Exchange) -> None:
    await exchange.until_the_client_leaves()


async def only_comments(exchange: Exchange) -> None:
    await exchange.head()
    while not exchange.client_left.is_set():
        await exchange.raw(b": keep-alive\n\n")
        await asyncio.sleep(0.01)


async def only_empty_deltas(exchange: Exchange) -> None:
    await exchange.head()
    while not exchange.client_left.is_set():
        await exchange.delta(role="assistant", content="")
        await asyncio.sleep(0.01)


def refusing(status: int, message: str, **fields: object) -> Script:
    return lambda exchange: exchange.error(status, message, NO_WAIT, **fields)


def page(status: int) -> Script:
    return lambda exchange: exchange.answer(status, "<html><body>Hello</body></html>", NO_WAIT)
