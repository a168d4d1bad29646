"""What of a page is no content: scripts, navigation, forms' controls, what is hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_NEVER_TEXT = frozenset(
    [
        "script",
        "style",
        "template",
        "noscript",
        "svg",
        "canvas",
        "iframe",
        "object",
        "embed",
        "audio",
        "video",
        "map",
        "head",
        "title",
        "button",
        "select",
        "input",
        "textarea",
        "datalist",
        "progress",
        "meter",
        "dialog",
        "annotation",
        "link",
        "meta",
    ]
)
_ROLES = frozenset(("navigation", "search", "contentinfo", "menu", "menubar", "toolbar"))
_CLASSES = frozenset(
    [
        "headerlink",
        "mw-editsection",
        "navbox",
        "breadcrumb",
        "breadcrumbs",
        "sphinxsidebar",
        "skip-link",
        "cookie-banner",
        "noprint",
        "sr-only",
        "visually-hidden",
    ]
)
_CONTENT = frozenset(("main", "article", "section", "blockquote"))


def is_trimming(
    tag: str,
    attributes: Mapping[str, str | None],
    above: Sequence[str],
    *,
    keep_all: bool,
) -> bool:
    """Whether an element is left out; `above` are the tags that it stands in.

    With `keep_all` only what never is text goes: for pages that are nothing but navigation.
    """
    if tag in _NEVER_TEXT:
        return True
    if keep_all:
        return False
    if tag == "nav":
        return True
    if tag in ("footer", "aside") and not _CONTENT.intersection(above):
        return True
    return bool(attributes) and _is_marked(attributes)


def _is_marked(attributes: Mapping[str, str | None]) -> bool:
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    if (attributes.get("role") or "") in _ROLES:
        return True
    style = (attributes.get("style") or "").replace(" ", "").lower()
    if "display:none" in style:
        return True
    classes = attributes.get("class")
    return bool(classes) and not _CLASSES.isdisjoint((classes or "").lower().split())
