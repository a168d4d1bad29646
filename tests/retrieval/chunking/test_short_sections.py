"""Documents of very many short sections."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatui.retrieval.chunking.chunker import Chunker
from chatui.retrieval.chunking.document import Document
from chatui.retrieval.chunking.short_sections import MOST_SHORT, TOGETHER
from chatui.retrieval.readers import code, markdown, rst

MANY = MOST_SHORT + 3000
CHAPTER = 50
"""Sections below one heading."""


def manual() -> str:
    """Chapters of short sections, with a long one in each."""
    parts = []
    for number in range(MANY):
        if number % CHAPTER == 0:
            parts.append(f"# Chapter {number // CHAPTER}\n\n{'It begins so. ' * 40}\n\n")
        parts.append(f"## Part {number}\n\nSays {number}.\n\n")
    return "".join(parts)


def test_short_sections_are_put_together_where_they_are_many() -> None:
    document = markdown.read(manual(), "a")
    assert MOST_SHORT < len(document.sections) < MANY
    assert max(one.end - one.start for one in document.sections) < 2 * TOGETHER
    gapless = zip(document.sections, document.sections[1:], strict=False)
    assert all(before.end == behind.start for before, behind in gapless)


def test_the_first_ones_and_the_long_ones_keep_their_own_headings() -> None:
    sections = markdown.read(manual(), "a").sections
    assert sections[1].path == ("Chapter 0", "Part 0")
    chapters = [section.path for section in sections if len(section.path) == 1]
    assert [path for path in chapters if path[0].startswith("Chapter")][-1] == (
        f"Chapter {(MANY - 1) // CHAPTER}",
    )


def test_a_passage_of_several_sections_has_the_heading_above_them_all() -> None:
    document = markdown.read(manual(), "a")
    chunk = next(one for one in Chunker(1200).chunks(document) if f"Says {MANY - 7}." in one.text)
    assert chunk.heading == f"Chapter {(MANY - 7) // CHAPTER}"
    assert f"## Part {MANY - 7}" in chunk.text
    assert f"## Part {MANY - 8}" in chunk.text


def test_lines_are_those_of_the_file() -> None:
    document = markdown.read(manual(), "a")
    lines = document.text.split("\n")
    for chunk in Chunker(1200).chunks(document)[-20:]:
        there = "\n".join(lines[chunk.line_start - 1 : chunk.line_end])
        assert there.strip() == chunk.text.strip()


@pytest.mark.parametrize("limit", [200, 1200])
@pytest.mark.parametrize(
    "read",
    [
        lambda: markdown.read(manual(), "a"),
        lambda: markdown.read("# a\n" * MANY, "a"),
        lambda: rst.read("One\n===\n\nwords\n\n" * MANY, "a"),
        lambda: code.read("def f():\n    return 1\n\n\n" * MANY, "a.py", "python"),
    ],
    ids=["chapters", "headings alone", "reStructuredText", "code"],
)
def test_every_character_is_in_a_passage_that_fits(
    read: Callable[[], Document], limit: int
) -> None:
    document = read()
    chunks = Chunker(limit).chunks(document)
    assert "".join("".join(chunk.text.split()) for chunk in chunks) == "".join(
        document.text.split()
    )
    assert max(len(chunk.indexed_text) for chunk in chunks) <= limit


def test_short_paragraphs_of_a_long_text_are_gone_through_together() -> None:
    text = ("a\n\n" * 50 + "```\nb\n\nc\n```\n\n" + "A longer one.\nOf two lines.\n\n") * 8000
    chunks = Chunker(1200).chunks(markdown.read(text, "a"))
    assert "".join("".join(chunk.text.split()) for chunk in chunks) == "".join(text.split())
    assert all(chunk.text.count("```") % 2 == 0 for chunk in chunks)
