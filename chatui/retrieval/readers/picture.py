"""Pictures as documents: the text that is recognised in a PNG, JPEG, WebP, TIFF, GIF or BMP.

Pillow decodes them. A picture of many pages (TIFF) has a section for each; of one that moves, the
first frame is read.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document, Lack, Section, Unreadable
from chatui.retrieval.readers.ocr import LARGEST
from chatui.retrieval.readers.sight import (
    ILLEGIBLE,
    MOST_LOOKED_AT,
    TOO_MANY,
    PagesSeen,
    Reading,
    Sight,
)

if TYPE_CHECKING:
    from PIL.Image import Image

    from chatui.retrieval.readers.ocr import Pixels

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP")
PAGED = frozenset(("TIFF",))
MOST_BYTES = 256 << 20
"""Of a picture in memory, a byte a pixel and colour."""
SMALLEST = 24
"""Pixels of the shorter side: an icon, a rule, a dot that counts visitors."""
PAGE_BREAK = "\n\f\n"
TOO_LARGE = f"it takes more than {MOST_BYTES >> 20} MB as pixels"


def read(data: bytes, stem: str, sight: Sight) -> Reading:
    """One section for each page with text. Raises Unreadable where there is nobody to look at it,
    or no text in it."""
    if sight.recogniser is None:
        raise Unreadable("a picture", blind=True)
    with _decoding():
        picture = _opened(data)
        count = getattr(picture, "n_frames", 1) if picture.format in PAGED else 1
    if min(picture.size) < SMALLEST:
        raise Unreadable("a picture too small to hold text")
    looked_at = min(count, MOST_LOOKED_AT)
    texts: list[str] = []
    hard: list[int] = []
    for at in range(looked_at):
        yield PagesSeen(at, looked_at)
        with _decoding():
            pixels = _page(picture, at)
        found = sight.recogniser.read(pixels)
        texts.append(found.text)
        if found.is_hard:
            hard.append(at + 1)
    yield PagesSeen(looked_at, looked_at)
    if not any(text.strip() for text in texts):
        raise Unreadable(ILLEGIBLE if hard else "no text was found in the picture")
    left_out = tuple(range(looked_at + 1, count + 1))
    lacks = [(ILLEGIBLE, tuple(hard)), (TOO_MANY, left_out)]
    return Document(
        stem,
        PAGE_BREAK.join(texts),
        tuple(_sections(texts, numbered=count > 1)),
        lacks=tuple(Lack(reason, pages if count > 1 else ()) for reason, pages in lacks if pages),
    )


def _sections(texts: list[str], *, numbered: bool) -> Iterator[Section]:
    begin = 0
    for number, text in enumerate(texts, start=1):
        end = begin + len(text)
        if text.strip():
            yield Section(begin, end, begin, page=number if numbered else None, ocr=True)
        begin = end + len(PAGE_BREAK)


@contextmanager
def _decoding() -> Iterator[None]:
    """Raises ReadFailed for what Pillow can't make out, or what would take too much memory."""
    from PIL import Image, UnidentifiedImageError

    try:
        yield
    except Image.DecompressionBombError as error:
        raise ReadFailed(TOO_LARGE) from error
    # What decoders raise for damaged data; the first is Pillow's own for a file of no format.
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise ReadFailed("it is a damaged picture") from error


def _opened(data: bytes) -> Image:
    from PIL import Image

    with warnings.catch_warnings():
        # The size is looked at here, before any of it is decoded.
        warnings.simplefilter("ignore")
        return Image.open(BytesIO(data), formats=FORMATS)


def _page(picture: Image, number: int) -> Pixels:
    """The frame of that number (from 0), upright, on white or black, in BGR."""
    import numpy as np
    from PIL import ImageOps

    if number:
        picture.seek(number)
    width, height = picture.size
    if picture.format in ("JPEG", "MPO"):
        # Decoded in the size that it is looked at in, a large one takes a fraction of the memory.
        scale = min(1.0, (LARGEST / (width * height)) ** 0.5)
        picture.draft(None, (round(width * scale), round(height * scale)))
    if picture.size[0] * picture.size[1] * len(picture.getbands()) > MOST_BYTES:
        raise ReadFailed(TOO_LARGE)
    picture.load()
    upright: Any = ImageOps.exif_transpose(picture)
    if upright.mode in ("I", "F") or upright.mode.startswith("I;16"):
        upright = stretched(upright)
    if upright.has_transparency_data:
        upright = on_ground(upright.convert("RGBA"))
    return np.ascontiguousarray(np.asarray(upright.convert("RGB"))[:, :, ::-1])


def stretched(picture: Any) -> Any:
    """More than 8 bits a pixel: from its darkest to its brightest."""
    import numpy as np
    from PIL import Image

    shades = np.asarray(picture).astype(np.float32)
    low, high = float(shades.min()), float(shades.max())
    return Image.fromarray(((shades - low) * (255 / max(high - low, 1e-6))).astype(np.uint8))


def on_ground(picture: Any) -> Any:
    """A transparent picture on white, or on black where what is drawn is light."""
    import numpy as np
    from PIL import Image

    light, alpha = np.asarray(picture.convert("L")), np.asarray(picture.getchannel("A"))
    drawn = light[alpha > 127]
    is_light = bool(drawn.size) and float(drawn.mean()) > 127
    ground = Image.new("RGBA", picture.size, "black" if is_light else "white")
    return Image.alpha_composite(ground, picture)
