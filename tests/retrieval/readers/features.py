"""What is read of which format: a table of cells, each with a file that shows it.

`docs/formats.md` has the same table in words, and `test_features.py` sees that every cell holds
and that both say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tests.retrieval.readers import opendocument_workshop as open_document
from tests.retrieval.readers import presentation_workshop as powerpoint
from tests.retrieval.readers.test_docx import CONTRACT, RELATED, SPACES, p, run
from tests.retrieval.readers.test_office import archive, book
from tests.retrieval.readers.test_refusals import streams
from tests.retrieval.tiny_pdf import make_pdf


class Verdict(StrEnum):
    RIGHT = "right"
    PARTLY = "partly"
    """Its words are read, but not all that they mean."""
    SAID = "said so"
    """It is not read, and the file's owner is told."""
    LEFT_OUT = "left out"
    """It is not read, as nothing in it is meant to be searched for or it says nothing new."""


@dataclass(frozen=True, slots=True)
class Cell:
    """`holds` are lines or parts of lines that stand in what is read, in this order; `never` stands
    nowhere in it; `said` in what is told."""

    feature: str
    format: str
    verdict: Verdict
    data: bytes
    holds: Sequence[str] = ()
    never: str = ""
    said: str = ""


FORMATS = ("docx", "pptx", "odt", "odp", "rtf", "html", "epub", "pdf")
RIGHT, PARTLY, SAID, LEFT_OUT = Verdict


def docx(body: str, others: dict[str, str | bytes] | None = None, **parts: str) -> bytes:
    """A Word document; `parts` are the insides of other parts, by their names."""
    linked = "".join(
        f'<Relationship Id="r{name}" Type="{RELATED}/{name.rstrip("12")}" Target="{name}.xml"/>'
        for name in parts
    )
    linked += f'<Relationship Id="link" Type="{RELATED}/hyperlink" Target="https://a.example/f" '
    linked += 'TargetMode="External"/>'
    head = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    members = {
        f"word/{name}.xml": f"<w:{name} {SPACES}>{inside}</w:{name}>"
        for name, inside in parts.items()
    }
    space = f'xmlns:r="{RELATED}"'
    return archive(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": f'{head}<Relationship Id="a" Type="{RELATED}/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
            "word/_rels/document.xml.rels": f"{head}{linked}</Relationships>",
            "word/document.xml": f"<w:document {SPACES} {space}><w:body>{body}</w:body>"
            "</w:document>",
            **members,
            **(others or {}),
        }
    )


def rtf(body: str) -> bytes:
    return (r"{\rtf1\ansi\deff0{\fonttbl{\f0 Arial;}}" + body + "}").encode("latin-1")


def html(body: str) -> bytes:
    return f"<html><body>{body}</body></html>".encode()


def epub(body: str) -> bytes:
    return book({"a": body}, spine="a")


def odp(inside: str, **other: str) -> bytes:
    return open_document.odf(open_document.slide(inside), "presentation", **other)


TABLE = "<table><tr><th>Town</th><th>Area</th></tr><tr><td>Rye</td><td>12</td></tr></table>"
MERGED = "<table><tr><th>Region</th><th colspan=2>2023</th></tr><tr><td>N</td><td>1</td><td>2</td></tr></table>"  # noqa: E501
READ = ("| Town | Area |", "| Rye | 12 |")


