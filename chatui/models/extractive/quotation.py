"""Lays the chosen pieces out as Markdown: verbatim, grouped by passage, each with its `[n]`."""

from __future__ import annotations

from collections.abc import Sequence

from chatui.domain.passage import Passage
from chatui.models.extractive.scoring import Quotable
from chatui.text.blocks import TABLE_RULE, BlockKind, table_head


def quote(passages: Sequence[Passage], pieces: Sequence[Quotable], chosen: Sequence[int]) -> str:
    """The quotes, a paragraph each. Neighbouring pieces stay one slice of the passage.

    Passages come in the order of their first mention in `chosen`.
    """
    return "\n\n".join(
        _run_text(passages[pieces[run[0]].n - 1].text, [pieces[i] for i in run])
        for run in _runs(passages, pieces, chosen)
    )


def _runs(
    passages: Sequence[Passage], pieces: Sequence[Quotable], chosen: Sequence[int]
) -> list[list[int]]:
    """Groups of chosen pieces with nothing but white space between them."""
    runs: list[list[int]] = []
    for place in chosen:
        if runs and place == runs[-1][-1] + 1 and _touches(passages, pieces, place):
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs


def _touches(passages: Sequence[Passage], pieces: Sequence[Quotable], place: int) -> bool:
    before, piece = pieces[place - 1], pieces[place]
    if before.n != piece.n or _layout(before) is not _layout(piece):
        return False
    between = passages[piece.n - 1].text[before.piece.end : piece.piece.start]
    return not between.replace("\\n", "").strip()


def _layout(candidate: Quotable) -> BlockKind:
    """Items and prose can share a paragraph; a table and code stand for themselves."""
    kind = candidate.piece.kind
    return BlockKind.PROSE if kind is BlockKind.ITEM else kind


def _run_text(text: str, run: Sequence[Quotable]) -> str:
    first, last = run[0].piece, run[-1].piece
    mark = f"[{run[0].n}]"
    body = text[first.start : last.end]
    if first.kind is BlockKind.CODE:
        fence = "~~~" if "```" in body else "```"
        return f"{fence}{first.language}\n{body}\n{fence}\n{mark}"
    if first.kind is BlockKind.ROW:
        return f"{_table(text, run)}\n\n{mark}"
    return f"{body} {mark}"


def _table(text: str, run: Sequence[Quotable]) -> str:
    """Rows as a Markdown table, under the head of their own table when the passage has it."""
    first, last = run[0].piece, run[-1].piece
    rows = text[first.start : last.end].splitlines()
    head = table_head(text, first.start)
    if head is None:
        head, rows = rows[0], rows[1:]
    # A passage may start in the middle of a table: its first row then serves as the head.
    rule = "|".join(["---"] * (head.strip().strip("|").count("|") + 1))
    rows = [row for row in rows if not TABLE_RULE.match(row)]
    return "\n".join([head, f"|{rule}|" if head.startswith("|") else rule, *rows])
