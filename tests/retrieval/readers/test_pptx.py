"""Presentations of PowerPoint: what stands on their slides, in the order in which it is shown."""

from __future__ import annotations

import pytest

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document, Unreadable
from chatui.retrieval.readers.reader import read
from tests.retrieval.readers.presentation_workshop import (
    A14,
    DGM,
    MC,
    SPACES,
    MadeSlide,
    graphic,
    group,
    numbered,
    paragraph,
    picture,
    pptx,
    relations,
    shape,
    table,
)


def document(*slides: str | MadeSlide, **other: str) -> Document:
    return read("talk.pptx", pptx(*slides, **other))  # type: ignore[arg-type]


def lines(*slides: str | MadeSlide, **other: str) -> list[str]:
    return [line for line in document(*slides, **other).text.split("\n") if line]


def test_slides_come_in_the_order_in_which_they_are_shown() -> None:
    slides = [shape(f"File {at}", "title") for at in (1, 2, 3)]
    found = read("talk.pptx", pptx(*slides, order=(3, 1, 2)))

    assert [section.path for section in found.sections] == [
        ("Slide 1: File 3",), ("Slide 2: File 1",), ("Slide 3: File 2",),
    ]  # fmt: skip
    assert [section.page for section in found.sections] == [1, 2, 3]


def test_a_slides_title_is_its_heading_and_the_first_one_names_the_presentation() -> None:
    found = document(shape("Bridges", "ctrTitle") + shape("Of the north", "subTitle"))

    assert found.title == "Bridges"
    assert found.text == "Slide 1: Bridges\n\nOf the north\n\n"


def test_the_presentations_own_title_comes_first() -> None:
    core = {"docProps/core.xml": "<cp:coreProperties><dc:title>Bridges</dc:title></x>"}
    assert read("a.pptx", pptx(shape("Welcome", "title"), parts=core)).title == "Bridges"
    core = {"docProps/core.xml": "<a><dc:title>PowerPoint Presentation</dc:title></a>"}
    assert read("a.pptx", pptx(shape("Welcome", "title"), parts=core)).title == "Welcome"


def test_shapes_are_read_from_top_to_bottom_and_from_left_to_right() -> None:
    tree = (
        shape("low", at=(0, 900, 400, 90))
        + shape("right", at=(500, 305, 400, 90))
        + shape("left", at=(0, 300, 400, 90))
        + shape("Top", "title", at=(0, 0, 900, 90))
    )
    assert lines(tree) == ["Slide 1: Top", "left", "right", "low"]


def test_a_column_beside_several_shapes_is_read_as_a_column() -> None:
    tree = (
        shape("second", at=(520, 600, 380, 200))
        + shape("first", at=(500, 300, 400, 200))
        + shape("tall", at=(0, 300, 400, 500))
    )
    assert lines(tree)[1:] == ["tall", "first", "second"]


def test_a_place_that_only_the_layout_tells_counts() -> None:
    layout = shape("", "body", at=(0, 600, 900, 90), index="2")
    layout += shape("", "body", at=(0, 300, 900, 90), index="1")
    tree = shape("below", "body", index="2") + shape("above", "body", index="1")

    assert lines(tree, layout=layout)[1:] == ["- above", "- below"]


def test_a_comparison_is_read_column_by_column() -> None:
    tree = "".join(
        shape(text, "body", at=(left, top, 400, 100 if top == 200 else 500), index=str(at))
        for at, (text, left, top) in enumerate(
            [("Before", 0, 200), ("After", 500, 200), ("old", 0, 310), ("new", 500, 310)], 1
        )
    )
    assert lines(tree, layout_kind="twoTxTwoObj")[1:] == ["- Before", "- old", "- After", "- new"]


def test_a_group_is_read_as_one_place() -> None:
    inside = shape("inner right", at=(50, 0, 40, 10)) + shape("inner left", at=(0, 0, 40, 10))
    tree = shape("below", at=(0, 500, 900, 90)) + group(inside, at=(0, 100, 900, 90))

    assert lines(tree)[1:] == ["inner left", "inner right", "below"]


def test_bullets_are_those_of_the_master_and_are_nested_by_their_levels() -> None:
    body = paragraph("one") + paragraph("inner", 1) + paragraph("none", 0, "<a:buNone/>")

    assert lines(shape(body, "body")) == ["Slide 1", "- one", "  - inner", "none"]
    assert lines(shape(body)) == ["Slide 1", "one", "inner", "none"]


