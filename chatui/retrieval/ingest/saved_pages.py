"""Pages that a browser saved with a folder of their parts: which folder is one, and what in it
belongs to the page.

Its scripts, styles, pictures and fonts are parts, and its pages are frames, which are read with the
page. A document of another kind that the page linked to stays one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath
from urllib.parse import unquote, unquote_to_bytes

PAGES = frozenset((".html", ".htm", ".xhtml", ".shtml"))
# What browsers put behind a page's name, in the languages that Windows and Firefox know.
_ENDING_NAMES = """_files .files _file -Dateien _Dateien _fichiers _archivos _arquivos _ficheiros
_ficheros _bestanden -filer _filer _pliki _soubory _subory _tiedostot _elemei _dosyalar _datoteke
_fitxers _failid _fails _failai _bylos _fajlovi _fitxategiak _fisiere _berkas _文件 _檔案 _ファイル
_파일 _файлы _файли _αρχεία _ملفات _קבצים"""
_ENDINGS = tuple(_ENDING_NAMES.split())
_PART_NAMES = """.js .mjs .css .map .download .woff .woff2 .ttf .otf .eot .png .jpg .jpeg .jfif .gif
.webp .avif .bmp .ico .cur .svg .mp3 .mp4 .webm .ogg .wav .swf .json .xml .wasm .dat .bin"""
_PARTS = frozenset(_PART_NAMES.split())
_FRAMES = frozenset([".html", ".htm", ".xhtml", ".php", ".asp", ".aspx", ".jsp", ".cgi", ".do"])
_SAVED_FRAME = re.compile(r"saved_resource(?:\(\d+\))?(?:\.\w+)?")
_SAVED_FROM, _BEGINNING = b"<!-- saved from url=", 2_000
"""What Chromium puts before a page, and the bytes in which that stands."""
_SIGNS = "-_. "
"""What parts a page's name from the rest of its folder's."""
LARGEST_PAGE = 32 << 20
"""Bytes of a page in which its folder's name is looked for."""


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A page with its folder of parts. `named`: the page's source names files in it."""

    name: str
    named: bool

    @property
    def reason(self) -> str:
        return f"a part of the saved page {self.name}"

    def owns(self, name: str) -> bool:
        """Whether a file in the folder is no document of its own."""
        suffix = PurePath(name).suffix.lower()
        if suffix in _PARTS or not suffix or _SAVED_FRAME.fullmatch(name):
            return True
        return self.named and suffix in _FRAMES


def is_saved(page: Path, head: bytes) -> bool:
    """Whether a browser has saved that page of HTML, as its beginning or a folder beside it tells,
    and nobody has written it. Blocks."""
    if _SAVED_FROM in head[:_BEGINNING]:
        return True
    return any(page.with_name(f"{page.stem}{ending}").is_dir() for ending in _ENDINGS)


def saved_pages(folders: Iterable[Path], files: Collection[Path]) -> dict[Path, SavedPage]:
    """The folders beside these files that hold the parts of one of them. Opens a page only where
    the name of a folder begins with that of the page."""
    by_stem = {path.stem: path for path in files if path.suffix.lower() in PAGES}
    found: dict[Path, SavedPage] = {}
    for folder in folders if by_stem else ():
        page, is_known = _page_of(folder.name, by_stem)
        if page is None:
            continue
        named = _names(page, folder.name)
        # Of a folder that is called otherwise the page tells, and what is in it.
        if is_known or (named and _holds_parts_alone(folder)):
            found[folder] = SavedPage(page.name, named)
    return found


def _page_of(folder: str, by_stem: dict[str, Path]) -> tuple[Path | None, bool]:
    for ending in _ENDINGS:
        page = by_stem.get(folder.removesuffix(ending))
        if folder.endswith(ending) and page is not None:
            return page, True
    places = (at for at, letter in enumerate(folder) if letter in _SIGNS and at)
    stems = [folder[:at] for at in places if folder[:at] in by_stem]
    return (by_stem[stems[-1]], False) if stems else (None, False)


def _names(page: Path, folder: str) -> bool:
    try:
        with page.open("rb") as file:
            data = file.read(LARGEST_PAGE)
    except OSError:
        return False
    wanted = {f"{name}/".encode() for name in (folder, html.escape(folder))}
    return any(name in data or name in unquote_to_bytes(data) for name in wanted)


def _holds_parts_alone(folder: Path) -> bool:
    """Whether there is a script or a style in it, and nothing that would be a document."""
    try:
        names = [path.name for path in folder.iterdir() if path.is_file()]
    except OSError:
        return False
    suffixes = {PurePath(name).suffix.lower() for name in names if not _SAVED_FRAME.fullmatch(name)}
    return bool(suffixes & {".js", ".css", ".download"}) and suffixes <= _PARTS | _FRAMES | {""}


def saved_beside(page: Path, address: str) -> bytes | None:
    """The bytes of a frame of the page: a file in the folder that was saved with it, and nothing
    that a link in there leads to."""
    path = unquote(address.partition("#")[0].partition("?")[0]).removeprefix("./")
    first, _, rest = path.partition("/")
    if not rest or not first.startswith(tuple(f"{page.stem}{sign}" for sign in _SIGNS)):
        return None
    folder = page.parent / first
    try:
        real = (page.parent / path).resolve(strict=True)
        if folder.is_symlink() or not real.is_relative_to(folder.resolve(strict=True)):
            return None
        if not real.is_file() or real.stat().st_size > LARGEST_PAGE:
            return None
        return real.read_bytes()
    except (OSError, RuntimeError, ValueError):
        return None
