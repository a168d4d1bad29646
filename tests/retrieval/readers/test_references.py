"""What documents refer to elsewhere is not fetched when they are read."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from chatui.retrieval.readers.reader import read
from tests.referring_documents import SENTENCE, referring_documents


@pytest.mark.parametrize("name", referring_documents(""))
def test_reading_a_document_fetches_nothing_that_it_names(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        host, port = server.getsockname()

        document = read(name, referring_documents(f"http://{host}:{port}")[name])

        assert SENTENCE in document.text
        with pytest.raises(BlockingIOError):
            server.accept()


def test_reading_a_document_reads_no_file_that_it_names(tmp_path: Path) -> None:
    for name in ("a.png", "b.rst", "b.xhtml", "far", "image"):
        (tmp_path / name).write_text("not meant for you")

    for name, data in referring_documents(tmp_path.as_uri()).items():
        assert "not meant for you" not in read(name, data).text
