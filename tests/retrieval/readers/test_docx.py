"""Word documents as Word writes them: numbers, fields, boxes, formulas, notes, changes."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document
from chatui.retrieval.readers.docx_markup import prepare
from chatui.retrieval.readers.docx_numbering import numbering, numeral
from chatui.retrieval.readers.reader import read
from tests.retrieval.readers.test_office import archive

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SPACES = (
    f'xmlns:w="{W}" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def lines(body: str, **parts: str) -> list[str]:
    """The text's lines; `parts` are the insides of other parts, by their names."""
    return [line for line in document(body, **parts).text.split("\n") if line]


def document(body: str, **parts: str) -> Document:
    linked = "".join(
        f'<Relationship Id="r{name}" Type="{RELATED}/{name.rstrip("12")}" Target="{name}.xml"/>'
        for name in parts
    )
    members = {
        f"word/{name}.xml": f"<w:{name} {SPACES}>{inside}</w:{name}>"
        for name, inside in parts.items()
    }
    head = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    return read(
        "x.docx",
        archive(
            {
                "[Content_Types].xml": "<Types/>",
                "_rels/.rels": f'{head}<Relationship Id="a" Type="{RELATED}/officeDocument" '
                'Target="word/document.xml"/></Relationships>',
                "word/_rels/document.xml.rels": f"{head}{linked}</Relationships>",
                "word/document.xml": f"<w:document {SPACES}><w:body>{body}</w:body></w:document>",
                **members,
            }
        ),
    )


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def p(text: str, level: int | None = None, num: int = 1, style: str = "") -> str:
    numbered = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{num}"/></w:numPr>'
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    inside = f"{named}{numbered if level is not None else ''}"
    return f"<w:p><w:pPr>{inside}</w:pPr>{run(text)}</w:p>"


def level(at: int, text: str, form: str = "decimal", more: str = "", start: int = 1) -> str:
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


ONE_LIST = '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'


def lists(*levels: str, nums: str = ONE_LIST) -> str:
    return f'<w:abstractNum w:abstractNumId="0">{"".join(levels)}</w:abstractNum>{nums}'


CONTRACT = lists(level(0, "%1."), level(1, "%1.%2"), level(2, "(%3)", "lowerLetter"))


def test_clauses_have_the_numbers_that_word_shows() -> None:
    body = p("A", 0) + p("B", 1) + p("C", 2) + p("D", 2) + p("E", 0) + p("F", 1) + p("G", 2)

    assert lines(body, numbering=CONTRACT) == [
        "1. A", "1.1 B", "1.1(a) C", "1.1(b) D", "2. E", "2.1 F", "2.1(a) G",
    ]  # fmt: skip


def test_text_between_clauses_does_not_begin_them_anew() -> None:
    body = p("A", 0) + p("Words.") + p("B", 0)

    assert lines(body, numbering=CONTRACT) == ["1. A", "Words.", "2. B"]


def test_a_list_may_begin_anew_and_elsewhere() -> None:
    nums = (
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">'
        '<w:startOverride w:val="7"/></w:lvlOverride></w:num>'
    )
    body = p("A", 0) + p("B", 0) + p("C", 0, num=2) + p("D", 0, num=2)

    assert lines(body, numbering=lists(level(0, "%1)", start=4), nums=nums)) == [
        "4) A", "5) B", "7) C", "8) D",
    ]  # fmt: skip


def test_a_level_that_never_begins_anew_goes_on() -> None:
    on = lists(level(0, "%1."), level(1, "§ %2", more='<w:lvlRestart w:val="0"/>'))
    body = p("A", 0) + p("B", 1) + p("C", 0) + p("D", 1)

    assert lines(body, numbering=on) == ["1. A", "§ 1 B", "2. C", "§ 2 D"]


def test_legal_numbers_are_figures() -> None:
    legal = lists(level(0, "%1.", "upperRoman"), level(1, "%1.%2", more="<w:isLgl/>"))

    assert lines(p("A", 0) + p("B", 1), numbering=legal) == ["I. A", "1.1 B"]


def test_a_first_paragraph_on_a_lower_level_counts_those_above_as_begun() -> None:
    assert lines(p("B", 1), numbering=CONTRACT) == ["1.1 B"]


@pytest.mark.parametrize("based", [False, True])
def test_headings_are_numbered_by_their_style(based: bool) -> None:
    numbered = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    on_base = '<w:basedOn w:val="Base"/>'
    styles = (
        f'<w:style w:type="paragraph" w:styleId="Base">{numbered}</w:style>'
        '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/>'
        f"{on_base if based else numbered}</w:style>"
    )
    body = p("Rent", style="Heading1") + p("Notice", style="Heading1")
    made = document(body, styles=styles, numbering=CONTRACT)

    assert [section.path for section in made.sections] == [("1. Rent",), ("2. Notice",)]


