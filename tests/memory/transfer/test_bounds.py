"""Exports of any size come in by the memory of their longest conversation."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from chatui.domain.errors import UsageError
from chatui.memory.store.store import ChatStore
from chatui.memory.transfer import archive, transfer
from chatui.memory.transfer.transfer import import_file
from chatui.text import foreign_json

IMPORT = """
import asyncio, resource, sys
from pathlib import Path
from chatui.domain.errors import UsageError
from chatui.memory.store.store import ChatStore
from chatui.memory.transfer.transfer import import_file

async def run():
    store = await ChatStore.open(Path(sys.argv[1]))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        print(len((await import_file(store, Path(sys.argv[2]))).conversations))
    except UsageError as error:
        print(error)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    await store.close()

asyncio.run(run())
"""


def imported(folder: Path, path: Path) -> tuple[str, float]:
    """What an import in a process of its own says, and the megabytes that it takes."""
    command = [sys.executable, "-c", IMPORT, str(folder / "chats.db"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said, kilobytes = done.stdout.rsplit("\n", 2)[:2]
    return said, int(kilobytes) / (1 if sys.platform == "darwin" else 1024)


def conversation(words: int) -> dict[str, Any]:
    message = {
        "author": {"role": "user"},
        "content": {"content_type": "text", "parts": ["é " * words]},
    }
    return {"title": "T", "current_node": "a", "mapping": {"a": {"message": message}}}


def zipped(folder: Path, content: bytes) -> Path:
    path = folder / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", content)
    return path


def test_a_large_export_takes_no_more_memory_than_a_part_of_it(tmp_path: Path) -> None:
    content = json.dumps(
        [{**conversation(50_000), "id": f"c{number}"} for number in range(120)]
    ).encode()
    said, megabytes = imported(tmp_path, zipped(tmp_path, content))
    assert said == "120"
    assert len(content) > 35_000_000
    assert megabytes < 30


@pytest.mark.parametrize(
    ("begin", "unit", "end", "reason"),
    [
        ("", "          ", "", "neither JSON"),
        ('["', "aaaaaaaaaa", '"]', "a part has more than 32 million characters"),
        ("[[", "{},{},{},", "{}]]", "a part has more than 1,000,000 values"),
        ("[", "{},{},{},", "{}]", 'no list of "messages"'),
        ("", "[[[[[[[[[[", "", "nested too deep"),
    ],
)
def test_a_zip_that_unpacks_to_far_more_is_a_sentence(
    tmp_path: Path, begin: str, unit: str, end: str, reason: str
) -> None:
    path = zipped(tmp_path, (begin + unit * 8_000_000 + end).encode())
    assert path.stat().st_size < 500_000
    said, megabytes = imported(tmp_path, path)
    assert "export.zip was not imported" in said
    assert reason in said
    assert megabytes < 250


async def test_more_than_can_be_one_export_is_refused(
    store: ChatStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES", 3_000_000)
    path = zipped(tmp_path, json.dumps([conversation(300_000)] * 3).encode())
    with pytest.raises(UsageError, match="it has more than 3 MB"):
        await import_file(store, path)
    assert await store.rows() == []


async def test_what_is_left_out_is_counted_and_not_listed_without_end(
    store: ChatStore, tmp_path: Path
) -> None:
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([conversation(1), *({"mapping": {}} for _ in range(500))]))
    report = await import_file(store, path)
    assert len(report.conversations) == 1
    assert len(report.skipped) == transfer.MOST_TOLD + 1
    assert report.skipped[-1] == "400 more hold none either."


@pytest.mark.parametrize("length", [1, 2, 3, 7, 1000])
def test_a_list_reads_the_same_in_pieces_of_any_length(length: int) -> None:
    values = [{"a": [1, 2.5, None, "x,]}\\"]}, 12345, "é", [], {}, True, -0.5, "last"]
    for written in (
        json.dumps(values),
        json.dumps(values, indent=2),
        "[ ]",
        " [1]\n",
        '{"a": 1}',
        "7",
    ):
        pieces = [written[at : at + length] for at in range(0, len(written), length)]
        whole = json.loads(written)
        assert list(foreign_json.read_each(pieces)) == (
            whole if isinstance(whole, list) else [whole]
        )


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[1 2]",
        "[1]]",
        "[1],",
        "[,1]",
        "[1]x",
        "{",
        "nul",
        "[NaNs]",
    ],
)
@pytest.mark.parametrize("length", [1, 1000])
def test_what_is_no_json_is_none_in_pieces_either(written: str, length: int) -> None:
    pieces = [written[at : at + length] for at in range(0, len(written), length)]
    with pytest.raises(ValueError):  # noqa: PT011 - the parser's own words
        list(foreign_json.read_each(pieces))
