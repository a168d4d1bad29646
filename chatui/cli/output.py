"""Printing: data to stdout, everything else to stderr."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import click


def plain(value: Any) -> Any:
    """A value as JSON knows it: Decimal as a string, times in ISO 8601, dataclasses as objects."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = (field.name for field in dataclasses.fields(value))
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes):
        return [plain(item) for item in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def print_json(value: Any, *, line: bool = False) -> None:
    """One document; with `line`, on one line, for JSON lines. A lone surrogate becomes a
    replacement character: it has no place in UTF-8."""
    text = json.dumps(plain(value), ensure_ascii=False, indent=None if line else 2)
    click.echo(text.encode("utf-8", "replace").decode())


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell, the last one as it is."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    widths[-1] = 0
    for number, row in enumerate([head, *rows]):
        text = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(click.style(text.rstrip(), bold=True) if number == 0 else text.rstrip())


def warn(sentence: str) -> None:
    click.echo(sentence, err=True)


def read_stdin() -> str:
    """What was piped in, or "" when the terminal is there instead."""
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return ""
    return sys.stdin.buffer.read().decode("utf-8", "replace")
