"""Presentations as PowerPoint writes them: slides out of shapes, with what hangs on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.retrieval.readers.test_office import archive

A = "http://schemas.openxmlformats.org/drawingml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
M = "http://schemas.openxmlformats.org/officeDocument/2006/math"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
DGM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
P14 = "http://schemas.microsoft.com/office/powerpoint/2010/main"
A14 = "http://schemas.microsoft.com/office/drawing/2010/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
SPACES = (
    f'xmlns:a="{A}" xmlns:p="{P}" xmlns:r="{R}" xmlns:m="{M}" xmlns:mc="{MC}" xmlns:c="{C}" '
    f'xmlns:dgm="{DGM}" xmlns:p14="{P14}" xmlns:a14="{A14}"'
)
OUTSIDE = ' TargetMode="External"'
MASTER_STYLES = (
    "<p:txStyles><p:titleStyle/><p:bodyStyle>"
    '<a:lvl1pPr><a:buChar char="•"/></a:lvl1pPr><a:lvl2pPr><a:buChar char="–"/></a:lvl2pPr>'
    "</p:bodyStyle><p:otherStyle/></p:txStyles>"
)


@dataclass(frozen=True, slots=True)
class MadeSlide:
    """`shapes` are the insides of its tree; `links` are (id, kind, target) of other parts, an
    address outside where the kind is "hyperlink"."""

    shapes: str
    notes: str = ""
    more: str = ""
    links: Sequence[tuple[str, str, str]] = field(default_factory=tuple)


def paragraph(text: str, level: int = 0, bullet: str = "") -> str:
    at = f' lvl="{level}"' if level else ""
    return f"<a:p><a:pPr{at}>{bullet}</a:pPr><a:r><a:t>{text}</a:t></a:r></a:p>"


def numbered(text: str, level: int = 0, form: str = "arabicPeriod") -> str:
    return paragraph(text, level, f'<a:buAutoNum type="{form}"/>')


def shape(
    text: str, holder: str = "", at: tuple[int, int, int, int] | None = None, index: str = ""
) -> str:
    """A shape of these paragraphs; words alone are one. `at` is left, top, width and height."""
    inside = text if text.startswith("<a:p>") else paragraph(text)
    order = f' idx="{index}"' if index else ""
    kind = f' type="{holder}"' if holder and holder != "any" else ""
    place = f"<p:ph{kind}{order}/>" if holder else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="1" name="x"/><p:cNvSpPr/><p:nvPr>{place}</p:nvPr>'
        f"</p:nvSpPr><p:spPr>{frame('a', at)}</p:spPr><p:txBody><a:bodyPr/>{inside}</p:txBody>"
        "</p:sp>"
    )


def frame(space: str, at: tuple[int, int, int, int] | None) -> str:
    if at is None:
        return ""
    left, top, width, height = at
    return (
        f'<{space}:xfrm><a:off x="{left}" y="{top}"/><a:ext cx="{width}" cy="{height}"/>'
        f"</{space}:xfrm>"
    )


def group(inside: str, at: tuple[int, int, int, int]) -> str:
    return (
        '<p:grpSp><p:nvGrpSpPr><p:cNvPr id="1" name="x"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr>'
        f"<p:grpSpPr>{frame('a', at)}</p:grpSpPr>{inside}</p:grpSp>"
    )


def graphic(inside: str, at: tuple[int, int, int, int] | None = None, named: str = "") -> str:
    return (
        f'<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="1" name="x"{named}/>'
        f"<p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr>{frame('p', at)}"
        f'<a:graphic><a:graphicData uri="x">{inside}</a:graphicData></a:graphic></p:graphicFrame>'
    )


def picture(description: str = "") -> str:
    return (
        f'<p:pic><p:nvPicPr><p:cNvPr id="1" name="x" descr="{description}"/><p:cNvPicPr/><p:nvPr/>'
        "</p:nvPicPr><p:blipFill/><p:spPr/></p:pic>"
    )


def table(*rows: Sequence[str]) -> str:
    """Cells whose text is "<" or "^" are covered from the left or from above."""

    def cell(text: str) -> str:
        merged = {"<": ' hMerge="1"', "^": ' vMerge="1"'}.get(text, "")
        words = "" if merged else text
        return f"<a:tc{merged}><a:txBody>{paragraph(words)}</a:txBody></a:tc>"

    made = (f"<a:tr>{''.join(map(cell, row))}</a:tr>" for row in rows)
    return graphic(f"<a:tbl>{''.join(made)}</a:tbl>")


def relations(links: Sequence[tuple[str, str, str]]) -> str:
    made = "".join(
        f'<Relationship Id="{name}" Type="{R}/{kind}" Target="{target}"'
        f"{OUTSIDE if kind == 'hyperlink' else ''}/>"
        for name, kind, target in links
    )
    return f'<Relationships xmlns="{PACKAGE}">{made}</Relationships>'


def sheet(kind: str, shapes: str, more: str = "", behind: str = "") -> str:
    tree = f"<p:cSld><p:spTree>{shapes}</p:spTree></p:cSld>"
    return f"<p:{kind} {SPACES}{more}>{tree}{behind}</p:{kind}>"


def pptx(
    *slides: str | MadeSlide,
    order: Sequence[int] = (),
    layout: str = "",
    layout_kind: str = "",
    master: str = "",
    main: str = "",
    parts: dict[str, str] | None = None,
) -> bytes:
    """`order` are the numbers of the slides' files, from 1, as they are shown. `main` stands in the
    presentation's own part; `parts` are other members."""
    made = [one if isinstance(one, MadeSlide) else MadeSlide(one) for one in slides]
    shown = order or range(1, len(made) + 1)
    listed = "".join(f'<p:sldId id="{255 + at}" r:id="s{at}"/>' for at in shown)
    kind = f' type="{layout_kind}"' if layout_kind else ""
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations([("a", "officeDocument", "ppt/presentation.xml")]),
        "ppt/presentation.xml": f"<p:presentation {SPACES}><p:sldIdLst>{listed}</p:sldIdLst>{main}"
        "</p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(
            [(f"s{at}", "slide", f"slides/slide{at}.xml") for at in range(1, len(made) + 1)]
            + [("authors", "commentAuthors", "commentAuthors.xml")]
        ),
        "ppt/slideLayouts/layout.xml": sheet("sldLayout", layout, kind),
        "ppt/slideLayouts/_rels/layout.xml.rels": relations(
            [("m", "slideMaster", "/ppt/slideMasters/master.xml")]
        ),
        "ppt/slideMasters/master.xml": sheet("sldMaster", master, behind=MASTER_STYLES),
    }
    for at, one in enumerate(made, 1):
        links = [("layout", "slideLayout", "../slideLayouts/layout.xml"), *one.links]
        if one.notes:
            links.append(("notes", "notesSlide", f"../notesSlides/notes{at}.xml"))
            members[f"ppt/notesSlides/notes{at}.xml"] = sheet("notes", one.notes)
        members[f"ppt/slides/slide{at}.xml"] = sheet("sld", one.shapes, one.more)
        members[f"ppt/slides/_rels/slide{at}.xml.rels"] = relations(links)
    return archive({**members, **(parts or {})})
