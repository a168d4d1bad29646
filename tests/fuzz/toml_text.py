"""Values as TOML, whatever they are."""

from __future__ import annotations

import datetime
import math
from typing import Any

from hypothesis import strategies as st

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALARS = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.integers(-3, 300)
    | st.floats()
    | st.floats(0, 3)
    | TEXTS
    | st.sampled_from(["", "auto", "none", "hybrid", "USD", "0.5", "f1", "ctrl+c", "\x1b]0;x\x07"])
    | st.dates()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            TEXTS | st.sampled_from(["input", "base_url", "models"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def toml(value: Any) -> str:  # noqa: PLR0911 - one for each type
    """The value on one line."""
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case float():
            return str(value) if not math.isfinite(value) or "." in str(value) else f"{value:.1e}"
        case str():
            return quoted(value)
        case datetime.date():
            return value.isoformat()
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case dict():
            return f"{{{', '.join(f'{quoted(k)} = {toml(v)}' for k, v in value.items())}}}"
    raise TypeError(value)


def quoted(text: str) -> str:
    return '"' + "".join(f"\\U{ord(c):08x}" if c in '"\\' or c < " " or c == "\x7f" else c
                         for c in text) + '"'  # fmt: skip


def table(keys: list[str], value: Any) -> str:
    """A file that sets nothing but that one key."""
    *parents, key = keys
    head = f"[{'.'.join(map(quoted, parents))}]\n" if parents else ""
    return f"{head}{quoted(key)} = {toml(value)}\n"