def test_a_style_that_a_list_names_is_on_its_level() -> None:
    linked = lists(
        level(0, "%1.", more='<w:pStyle w:val="H1"/>'),
        level(1, "%1.%2", more='<w:pStyle w:val="H2"/>'),
    )
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{name}"/><w:pPr><w:numPr>'
        '<w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        for name in ("H1", "H2")
    )
    body = p("A", style="H1") + p("B", style="H2") + p("C", style="H2")

    assert lines(body, styles=styles, numbering=linked) == ["1. A", "1.1 B", "1.2 C"]


def test_a_paragraph_may_leave_the_list_of_its_style() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="L"><w:name w:val="L"/><w:pPr><w:numPr>'
        '<w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    body = p("A", style="L") + p("B", 0, num=0, style="L") + p("C", style="L")

    assert lines(body, styles=styles, numbering=CONTRACT) == ["1. A", "B", "2. C"]


def test_bullets_are_kept_whatever_the_style_of_the_list() -> None:
    styles = '<w:style w:type="paragraph" w:styleId="LP"><w:name w:val="List Paragraph"/></w:style>'
    body = p("A", 0, style="LP") + p("B", 0, style="LP")

    dots = lists(level(0, "\uf0b7", "bullet"))
    assert lines(body, styles=styles, numbering=dots) == ["- A", "- B"]


@pytest.mark.parametrize(
    ("form", "number", "written"),
    [
        ("lowerLetter", 27, "aa"), ("upperLetter", 3, "C"), ("lowerRoman", 49, "xlix"),
        ("upperRoman", 4, "IV"), ("decimalZero", 7, "07"), ("ordinal", 12, "12th"),
        ("ordinal", 23, "23rd"), ("chineseCounting", 21, "二十一"), ("chineseCounting", 10, "十"),
        ("none", 3, ""), ("cardinalText", 3, "3"), ("lowerLetter", 0, "0"),
    ],
)  # fmt: skip
def test_counts_are_written_in_their_form(form: str, number: int, written: str) -> None:
    assert numeral(number, form) == written


@pytest.mark.parametrize(
    "broken",
    ["", "<w:num/>", '<w:num w:numId="1"/>',
     '<w:abstractNum/><w:num w:numId="1"><w:lvlOverride/></w:num>', lists(level(0, "%9 %1")),
     lists('<w:lvl w:ilvl="x"/>')],
)  # fmt: skip
def test_a_list_that_is_broken_costs_its_numbers_only(broken: str) -> None:
    assert lines(p("Words.", 0), numbering=broken)[0].endswith("Words.")


@pytest.mark.parametrize(
    "inside",
    [
        f'<w:fldSimple w:instr="REF a">{run("clause 7")}</w:fldSimple>',
        f'<w:bdo w:val="ltr">{run("clause 7")}</w:bdo>',
        f'<w:dir w:val="rtl">{run("clause 7")}</w:dir>',
        f'<w:smartTag w:element="x">{run("clause 7")}</w:smartTag>',
        f'<w:sdt><w:sdtContent>{run("clause 7")}</w:sdtContent></w:sdt>',
        f'<w:ins w:id="1">{run("clause 7")}</w:ins>'
        '<w:del w:id="2"><w:r><w:delText>8</w:delText></w:r></w:del>',
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>REF a</w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run("clause 7")}'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>',
    ],
)  # fmt: skip
def test_fields_directions_controls_and_changes_are_read_as_what_they_show(inside: str) -> None:
    assert lines(f"<w:p>{run('See ')}{inside}{run('.')}</w:p>") == ["See clause 7."]


def test_ruby_stands_behind_its_word() -> None:
    reading, word = f"<w:rt>{run('とうきょう')}</w:rt>", f"<w:rubyBase>{run('東京')}</w:rubyBase>"
    ruby = f"<w:r><w:ruby>{reading}{word}</w:ruby></w:r>"

    assert lines(f"<w:p>{ruby}{run('の人')}</w:p>") == ["東京 (とうきょう)の人"]


def m(tag: str, *inside: str) -> str:
    return f"<m:{tag}>{''.join(inside)}</m:{tag}>"


def mr(text: str) -> str:
    return m("r", m("t", text))


@pytest.mark.parametrize(
    ("formula", "line"),
    [
        (m("f", m("num", mr("a+b")), m("den", mr("2"))), "(a+b)/(2)"),
        (m("sSup", m("e", mr("x")), m("sup", mr("2"))), "x^2"),
        (m("sSub", m("e", mr("x")), m("sub", mr("10"))), "x_(10)"),
        (m("rad", m("deg"), m("e", mr("x"))), "√(x)"),
        (m("d", m("e", mr("a")), m("e", mr("b"))), "(a, b)"),
        (m("nary", '<m:naryPr><m:chr m:val="∑"/></m:naryPr>', m("sub", mr("i")), m("sup", mr("n")),
           m("e", mr("x"))), "∑_i^n x"),
    ],
)  # fmt: skip
def test_a_formula_is_one_line(formula: str, line: str) -> None:
    assert lines(f"<w:p>{run('y = ')}{m('oMath', formula)}</w:p>") == [f"y = {line}"]


