"""What the picture process does: a picture becomes one that providers take, and a PDF is looked at.

It runs apart because what decodes pictures of any origin is native code. The picture comes out
upright, in at most so many pixels, as PNG or JPEG, and without anything else that its file held:
where it was taken, by what, and what it was called.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from chatui.domain.errors import ReadFailed
from chatui.retrieval.readers.picture import on_ground, stretched
from chatui.workers.bounds import limit_further_memory

MEMORY_MB = 1024
MOST_PIXELS = 100_000_000
"""Of a picture as its file has it: 300 MB while it is made smaller."""
MOST_BYTES = 3_500_000
"""Of a picture as it is sent: in base64 less than the 5 MB that the strictest provider takes."""
QUALITIES = (90, 80, 65)
LOSSLESS = frozenset(("PNG", "GIF", "BMP", "TIFF", "ICO"))
FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "GIF", "TIFF", "BMP", "ICO", "AVIF")
TOO_LARGE = f"it has more than {MOST_PIXELS // 1_000_000} million pixels; make it smaller"
NO_PDF = "it is a damaged PDF"


class PictureService:
    def __init__(self) -> None:
        # Native code crashes where it gets no memory at all; this is more than it asks for.
        limit_further_memory(MEMORY_MB)

    def picture(self, data: bytes, longest: int) -> dict[str, Any]:
        """`{"data", "mime", "width", "height"}`, its longer side at most so many pixels; of one
        that moves the first frame. Raises ReadFailed with a clause."""
        with _decoding():
            from PIL import Image, ImageOps

            Image.MAX_IMAGE_PIXELS = MOST_PIXELS
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                Image.init()
                # One that Pillow was built without is passed over.
                known = [one for one in FORMATS if one in Image.OPEN]
                opened = Image.open(BytesIO(data), formats=known)
            kind = opened.format or ""
            if kind in ("JPEG", "MPO"):
                opened.draft(None, (longest, longest))
            opened.load()
            made: Any = ImageOps.exif_transpose(opened)
            if made.mode in ("I", "F") or made.mode.startswith("I;16"):
                made = stretched(made)
            made = on_ground(made.convert("RGBA")) if made.has_transparency_data else made
            made = made.convert("RGB")
            if max(made.size) > longest:
                made.thumbnail((longest, longest), Image.Resampling.LANCZOS)
            made.info = {}
            data, mime = _encoded(made, lossless=kind in LOSSLESS)
            return {"data": data, "mime": mime, "width": made.width, "height": made.height}

    def pages(self, data: bytes) -> int:
        """How many a PDF has. Raises ReadFailed with a clause."""
        import pypdfium2

        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            protected = "password" in str(error).lower()
            raise ReadFailed("it needs a password" if protected else NO_PDF) from error
        try:
            return len(document)
        finally:
            document.close()


def _encoded(picture: Any, *, lossless: bool) -> tuple[bytes, str]:
    """As small as it has to be."""
    if lossless:
        written = BytesIO()
        picture.save(written, "PNG")
        if written.tell() <= MOST_BYTES:
            return written.getvalue(), "image/png"
    for quality in QUALITIES:
        written = BytesIO()
        picture.save(written, "JPEG", quality=quality)
        if written.tell() <= MOST_BYTES:
            break
    return written.getvalue(), "image/jpeg"


@contextmanager
def _decoding() -> Iterator[None]:
    from PIL import Image, UnidentifiedImageError

    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise ReadFailed(TOO_LARGE) from error
    except UnidentifiedImageError as error:
        raise ReadFailed("it is in no format that can be decoded here") from error
    # What decoders raise for damaged data.
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise ReadFailed("it is a damaged picture") from error
