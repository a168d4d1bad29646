"""OpenDocument texts and presentations: what LibreOffice shows of them, in that order."""

from __future__ import annotations

import pytest

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Unreadable
from chatui.retrieval.readers.reader import read
from tests.retrieval.readers.opendocument_workshop import (
    COVERED,
    SPACES,
    at,
    box,
    bullet,
    flat,
    framed,
    h,
    item,
    level,
    lines,
    list_style,
    listed,
    odf,
    opened,
    p,
    row,
    slide,
    table,
    td,
)

CLAUSES = list_style(
    "L1",
    level(1, "1"),
    level(2, "1", "", ' text:display-levels="2"'),
    level(3, "a", ")", ' style:num-prefix="("'),
)


def test_headings_open_sections_by_their_level() -> None:
    found = opened(h("Rivers") + p("Words.") + h("Elbe", 2) + p("More."))

    assert found.title == "Rivers"
    assert found.text == "Rivers\n\nWords.\n\nElbe\n\nMore."
    assert [section.path for section in found.sections] == [("Rivers",), ("Rivers", "Elbe")]


def test_a_texts_own_title_comes_first_and_one_in_the_style_of_a_title_is_a_heading() -> None:
    meta = f"<office:document-meta {SPACES}><office:meta><dc:title>Annual</dc:title></office:meta>"
    meta += "</office:document-meta>"
    assert read("a.odt", odf(p("Words."), meta_xml=meta)).title == "Annual"
    assert opened(p("Report", "Title") + p("Words.")).title == "Report"


def test_headings_have_the_numbers_of_the_outline() -> None:
    outline = (
        '<text:outline-style><text:outline-level-style text:level="1" style:num-format="1"/>'
        '<text:outline-level-style text:level="2" style:num-format="1" text:display-levels="2"/>'
        "</text:outline-style>"
    )
    anew = ' text:restart-numbering="true" text:start-value="7"'
    body = h("A") + h("B", 2) + h("C", 2) + h("Foreword", 1, ' text:is-list-header="true"')
    body += h("D") + h("E", 2) + h("F", 1, anew)

    assert lines(body, styles=outline) == [
        "1 A", "1.1 B", "1.2 C", "Foreword", "2 D", "2.1 E", "7 F",
    ]  # fmt: skip


def test_clauses_have_the_numbers_that_are_shown() -> None:
    inner = listed(item("C"), item("D"))
    body = listed(item(p("A") + listed(item(p("B") + inner))), item("E"), style="L1")

    assert lines(body, auto=CLAUSES) == [
        "1. A", "  1.1 B", "    1.1(a) C", "    1.1(b) D", "2. E",
    ]  # fmt: skip


def test_a_list_goes_on_where_it_says_so_and_begins_anew_elsewhere() -> None:
    one = listed(item("A"), style="L1", more=' xml:id="list1"')
    on = ' text:continue-numbering="true"'
    by_name = ' text:continue-list="list1"'
    body = (
        one
        + p("Words.")
        + listed(item("B"), style="L1", more=on)
        + listed(item("anew"), style="L1")
        + listed(item("C"), style="L1", more=by_name)
        + listed(item("at nine", ' text:start-value="9"'), item("ten"), style="L1")
    )
    assert lines(body, auto=CLAUSES) == [
        "1. A", "Words.", "2. B", "1. anew", "3. C", "9. at nine", "10. ten",
    ]  # fmt: skip


def test_a_written_number_and_a_pattern_for_numbers_are_kept() -> None:
    inner = level(2, "A", "", ' loext:num-list-format="§ %1%-%2%"')
    pattern = list_style("L2", level(1, "1"), inner)
    body = listed(item(p("one") + listed(item("inner"))), style="L2")
    written = listed(item("<text:p><text:number>Art. 5</text:number>Words</text:p>"), style="L2")

    assert lines(body + written, auto=pattern) == ["1. one", "  § 1-A inner", "Art. 5 Words"]


