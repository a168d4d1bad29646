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


@pytest.mark.parametrize(
    "text",
    [
        "---\n\n**Minutes, 4 May**\n\nThe board paid 12,500 euros.\n\n---\n\nNext: 6 June.\n",
        "---\nThe board paid 12,500 euros.\n---\nNext.\n",
        "---\n- one\n- two\n---\nNext.\n",
        "---\nMinutes of the board, 4 May: all were there.\n---\nNext.\n",
        "---\n\nNote: all were there.\n\n---\nNext.\n",
        "---\n12: twelve\n---\nNext.\n",
        "+++\nnot toml\n+++\nNext.\n",
        "---\na: [1, 2\n---\nNext.\n",
        "---\n# Only a heading\n\nAnd 12,500 words.\n---\nNext.\n",
    ],
)  # fmt: skip
def test_a_text_between_two_rules_stays(text: str) -> None:
    document = markdown.read(text, "stem")

    assert "".join(document.text[part.start : part.end] for part in document.sections) == text


@pytest.mark.parametrize(
    ("front", "title"),
    [
        ("title: Rivers", "Rivers"),
        ("Title: 'It''s a river'", "It's a river"),
        ('title: "Rivers: a \\"history\\""', 'Rivers: a "history"'),
        ("title: >\n  Rivers and\n  lakes\ntags: [a, b]", "Rivers and lakes"),
        ("title: |\n  Rivers\ndate: 2024-13-45", "Rivers"),
        ("tags:\n- a\n- b\ntitle: 2024", "2024"),
        ("date created: 2024-01-01\ntitle: Rivers # a note", "Rivers"),
        ("author: Anna", "stem"),
        ("title:\n  main: Rivers", "stem"),
        ("", "stem"),
    ],
)
def test_front_matter_is_what_parses_to_names_and_values(front: str, title: str) -> None:
    document = markdown.read(f"---\n{front}\n---\nText.\n", "stem")

    assert document.title == title
    assert [document.text[part.start : part.end] for part in document.sections] == ["Text.\n"]


@pytest.mark.parametrize(
    "front",
    ["a: " + "[" * 8000, "a: &a [x]\nb: {<<: *a}", "? " * 4000, "a: !!python/object:os.x", "\t"],
    ids=["deep", "merged", "keys", "object", "tab"],
)
def test_front_matter_that_does_harm_costs_no_more_than_itself(front: str) -> None:
    whole = f"---\n{front}\n---\nText.\n"
    document = markdown.read(whole, "stem")

    kept = "".join(document.text[part.start : part.end] for part in document.sections)
    assert kept in (whole, "Text.\n")


@pytest.mark.parametrize(
    "text",
    [
        "```code``` is text\n\n# A\n",
        "- item\n\n    ```\n    # comment\n    ```\n\n# A\n",
        "1. item\n\n      ~~~\n  # comment\n      ~~~\n\n# A\n",
        "<!--\n# hidden\n-->\n\n# A\n",
        "<!-- # hidden -->\n\n# A\n",
        "> ```\n\n# A\n",
    ],
)
def test_what_looks_like_a_fence_or_a_heading_and_is_none(text: str) -> None:
    assert outline(text)[-1] == ("A",)
    assert len(outline(text)) == 2


def test_an_indented_fence_outside_a_list_opens_nothing() -> None:
    assert outline("Text.\n\n    ```\n\n# A\n") == [(), ("A",)]


def test_front_matter_may_end_as_pandoc_ends_it() -> None:
    assert markdown.read("---\ntitle: Rivers\n...\nText.\n", "stem").title == "Rivers"
