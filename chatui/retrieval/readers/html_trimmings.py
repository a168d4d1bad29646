"""What of a page is no content: scripts, navigation, forms' controls, notices that ask for consent.

What is folded away is content: the answers of a list of questions, the tabs of a page. What only
its name tells to be navigation has to look like that as well: to be links, and not the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

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
        "screen-reader-text",
        "linenos",
        "linenodiv",
        "lineno",
        "line-numbers-rows",
        "hljs-ln-numbers",
    ]
)
LINE_NUMBERS = ".linenos, .lineno, .ln, .line-numbers-rows, .hljs-ln-numbers, .line-number"
"""What numbers the lines of a program that a page shows."""
# Notices that ask for consent, by the names that programs for them give and that pages use.
_CONSENT = re.compile(
    r"(?:^|[ _-])(?:(?:cookies?|consent|gdpr|ccpa)[_-]?(?:banner|bar|notice|consent|popup|modal|"
    r"dialog|overlay|message|wall|layer|settings|manager|preferences|container|compliance|law|root"
    r"|confirmation|notification|script|reports|first|yes|hub|information)"
    r"|privacy[_-]?(?:banner|bar|popup|modal|overlay|wall|manager)"
    r"|onetrust|optanon|cookiebot|cybot|cmplz|usercentrics|uc-banner|didomi|qc-cmp|truste|trustarc"
    r"|cc-(?:window|banner)|cky-|tarteaucitron|osano-cm|sp_message|iubenda|termly|klaro|axeptio"
    r"|borlabscookie|moove[_-]gdpr|cmpbox|evidon|ppms_cm|coi-banner|ketch-)"
)
_CONSENT_LABEL = re.compile(r"\bcookies? (?:banner|bar|consent|notice|dialog|popup)\b")
# What is hidden until somebody asks for it, and is no part of the page's text.
_TOOLS = re.compile(
    r"(?:^|[ _-])(?:nav|navbar|menu|submenu|dropdown|modal|popup|overlay|tooltip|toast|offcanvas|"
    r"drawer|lightbox|share|sharing|social|search|newsletter|subscribe|login|signin|loading|"
    r"loader|spinner|sidebar|toolbar|mobile)(?:$|[ _-])"
)
_FOLDS = re.compile(
    r"accordion|collaps|faq|toggle|expand|disclosure|unfold|truncat|spoiler|full-?text|read-?more"
    r"|(?:^|[ _-])more(?:$|[ _-])"
)
_CONTROLS = "[aria-controls], [data-target], [data-bs-target], [data-toggle=collapse]"
# Boxes of links around the text, on pages that have no elements for them.
_OF_LINKS = re.compile(
    r"(?:^|[ _-])(?:nav|navbar|navigation|(?:main|top|sub|side|site)-?(?:nav|menu)|menu|topbar|skip"
    r"|pagination|pager|toc|table-of-contents|related)(?:$|[ _-])"
)
_OF_PLACES = re.compile(
    r"breadcrumb|(?:^|[ _-])crumbs?(?:$|[ _-])|addthis|addtoany|a2a_kit|sharedaddy"
)
_OF_SHARING = re.compile(r"(?:^|[ _-])(?:share|sharing|social)(?:$|[ _-])")
# A heading links to itself, and is called by its words.
_BOX_NAMES = "div section ul ol dl table td p span header center form"
_BOXES = frozenset(_BOX_NAMES.split())
_BESIDE = frozenset(
    [
        "footer",
        "site-footer",
        "page-footer",
        "footer-wrapper",
        "sidebar",
        "side-bar",
        "widget-area",
        "site-sidebar",
        "primary-sidebar",
    ]
)
SHORT = 300
"""Characters of a line of links with what stands between them."""
MOST_LINKS, SOME_LINKS = 0.7, 0.35
"""Share of a box's text that is links, where it is known by a common name, by a telling one."""
MOST_OF_LINKS = 0.25
"""Share of the page's text from which a list of links is what the page is for."""
LARGEST_BESIDE = 0.4
"""Share of the page's text from which what is called a sidebar is the page."""
_NOTES = re.compile(
    r"(?:^|[ _-])(?:note|tip|hint|info|warning|caution|danger|important|admonition|callout"
    r"|pullquote|footnotes?|sidenote)(?:$|[ _-])"
)
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
    folded: Set[str] = frozenset(),
) -> bool:
    """Whether an element is left out; `above` are the tags that it stands in, `folded` the ids of
    texts that a control of the page unfolds.

    With `keep_all` only what never is text goes: for pages that are nothing but navigation.
    """
    if tag == "button" and _opens_text(attributes, above, folded):
        return False
    if tag in _NEVER_TEXT:
        # For a browser without scripts: a page of nothing else is made by them.
        return not (keep_all and tag == "noscript")
    if keep_all:
        return False
    if tag == "nav":
        return True
    if tag in ("footer", "aside") and not _CONTENT.intersection(above):
        return not (tag == "aside" and _NOTES.search(_names(attributes)))
    return bool(attributes) and _is_marked(tag, attributes, folded)


