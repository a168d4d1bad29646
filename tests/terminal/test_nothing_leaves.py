"""A whole session in a clean home, every process of it watched: nothing leaves the machine.

`network_watch.c` is preloaded into all of them. The home begins empty, so the embedding model
is prepared too, by torch and transformers.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from benchmarks.pty_screen import Screen
from tests.patience import PATIENCE
from tests.referring_documents import SENTENCE, referring_documents
from tests.tiny_gguf import write_tiny_gguf

SOURCE = Path(__file__).with_name("network_watch.c")
KEY = "sk-watched-key"
CHILD = "chatui.workers.child"
NO_OLLAMA = "127.0.0.1:1"
"""Nothing listens there, so no Ollama of this machine answers."""
LINGER_SECONDS = 12.0
"""ONNX Runtime sends its first events nine seconds after it has started."""
CHATUI = (sys.executable, "-m", "chatui")

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="libc is stood in for as Linux does it"),
    pytest.mark.timeout(600),
]


@dataclass(frozen=True, slots=True)
class Noted:
    """A line of the watch: what was done, with what, by which command."""

    what: str
    detail: str
    command: str


@dataclass(frozen=True, slots=True)
class Watched:
    """`port` is where what the documents name would be fetched."""

    home: Path
    log: Path
    environ: dict[str, str]
    port: int

    @property
    def notes(self) -> list[Noted]:
        lines = self.log.read_text(errors="replace").splitlines()
        return [Noted(*line.split("\t", 2)) for line in lines]

    def done(self, *whats: str) -> list[Noted]:
        return [note for note in self.notes if note.what in whats]

    def run(self, *command: str) -> str:
        done = subprocess.run(
            command, env=self.environ, cwd=self.home, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def watched(folder: Path, port: int = 0) -> Watched:
    """An empty home, and an environment with keys in which every process is watched."""
    library, log, home = folder / "watch.so", folder / "log", folder / "home"
    home.mkdir()
    compiler = shutil.which(os.environ.get("CC", "cc"))
    assert compiler, "a C compiler is needed, as for llama.cpp"
    subprocess.run(
        [compiler, "-shared", "-fPIC", f'-DWATCH_LOG="{log}"', f'-DWATCH_SECRET="{KEY}"',
         "-o", str(library), str(SOURCE), "-ldl"],
        check=True,
    )  # fmt: skip
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    environ = {
        **kept,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "LD_PRELOAD": str(library),
        "OLLAMA_HOST": NO_OLLAMA,
        "MY_API_KEY": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "HF_TOKEN": KEY,
    }
    return Watched(home, log, environ, port)


def talk(session: Watched, beside: Callable[[], None]) -> None:
    """A chat in the window: two questions, then it stays open for a while, `beside` others."""
    with Screen(CHATUI, session.environ) as screen:
        screen.wait_for(partial(shows, "Ask anything"), PATIENCE)
        screen.wait_for(partial(shows, "builtin/extract"), PATIENCE)
        for question in ("When does the ferry leave?", "And from where?"):
            screen.type(f"{question}\r")
            screen.wait_for(partial(shows, f"❯ {question}"), PATIENCE)
            screen.wait_for(partial(shows, "sources"), PATIENCE)
        asked = time.monotonic()
        beside()
        screen.settle(max(0.0, asked + LINGER_SECONDS - time.monotonic()))
        screen.type("\x03\x03")
        screen.wait_until_ended(PATIENCE)


def shows(wanted: str, text: str) -> bool:
    return wanted in text


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        session = watched(tmp_path_factory.mktemp("watched"), port)
        documents = session.home / "documents"
        documents.mkdir()
        for name, content in referring_documents(f"http://{host}:{port}").items():
            (documents / name).write_bytes(content)
        ask = (*CHATUI, "ask", "--json")
        session.run(*CHATUI, "ingest", "documents")
        assert SENTENCE in session.run(*CHATUI, "search", "When does the ferry leave?")
        assert SENTENCE in session.run(*ask, "When does the ferry leave?")

        def others() -> None:
            models = session.home / ".local/share/chatui/models"
            models.mkdir()
            write_tiny_gguf(models / "tiny.gguf", context=4096)
            session.run(*ask, "-m", "local/tiny", "-o", "max_output_tokens", "5", "Hello?")
            session.run(*CHATUI, "models", "list")
            session.run(*CHATUI, "doctor")

        talk(session, others)
        yield session


def test_every_process_of_the_session_was_watched(session: Watched) -> None:
    commands = " ".join(note.command for note in session.done("start"))
    for service in ("EmbedderPreparation", "OnnxEmbedder", "ReadingService", "VectorService",
                    "LocalService", "TokenizerService"):  # fmt: skip
        assert f":{service} " in commands


def test_no_name_is_looked_up_and_no_other_machine_addressed(session: Watched) -> None:
    assert session.done("lookup", "leave") == []


def test_nothing_that_the_documents_name_is_fetched(session: Watched) -> None:
    assert f"127.0.0.1:{session.port}" not in [note.detail for note in session.done("connect")]


def test_no_child_is_given_a_key(session: Watched) -> None:
    secrets = session.done("secret")
    assert secrets
    assert [note for note in secrets if CHILD in note.command] == []


def test_only_chatui_keeps_files(session: Watched) -> None:
    """A library that tells machines apart keeps the id below the cache folder."""
    kept = {path.relative_to(session.home) for path in session.home.rglob("*") if path.is_file()}
    own = (".cache/chatui", ".local/share/chatui", ".local/state/chatui", "documents")
    assert [str(path) for path in kept if not str(path).startswith(own)] == []


def test_a_local_server_is_looked_for_once_in_each_run(session: Watched) -> None:
    probes = [note.command for note in session.done("connect") if note.detail == NO_OLLAMA]
    window = " ".join(CHATUI)
    assert [command.strip() for command in probes].count(window) == 1
    assert len(probes) == len(set(probes))


def test_the_watch_sees_native_code_and_lets_nothing_out(tmp_path: Path) -> None:
    """So that the others mean something: the same calls by way of libc, not of Python."""
    session = watched(tmp_path)
    script = (
        "import ctypes, socket, struct\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "found = ctypes.c_void_p()\n"
        "assert libc.getaddrinfo(b'host.example', b'443', None, ctypes.byref(found))\n"
        "address = struct.pack('=HH4s8x', socket.AF_INET, socket.htons(443), bytes([192,0,2,1]))\n"
        "with socket.socket() as one, socket.socket(type=socket.SOCK_DGRAM) as other:\n"
        "    assert libc.connect(one.fileno(), address, 16) == -1\n"
        "    assert libc.sendto(other.fileno(), b'x', 1, 0, address, 16) == -1\n"
    )
    session.run(sys.executable, "-c", script)

    seen = [(note.what, note.detail) for note in session.done("lookup", "leave")]
    assert seen == [("lookup", "host.example"), *[("leave", "192.0.2.1:443")] * 2]
