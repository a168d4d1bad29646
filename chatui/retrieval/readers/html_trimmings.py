"""What of a page is no content: scripts, navigation, forms' controls, notices that ask for consent.

What is folded away is content: the answers of a list of questions, the tabs of a page.
"""

from __future__ import annotations

import re
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
_ROLE_NAMES = "navigation search contentinfo menu menubar toolbar dialog alertdialog tooltip"
_ROLES = frozenset(_ROLE_NAMES.split())
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
# Notices that ask for consent, by the names that programs for them give and that pages use.
_CONSENT = re.compile(
    r"(?:^|[ _-])(?:(?:cookies?|consent|gdpr|ccpa|privacy)[_-]?(?:banner|bar|notice|consent|popup|"
    r"modal|dialog|overlay|message|wall|layer|settings|manager|preferences|container)"
    r"|onetrust|optanon|cookiebot|cybot|cmplz|usercentrics|didomi|qc-cmp2|truste)"
)
# What is hidden until somebody asks for it, and is no part of the page's text.
_TOOLS = re.compile(
    r"(?:^|[ _-])(?:nav|navbar|menu|submenu|dropdown|modal|popup|overlay|tooltip|toast|offcanvas|"
    r"drawer|lightbox|share|sharing|social|search|newsletter|subscribe|login|signin|loading|"
    r"loader|spinner|sidebar|toolbar|mobile)(?:$|[ _-])"
)
_FOLDS = re.compile(r"accordion|collaps|faq|toggle|expand|disclosure")
_BLOCK_NAMES = """div section article main p ul ol li dl dt dd table tbody tr td blockquote pre
figure details h1 h2 h3 h4 h5 h6"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_TITLES = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary"))
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
    if tag == "button" and _opens_text(attributes, above):
        return False
    if tag in _NEVER_TEXT:
        return True
    if keep_all:
        return False
    if tag == "nav":
        return True
    if tag in ("footer", "aside") and not _CONTENT.intersection(above):
        return True
    return bool(attributes) and _is_marked(tag, attributes)


def _opens_text(attributes: Mapping[str, str | None], above: Sequence[str]) -> bool:
    """Whether a button is the head of a text that folds: a question over its answer."""
    return not _TITLES.isdisjoint(above) or bool(_FOLDS.search(_names(attributes)))


def _is_marked(tag: str, attributes: Mapping[str, str | None]) -> bool:
    if (attributes.get("role") or "") in _ROLES:
        return True
    names = _names(attributes)
    if names and (not _CLASSES.isdisjoint(names.split()) or _CONSENT.search(names)):
        return True
    # A block that is hidden is mostly a text that somebody can unfold; a word is an icon.
    return _is_hidden(attributes) and (tag not in _BLOCKS or bool(_TOOLS.search(names)))


def _is_hidden(attributes: Mapping[str, str | None]) -> bool:
    style = (attributes.get("style") or "").replace(" ", "").lower()
    is_for_eyes_only = attributes.get("aria-hidden") == "true"
    return "hidden" in attributes or is_for_eyes_only or "display:none" in style


def _names(attributes: Mapping[str, str | None]) -> str:
    """The element's classes and its id."""
    return f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower().strip()
