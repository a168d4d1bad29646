"""Pictures and PDFs that a question has with it, for models that see them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

MediumKind = Literal["picture", "pdf"]
PICTURE: Final[MediumKind] = "picture"
PDF: Final[MediumKind] = "pdf"
MIMES: Final = ("image/png", "image/jpeg", "image/webp", "image/gif", "application/pdf")
"""What a medium may be; whatever else a picture was is made one of the first two."""
PDF_MIME: Final = MIMES[-1]


@dataclass(frozen=True, slots=True)
class Medium:
    """A picture, or a PDF, as it is sent. `hash` is the SHA-256 of its bytes in hexadecimal digits,
    by which it is stored; `size` counts them. `width` and `height` are pixels, `pages` those of a
    PDF; 0 where that is not known. `data` are the bytes themselves, b"" where only the store has
    them: two media are the same by their hash."""

    hash: str
    mime: str
    name: str
    size: int
    width: int = 0
    height: int = 0
    pages: int = 0
    data: bytes = field(default=b"", compare=False, repr=False)

    @property
    def kind(self) -> MediumKind:
        return PDF if self.mime == PDF_MIME else PICTURE

    def figures(self) -> dict[str, str | int | None]:
        """What it is, for JSON; None for what is not known."""
        return {
            "name": self.name,
            "mime": self.mime,
            "hash": self.hash,
            "size": self.size,
            "width": self.width or None,
            "height": self.height or None,
            "pages": self.pages or None,
        }

    @property
    def mark(self) -> str:
        """What stands for it where only text can."""
        return f"[{'PDF' if self.kind == PDF else 'picture'} {self.name}]"


def medium_of(
    data: bytes, mime: str, name: str, *, width: int = 0, height: int = 0, pages: int = 0
) -> Medium:
    """Of these bytes."""
    digest = hashlib.sha256(data).hexdigest()
    return Medium(digest, mime, name, len(data), width, height, pages, data)


_SIGNS: Final = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/webp": (b"RIFF",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    PDF_MIME: (b"%PDF-",),
}


def is_of(mime: str, data: bytes) -> bool:
    """Whether the bytes begin as that kind's do."""
    return data.startswith(_SIGNS.get(mime, ()))


def with_marks(text: str, media: Sequence[Medium]) -> str:
    """The text with a mark before it for each of the media, which are not there."""
    return "\n".join([*(one.mark for one in media), *([text] if text else [])])


def without_data(media: Sequence[Medium]) -> tuple[Medium, ...]:
    """The same without their bytes, which are stored by now."""
    return tuple(replace(one, data=b"") if one.data else one for one in media)
