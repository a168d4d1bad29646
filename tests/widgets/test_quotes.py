from __future__ import annotations

from chatui.widgets.quotes import quoted_spans

TEXT = "It reads files and folders\ninto a collection.  A second run costs nothing at all. The end."


def quoted(reply: str) -> list[str]:
    return [TEXT[start:end] for start, end in quoted_spans(TEXT, reply)]


def test_a_sentence_of_the_reply_is_found_across_a_line_break() -> None:
    assert quoted("It reads files and folders into a collection. [1]") == [
        "It reads files and folders\ninto a collection."
    ]


def test_a_quotation_within_a_sentence_is_found_by_its_marks() -> None:
    assert quoted("The guide says “A second run costs nothing at all.” and so on") == [
        "A second run costs nothing at all."
    ]


def test_neighbouring_quotations_become_one() -> None:
    spans = quoted(
        "- A second run costs nothing at all.\n- It reads files and folders into a collection."
    )
    assert spans == [
        "It reads files and folders\ninto a collection.",
        "A second run costs nothing at all.",
    ]


def test_short_pieces_and_foreign_sentences_mark_nothing() -> None:
    assert quoted("The end. This sentence stands in no document at all.") == []


def test_empty_texts_have_no_quotations() -> None:
    assert quoted_spans("", "A second run costs nothing at all.") == []
    assert quoted_spans(TEXT, "") == []
