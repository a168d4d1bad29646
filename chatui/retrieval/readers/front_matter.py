"""Front matter: what stands before a Markdown text about it, in YAML or TOML between two lines."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from chatui.text.safety import one_line

MOST_CHARACTERS = 16_384
_FENCED = re.compile(
    r"(?P<mark>---|\+\+\+)[ \t]*\r?\n(?P<inside>(?:.*?\r?\n)??)"
    r"(?:(?P=mark)|\.{3})[ \t]*(?:\r?\n|$)",
    re.DOTALL,
)
_KEY = re.compile(r"[^\W\d][\w.-]*(?: [\w.-]+){0,2}")
"""Names, of three words at most; "Minutes of the board, 4 May: …" is a sentence."""


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """Where the text behind it begins, 0 when there is none, and the title that it gives, or ""."""

    end: int = 0
    title: str = ""


def front_matter(text: str) -> FrontMatter:
    """What the text begins with is front matter when it parses to names and values; a text
    between two rules is none, and stays."""
    found = _FENCED.match(text[:MOST_CHARACTERS])
    if not found:
        return FrontMatter()
    inside = found["inside"]
    if inside[:1] in "\r\n" and inside.strip():
        return FrontMatter()
    values = _toml(inside) if found["mark"] == "+++" else _yaml(inside)
    if values is None or not all(_KEY.fullmatch(key) for key in values):
        return FrontMatter()
    title = next((value for key, value in values.items() if key.lower() == "title"), "")
    return FrontMatter(found.end(), one_line(title) if isinstance(title, str) else "")


def _toml(inside: str) -> Mapping[str, object] | None:
    try:
        return dict(tomllib.loads(inside.replace("\r\n", "\n")))
    except (ValueError, RecursionError):
        return None


def _yaml(inside: str) -> Mapping[str, object] | None:
    """None for what is no mapping. Empty front matter is an empty one.

    The loader in Python that makes nothing but texts: libyaml's crashes on deep nesting, and the
    others fold `<<` together until the memory is full.
    """
    import yaml

    try:
        values = yaml.load(inside, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    if not values:
        return {}
    return values if isinstance(values, dict) else None
