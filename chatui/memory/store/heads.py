"""Where a conversation stands in its tree of turns, and the trail that undo and redo walk."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from chatui.domain.errors import NoSuchConversation, StoreError


def head_of(connection: sqlite3.Connection, conversation: str) -> str | None:
    """The newest turn shown; None before the first. Raises NoSuchConversation."""
    head, _ = _state(connection, conversation)
    return head


def depth_of(connection: sqlite3.Connection, conversation: str, turn: str | None) -> int:
    """How many turns the path to `turn` has, itself included; 0 for None. Raises
    StoreError when the turn is not one of the conversation's."""
    if turn is None:
        return 0
    row = connection.execute(
        "SELECT depth FROM turns WHERE id = ? AND conversation = ?", (turn, conversation)
    ).fetchone()
    if row is None:
        raise StoreError(f"There is no turn {turn} in the conversation {conversation}.")
    return int(row["depth"])


def move_head(connection: sqlite3.Connection, conversation: str, turn: str | None) -> None:
    """A new step of the trail; what undo had made redoable is forgotten, though its turns
    stay stored. Raises NoSuchConversation, StoreError."""
    _, move = _state(connection, conversation)
    depth_of(connection, conversation, turn)
    connection.execute(
        "DELETE FROM head_moves WHERE conversation = ? AND move > ?", (conversation, move)
    )
    _write_move(connection, conversation, move + 1, turn)
    _set(connection, conversation, move + 1, turn)


def head_before(connection: sqlite3.Connection, conversation: str) -> str | None:
    """Where the head was before its last move; None for nowhere, and when nothing is known."""
    _, move = _state(connection, conversation)
    earlier = _move(connection, conversation, move - 1)
    return None if earlier is None else earlier[0]


def on_other_branches(connection: sqlite3.Connection, conversation: str) -> int:
    """How many turns of the conversation are not on the path to its head."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM turns WHERE conversation = ?1) - coalesce("
        "(SELECT depth FROM turns JOIN conversations ON head = turns.id"
        " WHERE conversations.id = ?1), 0)",
        (conversation,),
    ).fetchone()
    return max(0, int(row[0]))


def start_trail(connection: sqlite3.Connection, conversation: str, head: str | None) -> None:
    """Makes the present head the trail's first entry."""
    _write_move(connection, conversation, 0, head)
    _set(connection, conversation, 0, head)


def undo(connection: sqlite3.Connection, conversation: str) -> bool:
    """Takes the last move of the head back: the newest turn, an edit, a retry, a branch.

    Where the trail begins (an import, a fork) one turn is taken off instead, so that undo
    goes on to the conversation's beginning. False when there is nothing left to take back.
    """
    head, move = _state(connection, conversation)
    earlier = _move(connection, conversation, move - 1)
    if earlier is None:
        if head is None:
            return False
        (parent,) = connection.execute("SELECT parent FROM turns WHERE id = ?", (head,)).fetchone()
        _write_move(connection, conversation, move - 1, parent)
        earlier = (parent,)
    _withdraw(connection, compacted(connection, conversation), withdrawn=True)
    _set(connection, conversation, move - 1, earlier[0])
    return True


def redo(connection: sqlite3.Connection, conversation: str) -> bool:
    """Makes the move again that was taken back last; False when there is none."""
    _, move = _state(connection, conversation)
    later = _move(connection, conversation, move + 1)
    if later is None:
        return False
    _set(connection, conversation, move + 1, later[0])
    _withdraw(connection, compacted(connection, conversation), withdrawn=False)
    return True


def compact(connection: sqlite3.Connection, conversation: str, summary: str) -> None:
    """A new step of the trail that leaves the head where it is: a summary counts from here
    on. Undo withdraws it, and redo makes it count again."""
    head, _ = _state(connection, conversation)
    move_head(connection, conversation, head)
    connection.execute(
        "UPDATE head_moves SET summary = ? WHERE conversation = ? AND move ="
        " (SELECT move FROM conversations WHERE id = ?)",
        (summary, conversation, conversation),
    )


def compacted(connection: sqlite3.Connection, conversation: str) -> str | None:
    """The id of the summary that the trail's present step stands for, if it does."""
    row = connection.execute(
        "SELECT summary FROM head_moves JOIN conversations ON conversation = id"
        " AND head_moves.move = conversations.move WHERE id = ?",
        (conversation,),
    ).fetchone()
    return row["summary"] if row else None


def lay_trail(
    connection: sqlite3.Connection,
    conversation: str,
    before: str | None,
    turns: Sequence[str],
    *,
    keep: bool,
) -> None:
    """Puts a step for each of the turns in the place of all steps since the head was
    `before`, so that undo and redo go through them. The head is then on the last of them,
    or, unless `keep`, where it was before."""
    _, move = _state(connection, conversation)
    row = connection.execute(
        "SELECT max(move) FROM head_moves WHERE conversation = ? AND move <= ? AND head IS ?",
        (conversation, move, before),
    ).fetchone()
    start = move if row[0] is None else row[0]
    connection.execute(
        "DELETE FROM head_moves WHERE conversation = ? AND move > ?", (conversation, start)
    )
    for place, turn in enumerate(turns, start=start + 1):
        depth_of(connection, conversation, turn)
        _write_move(connection, conversation, place, turn)
    if keep and turns:
        _set(connection, conversation, start + len(turns), turns[-1])
    else:
        _set(connection, conversation, start, before)


def _state(connection: sqlite3.Connection, conversation: str) -> tuple[str | None, int]:
    row = connection.execute(
        "SELECT head, move FROM conversations WHERE id = ?", (conversation,)
    ).fetchone()
    if row is None:
        raise NoSuchConversation(
            f"There is no conversation {conversation}: `chatui sessions` lists them."
        )
    return row["head"], row["move"]


def _move(connection: sqlite3.Connection, conversation: str, move: int) -> tuple[str | None] | None:
    row = connection.execute(
        "SELECT head FROM head_moves WHERE conversation = ? AND move = ?", (conversation, move)
    ).fetchone()
    return None if row is None else (row["head"],)


def _write_move(
    connection: sqlite3.Connection, conversation: str, move: int, head: str | None
) -> None:
    connection.execute(
        "INSERT INTO head_moves (conversation, move, head) VALUES (?, ?, ?)",
        (conversation, move, head),
    )


def _withdraw(connection: sqlite3.Connection, summary: str | None, *, withdrawn: bool) -> None:
    connection.execute("UPDATE summaries SET withdrawn = ? WHERE id = ?", (withdrawn, summary))


def _set(connection: sqlite3.Connection, conversation: str, move: int, head: str | None) -> None:
    connection.execute(
        "UPDATE conversations SET head = ?, move = ? WHERE id = ?", (head, move, conversation)
    )