def test_a_list_may_be_named_by_the_style_of_its_paragraphs() -> None:
    styles = '<style:style style:name="Item" style:family="paragraph" ' \
        'style:parent-style-name="Base"/><style:style style:name="Base" ' \
        'style:family="paragraph" style:list-style-name="L1"/>'  # fmt: skip
    body = "<text:list><text:list-item>" + p("A", "Item") + "</text:list-item></text:list>"

    assert lines(body, auto=CLAUSES + styles) == ["1. A"]


def test_bullets_and_what_follows_in_an_item_stay() -> None:
    bullets = list_style("L3", bullet(1), bullet(2))
    body = listed(item(p("one") + p("more of it") + listed(item("inner"))), style="L3")

    assert lines(body, auto=bullets) == ["- one", "  more of it", "  - inner"]


def test_notes_stand_below_the_paragraph_that_they_belong_to() -> None:
    note = (
        '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation>'
        f"<text:note-body>{p('But not on Sundays.')}</text:note-body></text:note>"
    )
    assert lines(p(f"It opens{note} at noon.") + p("After.")) == [
        "It opens (note 1) at noon.", "Note 1: But not on Sundays.", "After.",
    ]  # fmt: skip


def test_comments_name_their_author() -> None:
    comment = (
        "<office:annotation><dc:creator>Ana</dc:creator><dc:date>2025-01-01</dc:date>"
        f"{p('Really?')}</office:annotation>"
    )
    assert lines(p(f"It opens{comment} at noon.")) == [
        "It opens at noon.", "Comment by Ana: Really?",
    ]  # fmt: skip


def test_changes_are_read_as_accepted() -> None:
    deleted = (
        '<text:tracked-changes><text:changed-region text:id="c1"><text:deletion>'
        f"{p('old words')}</text:deletion></text:changed-region></text:tracked-changes>"
    )
    body = p('It <text:change text:change-id="c1"/><text:change-start text:change-id="c2"/>opens'
             '<text:change-end text:change-id="c2"/> at noon.')  # fmt: skip
    assert lines(deleted + body) == ["It opens at noon."]


def test_hidden_words_paragraphs_and_sections_are_left_out() -> None:
    styles = (
        '<style:style style:name="T1" style:family="text">'
        '<style:text-properties text:display="none"/></style:style>'
        '<style:style style:name="P1" style:family="paragraph">'
        '<style:text-properties text:display="none"/></style:style>'
    )
    body = (
        p('Seen<text:span text:style-name="T1"> unseen</text:span>.')
        + p("gone", "P1")
        + p('gone <text:hidden-paragraph text:is-hidden="true"/>')
        + f'<text:section text:display="none">{p("gone")}</text:section>'
        + f'<text:section text:name="x">{p("In a section.")}</text:section>'
    )
    assert lines(body, auto=styles) == ["Seen.", "In a section."]


def test_a_list_of_contents_does_not_say_it_twice() -> None:
    index = "<text:table-of-content><text:index-body>{}</text:index-body></text:table-of-content>"
    assert lines(index.format(p("Rivers 1")) + h("Rivers")) == ["Rivers"]


def test_fields_ruby_spaces_breaks_and_links_are_read() -> None:
    body = p(
        'A<text:s text:c="3"/>b<text:tab/>c<text:line-break/>d <text:soft-page-break/>'
        "<text:ruby><text:ruby-base>漢字</text:ruby-base><text:ruby-text>かんじ</text:ruby-text>"
        "</text:ruby> <text:date>1 May</text:date> "
        '<text:a xlink:href="https://example.org/f">form</text:a> <text:a xlink:href="#x">here'
        "</text:a>"
    )
    assert lines(body) == ["A b c d 漢字 (かんじ) 1 May form (https://example.org/f) here"]


