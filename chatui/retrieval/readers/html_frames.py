"""Where a saved page came from, and which of its frames are others' business: advertisements,
counters, buttons to share and log in. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from chatui.text.safety import one_line

HEAD = 4000
"""Characters in which the address stands that a browser or an extension wrote down."""
LONGEST = 300
_SAVED_FROM = re.compile(r"<!--\s{0,9}saved from url=\(\d{1,6}\)(\S{1,2000})", re.IGNORECASE)
_SAVED_WITH = re.compile(
    r"<!--\s{0,9}Page saved with SingleFile\s{1,9}url:\s{0,9}(\S{1,2000})", re.IGNORECASE
)
# By its own name or by the server that it came from.
_FOREIGN = re.compile(
    r"(?:^|[\W_])(?:ads?|adv|advert\w*|adframe|aswift|adservice|adsystem|adnxs|googleads|gpt|sponsor\w*"
    r"|recaptcha|captcha|analytics|gtm|pixel|beacon|tracking|counter|consent|cookie\w*|fbcdn"
    r"|facebook|twitter|share|like|login|signin|oauth|sso|sodar|chat|intercom|zendesk)(?:$|[\W_])"
    r"|doubleclick|googlesyndication|google_ads|taboola|outbrain|criteo|amazon-adsystem"
)
_NOTHING = frozenset(("0", "1", "0px", "1px"))


def original_address(source: str) -> str:
    """The address that the page was saved from, "" where that is not told. What stands behind `#`
    and a name with a password are left out."""
    head = source[:HEAD]
    found = _SAVED_FROM.search(head) or _SAVED_WITH.search(head)
    return shown_address(found[1]) if found else ""


def shown_address(address: str) -> str:
    """An address on the web as it may be shown; "" for any other."""
    try:
        parts = urlsplit(one_line(address).strip())
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    return urlunsplit((parts.scheme, host, parts.path, parts.query, ""))[:LONGEST]


def is_foreign(attributes: Mapping[str, str | None], source: str) -> bool:
    """Whether a frame with these attributes, that holds this page, is no part of the page that it
    stands in."""
    if {attributes.get("width"), attributes.get("height")} & _NOTHING:
        return True
    names = [attributes.get(name) or "" for name in ("id", "name", "class", "title", "src")]
    host = urlsplit(original_address(source)).netloc
    return any(_FOREIGN.search(name.lower()) for name in (*names, host))
