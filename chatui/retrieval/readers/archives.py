"""Zip archives that are documents, opened with limits: a small one may unpack to a huge one."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping

from chatui.domain.errors import ReadFailed

UNPACKED_MB = 256
"""The most that the texts of one document may unpack to; War and Peace has 3 MB."""

_PROTECTED = 0x1


class Archive:
    """The members of a zip file. Raises ReadFailed for one that is damaged or protected."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise ReadFailed("it is a damaged archive") from error
        self._left = UNPACKED_MB << 20

    def names(self) -> list[str]:
        return self._zip.namelist()

    def __contains__(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def unpacked(self, suffixes: tuple[str, ...]) -> int:
        """The bytes that all members with these suffixes claim to unpack to."""
        return sum(i.file_size for i in self._zip.infolist() if i.filename.endswith(suffixes))

    def read(self, name: str) -> bytes:
        """A member's bytes. zipfile stops at the size that the archive claims, and so the
        claims of all that is read are what the limit counts."""
        info = self._zip.NameToInfo.get(name)
        if info is None:
            raise ReadFailed(f"its part {name} is missing")
        if info.flag_bits & _PROTECTED:
            raise ReadFailed("it is protected by a password")
        # Others are rare, and some take memory by what the file says.
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ReadFailed("it is packed in a way that is not read")
        self._left -= info.file_size
        if self._left < 0:
            raise ReadFailed(f"it unpacks to more than {UNPACKED_MB} MB")
        try:
            return self._zip.read(info)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise ReadFailed("it is a damaged archive") from error

    def with_members(self, changed: Mapping[str, bytes], suffixes: tuple[str, ...]) -> bytes:
        """The archive with these members in place of its own of that name. Members without one of
        the suffixes, pictures say, are there and empty."""
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as copy:
            for name in self.names():
                own = self.read(name) if name not in changed and name.endswith(suffixes) else b""
                copy.writestr(name, changed.get(name, own))
        return made.getvalue()
