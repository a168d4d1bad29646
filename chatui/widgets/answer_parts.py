"""What of an answer can be copied by itself: its code blocks, its tables, its addresses."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from chatui.text.safety import one_line
from chatui.widgets.markdown_inline import LINK, inline_content
from chatui.widgets.markdown_parser import fence_language, tokens_of


@dataclass(frozen=True, slots=True)
class AnswerCode:
    """`language` is as the fence names it, "" where it does not."""

    code: str
    language: str

    @property
    def lines(self) -> int:
        return self.code.count("\n") + (not self.code.endswith("\n"))


def code_blocks(text: str) -> list[AnswerCode]:
    """In the order and with the numbers that the window gives them, from 1."""
    return [
        AnswerCode(token.content, fence_language(token))
        for token in tokens_of(text)
        if token.type in {"fence", "code_block"}
    ]


def tables(text: str) -> list[str]:
    """Each as CSV, its head as the first row."""
    found: list[str] = []
    rows: list[list[str]] | None = None
    for token in tokens_of(text):
        match token.type:
            case "table_open":
                rows = []
            case "tr_open" if rows is not None:
                rows.append([])
            case "inline" if rows:
                rows[-1].append(inline_content(token, frozenset()).plain.strip())
            case "table_close" if rows is not None:
                found.append(as_csv(rows))
                rows = None
    return found


def as_csv(rows: list[list[str]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()


def addresses(text: str) -> list[str]:
    """What links of the text lead to, each once; not yet checked."""
    return list(dict.fromkeys(one_line(href) for href in _hrefs(text)))


def _hrefs(text: str) -> Iterator[str]:
    for token in tokens_of(text):
        if token.type == "inline":
            for span in inline_content(token, frozenset()).spans:
                meta = getattr(span.style, "meta", None)
                if meta and LINK in meta:
                    yield str(meta[LINK])
