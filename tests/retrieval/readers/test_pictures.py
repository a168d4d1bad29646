"""Files that are pictures, of every format and in every state."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Unreadable
from chatui.retrieval.readers.reader import read
from chatui.retrieval.readers.sight import Sight
from tests.retrieval.scans import as_file, pictures

LINES = ["Opening hours from Monday", "until Friday: 9 to 17.30"]
TEXT = "\n".join(LINES)


def picture(dpi: int = 110) -> Image.Image:
    return pictures([LINES], dpi)[0].crop((0, 0, 5 * dpi, 4 * dpi))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"])
def test_pictures_become_documents(sight: Sight, format: str) -> None:
    document = read("hours.png", as_file([picture()], format), sight)

    assert (document.title, document.text) == ("hours", TEXT)
    assert [(part.page, part.ocr) for part in document.sections] == [(None, True)]
    assert document.lacks == ()


def test_a_tiff_of_many_pages_has_a_section_for_each(sight: Sight) -> None:
    other = pictures([["The second page of it"]], 110)[0]
    blank = Image.new("RGB", (600, 600), "white")
    document = read("fax.tif", as_file([picture(), blank, other], "TIFF"), sight)

    assert [(part.page, document.text[part.start : part.end]) for part in document.sections] == [
        (1, TEXT),
        (3, "The second page of it"),
    ]


def test_a_photo_that_is_marked_as_turned_is_read_upright(sight: Sight) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = picture().rotate(90, expand=True)

    assert read("x.jpg", as_file([turned], "JPEG", exif=exif), sight).text == TEXT


def test_of_a_picture_that_moves_the_first_frame_is_read(sight: Sight) -> None:
    other = pictures([["Another frame"]], 110)[0].resize(picture().size)
    for format in ("GIF", "WEBP", "PNG"):
        moving = as_file([picture(), other], format)
        assert read("x", moving, sight).text == TEXT, format


@pytest.mark.parametrize("ink", ["black", "white"])
def test_a_transparent_picture_is_read_on_what_it_stands_out_from(sight: Sight, ink: str) -> None:
    mask = picture().convert("L").point(lambda shade: 255 - shade)
    drawn = Image.new("RGBA", mask.size, ink)
    drawn.putalpha(mask)

    assert read("x.png", as_file([drawn], "PNG"), sight).text == TEXT


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "LA"])
def test_pictures_in_any_colours_are_read(sight: Sight, mode: str) -> None:
    format = "JPEG" if mode == "CMYK" else "PNG"

    assert read("x", as_file([picture(200).convert(mode)], format), sight).text == TEXT


def test_a_picture_of_sixteen_bits_is_read(sight: Sight) -> None:
    import numpy as np

    deep = np.asarray(picture().convert("L")).astype(np.uint16) * 9
    made = as_file([Image.fromarray(deep)], "PNG")

    assert read("x.png", made, sight).text == TEXT


def test_a_picture_without_text_says_so(sight: Sight) -> None:
    sky = Image.linear_gradient("L").resize((400, 300))
    with pytest.raises(Unreadable, match="no text was found in the picture"):
        read("sky.png", as_file([sky], "PNG"), sight)


def test_an_icon_is_not_looked_at(sight: Sight) -> None:
    with pytest.raises(Unreadable, match="a picture too small to hold text"):
        read("dot.gif", as_file([Image.new("L", (16, 16))], "GIF"), sight)


def test_without_eyes_a_picture_is_set_aside(sight: Sight) -> None:
    with pytest.raises(Unreadable, match=r"^a picture$") as caught:
        read("x.png", as_file([picture()], "PNG"))
    assert caught.value.blind


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"])
def test_a_damaged_picture_fails_with_that_reason(sight: Sight, format: str) -> None:
    whole = as_file([picture()], format)
    for cut in (30, len(whole) // 3):
        with pytest.raises(ReadFailed, match="a damaged picture"):
            read("x", whole[:cut], sight)


def test_a_picture_that_would_fill_the_memory_is_refused(sight: Sight) -> None:
    """A few bytes that say that they are 40,000 pixels wide and high."""
    with pytest.raises(ReadFailed, match="it takes more than 256 MB as pixels"):
        read("bomb.png", bomb(40_000), sight)
    with pytest.raises(ReadFailed, match="it takes more than 256 MB as pixels"):
        read("bomb.png", bomb(12_000), sight)


def bomb(side: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_picture_that_is_a_thread_is_not_looked_at(sight: Sight) -> None:
    thread = Image.new("RGB", (30_000, 100), "white")
    thread.paste("black", (0, 40, 30_000, 60))
    with pytest.raises(Unreadable, match="no text was found in the picture"):
        read("x.png", as_file([thread], "PNG"), sight)


def test_a_wide_picture_is_read(sight: Sight) -> None:
    row = pictures([["One line on a banner that is wide and low, and no more than that"]], 110)[0]
    assert read("x.png", as_file([row.crop((90, 166, 800, 196))], "PNG"), sight).text == (
        "One line on a banner that is wide and low, and no more than that"
    )


def test_a_large_photo_is_decoded_reduced(sight: Sight) -> None:
    large = picture(110).resize((11_000, 8_800))
    out = io.BytesIO()
    large.save(out, "JPEG")

    assert read("x.jpg", out.getvalue(), sight).text == TEXT


def test_a_text_that_begins_as_a_bitmap_does_is_a_text() -> None:
    assert read("cars.txt", b"BMW builds cars.").text == "BMW builds cars."
