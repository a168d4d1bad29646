"""What an ingest will embed, from some of its files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatui.retrieval.chunking.windows import windows
from chatui.retrieval.ingest.forecast import SAMPLED, extrapolated, forecast, sampled
from chatui.retrieval.ingest.reading import ReadingLimits
from chatui.retrieval.ingest.walk import FoundFile
from chatui.retrieval.library.library import Library
from chatui.retrieval.sources import FileReader


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    opened = Library(tmp_path / "library.db")
    yield opened
    await opened.close()


def words(text: str) -> int:
    return len(text.split())


def found(name: str, size: int) -> FoundFile:
    return FoundFile(Path("/docs") / name, name, size, 0)


async def test_few_files_are_counted_as_they_will_be_embedded(
    tmp_path: Path, library: Library
) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.md").write_text("# Snow\n\n" + "Snow is white and cold. " * 200)
    (folder / "b.txt").write_text("Rain falls. " * 40)

    told = await forecast([folder], "default", library, limits=ReadingLimits(), count=words)

    reader = FileReader(ReadingLimits())
    taken = 0
    for name in ("a.md", "b.txt"):
        for one in await reader.read(folder / name, name):
            taken += sum(words(part) for part in windows("", one.text))
    assert (told.files, told.exact) == (2, True)
    # The prefix of each window, a title and a heading, comes to that.
    assert taken <= told.tokens <= taken * 1.2


async def test_a_path_that_holds_nothing_new_takes_nothing(
    tmp_path: Path, library: Library
) -> None:
    told = await forecast(
        [tmp_path], "none", library, limits=ReadingLimits(max_file_mb=0), count=words
    )

    assert (told.files, told.tokens) == (0, 0)


def test_files_of_all_kinds_and_sizes_are_read() -> None:
    files = [found(f"{n}.{kind}", n) for n in range(1, 400) for kind in ("md", "pdf")]

    chosen = sampled(files)

    assert len(chosen) == SAMPLED
    assert {one.path.suffix for one in chosen} == {".md", ".pdf"}
    assert sampled(files[:3]) == sorted(files[:3], key=lambda one: (one.path.suffix, one.size))


def test_the_others_have_as_many_tokens_a_byte_as_those_of_their_kind() -> None:
    files = [found("a.md", 100), found("b.md", 300), found("c.pdf", 1000), found("d.pdf", 500)]
    read = {files[0].path: 25, files[2].path: 100}

    assert extrapolated(files, read) == 25 + 300 * 25 / 100 + 100 + 500 * 100 / 1000
    # Of a kind of which none was read, all of them tell: 125 tokens in 1,100 bytes.
    assert extrapolated([*files, found("e.txt", 1100)], read) == 250 + 125
