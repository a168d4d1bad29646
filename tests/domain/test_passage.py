"""Passages, and what their places are called."""

from __future__ import annotations

import pytest

from chatui.domain.passage import Passage
from chatui.text.citations.written import place
from chatui.widgets.passage_labels import place_label


def passage(source: str, page: int | None) -> Passage:
    return Passage(1, 1.0, source, source, "t", "h", page, 0, 1, 4, 4, "x", "default", "c")


@pytest.mark.parametrize(
    ("source", "page", "name", "written", "label"),
    [
        ("a.pdf", 3, "page 3", "a.pdf, page 3", "a.pdf p. 3"),
        ("a.pptx", 3, "slide 3", "a.pptx, slide 3", "a.pptx slide 3"),
        ("b/A.ODP", 12, "slide 12", "b/A.ODP, slide 12", "b/A.ODP slide 12"),
        ("a.md", None, "", "a.md:4", "a.md:4"),
        ("a.pptx", None, "", "a.pptx:4", "a.pptx:4"),
    ],
)
def test_the_pages_of_a_presentation_are_slides(
    source: str, page: int | None, name: str, written: str, label: str
) -> None:
    found = passage(source, page)

    assert found.page_name == name
    assert (place(found), place_label(found)) == (written, label)
