"""XML of office documents: nothing in it can grow, and parts are found by their links."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from chatui.domain.errors import ReadFailed
from chatui.retrieval.readers.archives import Archive
from chatui.retrieval.readers.composing import without_unseen
from chatui.text.safety import strip_controls

DEEP = "its elements are nested too deeply"


class _SafeBuilder(ElementTree.TreeBuilder):
    def doctype(self, *_: object) -> None:
        """No office program writes one; entities could make a page of it a gigabyte."""
        raise ReadFailed("its XML declares a document type, which an office document never has")


def parsed(xml: bytes, damaged: str) -> Element:
    """The root element. Raises ReadFailed; `damaged` is its reason where it is no XML."""
    try:
        return ElementTree.fromstring(xml, ElementTree.XMLParser(target=_SafeBuilder()))
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise ReadFailed(damaged) from error


def local(element: Element) -> str:
    """The element's name without its namespace: two editions of a standard differ in that."""
    return element.tag.rpartition("}")[2]


def attribute(element: Element | None, name: str) -> str:
    """The attribute of that local name, or ""; one without a namespace comes first."""
    if element is None:
        return ""
    plain = element.get(name)
    if plain is not None:
        return plain
    ending = f"}}{name}"
    return next((value for key, value in element.items() if key.endswith(ending)), "")


def clean(text: str) -> str:
    """Words as they are stored: no controls, no unseen letters, one space between words."""
    return " ".join(without_unseen(strip_controls(text)).split())


@dataclass(frozen=True, slots=True)
class Link:
    """`kind` is the last word of its type ("notesSlide"); `target` a member of the archive, or an
    address where it is `external`."""

    kind: str
    target: str
    external: bool


def links(archive: Archive, part: str, damaged: str) -> dict[str, Link]:
    """What the part names by an id; nothing where it names nothing."""
    folder, name = posixpath.split(part)
    listed = f"{folder}/_rels/{name}.rels".removeprefix("/")
    if listed not in archive:
        return {}
    return dict(_links(parsed(archive.read(listed), damaged), folder))


def _links(root: Element, folder: str) -> Iterator[tuple[str, Link]]:
    for one in root.iterfind(".//{*}Relationship"):
        target = one.get("Target", "")
        external = one.get("TargetMode") == "External"
        if not external:
            target = unquote(target)
            joined = target if target.startswith("/") else posixpath.join(folder, target)
            target = posixpath.normpath(joined).lstrip("/")
        yield one.get("Id", ""), Link(one.get("Type", "").rpartition("/")[2], target, external)


def linked(text: str, address: str) -> str:
    """Words that lead to an address outside, with it behind them where they are others."""
    if not address.startswith(("http://", "https://", "mailto:")) or not text.strip():
        return text
    shown = clean(address)
    bare = shown.removeprefix("mailto:").split("://")[-1].rstrip("/")
    return text if bare in text else f"{text} ({shown})"
