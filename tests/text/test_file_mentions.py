from __future__ import annotations

import pytest

from chatui.text.file_mentions import is_name_like, mentions, open_names, without
from tests.text.test_file_naming import FILES


def sources(text: str) -> list[list[str]]:
    return [[file.source for file in found] for _, found in mentions(text, FILES)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("what is the rent in #lease.md?", [["lease.md"]]),
        ("#LEASE.MD, please", [["lease.md"]]),
        ("(#lease.md's rent)", [["lease.md"]]),
        ("#docs/lease.md", [["lease.md"]]),
        ("#/home/docs/lease.md", [["lease.md"]]),
        ('compare #lease.md and #"my notes.txt"', [["lease.md"], ["my notes.txt"]]),
        ("#reports/*.pdf", [["reports/2019.pdf", "reports/2020.pdf"]]),
        ("#reports/ 2020", [["reports/2019.pdf", "reports/2020.pdf"]]),
        ("#租约.md的通知期是多少", [["租约.md"]]),
        ("总结#租约.md。", [["租约.md"]]),
        ("#Makefile", [["Makefile"]]),
        ("#“my notes.txt” and the rest", [["my notes.txt"]]),
        ("que dit #« my notes.txt » du loyer", [["my notes.txt"]]),
        ("#「my notes.txt」的租金", [["my notes.txt"]]),
        ("what is in #my notes.txt on the boat?", [["my notes.txt"]]),
        ("#my notes.txt, #lease.md", [["my notes.txt"], ["lease.md"]]),
        ("#‘my notes.txt’ and #'lease.md'", [["my notes.txt"], ["lease.md"]]),
        ("was steht in #„my notes.txt“?", [["my notes.txt"]]),
        ("#『my notes.txt』の家賃", [["my notes.txt"]]),
        ("#‹lease.md›", [["lease.md"]]),
        ("#lease.md's rent and #租约.md和别的.md", [["lease.md"], ["租约.md"]]),
        ("#reports/?", [["reports/2019.pdf", "reports/2020.pdf"]]),
        ("#REPORTS/2019.PDF", [["reports/2019.pdf"]]),
        ("#reports/２０１９.pdf", [["reports/2019.pdf"]]),
    ],
)
def test_a_file_is_named_by_its_path_name_pattern_or_folder(
    text: str, found: list[list[str]]
) -> None:
    assert sources(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "see issue #12",
        "#2019 was a good year",
        "is C# like c#lease.md",
        "# lease.md",
        "##lease.md",
        "#include <stdio.h>",
        "#reports",
        "#**include**",
        "#",
        "#.",
        "#*",
        "#lease.mdx",
        "#slease.md",
        "#reports/late.md",
        "#reports/*.md",
        "#reports/没有.md",
    ],
)
def test_what_names_no_file_is_prose(text: str) -> None:
    assert sources(text) == []


def test_a_name_of_several_files_gives_all_of_them() -> None:
    assert sources("#readme.md") == [["a/readme.md", "b/readme.md"]]
    assert sources("#a/readme.md") == [["a/readme.md"]]


def test_words_behind_a_name_stay_in_the_question() -> None:
    text = "what does #my notes.txt say of rent.md?"
    (mention, _), *_ = mentions(text, FILES)
    assert without(text, [mention]) == "what does say of rent.md?"


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("what is in #nosuch.md?", ["nosuch.md"]),
        ('#"late file.xyz", please', ["late file.xyz"]),
        ("#“late file.pdf” please", ["late file.pdf"]),
        ("#a/b.docx and #租约.pdf", ["a/b.docx", "租约.pdf"]),
        ("#租约.md的通知期和#没有.md的", ["租约.md", "没有.md"]),
        ("#reports/*.pdf and #late/", ["reports/*.pdf", "late/"]),
        ("issue #12 of #include and C# in #main.py", []),
        ('#"a wish" and #fff', []),
        ("# a.md", []),
        ("#.md", []),
        ("#/users/ #</b>", []),
        ("#a.md\nprint(1)", []),
    ],
)
def test_a_name_that_can_only_be_a_files_is_missed(text: str, missing: list[str]) -> None:
    assert [one.name for one in open_names(text, ()) if one.certain] == missing


def test_the_rest_of_a_question_stays() -> None:
    text = "what does #lease.md, say of rent"
    found = [mention for mention, _ in mentions(text, FILES)]
    assert without(text, found) == "what does , say of rent"


@pytest.mark.parametrize(
    ("text", "run"),
    [
        ("#my late report.txt, please", "my late report.txt"),
        ("#TODO see notes.txt", ""),
        ("#Todo: see notes.txt", ""),
        ("#12 is notes.txt", ""),
        ("#hashtag of many a word and then notes.txt", ""),
        ("#one #notes.txt", ""),
        ("#one\nof notes.txt", ""),
    ],
)
def test_words_up_to_a_suffix_may_be_a_name_without_quotes(text: str, run: str) -> None:
    assert open_names(text, ())[0].run == run


def test_what_joins_words_makes_them_prose() -> None:
    assert is_name_like("my late report.txt")
    assert not is_name_like("include in main.md")
    assert not is_name_like("")


def test_a_name_that_was_found_is_not_missed() -> None:
    text = "#lease.md and #late.md"
    found = [mention for mention, _ in mentions(text, FILES)]
    assert [one.name for one in open_names(text, found)] == ["late.md"]
