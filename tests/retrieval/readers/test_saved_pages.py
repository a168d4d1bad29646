"""Pages that a browser saved: their frames, where they came from, archives of them."""

from __future__ import annotations

import io
import plistlib
import time
import zipfile

import pytest

from chatui.domain.errors import ReadFailed
from chatui.retrieval.readers import html
from chatui.retrieval.readers.reader import read

FRAME = "<p>The framed table says 42 holts are known.</p>"
TABLE = "The framed table says 42 holts are known."


def page_of(frame: str, files: dict[str, str], head: str = "") -> str:
    def beside(address: str) -> bytes | None:
        return files[address].encode() if address in files else None

    source = f"<!DOCTYPE html>{head}<title>T</title>\n<h1>Otters</h1>\n{frame}\n<p>End.</p>"
    return html.read(source.encode(), "page", beside).text


def test_a_frame_is_read_where_it_stands() -> None:
    frame = '<iframe src="a/saved_resource.html"></iframe>'

    assert page_of(frame, {"a/saved_resource.html": FRAME}) == f"Otters\n\n{TABLE}\n\nEnd."


def test_a_frame_whose_page_stands_in_the_source_is_read() -> None:
    for quoted in (FRAME, FRAME.replace("<", "&lt;")):
        assert page_of(f'<iframe srcdoc="{quoted}"></iframe>', {}) == f"Otters\n\n{TABLE}\n\nEnd."


@pytest.mark.parametrize(
    ("frame", "content"),
    [
        ('<iframe id="google_ads_iframe_1" src="a/x.html"></iframe>', FRAME),
        ('<iframe src="a/x.html" width="1" height="1"></iframe>', FRAME),
        ('<iframe src="a/x.html" style="display: none"></iframe>', FRAME),
        ('<iframe title="reCAPTCHA" src="a/x.html"></iframe>', FRAME),
        (
            '<iframe src="a/x.html"></iframe>',
            f"<!-- saved from url=(0030)https://ad.doubleclick.net/x -->{FRAME}",
        ),
        ('<iframe src="a/x.html"></iframe>', "<p>Like 42</p>"),
        ('<iframe src="a/other.html"></iframe>', FRAME),
    ],
)
def test_advertisements_counters_and_buttons_are_left_out(frame: str, content: str) -> None:
    assert page_of(frame, {"a/x.html": content}) == "Otters\n\nEnd."


def test_frames_within_themselves_come_to_an_end() -> None:
    frame = '<iframe src="a/x.html"></iframe>'

    assert page_of(frame, {"a/x.html": FRAME + frame}).count("holts") == 1


def test_a_set_of_frames_is_read_as_its_frames() -> None:
    source = b'<html><frameset cols="20%,80%"><frame src="a/x.html"></frameset></html>'

    assert html.read(source, "page", lambda _: FRAME.encode()).text == TABLE


@pytest.mark.parametrize(
    ("comment", "address"),
    [
        ("<!-- saved from url=(0032)https://me:pw@example.org/otter?x=1#top -->",
         "https://example.org/otter?x=1"),
        ("<!--\n Page saved with SingleFile \n url: https://example.org/otter \n saved date: -->",
         "https://example.org/otter"),
        ("<!-- saved from url=(0014)about:internet -->", ""),
        ("<!-- saved from url=(0020)javascript:alert(1) -->", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_page_knows_the_address_that_it_was_saved_from(comment: str, address: str) -> None:
    document = html.read(f"<!DOCTYPE html>\n{comment}\n<h1>A</h1><h2>B</h2>x".encode(), "page")

    assert {section.running_head for section in document.sections} == {address}
    assert address not in document.text or not address


def test_pictures_and_fonts_in_the_source_cost_next_to_nothing() -> None:
    inlined = b'<img src="data:image/png;base64,' + b"iVBOR" * 400_000 + b'">'
    began = time.process_time()
    document = read("page.html", b"<!DOCTYPE html><p>One." + inlined * 8 + b"<p>Two.")

    assert document.text == "One.\n\nTwo."
    assert time.process_time() - began < 5


MAIN = {
    "WebResourceData": b'<h1>Otters</h1><iframe src="frame.html"></iframe>',
    "WebResourceURL": "https://example.org/a/page.html",
    "WebResourceTextEncodingName": "UTF-8",
    "WebResourceMIMEType": "text/html",
}
INNER = {"WebResourceData": FRAME.encode(), "WebResourceURL": "https://example.org/a/frame.html"}
ARCHIVE = {"WebMainResource": MAIN, "WebSubframeArchives": [{"WebMainResource": INNER}]}


@pytest.mark.parametrize("form", [plistlib.FMT_BINARY, plistlib.FMT_XML])
def test_a_web_archive_is_read_with_its_frames(form: plistlib.PlistFormat) -> None:
    document = read("otters.webarchive", plistlib.dumps(ARCHIVE, fmt=form))

    assert document.text == f"Otters\n\n{TABLE}"
    assert document.sections[0].running_head == "https://example.org/a/page.html"


@pytest.mark.parametrize(
    "data",
    [
        b"bplist00 WebMainResource",
        plistlib.dumps({"WebMainResource": 5}, fmt=plistlib.FMT_BINARY),
        plistlib.dumps({"WebMainResource": MAIN, "WebSubframeArchives": 7}),
        b"<?xml version='1.0'?><plist><dict>",
    ],
)
def test_a_damaged_web_archive_says_so(data: bytes) -> None:
    with pytest.raises(ReadFailed, match="damaged web archive"):
        read("otters.webarchive", data)


def test_a_zip_of_saved_pages_is_read() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(
            "1/index.rdf", '<MAF:originalurl RDF:resource="https://example.org/?a=1&amp;b=2"/>'
        )
        archive.writestr("1/index.html", '<h1>Otters</h1><iframe src="index_files/f.html">')
        archive.writestr("1/index_files/f.html", FRAME)
        archive.writestr("1/index_files/a.js", "x")
    document = read("otters.maff", made.getvalue())

    assert document.text == f"Otters\n\n{TABLE}"
    assert document.sections[0].running_head == "https://example.org/?a=1&b=2"


MHT = b"""From: <Saved by Blink>
Snapshot-Content-Location: https://example.org/otters
Subject: Otters
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="b"

--b
Content-Type: text/html; charset=utf-8
Content-Location: https://example.org/otters

<h1>Otters</h1><iframe src="cid:frame-1@mhtml.blink"></iframe>
--b
Content-Type: text/html; charset=utf-8
Content-ID: <frame-1@mhtml.blink>
Content-Location: https://example.org/frame

<p>The framed table says 42 holts are known.</p>
--b
Content-Type: text/css
Content-Location: https://example.org/a.css

p {}
--b--
"""


def test_a_page_saved_as_mail_is_read_with_its_frames() -> None:
    document = read("otters.mht", MHT)

    assert document.text.endswith(f"Otters\n\n{TABLE}")
    assert document.sections[-1].running_head == "https://example.org/otters"
