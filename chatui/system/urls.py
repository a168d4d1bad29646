"""Addresses as people may see them."""

from __future__ import annotations

import re


def shown(url: str) -> str:
    """An address as a message may show it: without a password."""
    return re.sub(r"//[^/]*@", "//", url)