def test_items_are_numbered_as_they_are_shown() -> None:
    body = (
        numbered("one")
        + numbered("two")
        + numbered("a", 1, "alphaLcParenR")
        + numbered("b", 1, "alphaLcParenR")
        + numbered("three")
        + numbered("anew", 1, "romanUcPeriod")
        + paragraph("between", 0, "<a:buNone/>")
        + numbered("first again")
    )
    assert lines(shape(body))[1:] == [
        "1. one", "2. two", "  a) a", "  b) b", "3. three", "  I. anew", "between",
        "1. first again",
    ]  # fmt: skip


def test_a_list_may_begin_elsewhere() -> None:
    form = '<a:buAutoNum type="arabicParenBoth" startAt="4"/>'
    body = paragraph("four", 0, form) + paragraph("five", 0, form)

    assert lines(shape(body))[1:] == ["(4) four", "(5) five"]


def test_tables_have_a_head_and_merged_cells_hold_for_all_they_cover() -> None:
    found = lines(
        table(["Yearly", "<", "<"], ["Region", "2023", "<"], ["North", "1", "2"], ["^", "3", "a|b"])
    )
    assert found == [
        "Slide 1", "Yearly", "| Region | 2023 | 2023 |", "| --- | --- | --- |",
        "| North | 1 | 2 |", "| North | 3 | a\\|b |",
    ]  # fmt: skip


def chart(inside: str) -> dict[str, str]:
    return {"ppt/charts/chart1.xml": f"<c:chartSpace {SPACES}>{inside}</c:chartSpace>"}


def cached(name: str, values: list[str], code: str = "") -> str:
    points = "".join(f'<c:pt idx="{at}"><c:v>{v}</c:v></c:pt>' for at, v in enumerate(values))
    form = f"<c:formatCode>{code}</c:formatCode>" if code else ""
    return f"<c:{name}><c:numRef><c:numCache>{form}{points}</c:numCache></c:numRef></c:{name}>"


WITH_CHART = MadeSlide(
    graphic('<c:chart r:id="c1"/>'), links=[("c1", "chart", "../charts/chart1.xml")]
)


def test_a_charts_saved_figures_are_a_table() -> None:
    title = (
        "<c:title><c:tx><c:rich><a:p><a:r><a:t>Sales</a:t></a:r></a:p></c:rich></c:tx></c:title>"
    )
    series = f"<c:ser>{cached('tx', ['North'])}{cached('cat', ['Q1', 'Q2'])}"
    series += f"{cached('val', ['4.4000000000000004', '12.0'])}</c:ser>"
    data = pptx(WITH_CHART, parts=chart(f"<c:chart>{title}{series}</c:chart>"))

    assert read("a.pptx", data).text == (
        "Slide 1\n\nChart: Sales\n\n|  | North |\n| --- | --- |\n| Q1 | 4.4 |\n| Q2 | 12 |\n\n"
    )


def test_a_charts_dates_and_shares_are_shown_as_such() -> None:
    series = f"<c:ser>{cached('tx', ['Share'])}{cached('cat', ['45658'], 'm/d/yyyy')}"
    series += f"{cached('val', ['0.25'], '0%')}</c:ser>"
    data = pptx(WITH_CHART, parts=chart(f"<c:chart>{series}</c:chart>"))

    assert "| 2025-01-01 | 25% |" in read("a.pptx", data).text


def test_levels_of_categories_are_told_with_each_point() -> None:
    def level(*points: tuple[int, str]) -> str:
        made = (f'<c:pt idx="{at}"><c:v>{name}</c:v></c:pt>' for at, name in points)
        return f"<c:lvl>{''.join(made)}</c:lvl>"

    names = level((0, "Rye"), (1, "Deal"), (2, "Ely")) + level((0, "South"), (2, "East"))
    series = f"<c:ser><c:cat>{names}</c:cat>{cached('val', ['1', '2', '3'])}</c:ser>"
    found = read("a.pptx", pptx(WITH_CHART, parts=chart(f"<c:chart>{series}</c:chart>"))).text

    assert [line.split(" | ")[0] for line in found.split("\n") if line.startswith("| ")] == [
        "| ", "| ---", "| South Rye", "| South Deal", "| East Ely",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "parts",
    [
        {},
        chart("<c:chart/>"),
        chart(f"<c:chart><c:ser>{cached('val', ['1'] * 1001)}</c:ser></c:chart>"),
    ],
)
def test_a_chart_whose_figures_are_not_read_is_told(parts: dict[str, str]) -> None:
    found = read("a.pptx", pptx(shape("Words"), WITH_CHART, parts=parts))

    assert [lack.reason for lack in found.lacks] == [
        "slide 2: the figures of its chart are not read"
    ]


