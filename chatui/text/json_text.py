"""JSON as chatui writes it: readable in any script, and safe to be drawn.

Whatever `text.safety` would take out of a text stands as `\\uXXXX`, so that a document may go
to a terminal as it is and still says, to the last character, what the values say.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from chatui.text.safety import escape_controls


def json_text(
    value: Any, *, indent: int | None = None, default: Callable[[Any], Any] | None = None
) -> str:
    return escape_controls(json.dumps(value, ensure_ascii=False, indent=indent, default=default))