def _word_table(*rows: Sequence[str]) -> str:
    made = ("".join(f"<w:tc>{p(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in made)}</w:tbl>"


_FRACTION = "<m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b</m:t></m:r>"
_FRACTION += "</m:den></m:f></m:oMath>"
_MATH = (
    "<math xmlns='http://www.w3.org/1998/Math/MathML'><mfrac><mi>a</mi><mi>b</mi></mfrac></math>"
)
_FRAME = open_document.framed("<draw:object><x/></draw:object>").replace("<x/>", _MATH)
_CHART = "<c:chart><c:ser><c:cat><c:strRef><c:strCache><c:pt idx='0'><c:v>Q1</c:v></c:pt>"
_CHART += "</c:strCache></c:strRef></c:cat><c:val><c:numRef><c:numCache><c:pt idx='0'><c:v>4</c:v>"
_CHART += "</c:pt></c:numCache></c:numRef></c:val></c:ser></c:chart>"
_OPEN_CHART = (
    "<draw:object><office:document><office:body><office:chart><chart:chart>"
    f"{open_document.table(open_document.row('', 'North'), open_document.row('Q1', '4'))}"
    "</chart:chart></office:chart></office:body></office:document></draw:object>"
)
_BOX = f"<wps:txbx><w:txbxContent>{p('In the box')}</w:txbxContent></wps:txbx>"
_ANNOTATION = (
    f"<office:annotation><dc:creator>Ana</dc:creator>{open_document.p('Why?')}</office:annotation>"
)
_LINK = '<text:a xlink:href="https://a.example/f">form</text:a>'
_NUMBERS = open_document.list_style("L1", open_document.level(1, "1"))
_ITEMS = open_document.listed(open_document.item("one"), open_document.item("two"), style="L1")
_MASTER = (
    "<office:master-styles><style:master-page><style:header><text:p>ACME</text:p></style:header>"
    "</style:master-page></office:master-styles>"
)
_PAGES = [[f"ACME report {at}", *[f"Line {at} {line}" for line in range(9)]] for at in range(1, 6)]
_COMMENTED = powerpoint.pptx(
    powerpoint.MadeSlide(powerpoint.shape("Words"), links=[("k", "comments", "../c.xml")]),
    parts={
        "ppt/commentAuthors.xml": "<x><a id='0' name='Ana'/></x>",
        "ppt/c.xml": "<x><cm authorId='0'><text>Why?</text></cm></x>",
    },
)
_NOTED = powerpoint.MadeSlide(powerpoint.shape("Words"), powerpoint.shape("Slow.", "body"))
_LINKED = powerpoint.MadeSlide(
    powerpoint.shape(
        '<a:p><a:r><a:rPr><a:hlinkClick r:id="h"/></a:rPr><a:t>form</a:t></a:r></a:p>'
    ),
    links=[("h", "hyperlink", "https://a.example/f")],
)
_CHARTED = powerpoint.pptx(
    powerpoint.MadeSlide(
        powerpoint.graphic('<c:chart r:id="c"/>'), links=[("c", "chart", "../charts/c.xml")]
    ),
    parts={"ppt/charts/c.xml": f"<c:chartSpace {powerpoint.SPACES}>{_CHART}</c:chartSpace>"},
)
_HIDDEN_STYLE = (
    '<style:style style:name="T1" style:family="text"><style:text-properties text:display="none"/>'
    '</style:style><style:style style:name="dp1" style:family="drawing-page">'
    '<style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
)
_HIDDEN = '<text:span text:style-name="T1">unseen</text:span>'
_NOTE = (
    "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Not on Sundays."
    "</text:p></text:note-body></text:note>"
)
_WORD_NOTES = '<w:footnote w:id="2"><w:p><w:r><w:t>Not on Sundays.</w:t></w:r></w:p></w:footnote>'
_NOTE_RUN = '<w:r><w:footnoteReference w:id="2"/></w:r>'
_WORD_COMMENT = f'<w:comment w:id="1" w:author="Ana" w:initials="A">{p("Why?")}</w:comment>'
_COMMENT_RUN = '<w:r><w:commentReference w:id="1"/></w:r>'
_DELETED = (
    '<text:tracked-changes><text:changed-region text:id="c"><text:deletion><text:p>gone</text:p>'
    "</text:deletion></text:changed-region></text:tracked-changes>"
)
_RTF_ROW = r"\trowd\cellx1\cellx2\intbl {}\cell {}\cell\row"
_ONE = [["Words"]]

CELLS = (
    Cell("headings", "docx", RIGHT, docx(p("Rivers", style="Heading1") + p("Words")), ("Rivers",)),
    Cell("headings", "pptx", RIGHT, powerpoint.pptx(powerpoint.shape("Rivers", "title")),
         ("Slide 1: Rivers",)),
    Cell("headings", "odt", RIGHT, open_document.odf(open_document.h("Rivers")), ("Rivers",)),
    Cell("headings", "odp", RIGHT,
         odp(open_document.box("Rivers", more=' presentation:class="title"')),
         ("Slide 1: Rivers",)),
    Cell("headings", "rtf", RIGHT, rtf(r"\outlinelevel0 Rivers\par\pard Words"), ("Rivers",)),
    Cell("headings", "html", RIGHT, html("<h1>Rivers</h1><p>Words"), ("Rivers",)),
    Cell("headings", "epub", RIGHT, epub("<h1>Rivers</h1><p>Words"), ("Rivers",)),

    Cell("numbers of lists", "docx", RIGHT, docx(p("one", 0) + p("two", 1), numbering=CONTRACT),
         ("1. one", "1.1 two")),
    Cell("numbers of lists", "pptx", RIGHT, powerpoint.pptx(powerpoint.shape(
        powerpoint.numbered("one") + powerpoint.numbered("two"))), ("1. one", "2. two")),
    Cell("numbers of lists", "odt", RIGHT, open_document.odf(_ITEMS, auto=_NUMBERS),
         ("1. one", "2. two")),
    Cell("numbers of lists", "odp", RIGHT, odp(open_document.box(_ITEMS), auto=_NUMBERS),
         ("1. one", "2. two")),
    Cell("numbers of lists", "rtf", RIGHT, rtf(r"{\listtext 2.1\tab}one\par"), ("2.1 one",)),
    Cell("numbers of lists", "html", RIGHT, html("<ol start=3><li>one<li>two</ol>"),
         ("3. one", "4. two")),
    Cell("numbers of lists", "epub", RIGHT, epub("<ol><li>one</li></ol>"), ("1. one",)),
    Cell("numbers of lists", "pdf", RIGHT, make_pdf([["1. one", "2. two"]]), ("1. one", "2. two")),

    Cell("tables with their head", "docx", RIGHT,
         docx(_word_table(("Town", "Area"), ("Rye", "12"))),
         READ),
    Cell("tables with their head", "pptx", RIGHT,
         powerpoint.pptx(powerpoint.table(["Town", "Area"], ["Rye", "12"])), READ),
    Cell("tables with their head", "odt", RIGHT, open_document.odf(open_document.table(
        open_document.row("Town", "Area"), open_document.row("Rye", "12"))), READ),
    Cell("tables with their head", "odp", RIGHT, odp(open_document.framed(open_document.table(
        open_document.row("Town", "Area"), open_document.row("Rye", "12")))), READ),
    Cell("tables with their head", "rtf", RIGHT,
         rtf(_RTF_ROW.format("Town", "Area") + _RTF_ROW.format("Rye", "12")), READ),
    Cell("tables with their head", "html", RIGHT, html(TABLE), READ),
    Cell("tables with their head", "epub", RIGHT, epub(TABLE), READ),

    Cell("merged cells", "pptx", RIGHT,
         powerpoint.pptx(powerpoint.table(["Region", "2023", "<"], ["N", "1", "2"])),
         ("| Region | 2023 | 2023 |",)),
    Cell("merged cells", "odt", RIGHT, open_document.odf(open_document.table(
        open_document.row("Region", open_document.td("2023", ' table:number-columns-spanned="2"'),
                          open_document.COVERED), open_document.row("N", "1", "2"))),
         ("| Region | 2023 | 2023 |",)),
    Cell("merged cells", "rtf", RIGHT, rtf(
        r"\trowd\cellx1\clmgf\cellx2\clmrg\cellx3\intbl Region\cell 2023\cell\cell\row"
        r"\trowd\cellx1\cellx2\cellx3\intbl N\cell 1\cell 2\cell\row"),
         ("| Region | 2023 | 2023 |",)),

    Cell("footnotes", "docx", PARTLY, docx(f"<w:p>{run('Open')}{_NOTE_RUN}</w:p>",
                                          footnotes=_WORD_NOTES), ("Open", "Not on Sundays.")),
    Cell("footnotes", "odt", RIGHT, open_document.odf(open_document.p(f"Open{_NOTE}")),
         ("Open (note 1)", "Note 1: Not on Sundays.")),
    Cell("footnotes", "rtf", RIGHT, rtf(r"Open{\footnote Not on Sundays.}\par"),
         ("Open (note 1)", "Note 1: Not on Sundays.")),

    Cell("comments", "docx", RIGHT, docx(f"<w:p>{run('Open')}{_COMMENT_RUN}</w:p>",
                                        comments=_WORD_COMMENT), ("Open", "Why?")),
    Cell("comments", "pptx", RIGHT, _COMMENTED, ("Words", "Comment by Ana: Why?")),
    Cell("comments", "odt", RIGHT, open_document.odf(open_document.p(f"Open{_ANNOTATION}")),
         ("Open", "Comment by Ana: Why?")),
    Cell("comments", "odp", RIGHT, odp(open_document.box("Words") + _ANNOTATION),
         ("Words", "Comment by Ana: Why?")),
    Cell("comments", "rtf", RIGHT, rtf(r"Open{\*\atnauthor Ana}{\*\annotation Why?}\par"),
         ("Open", "Comment by Ana: Why?")),

    Cell("changes as accepted", "docx", RIGHT, docx(
        f"<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins>{run('kept')}</w:ins></w:p>"
    ), ("kept",), "gone"),
    Cell("changes as accepted", "odt", RIGHT,
         open_document.odf(_DELETED + open_document.p("kept")), ("kept",), "gone"),
    Cell("changes as accepted", "rtf", RIGHT, rtf(r"{\deleted gone}{\revised kept}"),
         ("kept",), "gone"),

    Cell("hidden text", "pptx", LEFT_OUT, powerpoint.pptx(powerpoint.shape("seen")
         + powerpoint.shape("unseen").replace('name="x"', 'name="x" hidden="1"')),
         ("seen",), "unseen"),
    Cell("hidden text", "odt", LEFT_OUT,
         open_document.odf(open_document.p(f"seen{_HIDDEN}"), auto=_HIDDEN_STYLE),
         ("seen",), "unseen"),
    Cell("hidden text", "rtf", LEFT_OUT, rtf(r"seen{\v unseen}"), ("seen",), "unseen"),

    Cell("hidden slides", "pptx", RIGHT,
         powerpoint.pptx(powerpoint.MadeSlide(powerpoint.shape("Words"), more=' show="0"')),
         ("Slide 1 (hidden)", "Words")),
    Cell("hidden slides", "odp", RIGHT, open_document.odf(open_document.slide(
        open_document.box("Words"), ' draw:style-name="dp1"'), "presentation", auto=_HIDDEN_STYLE),
         ("Slide 1 (hidden)", "Words")),

    Cell("speaker's notes", "pptx", RIGHT, powerpoint.pptx(_NOTED), ("Words", "Notes: Slow.")),
    Cell("speaker's notes", "odp", RIGHT, odp(
        open_document.box("Words") + "<presentation:notes>"
        + open_document.box("Slow.", more=' presentation:class="notes"') + "</presentation:notes>"),
         ("Words", "Notes: Slow.")),

    Cell("text boxes", "docx", RIGHT, docx(
        f"<w:p>{run('Words')}<w:r><w:drawing>{_BOX}</w:drawing></w:r></w:p>"), ("In the box",)),
    Cell("text boxes", "pptx", RIGHT, powerpoint.pptx(powerpoint.shape("In the box")),
         ("In the box",)),
    Cell("text boxes", "odt", RIGHT,
         open_document.odf(open_document.p(f"Words{open_document.box('In the box')}")),
         ("Words", "In the box")),
    Cell("text boxes", "odp", RIGHT, odp(open_document.box("In the box")), ("In the box",)),
    Cell("text boxes", "rtf", RIGHT, rtf(r"Words{\shp{\*\shpinst{\shptxt In the box\par}}}\par"),
         ("Words", "In the box")),

    Cell("headers and footers, once", "docx", RIGHT, docx(p("Words"), header1=p("ACME")),
         ("Words", "Header: ACME")),
    Cell("headers and footers, once", "pptx", RIGHT,
         powerpoint.pptx(powerpoint.shape("Words") + powerpoint.shape("ACME", "ftr")),
         ("Words",), "ACME"),
    Cell("headers and footers, once", "odt", RIGHT,
         open_document.odf(open_document.p("Words"), styles=_MASTER), ("Words", "Header: ACME")),
    Cell("headers and footers, once", "rtf", RIGHT, rtf(r"{\header ACME\par}Words\par"),
         ("Words", "Header: ACME")),

    Cell("addresses of links", "docx", PARTLY,
         docx(f'<w:p><w:hyperlink r:id="link">{run("form")}</w:hyperlink></w:p>'), ("form",)),
    Cell("addresses of links", "pptx", RIGHT, powerpoint.pptx(_LINKED),
         ("form (https://a.example/f)",)),
    Cell("addresses of links", "odt", RIGHT, open_document.odf(open_document.p(_LINK)),
         ("form (https://a.example/f)",)),
    Cell("addresses of links", "odp", RIGHT, odp(open_document.box(open_document.p(_LINK))),
         ("form (https://a.example/f)",)),
    Cell("addresses of links", "rtf", RIGHT,
         rtf(r'{\field{\*\fldinst HYPERLINK "https://a.example/f"}{\fldrslt form}}'),
         ("form (https://a.example/f)",)),
    Cell("addresses of links", "html", PARTLY, html("<p><a href='https://a.example/f'>form</a>"),
         ("form",)),
    Cell("addresses of links", "epub", PARTLY, epub("<p><a href='https://a.example/f'>form</a></p>"),
         ("form",)),

    Cell("formulas", "docx", RIGHT, docx(f"<w:p>{_FRACTION}</w:p>"), ("(a)/(b)",)),
    Cell("formulas", "pptx", RIGHT,
         powerpoint.pptx(powerpoint.shape(f"<a:p><a14:m>{_FRACTION}</a14:m></a:p>")),
         ("(a)/(b)",)),
    Cell("formulas", "odt", RIGHT, open_document.odf(open_document.p(_FRAME)), ("(a)/(b)",)),
    Cell("formulas", "odp", RIGHT, odp(_FRAME), ("(a)/(b)",)),
    Cell("formulas", "rtf", RIGHT, rtf(
        r"{\mmath{\*\moMath{\mf{\mnum{\mr a}}{\mden{\mr b}}}}}"), ("(a)/(b)",)),

    Cell("charts", "docx", SAID, docx(p("Words"), {"word/charts/chart1.xml": "<x/>"}), ("Words",),
         said="its charts are not read"),
    Cell("charts", "pptx", RIGHT, _CHARTED, ("Chart", "| Q1 | 4 |")),
    Cell("charts", "odt", RIGHT, open_document.odf(open_document.p(
        f"See{open_document.framed(_OPEN_CHART)}")), ("See", "| Q1 | 4 |")),
    Cell("charts", "odp", RIGHT, odp(open_document.framed(_OPEN_CHART)), ("| Q1 | 4 |",)),

    Cell("descriptions of pictures", "pptx", RIGHT, powerpoint.pptx(powerpoint.picture("A barn")),
         ("Picture: A barn",)),
    Cell("descriptions of pictures", "odt", RIGHT, open_document.odf(open_document.p(
        f"See{open_document.framed('<draw:image/><svg:desc>A barn</svg:desc>')}")),
         ("Picture: A barn",)),
    Cell("descriptions of pictures", "odp", RIGHT,
         odp(open_document.framed("<draw:image/><svg:desc>A barn</svg:desc>")),
         ("Picture: A barn",)),

    Cell("objects of other programs", "docx", SAID,
         docx(p("Words"), {"word/embeddings/oleObject1.bin": "x"}), ("Words",),
         said="its objects of other programs are not read"),
    Cell("objects of other programs", "pptx", SAID,
         powerpoint.pptx(powerpoint.shape("Words") + powerpoint.graphic("<p:oleObj/>")), ("Words",),
         said="slide 1: the object of another program in it is not read"),
    Cell("objects of other programs", "odt", SAID, open_document.odf(open_document.p(
        f"Words{open_document.framed('<draw:object-ole/>')}")), ("Words",),
         said="objects of other programs are not read"),
    Cell("objects of other programs", "odp", SAID, odp(
        open_document.box("Words") + open_document.framed("<draw:object-ole/>")), ("Words",),
         said="objects of other programs are not read"),

    Cell("lists of contents", "odt", LEFT_OUT, open_document.odf(
        "<text:table-of-content><text:index-body><text:p>Rivers 1</text:p></text:index-body>"
        "</text:table-of-content>" + open_document.h("Rivers")), ("Rivers",), "Rivers 1"),
    Cell("lists of contents", "rtf", LEFT_OUT,
         rtf(r"{\field{\*\fldinst TOC}{\fldrslt Rivers 1}}\par Rivers"), ("Rivers",), "Rivers 1"),

    Cell("a password", "docx", SAID, streams("EncryptedPackage"), said="protected by a password"),
    Cell("a password", "pptx", SAID, streams("EncryptedPackage"), said="protected by a password"),
    Cell("a password", "odt", SAID, open_document.odf(
        "", META__INF="", **{"META-INF__manifest_xml": "<a><encryption-data/></a>"}),
         said="protected by a password"),
    Cell("a password", "odp", SAID, open_document.odf(
        "", "presentation", **{"META-INF__manifest_xml": "<a><encryption-data/></a>"}),
         said="protected by a password"),

    Cell("damage", "docx", SAID, docx("<w:p>"), said="damaged Word document"),
    Cell("damage", "pptx", SAID, powerpoint.pptx("<p:sp>"), said="damaged presentation"),
    Cell("damage", "odt", SAID, open_document.odf("<text:p>"), said="damaged OpenDocument file"),
    Cell("damage", "odp", SAID, odp("<text:p>"), said="damaged OpenDocument file"),
    Cell("damage", "rtf", SAID, rtf("Words")[:-1], ("Words",), said="it breaks off before its end"),
    Cell("damage", "epub", SAID, epub("<p>Words")[:200], said="damaged archive"),
    Cell("damage", "pdf", SAID, make_pdf(_ONE)[:60], said="damaged"),
)  # fmt: skip
