"""Rich text: what a word processor shows of it."""

from __future__ import annotations

import pytest

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document, Unreadable
from chatui.retrieval.readers.reader import read
from chatui.retrieval.readers.rtf import MOST_NESTED

HEAD = r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}}"


def rtf(body: str, head: str = HEAD) -> Document:
    return read("letter.rtf", (head + body + "}").encode("latin-1"))


def lines(body: str, head: str = HEAD) -> list[str]:
    return [line for line in rtf(body, head).text.split("\n") if line]


def test_paragraphs_breaks_and_signs_are_read() -> None:
    body = r"One\line two\tab three\par\~\emdash\lquote x\rquote\ldblquote y\rdblquote\endash\_z"
    assert lines(body + r"\{\}\\ hy\-phen\par") == ["One two three", "—‘x’“y”–-z{}\\ hyphen"]


def test_a_lines_end_in_the_file_is_none_in_the_text() -> None:
    assert lines("One wo\r\nrd,\\\nand the next") == ["One word,", "and the next"]


def test_letters_of_western_europe_are_read() -> None:
    assert lines(r"Gr\'fc\'dfe f\'fcr 5\'80") == ["Grüße für 5€"]


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        (204, "cp1251", "Москва"),
        (238, "cp1250", "Łódź"),
        (161, "cp1253", "Αθήνα"),
        (128, "cp932", "東京ソ表"),
        (134, "gb18030", "北京"),
        (136, "cp950", "台北"),
        (129, "cp949", "서울"),
        (177, "cp1255", "שלום"),
        (222, "cp874", "ไทย"),
    ],
)
def test_a_font_decides_the_code_page_of_its_letters(charset: int, codec: str, text: str) -> None:
    head = r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}{\f7\fcharset" + f"{charset} Other;}}}}"
    coded = "".join(f"\\'{byte:02x}" for byte in text.encode(codec))

    assert lines(r"{\f7 " + coded + r"} caf\'e9", head) == [f"{text} café"]


def test_the_files_code_page_holds_where_no_font_says_other() -> None:
    coded = "".join(f"\\'{byte:02x}" for byte in "Москва".encode("cp1251"))
    assert lines(coded, r"{\rtf1\ansi\ansicpg1251 ") == ["Москва"]
    assert lines(coded, r"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0\fcharset1 A;}}\f0 ") == ["Москва"]
    assert lines(r"\'8e", r"{\rtf1\mac ") == ["é"]
    assert lines(r"\'82", r"{\rtf1\pc ") == ["é"]


def test_the_second_byte_of_a_letter_may_be_one_of_ascii() -> None:
    head = r"{\rtf1\ansi\ansicpg932{\fonttbl{\f0\fcharset128 MS;}}\f0 "
    assert lines(r"\'83A\'83C", head) == ["アイ"]
    assert lines(r"\'83\'5c", head) == ["ソ"]


def test_letters_in_unicode_take_the_place_of_those_behind_them() -> None:
    assert lines(r"\u1052?\u1086?sk\u8364\'80") == ["Моsk€"]
    assert lines(r"\uc0\u1052\u1086 sk") == ["Моsk"]
    assert lines(r"{\uc2\u1052 ??}x\u-3913?") == ["Мx\uf0b7".replace("\uf0b7", "•")]
    assert lines(r"\uc1\u26481\'93\'8c") == ["東“Œ".replace("“Œ", "Œ")]


def test_letters_beyond_the_first_plane_are_one() -> None:
    assert lines(r"\u-10179?\u-8704?!") == ["😀!"]
    assert lines(r"\u-10179?!") == ["�!"]


def test_greek_letters_of_the_symbol_font_are_greek() -> None:
    head = r"{\rtf1{\fonttbl{\f0 Arial;}{\f3\fcharset2 Symbol;}{\f4\fcharset2 Wingdings;}}"
    assert lines(r"{\f3 ab\'a3} 5 {\f4 x}", head) == ["αβ≤ 5 •"]


