"""Lays the chosen pieces out as Markdown: verbatim, grouped by passage, each with its mark."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from chatui.domain.passage import Passage
from chatui.models.extractive.scoring import Quotable
from chatui.text.blocks import TABLE_RULE, BlockKind
from chatui.text.citations.marks import PLAIN, MarkForm
from chatui.text.records import LINE_BREAK, as_table, fields_of, is_delimited

NAMES_PARTED = ", "
"""Between the names of columns in a passage's header."""


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


def best_first(
    passages: Sequence[Passage],
    pieces: Sequence[Quotable],
    scores: Sequence[float],
    chosen: Sequence[int],
) -> list[int]:
    """The chosen places with the quote of the best one at the front, the rest in reading order:
    what answers is read first."""
    if not chosen:
        return []
    quotes: list[list[int]] = []
    for run in _runs(passages, pieces, chosen):
        # What leads to a quote of another kind, as to a block of code, stays above it.
        leads = quotes and quotes[-1][-1] == run[0] - 1 and pieces[run[0] - 1].is_title
        if leads and pieces[run[0] - 1].n == pieces[run[0]].n:
            quotes[-1] += run
        else:
            quotes.append(run)
    best = max(chosen, key=lambda place: (scores[place], -place))
    quotes.sort(key=lambda run: best not in run)
    return [place for run in quotes for place in run]


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
        laid_out = _records if is_delimited(passage.source) else _table
        return f"{laid_out(passage, run)}\n\n{mark}"
    body = _lines_kept(text, run)
    # Rows of a file without a form of their own say little without the names of their columns. What
    # has no bars in a table that has is a remark.
    is_row = passage.header and " | " not in passage.header
    return f"{passage.header}\n{body} {mark}" if is_row else f"{body} {mark}"


def _lines_kept(text: str, run: Sequence[Quotable]) -> str:
    """Their slice of the text, where lines that are no wrapped paragraph stay lines in Markdown: an
    address, a poem, a list without marks."""
    pieces = [one.piece for one in run]
    written = text[pieces[0].start : pieces[0].end]
    for before, piece in pairwise(pieces):
        between = text[before.end : piece.start]
        is_line = piece.block != before.block and piece.kind is BlockKind.PROSE
        if is_line and between.count("\n") == 1:
            between = LINE_BREAK
        written += between + text[piece.start : piece.end]
    return written


def _records(passage: Passage, run: Sequence[Quotable]) -> str:
    """Lines of a file of records as a table where they are told apart, as lines where not."""
    head = run[0].head
    lines = [passage.text[one.piece.start : one.piece.end] for one in run]
    rows = fields_of([head, *lines]) if head else []
    if rows:
        return as_table(rows[0], rows[1:])
    rows, names = fields_of(lines), head.split(NAMES_PARTED)
    if head and rows and len(names) == len(rows[0]):
        return as_table(names, rows)
    return LINE_BREAK.join([head, *lines] if head else lines)


def _table(passage: Passage, run: Sequence[Quotable]) -> str:
    """Rows as a Markdown table, under the names of their columns and the title of their part."""
    first, last = run[0].piece, run[-1].piece
    rows = passage.text[first.start : last.end].splitlines()
    head = run[0].head
    if head and rows[0].lstrip().startswith("|") and not head.startswith("|"):
        head = f"| {head} |"
    if not head:
        # A passage may start in the middle of a table: its first row then serves as the head.
        head, rows = rows[0], rows[1:]
    title = " ".join(run[0].title.split()) if run[0].head else ""
    of_whole = title and _stands_above_head(passage.text, run[0])
    if title and not of_whole:
        rows = [title, *rows]
    rule = "|".join(["---"] * (head.strip().strip("|").count("|") + 1))
    rows = [row for row in rows if not TABLE_RULE.match(row)]
    laid_out = "\n".join([head, f"|{rule}|" if head.startswith("|") else rule, *rows])
    return f"{title}\n\n{laid_out}" if of_whole else laid_out


def _stands_above_head(text: str, row: Quotable) -> bool:
    """Whether the title is the whole table's, above the names of its columns."""
    title = text.rfind(row.title, 0, row.piece.start)
    return title < text.rfind(row.head, 0, row.piece.start)
