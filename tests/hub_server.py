"""A hub of models and the host that its files come from, over real sockets, as they are:
metadata and redirects here, bytes with ranges there, errors with the codes of the real one."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

TINY = "hf:owner/tiny-GGUF:tiny-Q8_0.gguf"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
CHUNK = 4096
SILENT_SECONDS = 3600.0
RESOLVE = re.compile(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")
TREE = re.compile(r"/api/models/([^/]+/[^/]+)/tree/main")


def gguf(size: int, seed: int = 0) -> bytes:
    """Bytes that begin like a GGUF file, others for each seed."""
    block = hashlib.sha256(str(seed).encode()).digest()
    return (b"GGUF" + block * (size // len(block) + 1))[:size]


@dataclass
class Request:
    host: str
    method: str
    path: str
    token: str | None
    range: str | None


@dataclass
class Hub:
    """What it has, what goes wrong, and what it was asked. `cuts` has the bytes after which
    each next response with a file's bytes breaks off, None for a whole one."""

    repos: dict[str, dict[str, bytes]] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    token: str = ""
    etags: dict[str, str] = field(default_factory=dict)
    cuts: list[int | None] = field(default_factory=list)
    ranges: bool = True
    stall: threading.Event | None = None
    """With a cut: says nothing more until this is set, or for SILENT_SECONDS."""
    requests: list[Request] = field(default_factory=list)
    url: str = ""
    cdn: str = ""

    def asked(self, host: str, method: str = "GET") -> list[Request]:
        return [one for one in self.requests if (one.host, one.method) == (host, method)]

    @property
    def blobs(self) -> dict[str, bytes]:
        files = [data for files in self.repos.values() for data in files.values()]
        return {hashlib.sha256(data).hexdigest(): data for data in files}


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub
    host: str

    def log_message(self, format: str, *args: Any) -> None:
        return None

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        authorization = self.headers.get("Authorization")
        token = authorization.removeprefix("Bearer ") if authorization else None
        self.token = token
        wanted = self.headers.get("Range")
        self.hub.requests.append(Request(self.host, self.command, self.path, token, wanted))
        self.respond()

    def respond(self) -> None:
        raise NotImplementedError

    def answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def json(self, value: object) -> None:
        self.answer(200, {"Content-Type": "application/json"}, json.dumps(value).encode())

    def refuse(self, status: int, code: str, text: str) -> None:
        self.answer(status, {"X-Error-Code": code, "X-Error-Message": text})


class HubAnswering(Answering):
    host = "hub"

    def respond(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/api/models":
            author = parse_qs(url.query).get("author", [""])[0]
            self.json([{"id": repo} for repo in self.hub.repos if repo.startswith(f"{author}/")])
        elif match := TREE.fullmatch(url.path):
            if self.may_read(match[1]):
                self.json([self.entry(*item) for item in self.hub.repos[match[1]].items()])
        elif match := RESOLVE.fullmatch(url.path):
            if self.may_read(match[1]):
                self.resolve(self.hub.repos[match[1]], unquote(match[3]))
        else:
            self.refuse(404, "", "no such page")

    def may_read(self, repo: str) -> bool:
        if repo in self.hub.gated and self.token != self.hub.token:
            self.refuse(401, "GatedRepo", f"Access to model {repo} is restricted.")
        elif repo not in self.hub.repos:
            self.refuse(401, "RepoNotFound", "Invalid username or password.")
        else:
            return True
        return False

    def entry(self, path: str, data: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(data).hexdigest()
        lfs = {"oid": digest, "size": len(data), "pointerSize": 134}
        return {"type": "file", "oid": "a" * 40, "size": len(data), "path": path, "lfs": lfs}

    def resolve(self, files: dict[str, bytes], path: str) -> None:
        data = files.get(path)
        if data is None:
            self.refuse(404, "EntryNotFound", "Entry not found")
            return
        digest = hashlib.sha256(data).hexdigest()
        headers = {
            "X-Repo-Commit": COMMIT,
            "X-Linked-Etag": f'"{self.hub.etags.get(path, digest)}"',
            "X-Linked-Size": str(len(data)),
            "Location": f"{self.hub.cdn}/{digest}",
        }
        self.answer(302, headers, b"Found")


class CdnAnswering(Answering):
    host = "cdn"

    def respond(self) -> None:
        data = self.hub.blobs[self.path.strip("/")]
        start, wanted = 0, self.headers.get("Range")
        if wanted and self.hub.ranges:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        cut = self.hub.cuts.pop(0) if self.hub.cuts else None
        end = len(data) if cut is None else start + cut
        with suppress(BrokenPipeError, ConnectionResetError):
            for at in range(start, end, CHUNK):
                self.wfile.write(data[at : min(at + CHUNK, end)])
            self.wfile.flush()
        if cut is not None:
            if self.hub.stall is not None:
                self.hub.stall.wait(SILENT_SECONDS)
            with suppress(OSError):  # The other side may have gone first.
                self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True


@contextmanager
def hub_server(hub: Hub) -> Iterator[Hub]:
    with served(HubAnswering, hub) as hub.url, served(CdnAnswering, hub) as hub.cdn:
        yield hub


@contextmanager
def served(kind: type[Answering], hub: Hub) -> Iterator[str]:
    answering = type(kind.__name__, (kind,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), answering)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def tiny_hub(monkeypatch: pytest.MonkeyPatch, data: bytes) -> Iterator[Hub]:
    """A hub with TINY alone, which is also the one that is asked."""
    with hub_server(Hub({"owner/tiny-GGUF": {"tiny-Q8_0.gguf": data}})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub
