"""Passages are cut into pieces that are slices of their text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.text.blocks import BlockKind, table_head
from chatui.text.sentences import LONG_SENTENCE, split
from chatui.text.terms import words_in


def pieces(text: str, source: str = "") -> list[str]:
    return [text[piece.start : piece.end] for piece in split(text, source)]


def kinds(text: str, source: str = "") -> list[BlockKind]:
    return [piece.kind for piece in split(text, source)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One is here. Two is there! Is it?", ["One is here.", "Two is there!", "Is it?"]),
        ("It costs $3.50 in all. Pay it.", ["It costs $3.50 in all.", "Pay it."]),
        ("Ask Dr. Smith of the U.S. Army. Go.", ["Ask Dr. Smith of the U.S. Army.", "Go."]),
        ("J. R. Tolkien wrote it. Read it.", ["J. R. Tolkien wrote it.", "Read it."]),
        ("See No. 5 there. The answer is no. Really.",
         ["See No. 5 there.", "The answer is no.", "Really."]),
        ("Die Wohnung im 3. Obergeschoss ist frei. Sie hat 3 Zimmer.",
         ["Die Wohnung im 3. Obergeschoss ist frei.", "Sie hat 3 Zimmer."]),
        ("Er zahlte 12. Dann ging er.", ["Er zahlte 12.", "Dann ging er."]),
        ("Siehe Pos. 2 und Art. 5 Abs. 1 hier.", ["Siehe Pos. 2 und Art. 5 Abs. 1 hier."]),
        ("He said “Stop.” Then he ran.", ["He said “Stop.”", "Then he ran."]),
        ("the rate fell. the bank noted it.", ["the rate fell.", "the bank noted it."]),
        ("He asked what for? and left. Good.", ["He asked what for? and left.", "Good."]),
        ("a line\\n\\nNext. Then the end.", ["a line\\n\\nNext.", "Then the end."]),
        ("Живёт по адресу: г. Казань, ул. Мира, д. 14, кв. 7. Въезд в мае.",
         ["Живёт по адресу: г. Казань, ул. Мира, д. 14, кв. 7.", "Въезд в мае."]),
        ("Ρωτήστε τον κ. Παππά. Λείπει.", ["Ρωτήστε τον κ. Παππά.", "Λείπει."]),
        ("今天天气很好。我们去公园吧！“好的。”他说。",
         ["今天天气很好。", "我们去公园吧！", "“好的。”", "他说。"]),
        ("यह एक वाक्य है। यह दूसरा है।", ["यह एक वाक्य है।", "यह दूसरा है।"]),
        ("ما هذا؟ هذا كتاب.", ["ما هذا؟", "هذا كتاب."]),
    ],
)  # fmt: skip
def test_sentences_end_where_a_reader_would_say(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


def test_wrapped_lines_are_one_sentence_and_paragraph_lines_are_not() -> None:
    wrapped = "The quick brown fox jumps over the lazy dog and\nthen sleeps in the warm sun."
    assert pieces(wrapped) == [wrapped]
    assert pieces("Name: Ada\nAge: 36") == ["Name: Ada", "Age: 36"]
    long_line = "word " * 40
    assert pieces(f"{long_line}\nnext") == [long_line.strip(), "next"]


@pytest.mark.parametrize(
    "lines",
    [
        ["E02: No water. Open the tap and check the inlet hose.", "E03: The drain is blocked."],
        ["容量：8 公斤", "额定功率：2000 瓦", "噪音：70 分贝"],
        ["A1 : bac plein, videz le bac avant de recommencer.", "a2 : filtre encrassé"],
        ["**Weight of it with the stand:** 12 kg", "**colour:** grey"],
        [
            "Replace the kitchen tap          1      £85.00",
            "labour (hours)      3     £144.00",
        ],
    ],
)
def test_entries_of_a_list_are_apart_however_long(lines: list[str]) -> None:
    found = pieces("\n".join(lines))
    assert [one for one in found if one in lines or one.endswith(tuple("."))] == found
    assert all(any(one.startswith(line[:5]) for one in found) for line in lines)
    assert not any("\n" in one for one in found)


def test_a_colon_in_wrapped_prose_begins_no_entry() -> None:
    text = "The drum of this machine is made of steel; the\nlid is of two parts: glass and rubber."
    assert pieces(text) == [text]
    text = "Opening hours in the summer of this year: from\n9:00 to 17:00 every day but Sunday."
    assert pieces(text) == [text]


def test_list_items_keep_their_marks_and_their_wrapped_lines() -> None:
    text = "- stop the\n  server\n- start it. Wait.\n2) done"
    assert pieces(text) == ["- stop the\n  server", "- start it.", "Wait.", "2) done"]
    assert kinds(text) == [BlockKind.ITEM, BlockKind.ITEM, BlockKind.PROSE, BlockKind.ITEM]


def test_a_table_gives_its_rows_without_the_rule() -> None:
    text = "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |"
    assert pieces(text) == ["| a | b |", "| 1 | 2 |", "| 3 | 4 |"]
    assert {piece.block for piece in split(text)} == {0}
    assert table_head(text, text.index("| 3")) == "| a | b |"
    assert table_head(text, 0) is None


def test_fenced_code_is_cut_at_blank_lines_and_keeps_its_indentation() -> None:
    text = "Run:\n\n```python\nif x:\n    y. Z()\n\n    w()\n```\n\nDone."
    assert pieces(text) == ["Run:", "if x:\n    y. Z()", "    w()", "Done."]
    assert [piece.language for piece in split(text)] == ["", "python", "python", ""]


def test_an_unclosed_fence_runs_to_the_end() -> None:
    assert kinds("```\na = 1\n# b") == [BlockKind.CODE]


def test_a_program_is_code_and_a_heading_is_a_heading() -> None:
    assert kinds("# a comment. Not a heading.\nx = 1", "main.py") == [BlockKind.CODE]
    assert kinds("# A heading\ntext below it") == [BlockKind.HEADING, BlockKind.PROSE]


@pytest.mark.parametrize("part", ["word ", "word, ", "字", "字，", "a;b; "])
def test_a_very_long_sentence_is_cut_without_losing_anything(part: str) -> None:
    text = (part * 400).strip()
    found = pieces(text)
    assert all(words_in(piece) <= LONG_SENTENCE for piece in found)
    assert "".join("".join(found).split()) == "".join(text.split())


@given(st.text(alphabet="aB1. \n|-#`*。\\n>", max_size=80))
def test_any_text_is_cut_into_ordered_slices(text: str) -> None:
    end = 0
    for piece in split(text):
        assert end <= piece.start < piece.end <= len(text)
        end = piece.end
