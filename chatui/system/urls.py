"""Addresses as people may see them."""

from __future__ import annotations

import re


def shown(url: str) -> str:
    """An address as a message may show it: without a password."""
    return re.sub(r"//[^/]*@", "//", url)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its own name: one that no proxy can reach."""
    return host in ("localhost", "::1") or host.startswith("127.")