def test_text_boxes_and_what_is_said_of_pictures_follow_their_paragraph() -> None:
    image = framed('<draw:image xlink:href="a.png"/><svg:desc>A red barn</svg:desc>')
    inside = p(f"Words{box('In the box.')}{image}.")

    assert lines(inside + box("Beside the text.")) == [
        "Words.", "In the box.", "Picture: A red barn", "Beside the text.",
    ]  # fmt: skip


def test_tables_have_a_head_and_merged_cells_hold_for_all_they_cover() -> None:
    wide = ' table:number-columns-spanned="2"'
    tall = ' table:number-rows-spanned="2"'
    head = f"<table:table-header-rows>{row('Region', td('2023', wide), COVERED)}"
    body = table(
        f"{head}</table:table-header-rows>",
        row(td("North", tall), "1", "2"),
        row(COVERED, "3", "4"),
    )
    assert lines(body) == [
        "| Region | 2023 | 2023 |", "| --- | --- | --- |", "| North | 1 | 2 |", "| North | 3 | 4 |",
    ]  # fmt: skip


def test_a_cell_over_a_whole_first_row_is_the_tables_caption() -> None:
    wide = ' table:number-columns-spanned="2"'
    assert lines(table(row(td("Tides", wide), COVERED), row("Town", "High"))) == [
        "Tides", "| Town | High |", "| --- | --- |",
    ]  # fmt: skip


def test_repeated_cells_and_rows_are_as_many_as_they_stand_for() -> None:
    twice = ' table:number-columns-repeated="2"'
    blank = ' table:number-columns-repeated="16384"'
    empty = ' table:number-rows-repeated="1048000"'
    body = table(
        row("a", td("b", twice), td("", blank)),
        row("1", "2", "3", more=' table:number-rows-repeated="2"'),
        row(td("", blank), more=empty),
    )
    assert lines(body) == ["| a | b | b |", "| --- | --- | --- |", *["| 1 | 2 | 3 |"] * 2]


def test_a_table_in_a_cell_stays_in_it() -> None:
    inner = table(row("1", "2"), row("3", "4"))
    assert lines(table(row("Head", "Inner"), row("a", td(inner)))) == [
        "| Head | Inner |", "| --- | --- |", "| a | 1, 2; 3, 4 |",
    ]  # fmt: skip


def test_formulas_are_a_line_at_their_place() -> None:
    formula = (
        '<math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mrow><mfrac><mi>a</mi>'
        "<mi>b</mi></mfrac><mo>=</mo><msqrt><msup><mi>x</mi><mn>2</mn></msup></msqrt></mrow>"
        '<annotation encoding="StarMath 5.0">{a over b}</annotation></semantics></math>'
    )
    frame = framed('<draw:object xlink:href="./Object 1"/><draw:image xlink:href="x"/>')
    found = odf(p(f"Then {frame} holds."), **{"Object 1__content_xml": formula})

    assert read("a.odt", found).text == "Then (a)/(b) = √(x^2) holds."


def test_a_charts_own_table_is_read() -> None:
    chart = (
        f"<office:document-content {SPACES}><office:body><office:chart><chart:chart><chart:title>"
        f"{p('Sales')}</chart:title>{table(row('', 'North'), row('Q1', '4'))}</chart:chart>"
        "</office:chart></office:body></office:document-content>"
    )
    frame = framed('<draw:object xlink:href="./Object 1"/>')
    found = read("a.odt", odf(p(f"See{frame}"), **{"Object 1__content_xml": chart}))

    assert found.text == "See\n\nChart: Sales\n\n|  | North |\n| --- | --- |\n| Q1 | 4 |"


def test_an_object_that_is_not_read_is_told() -> None:
    other = framed('<draw:object xlink:href="./Object 9"/>') + framed("<draw:object-ole/>")

    assert [lack.reason for lack in opened(p(f"Words{other}")).lacks] == [
        "an object in it is not read", "objects of other programs are not read",
    ]  # fmt: skip


