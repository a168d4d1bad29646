"""Lays the chosen pieces out as Markdown: verbatim, grouped by passage, each with its mark."""

from __future__ import annotations

from collections.abc import Sequence

from chatui.domain.passage import Passage
from chatui.models.extractive.scoring import Quotable
from chatui.text.blocks import TABLE_RULE, BlockKind, is_row, table_head
from chatui.text.citations.marks import PLAIN, MarkForm


def quote(
    passages: Sequence[Passage],
    pieces: Sequence[Quotable],
    chosen: Sequence[int],
    form: MarkForm = PLAIN,
) -> str:
    """The quotes, a paragraph each. Neighbouring pieces stay one slice of the passage.

    Passages come in the order of their first mention in `chosen`.
    """
    return "\n\n".join(
        _run_text(passages[pieces[run[0]].n - 1], [pieces[i] for i in run], form)
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
    return not between.replace("\\n", "").strip() or bool(TABLE_RULE.match(between.strip()))


def _layout(candidate: Quotable) -> BlockKind:
    """Items and prose can share a paragraph; a table and code stand for themselves."""
    kind = candidate.piece.kind
    return BlockKind.PROSE if kind is BlockKind.ITEM else kind


def _run_text(passage: Passage, run: Sequence[Quotable], form: MarkForm) -> str:
    text = passage.text
    first, last = run[0].piece, run[-1].piece
    mark = form.written([run[0].n])
    body = text[first.start : last.end]
    if first.kind is BlockKind.CODE:
        fence = "~~~" if "```" in body else "```"
        return f"{fence}{first.language}\n{body}\n{fence}\n{mark}"
    if first.kind is BlockKind.ROW:
        return f"{_table(passage, run)}\n\n{mark}"
    # Rows of a file without a form of their own say little without the names of their columns.
    return f"{passage.header}\n{body} {mark}" if passage.header else f"{body} {mark}"


def _table(passage: Passage, run: Sequence[Quotable]) -> str:
    """Rows as a Markdown table, under the head of their own table: that in the passage, or the
    one that the passage stands below."""
    text = passage.text
    first, last = run[0].piece, run[-1].piece
    rows = text[first.start : last.end].splitlines()
    head = table_head(text, first.start)
    if passage.header and not _has_head(text, first.end):
        head = f"| {passage.header} |" if rows[0].lstrip().startswith("|") else passage.header
    if head is None:
        # A passage may start in the middle of a table: its first row then serves as the head.
        head, rows = rows[0], rows[1:]
    rule = "|".join(["---"] * (head.strip().strip("|").count("|") + 1))
    rows = [row for row in rows if not TABLE_RULE.match(row)]
    return "\n".join([head, f"|{rule}|" if head.startswith("|") else rule, *rows])


def _has_head(text: str, row_end: int) -> bool:
    """Whether the rule below a head stands among the rows up to this one, or right below it."""
    rows: list[str] = []
    for line in reversed(text[:row_end].splitlines()):
        if not is_row(line) and not TABLE_RULE.match(line):
            break
        rows.append(line)
    below = text[row_end:].lstrip("\r\n").partition("\n")[0]
    return any(TABLE_RULE.match(line) for line in [*rows, below])