def test_the_words_of_smartart_hang_on_each_other() -> None:
    def point(name: str, text: str = "", kind: str = "") -> str:
        words = f"<dgm:t>{paragraph(text)}</dgm:t>" if text else ""
        return f'<dgm:pt modelId="{name}"{kind}>{words}</dgm:pt>'

    def hangs(below: str, above: str, order: int) -> str:
        return f'<dgm:cxn srcId="{above}" destId="{below}" srcOrd="{order}"/>'

    data = (
        f'<dgm:dataModel xmlns:dgm="{DGM}" {SPACES.partition("xmlns:dgm")[0]}><dgm:ptLst>'
        + point("late", "Late") + point("root", kind=' type="doc"') + point("early", "Early")
        + point("inner", "Inner") + "</dgm:ptLst><dgm:cxnLst>"
        + hangs("late", "root", 1) + hangs("early", "root", 0) + hangs("inner", "early", 0)
        + "</dgm:cxnLst></dgm:dataModel>"
    )  # fmt: skip
    slide = MadeSlide(
        graphic('<dgm:relIds r:dm="d1" r:lo="x"/>'),
        links=[("d1", "diagramData", "../diagrams/data1.xml")],
    )
    found = read("a.pptx", pptx(slide, parts={"ppt/diagrams/data1.xml": data}))

    assert found.text == "Slide 1\n\n- Early\n  - Inner\n- Late\n\n"


def test_notes_follow_their_slide_and_are_marked() -> None:
    notes = shape("Slow down here.", "body") + shape("7", "sldNum") + shape("x", "sldImg")

    assert lines(MadeSlide(shape("Words"), notes))[1:] == ["Words", "Notes: Slow down here."]


def test_comments_name_their_author() -> None:
    authors = f'<p:cmAuthorLst {SPACES}><p:cmAuthor id="0" name="Ana"/></p:cmAuthorLst>'
    comments = f'<p:cmLst {SPACES}><p:cm authorId="0"><p:text>Too long.</p:text></p:cm></p:cmLst>'
    slide = MadeSlide(shape("Words"), links=[("k", "comments", "../comments/comment1.xml")])
    parts = {"ppt/commentAuthors.xml": authors, "ppt/comments/comment1.xml": comments}

    assert "\n\nComment by Ana: Too long.\n" in read("a.pptx", pptx(slide, parts=parts)).text


def test_replies_to_a_comment_stand_for_themselves() -> None:
    said = '<p:cm authorId="1"><p:txBody>{}</p:txBody><p:replyLst><p:reply authorId="2">' \
        "<p:txBody>{}</p:txBody></p:reply></p:replyLst></p:cm>"  # fmt: skip
    comments = (
        f"<p:cmLst {SPACES}>{said.format(paragraph('Why?'), paragraph('Because.'))}</p:cmLst>"
    )
    slide = MadeSlide(shape("Words"), links=[("k", "comments", "../comments/comment1.xml")])
    found = read("a.pptx", pptx(slide, parts={"ppt/comments/comment1.xml": comments})).text

    assert found.endswith("Comment: Why?\n\nComment: Because.\n\n")


def test_a_hidden_slide_is_marked_and_a_hidden_shape_is_not_read() -> None:
    unseen = shape("Never").replace('name="x"', 'name="x" hidden="1"')
    found = document(MadeSlide(shape("Draft", "title") + unseen, more=' show="0"'))

    assert found.text == "Slide 1 (hidden): Draft\n\n"


