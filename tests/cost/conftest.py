"""What the tests of tokens and money share."""

from __future__ import annotations

import socket
from typing import NoReturn

import pytest

from chatui.cost.tokens.vocabularies import CL100K, O200K, R50K, load_encoding


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in this room may ask the network: a socket that connects fails the test."""

    def refuse(*_: object, **__: object) -> NoReturn:
        pytest.fail("something tried to reach the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(autouse=True, scope="session")
def vocabularies_are_read() -> None:
    """Once, before the first example of a property, which has a deadline."""
    for name in (O200K, CL100K, R50K):
        load_encoding(name)