BOX = f"<w:txbxContent>{p('In the box.')}</w:txbxContent>"
DRAWN = f"<a:graphic><wps:txbx>{BOX}</wps:txbx></a:graphic>"
NEW = f"<w:drawing><wp:inline>{DRAWN}</wp:inline></w:drawing>"
OLD = f"<w:pict><v:shape><v:textbox>{BOX}</v:textbox></v:shape></w:pict>"


@pytest.mark.parametrize(
    "drawn",
    [
        OLD,
        NEW,
        f'<mc:AlternateContent><mc:Choice Requires="wps">{NEW}</mc:Choice></mc:AlternateContent>',
        f'<mc:AlternateContent><mc:Choice Requires="wps">{NEW}</mc:Choice>'
        f"<mc:Fallback>{OLD}</mc:Fallback></mc:AlternateContent>",
    ],
)  # fmt: skip
def test_the_words_of_a_text_box_are_there_once(drawn: str) -> None:
    assert lines(f"<w:p>{run('Around.')}<w:r>{drawn}</w:r></w:p>").count("In the box.") == 1


def test_headers_and_footers_are_read_once() -> None:
    draft, foot = p("Draft of May"), p("Mill Ltd")
    found = lines(p("Words."), header1=draft, header2=draft, footer1=foot)

    assert found == ["Words.", "Header: Draft of May", "Footer: Mill Ltd"]


def test_a_comment_is_marked_as_one() -> None:
    body = f'<w:p>{run("Rent is 940.")}<w:r><w:commentReference w:id="0"/></w:r></w:p>'
    comment = f'<w:comment w:id="0" w:author="Anna" w:initials="A">{p("Was 900.")}</w:comment>'

    found = lines(body, comments=comment)
    assert found[0].startswith("Rent is 940.")
    assert any("Comment" in line for line in found)
    assert any("Was 900." in line for line in found)


def test_what_is_not_read_is_told() -> None:
    made = document(f"<w:p>{run('Words.')}<w:r><w:object2/></w:r></w:p>")

    assert [lack.reason for lack in made.lacks] == ["elements of Word that are not read: w:object2"]


def test_a_formula_that_is_nested_without_end_fails_with_that_reason() -> None:
    deep = "<m:e>" * 20_000 + "</m:e>" * 20_000

    with pytest.raises(ReadFailed, match="nested too deeply"):
        document(f"<w:p>{m('oMath', deep)}</w:p>")


def test_pictures_count_for_nothing_however_large_they_are() -> None:
    body = f"<w:document {SPACES}><w:body>{p('Words.')}</w:body></w:document>"
    head = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    whole = archive(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": f'{head}<Relationship Id="a" Type="{RELATED}/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
            "word/document.xml": body,
            "word/media/scan.png": b"0" * (300 << 20),
        }
    )
    assert read("x.docx", whole).text == "Words."


def test_texts_that_differ_in_their_looks_alone_are_one_for_mammoth() -> None:
    bold, mark = "<w:rPr><w:b/></w:rPr>", '<w:proofErr w:type="spellStart"/>'
    parted = f'<w:r w:rsidR="1">{bold}<w:t>The ri</w:t></w:r>{mark}{run("ver")}{run(" rose")}'
    link = f"<w:hyperlink>{run(' to')}{run(' the bridge')}</w:hyperlink>"
    body = f"<w:p>{parted}{link}<w:r><w:tab/><w:t>x</w:t></w:r>{run('y')}</w:p>"
    root = ElementTree.fromstring(f"<w:document {SPACES}><w:body>{body}</w:body></w:document>")
    prepare(root, numbering({}))
    runs = ["".join(one.itertext()) for one in root.iter(f"{{{W}}}r")]
    assert runs == ["The river rose", " to the bridge", "xy"]
    assert lines(body) == ["The river rose to the bridge xy"]


def test_what_is_joined_has_the_changes_and_the_cells_that_it_had() -> None:
    gone = "<w:rPr><w:del/></w:rPr>"
    first = f'<w:p><w:pPr><w:spacing w:after="1"/>{gone}</w:pPr>{run("The river")}</w:p>'
    cell = "<w:tc><w:tcPr><w:tcW/>{}</w:tcPr>{}</w:tc>"
    wide = cell.format('<w:gridSpan w:val="2"/>', f"<w:p>{run('wi')}{run('de')}</w:p>")
    row = f"<w:tr>{wide}</w:tr><w:tr>{cell.format('', p('one')) * 2}</w:tr>"
    found = lines(f"{first}{p(' rose.')}<w:tbl>{row}</w:tbl>")
    assert found == ["The river rose.", "| wide |", "| --- |", "| one | one |"]


def test_a_document_of_too_many_parts_is_told_with_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chatui.retrieval.readers.docx.MOST_PARTS", 4)
    assert lines(f"<w:p>{run('a ') * 9}</w:p>{p('b')}") == ["a " * 8 + "a", "b"]
    with pytest.raises(ReadFailed, match="more than 4 paragraphs, cells and runs"):
        document(p("a") + p("b") + p("c"))
