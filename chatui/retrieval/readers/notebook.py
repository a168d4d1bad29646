"""Jupyter notebooks: their cells as Markdown, code between fences, short outputs below it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document, Unreadable
from chatui.retrieval.readers import markdown
from chatui.text.safety import strip_controls

OUTPUT_CHARACTERS = 2000
"""Of each output; what is longer is a table of data or a log."""


def read(text: str, stem: str) -> Document:
    """Offsets and lines are those of the text made of the cells."""
    try:
        notebook = json.loads(text)
        cells = notebook.get("cells") or [
            cell for sheet in notebook.get("worksheets", []) for cell in sheet["cells"]
        ]
        language = str(notebook.get("metadata", {}).get("language_info", {}).get("name", ""))
        parts = [part for cell in cells for part in _cell(cell, language)]
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError) as error:
        raise ReadFailed("it is a damaged notebook") from error
    whole = strip_controls("\n\n".join(parts))
    if not whole.strip():
        raise Unreadable("it holds no text", empty=True)
    return markdown.read(whole, stem)


def _cell(cell: dict[str, Any], language: str) -> Iterator[str]:
    source = _joined(cell.get("source", cell.get("input", ""))).strip("\n")
    kind = cell.get("cell_type")
    if kind == "heading":
        yield "#" * int(cell.get("level", 1)) + " " + source
    elif kind == "code":
        if source.strip():
            yield _fenced(source, language)
        for output in cell.get("outputs", []):
            shown = output.get("text") or output.get("data", {}).get("text/plain", "")
            if text := _joined(shown).strip("\n"):
                yield _fenced(text[:OUTPUT_CHARACTERS], "")
    elif source.strip():
        yield source


def _fenced(text: str, language: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"


def _joined(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)