def test_headers_and_footers_are_read_once_and_numbers_of_pages_are_not() -> None:
    pages = "".join(
        f'<style:master-page style:name="{name}"><style:header>{p("ACME")}</style:header>'
        f"<style:footer>{p('Page <text:page-number>3</text:page-number>')}</style:footer>"
        "</style:master-page>"
        for name in ("Standard", "First")
    )
    styles = f"<office:master-styles>{pages}</office:master-styles>"

    assert lines(p("Words."), styles=styles) == ["Words.", "Header: ACME"]


def test_a_flat_file_is_read_as_well() -> None:
    assert read("a.fodt", flat(h("Rivers") + p("Words."))).text == "Rivers\n\nWords."
    assert read("a.xml", flat(slide(box("Words")), "presentation")).text == "Slide 1\n\nWords\n\n"
    with pytest.raises(Unreadable, match="save it as ods"):
        read("a.fods", flat("", "spreadsheet"))


def test_an_archive_that_does_not_say_what_it_is_is_known_by_its_content() -> None:
    whole = odf(p("Words.")).replace(b"mimetype", b"mimetypo")
    assert read("a.zip", whole).text == "Words."


def test_slides_come_as_they_are_shown_with_titles_notes_and_footers() -> None:
    title = box("Bridges", more=' presentation:class="title"')
    notes = "<presentation:notes>" + box("Slow.", more=' presentation:class="notes"')
    notes += box("<number>", more=' presentation:class="page-number"').replace("<number>", "3")
    body = (
        '<presentation:footer-decl presentation:name="f">ACME</presentation:footer-decl>'
        + slide(
            box("low", at(0, 9)) + box("right", at(12, 3)) + box("left", at(0, 3)) + title + notes
            + "</presentation:notes>", ' presentation:use-footer-name="f"'
        )
        + slide(box("Last"))
    )  # fmt: skip
    found = read("a.odp", odf(body, "presentation"))

    assert found.title == "Bridges"
    assert found.text == (
        "Slide 1: Bridges\n\nleft\n\nright\n\nlow\n\nNotes: Slow.\n\nSlide 2\n\nLast\n\n"
    )
    assert [section.page for section in found.sections] == [1, 2]
    assert found.sections[0].running_head == "ACME"


def test_a_hidden_slide_is_marked_and_a_holder_without_words_is_not_read() -> None:
    hidden = (
        '<style:style style:name="dp1" style:family="drawing-page">'
        '<style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
    )
    holder = box("Click to add text", more=' presentation:placeholder="true"')
    grouped = f"<draw:g>{box('second', at(0, 5))}{box('first', at(0, 1))}</draw:g>"
    comment = f"<office:annotation>{p('Why?')}</office:annotation>"
    body = slide(holder + grouped + comment, ' draw:style-name="dp1"')

    assert read("a.odp", odf(body, "presentation", auto=hidden)).text == (
        "Slide 1 (hidden)\n\nfirst\n\nsecond\n\nComment: Why?\n\n"
    )


@pytest.mark.parametrize("part", [{"META-INF__manifest_xml": "<a><encryption-data/></a>"},
                                  {"encrypted-package": "x"}])  # fmt: skip
def test_a_protected_file_says_so(part: dict[str, str]) -> None:
    with pytest.raises(ReadFailed, match="protected by a password"):
        read("a.odt", odf(p("Words."), **part))


def test_a_damaged_file_fails_with_that_reason() -> None:
    with pytest.raises(ReadFailed, match="damaged OpenDocument file"):
        opened("<text:p>")
    with pytest.raises(ReadFailed, match=r"part content\.xml is missing"):
        read("a.odt", odf("").replace(b"content.xml", b"contend.xml"))


@pytest.mark.parametrize("kind", ["text", "presentation"])
def test_a_file_without_words_is_empty(kind: str) -> None:
    with pytest.raises(Unreadable, match="holds no text") as caught:
        opened("", kind)
    assert caught.value.empty