def folded_texts(tree: LexborHTMLParser) -> frozenset[str]:
    """The ids of what the page's controls unfold, menus and dialogs apart."""
    wanted = {target for control in tree.css(_CONTROLS) for target in _targets(control.attributes)}
    if not wanted:
        return frozenset()
    found = set()
    for node in tree.css("[id]"):
        attributes = node.attributes
        name = attributes.get("id") or ""
        is_tool = (
            node.tag == "nav"
            or (attributes.get("role") or "") in _ROLES
            or _TOOLS.search(_names(attributes))
        )
        if name in wanted and not is_tool:
            found.add(name)
    return frozenset(found)


class PageSurroundings:
    """Tells the boxes of links, the footers and the sidebars that only their names tell. It
    looks at no more text than `LOOKS` times the page's."""

    LOOKS = 30

    def __init__(self, body: LexborNode) -> None:
        self._size = len(body.text())
        self._left = self.LOOKS * self._size

    def holds(
        self, node: LexborNode, attributes: Mapping[str, str | None], above: Sequence[str]
    ) -> bool:
        """Whether the element is one of them."""
        if node.tag not in _BOXES:
            return False
        names = _names(attributes)
        label = (attributes.get("aria-label") or "").lower()
        places = _OF_PLACES.search(names) or "breadcrumb" in label
        places = places or "BreadcrumbList" in (attributes.get("itemtype") or "")
        sharing, links = _OF_SHARING.search(names), _OF_LINKS.search(names)
        beside = not _BESIDE.isdisjoint(names.split()) and _CONTENT.isdisjoint(above)
        if not (places or sharing or links or beside) or self._left <= 0:
            return False
        size = len(node.text().strip())
        self._left -= 2 * size
        if not size or node.css_first("h1") is not None:
            return False
        if beside and size < LARGEST_BESIDE * self._size:
            return True
        linked = sum(len(link.text().strip()) for link in node.css("a")) / size
        if places or sharing:
            return linked >= SOME_LINKS or (bool(places) and size < SHORT)
        return bool(links) and linked >= MOST_LINKS and size < MOST_OF_LINKS * self._size


def _opens_text(
    attributes: Mapping[str, str | None], above: Sequence[str], folded: Set[str]
) -> bool:
    """Whether a button is the head of a text that folds: a question over its answer."""
    return (
        not _TITLES.isdisjoint(above)
        or attributes.get("role") == "tab"
        or bool(_FOLDS.search(_names(attributes)))
        or not folded.isdisjoint(_targets(attributes))
    )


def _targets(attributes: Mapping[str, str | None]) -> list[str]:
    """The ids of what a control shows and hides."""
    names = ("aria-controls", "data-target", "data-bs-target", "href")
    values = (attributes.get(name) or "" for name in names)
    return [target.lstrip("#") for value in values for target in value.split()]


def _is_marked(tag: str, attributes: Mapping[str, str | None], folded: Set[str]) -> bool:
    if (attributes.get("role") or "") in _ROLES:
        return True
    names = _names(attributes)
    if _CONSENT_LABEL.search((attributes.get("aria-label") or "").lower()):
        return True
    if names and (not _CLASSES.isdisjoint(names.split()) or _CONSENT.search(names)):
        return True
    # A block that is hidden is mostly a text that somebody can unfold; a word is an icon.
    if not is_hidden(attributes) or (attributes.get("id") or "") in folded:
        return False
    return bool(_TOOLS.search(names)) or (tag not in _BLOCKS and not _FOLDS.search(names))


def is_hidden(attributes: Mapping[str, str | None]) -> bool:
    style = (attributes.get("style") or "").replace(" ", "").lower()
    is_for_eyes_only = attributes.get("aria-hidden") == "true"
    return "hidden" in attributes or is_for_eyes_only or "display:none" in style


def _names(attributes: Mapping[str, str | None]) -> str:
    """The element's classes and its id."""
    return f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower().strip()