def test_styles_and_outline_levels_make_headings() -> None:
    head = HEAD + r"{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 Titre 1;}{\s2 heading 2;}}"
    found = rtf(r"\pard\s1 Rivers\par\pard Words.\par\pard\s2 Elbe\par\pard More.\par", head)

    assert found.title == "Rivers"
    assert [section.path for section in found.sections] == [("Rivers",), ("Rivers", "Elbe")]
    direct = rtf(r"\pard\outlinelevel2 Deep\par\pard Words.")
    assert direct.sections[0].path == ("Deep",)


def test_the_files_own_title_comes_first() -> None:
    assert rtf(r"{\info{\title Annual}{\author Ana}}Words.").title == "Annual"
    assert rtf(r"{\info{\author Ana}}Words.").title == "letter"


def test_items_have_the_numbers_that_are_shown() -> None:
    body = (
        r"{\listtext\pard 1.\tab}\ls1 First\par{\listtext a)\tab}\ilvl1 Inner\par\pard "
        r"{\pntext\f0 \'B7\tab}Dot\par\pard Words."
    )
    assert lines(body) == ["1. First", "  a) Inner", "- Dot", "Words."]


TABLE = (
    r"\trowd\cellx1000\cellx2000\pard\intbl Town\cell People\cell\row"
    r"\trowd\cellx1000\cellx2000\pard\intbl Rye\cell 4,800\cell\row\pard "
)


def test_tables_have_a_head_and_end_with_their_last_row() -> None:
    assert lines(f"Before.\\par{TABLE}After.\\par{TABLE}") == [
        "Before.", "| Town | People |", "| --- | --- |", "| Rye | 4,800 |", "After.",
        "| Town | People |", "| --- | --- |", "| Rye | 4,800 |",
    ]  # fmt: skip


def test_two_tables_with_a_blank_line_between_are_two() -> None:
    assert len([line for line in lines(rf"{TABLE}\par{TABLE}") if "---" in line]) == 2


def test_merged_cells_hold_for_all_they_cover() -> None:
    body = (
        r"\trowd\clvmgf\cellx1\clmgf\cellx2\clmrg\cellx3\intbl North\cell 2023\cell\cell\row"
        r"\trowd\clvmrg\cellx1\cellx2\cellx3\intbl \cell 1\cell 2\cell\row"
    )
    assert lines(body) == ["| North | 2023 | 2023 |", "| --- | --- | --- |", "| North | 1 | 2 |"]


def test_a_table_in_a_cell_stays_in_it() -> None:
    body = (
        r"\trowd\cellx1\cellx2\pard\intbl a\cell\pard\intbl\itap2 1\nestcell 2\nestcell"
        r"{\*\nesttableprops\trowd\cellx1\cellx2\nestrow}{\nonesttables\par}\pard\intbl\itap1 end"
        r"\cell\row"
    )
    assert lines(body)[0] == "| a | 1, 2; end |"


def test_notes_and_comments_follow_their_paragraph() -> None:
    body = (
        r"It opens{\super\chftn}{\footnote\pard\chftn  But not on {\b Sundays}.\par and so on.} at"
        r" noon{\*\atnid AB}{\*\atnauthor Ana}\chatn{\*\annotation{\*\atndate 1}Really?}.\par"
        r" After."
    )
    assert lines(body) == [
        "It opens (note 1) at noon.", "Note 1: But not on Sundays. and so on.",
        "Comment by Ana: Really?", "After.",
    ]  # fmt: skip


def test_deleted_and_hidden_words_are_left_out() -> None:
    body = r"Seen{\v  unseen}\deleted  gone\deleted0  kept{\revised  new}{\v0  too}{\v a\plain  b}."
    assert lines(body) == ["Seen kept new too b."]


def test_fields_are_what_they_show() -> None:
    link = r'{\field{\*\fldinst{HYPERLINK "https://example.org/f"}}{\fldrslt{\ul the form}}}'
    date = r"{\field{\*\fldinst DATE}{\fldrslt 1 May}}"
    own = r'{\field{\*\fldinst HYPERLINK \\l "mark"}{\fldrslt here}}'
    assert lines(f"See {link} of {date}, {own}.") == [
        "See the form (https://example.org/f) of 1 May, here."
    ]


