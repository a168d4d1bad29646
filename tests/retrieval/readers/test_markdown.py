from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.retrieval.chunking.document import Document
from chatui.retrieval.readers import markdown


def outline(text: str) -> list[tuple[str, ...]]:
    return [section.path for section in markdown.read(text, "stem").sections]


def test_headings_nest_by_their_level() -> None:
    text = "# A\n\n## B\n\n### C\n\n## D\n\n# E\n"

    assert outline(text) == [("A",), ("A", "B"), ("A", "B", "C"), ("A", "D"), ("E",)]


def test_text_before_the_first_heading_has_no_path() -> None:
    assert outline("Hello.\n\n# A\n") == [(), ("A",)]


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("## Closed ##", "Closed"),
        ("   ## Indented by three", "Indented by three"),
        ("## `code` and **bold** [link](http://x)", "code and bold link"),
        ("## snake_case_name", "snake_case_name"),
        ("##\ttab", "tab"),
    ],
)
def test_a_heading_is_known_by_its_text(line: str, title: str) -> None:
    assert outline(f"{line}\n\ntext\n") == [(title,)]


@pytest.mark.parametrize(
    "line", ["#no space", "####### seven", "    # indented code", "\\# quoted"]
)
def test_what_only_looks_like_a_heading_is_none(line: str) -> None:
    assert outline(f"{line}\n\ntext\n") == [()]


@pytest.mark.parametrize("fence", ["```", "~~~", "````", "``` python"])
def test_a_hash_inside_a_code_fence_is_no_heading(fence: str) -> None:
    closing = fence.split(maxsplit=1)[0]

    assert outline(f"{fence}\n# comment\n{closing}\n# Real\n") == [(), ("Real",)]


def test_a_shorter_fence_does_not_close_a_longer_one() -> None:
    assert outline("````\n```\n# comment\n````\n# Real\n") == [(), ("Real",)]


def test_underlined_headings_count() -> None:
    assert outline("Big\n===\n\nSmall\n---\n\ntext\n") == [("Big",), ("Big", "Small")]


@pytest.mark.parametrize("text", ["- item\n---\n", "one\ntwo\n---\n", "| a |\n---\n", "\n---\n"])
def test_a_rule_below_anything_else_is_no_heading(text: str) -> None:
    assert outline(text) == [()]


def test_front_matter_gives_the_title_and_is_no_text() -> None:
    document = markdown.read('---\ntags: [a]\ntitle: "The Title"\n---\n# Other\n\ntext\n', "stem")

    assert document.title == "The Title"
    assert document.text[document.sections[0].start :].startswith("# Other")


def test_the_title_is_the_first_top_heading_or_else_the_name() -> None:
    assert markdown.read("## Low\n\n# Top\n", "stem").title == "Top"
    assert markdown.read("## Low\n", "stem").title == "stem"


def test_windows_line_ends_change_nothing() -> None:
    text = "---\r\ntitle: T\r\n---\r\n# A\r\n\r\nSmall\r\n---\r\n"

    document = markdown.read(text, "stem")
    assert (document.title, [s.path for s in document.sections]) == ("T", [("A",), ("A", "Small")])


def test_control_sequences_do_not_get_into_headings() -> None:
    assert outline("# A\x1b]0;owned\x07B\n") == [("AB",)]


@given(st.text(alphabet="# \n\r-=`~ab[]*_", max_size=200))
def test_sections_follow_on_each_other_to_the_end(text: str) -> None:
    document = markdown.read(text, "stem")

    assert_gapless(document)


def assert_gapless(document: Document) -> None:
    at = document.sections[0].start if document.sections else len(document.text)
    for section in document.sections:
        assert section.start == at
        assert section.start <= section.body <= section.end
        at = section.end
    assert at == len(document.text)