def test_footers_stand_beside_the_slides_and_numbers_and_dates_nowhere() -> None:
    date = shape("<a:p><a:fld><a:t>1/1/2025</a:t></a:fld></a:p>", "dt")
    tree = shape("Words") + shape("ACME confidential", "ftr") + shape("3", "sldNum") + date
    found = document(tree, master=shape("Draft"))

    assert found.text == "Slide 1\n\nWords\n\n"
    assert found.sections[0].running_head == "Draft · ACME confidential"


def test_named_sections_are_above_their_slides() -> None:
    main = (
        '<p:extLst><p:ext><p14:sectionLst><p14:section name="Outlook"><p14:sldIdLst>'
        '<p14:sldId id="256"/></p14:sldIdLst></p14:section></p14:sectionLst></p:ext></p:extLst>'
    )
    assert document(shape("Plans", "title"), main=main).sections[0].path == (
        "Outlook",
        "Slide 1: Plans",
    )


def test_a_links_address_stands_behind_its_words() -> None:
    run = "<a:r><a:rPr>{}</a:rPr><a:t>{}</a:t></a:r>"
    link = '<a:hlinkClick r:id="h1"/>'
    body = (
        f"<a:p>{run.format('', 'See ')}{run.format(link, 'the ')}{run.format(link, 'form')}</a:p>"
    )
    slide = MadeSlide(shape(body), links=[("h1", "hyperlink", "https://example.org/f?a=1")])

    assert lines(slide)[1:] == ["See the form (https://example.org/f?a=1)"]


def test_breaks_fields_and_formulas_are_read() -> None:
    formula = (
        f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Choice xmlns:a14="{A14}" Requires="a14"><a14:m>'
        "<m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b</m:t></m:r></m:den>"
        "</m:f></m:oMath></a14:m></mc:Choice><mc:Fallback/></mc:AlternateContent>"
    )
    body = f"<a:p><a:r><a:t>Rate</a:t></a:r><a:br/><a:fld><a:t>r</a:t></a:fld>{formula}</a:p>"

    assert lines(shape(body))[1:] == ["Rate r(a)/(b)"]


def test_what_is_said_of_a_picture_is_read_and_a_files_name_is_not() -> None:
    tree = shape("Words") + picture("A red barn") + picture("barn.png")
    tree += picture("A barn Description automatically generated with low confidence")

    assert lines(tree)[1:] == ["Words", "Picture: A red barn", "Picture: A barn"]


def test_what_is_not_read_is_told_with_the_slides() -> None:
    other = shape("Words") + graphic("<p:oleObj/>")
    found = document(picture(), picture(), other, picture())

    assert [lack.reason for lack in found.lacks] == [
        "slides 1–2, 4: what its pictures show is not read",
        "slide 3: the object of another program in it is not read",
    ]


def test_a_slide_that_is_missing_is_told() -> None:
    whole = pptx(shape("One", "title"), shape("Two", "title"), order=(1, 3, 2))

    assert [lack.reason for lack in read("a.pptx", whole).lacks] == [
        "slide 2: the slide is missing in the file"
    ]


def test_the_strict_form_of_the_standard_is_read_as_well() -> None:
    plain = pptx(shape("Words"), parts={})
    assert read("a.pptx", plain).text == "Slide 1\n\nWords\n\n"
    main = "<q:presentation xmlns:q='urn:strict' xmlns:r='urn:rel'><q:sldIdLst>"
    main += "<q:sldId id='256' r:id='s1'/></q:sldIdLst></q:presentation>"
    assert read("a.pptx", pptx(shape("Words"), parts={"ppt/presentation.xml": main})).text == (
        "Slide 1\n\nWords\n\n"
    )


def test_a_presentation_of_pictures_is_skipped_and_one_without_anything_is_empty() -> None:
    with pytest.raises(Unreadable, match="hold no text that is read") as caught:
        document(picture())
    assert not caught.value.empty
    with pytest.raises(Unreadable, match="holds no text") as caught:
        document("")
    assert caught.value.empty


def test_a_damaged_presentation_fails_with_that_reason() -> None:
    with pytest.raises(ReadFailed, match="damaged presentation"):
        read("a.pptx", pptx("<p:sp>"))
    with pytest.raises(ReadFailed, match=r"part ppt/none\.xml is missing"):
        parts = {"_rels/.rels": relations([("a", "officeDocument", "ppt/none.xml")])}
        read("a.pptx", pptx(parts=parts))