def test_a_list_of_contents_does_not_say_it_twice() -> None:
    assert lines(
        r"{\field{\*\fldinst TOC \\o}{\fldrslt Rivers 1\par}}\outlinelevel0 Rivers\par"
    ) == ["Rivers"]


def test_headers_and_footers_are_read_once_and_numbers_of_pages_are_not() -> None:
    body = (
        r"{\header\pard ACME\par}{\headerf ACME\par}{\footer Page \chpgn\par Ltd.\par}"
        r"{\footerl{\field{\*\fldinst PAGE}{\fldrslt 7}} of 9\par}Words.\par"
    )
    assert lines(body) == ["Words.", "Header: ACME", "Footer: Ltd."]


def test_pictures_objects_and_what_is_unknown_are_passed_over() -> None:
    body = (
        r"One{\*\shppict{\pict\pngblip 89504e47}}{\nonshppict{\pict 0102}}{\object\objemb"
        r"{\*\objclass X}{\*\objdata 0102}{\result shown}}{\*\unknown\b gone}{\*\bkmkstart a}"
        r"{\xe\v index}{\bin3 {{{} two\bin4 }}}}.\par"
    )
    assert lines(body) == ["Oneshown two."]


def test_text_boxes_are_read_once() -> None:
    body = (
        r"Words{\shp{\*\shpinst{\sp{\sn shapeType}{\sv 202}}{\shptxt In the {\b box}.\par}}"
        r"{\shprslt{\*\do{\dptxbxtext In the box.}}}}.\par"
    )
    assert lines(body) == ["Words.", "In the box."]


def test_of_two_ways_to_say_it_the_one_in_unicode_is_read() -> None:
    assert lines(r"{\upr{A?}{\*\ud{A\u322?}}}\'e9") == ["Ałé"]


def test_formulas_are_a_line() -> None:
    body = (
        r"{\mmath{\*\moMath{\mf{\mfPr{\mctrlPr x}}{\mnum{\mr a}}{\mden{\mr b}}}{\mr =}"
        r"{\msSup{\me{\mr x}}{\msup{\mr 2}}}}}{\mmathPict{\pict 01}}"
    )
    assert lines(body) == ["(a)/(b)=x^(2)"]


def test_a_file_that_breaks_off_is_read_as_far_as_it_goes_and_told() -> None:
    found = read("a.rtf", (HEAD + r"Words {\b and").encode())

    assert (found.text, found.lacks[0].reason) == ("Words and", "it breaks off before its end")
    assert read("a.rtf", (HEAD + "Words}}} junk").encode()).text == "Words"


def test_groups_may_lie_deep_in_each_other_but_not_for_ever() -> None:
    assert lines("{" * 10_000 + "Words" + "}" * 10_000) == ["Words"]
    with pytest.raises(ReadFailed, match="nested more than"):
        rtf("{" * (MOST_NESTED + 1))


def test_groups_may_be_many_but_not_millions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatui.retrieval.readers.rtf.MOST_GROUPS", 100)
    assert lines(r"{\b x}" * 60) == ["x" * 60]
    with pytest.raises(ReadFailed, match="more than 100 groups"):
        rtf(r"{\b x}" * 101)


def test_a_group_has_all_that_holds_around_it_but_not_its_destination() -> None:
    body = r"\v {a{\*\unknown b}}\v0 c\deleted {\b d}\deleted0 {\f1 e}"
    assert lines(body) == ["ce"]


@pytest.mark.parametrize("body", ["", r"{\pict 0102}", r"\par\par", r"{\v unseen}"])
def test_a_file_without_words_is_empty(body: str) -> None:
    with pytest.raises(Unreadable, match="holds no text") as caught:
        rtf(body)
    assert caught.value.empty


def test_rich_text_is_known_by_its_content_whatever_it_is_called() -> None:
    assert read("letter.doc", (HEAD + "Words}").encode()).text == "Words"
    assert read("letter", b"\xef\xbb\xbf\r\n" + (HEAD + "Words}").encode()).text == "Words"
