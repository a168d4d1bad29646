"""Sizes of files for people."""

from __future__ import annotations


def size_text(count: int) -> str:
    """As file managers and the hub write it, in powers of ten: "386 MB", "2.5 GB"."""
    if count < 999_500:
        return f"{count / 1e3:.0f} kB"
    if count < 999_500_000:
        return f"{count / 1e6:.0f} MB"
    return f"{count / 1e9:.1f} GB"
