"""Documents that are hard on a reader: read in memory that their size allows, or told of."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from chatui.retrieval.ingest.reading import ReadFile, ReadingLimits, ReadingPool
from tests.hostile_files import DOCUMENTS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the most memory")

MB = 1 << 20
SIZE = 4 * MB
TIMES = 20
"""Megabytes of memory for each of the file. Before there were bounds it was a hundred and more."""


@dataclass(frozen=True, slots=True)
class Outcome:
    file: ReadFile
    megabytes: float
    """The most that the process had, beyond what it had for a word."""


async def outcome(folder: Path, name: str, size: int, limits: ReadingLimits) -> Outcome:
    file, make = DOCUMENTS[name]
    path = folder / file
    path.write_bytes(make(size))
    small = folder / "small.txt"
    small.write_text("word")
    before = set(psutil.Process().children())
    pool = ReadingPool(limits, 1)
    try:
        await pool.read(small, "")
        (child,) = set(psutil.Process().children()) - before
        base = most_memory(child.pid)
        found = await pool.read(path, "")
        most = most_memory(child.pid) if child.is_running() else base
        again = await pool.read(small, "")
    finally:
        await pool.close()
    assert again.outcome == "read"
    return Outcome(found, most - base)


def most_memory(pid: int) -> float:
    """The most that a process has had, in MB."""
    try:
        fields = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    line = next((line for line in fields.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0")
    return int(line.split()[1]) / 1024


@pytest.mark.parametrize(
    "name",
    ["words in a line", "sentences", "a letter a line", "marks", "rows", "rows of a number",
     "wide rows", "quotation marks", "JSON in a line", "OpenDocument", "rich text"],
)  # fmt: skip
async def test_memory_grows_with_the_size_alone(tmp_path: Path, name: str) -> None:
    found = await outcome(tmp_path, name, SIZE, ReadingLimits())
    assert (found.file.outcome, found.file.reason) == ("read", "")
    assert found.file.chunks
    assert found.megabytes < TIMES * SIZE / MB


USUAL = ReadingLimits()
LITTLE = ReadingLimits(memory_mb_per_file=96)
TINY = ReadingLimits(memory_mb_per_file=24)
MEMORY = "reading it takes more than 24 MB of memory"
CRASHED = "the reading process crashed on it"


@pytest.mark.parametrize(
    ("name", "limits", "reason"),
    [
        ("empty elements", LITTLE, "it has more than 350,000 elements"),
        ("open elements", LITTLE, "its elements are nested more than 2000 deep"),
        ("nested lists", LITTLE, "its elements are nested more than 2000 deep"),
        ("open groups", LITTLE, "its groups are nested more than 20,000 deep"),
        ("attributes", LITTLE, "its elements have more than 1,500,000 attributes"),
        ("rich text", TINY, MEMORY),
        ("Word", USUAL, "it has more than 80,000 paragraphs, cells and runs"),
        ("a page of PDF", USUAL,
         "none of its pages has text that is read, and one has more than 100,000 texts"),
    ],
)  # fmt: skip
async def test_what_takes_more_is_told_in_a_sentence_and_the_next_file_is_read(
    tmp_path: Path, name: str, limits: ReadingLimits, reason: str
) -> None:
    found = await outcome(tmp_path, name, 8 * MB, limits)
    # Native code that gets no memory may end the process before the watchdog has looked.
    told = {reason, CRASHED} if reason == MEMORY else {reason}
    assert found.file.outcome == "failed"
    assert found.file.reason in told
