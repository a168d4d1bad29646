"""Office documents that are made to harm: nothing in them grows, and depth and size are bounded."""

from __future__ import annotations

from contextlib import suppress

import pytest

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Unreadable
from chatui.retrieval.readers import archives, odf, pptx
from chatui.retrieval.readers.reader import read
from tests.retrieval.readers import presentation_workshop as powerpoint
from tests.retrieval.readers.opendocument_workshop import SPACES, flat, p
from tests.retrieval.readers.opendocument_workshop import odf as opendocument

BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
FAR = '<!DOCTYPE x [<!ENTITY far SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("declared", [BOMB, FAR, "<!--" + "x" * 9000 + "-->" + BOMB])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_declared_document_type_is_refused_wherever_and_however_it_stands(
    declared: str, encoding: str
) -> None:
    slide = f"{declared}<p:sld {powerpoint.SPACES}><p:cSld>&b;</p:cSld></p:sld>".encode(encoding)
    text = f"{declared}<office:document-content {SPACES}>&b;</office:document-content>"
    for data in (
        powerpoint.pptx("", parts={"ppt/slides/slide1.xml": slide}),  # type: ignore[dict-item]
        opendocument("", content_xml=text.encode(encoding)),
    ):
        with pytest.raises(ReadFailed, match="declares a document type"):
            read("bomb", data)


def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (archives, pptx, odf):
        monkeypatch.setattr(module, "UNPACKED_MB", 1)
    spaces = " " * (2 << 20)
    for data in (
        powerpoint.pptx("", parts={"ppt/slides/slide1.xml": spaces}),
        opendocument("", content_xml=spaces),
    ):
        with pytest.raises(ReadFailed, match="unpacks to more than 1 MB"):
            read("bomb", data)


def deep(name: str, inside: str, times: int = 50_000) -> str:
    return f"<{name}>" * times + inside + f"</{name}>" * times


@pytest.mark.parametrize(
    "data",
    [
        opendocument(deep("text:section", p("x"))),
        opendocument(f"<text:p>{deep('text:span', 'x')}</text:p>"),
        opendocument(deep("text:list><text:list-item", p("x")).replace(
            "</text:list><text:list-item>", "</text:list-item></text:list>")),
        opendocument(f"<draw:page>{deep('draw:g', '')}</draw:page>", "presentation"),
        flat(deep("text:section", p("x"))),
        powerpoint.pptx(deep("p:grpSp", powerpoint.shape("x"))),
        powerpoint.pptx(powerpoint.shape(f"<a:p>{deep('mc:AlternateContent><mc:Choice', '')}</a:p>"
                        .replace("</mc:AlternateContent><mc:Choice>",
                                 "</mc:Choice></mc:AlternateContent>"))),
    ],
)  # fmt: skip
def test_what_is_nested_too_deeply_is_refused_or_read_and_crashes_nothing(data: bytes) -> None:
    with suppress(ReadFailed, Unreadable):
        read("deep", data)


def test_a_blank_that_stands_for_a_billion_takes_no_room() -> None:
    cell = '<table:table-cell table:number-columns-repeated="999999999"/>'
    row = f'<table:table-row table:number-rows-repeated="999999999">{cell}</table:table-row>'
    blank = '<text:s text:c="999999999"/>'
    found = read("a.odt", opendocument(f"{p(f'A{blank}b')}<table:table>{row}</table:table>"))

    assert found.text == "A b"
