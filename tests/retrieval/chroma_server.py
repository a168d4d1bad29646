"""A real Chroma server on a free loopback port, and indexes that talk to it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatui.retrieval.index.chroma_database import ChromaDatabase
from chatui.retrieval.index.chroma_server import ChromaServerIndex
from chatui.retrieval.web_service import Server, WebService
from chatui.system.api_key import KeySource
from tests.patience import PATIENCE


@contextmanager
def chroma_running(folder: Path) -> Iterator[str]:
    """`chroma run`; yields its URL."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(folder)]
    log = folder.with_name("chroma.log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, "ANONYMIZED_TELEMETRY": "False"},
        )
    try:
        end = time.monotonic() + PATIENCE
        while not accepts(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def chroma_server(url: str, *, key: str = "", retries: int = 0, seconds: float = 30.0) -> Server:
    source = KeySource(
        "the Chroma server",
        env="TEST_CHROMA_KEY" if key else "",
        environ={"TEST_CHROMA_KEY": key},
        section="retrieval.chroma",
    )
    return Server(
        "the Chroma server",
        url,
        source,
        "retrieval.chroma.url",
        "start it, or empty retrieval.chroma.url",
        key_header="x-chroma-token",
        retries=retries,
        seconds=seconds,
    )


def index_at(
    server: Server, library: str, *, tenant: str = "", database: str = ""
) -> ChromaServerIndex:
    async def library_id() -> str:
        return library

    return ChromaServerIndex(
        ChromaDatabase(WebService(server), tenant=tenant, database=database), library_id
    )
