"""Commands on the versions of a turn: go through them, add one with another
answer, leave a turn out of prompts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from chatui.app.commands.command import Command
from chatui.app.commands.turns import found
from chatui.assistant.prompt import without_attachments
from chatui.domain.conversation import TurnState
from chatui.domain.errors import UsageError
from chatui.text.figures import money
from chatui.text.safety import one_line
from chatui.widgets.picker import Picker, PickerRow

if TYPE_CHECKING:
    from chatui.app.window import Window
    from chatui.memory.records import TurnVersion

MOST_INDENTED = 8
"""Branches of branches that are still set off: further to the right nothing would be read."""
STATES = {TurnState.INTERRUPTED: "interrupted", TurnState.FAILED: "failed"}


async def step(window: Window, key: str, by: int) -> None:
    """Shows the version of the turn that was made so many before or behind it."""
    chosen, _ = found(window, key)
    store = (await window.session.services()).store
    ids = [each.id for each in await store.versions_of(chosen)]
    place = ids.index(chosen) + by if chosen in ids else -1
    if len(ids) < 2:
        window.say("This turn has one version only: e or r on it makes another.")
    elif 0 <= place < len(ids):
        await show(window, ids[place])
    else:
        window.say(f"This is the {'first' if by < 0 else 'last'} of its {len(ids)} versions.")


async def before(window: Window, key: str) -> None:
    await step(window, key, -1)


async def behind(window: Window, key: str) -> None:
    await step(window, key, 1)


async def show(window: Window, key: str) -> None:
    """Shows the conversation with that turn in it, and the turn."""
    on_path = window.session.path.turn(key) is not None
    transcript = window.view.transcript
    chosen = transcript.chosen if transcript else False
    if not on_path:
        await window.settle()
        await window.session.go_to_version(key)
        await window.show_conversation()
    if transcript is not None:
        await transcript.go_to(key)
        transcript.chosen = chosen and transcript.has_focus


async def choose(window: Window, argument: str) -> None:
    """All ways that the conversation has gone, to go to one of them."""
    session = window.session
    store = (await session.services()).store
    tree = await store.version_tree(session.conversation_id) if session.conversation_id else []
    rows = version_rows(tree, [key for key, _ in session.path.turns])
    if len(rows) < 2:
        raise UsageError("There is one version of each turn: editing or asking again adds others.")
    picker = Picker(
        "Versions",
        rows,
        right=frozenset({2}),
        hint="↑↓ move · Enter shows it · Esc close",
    )
    key = await window.push_screen_wait(picker)
    if key is not None:
        await show(window, key)


def version_rows(tree: Sequence[TurnVersion], path: Sequence[str]) -> list[PickerRow]:
    """A row for each stretch between two places where the conversation went several ways, below
    the one that it goes on from. `tree` has each turn behind the one that it follows; the end of
    the `path` is marked."""
    shown, rows = frozenset(path), []
    here = [first.id for first, *_ in stretches(tree) if first.id in shown][-1:]
    for first, turns, depth, place, count in stretches(tree):
        indent = "│ " * (min(depth, MOST_INDENTED) - 1) + "└ " if depth else ""
        number = f"{place}/{count} " if count > 1 else ""
        asked = one_line(without_attachments(first.question))
        remarks = ["edited"] * first.edited + ["left out"] * first.left_out
        remarks += [STATES[first.state]] if first.state in STATES else []
        cost = "" if first.edited else money(first.cost)
        rows.append(
            PickerRow(
                id=first.id,
                cells=(
                    f"{indent}{number}{asked}",
                    first.model,
                    cost,
                    f"and {turns - 1} more" if turns > 1 else "",
                    ", ".join(remarks),
                ),
                mark="●" if first.id in here else "",
            )
        )
    return rows


def stretches(tree: Sequence[TurnVersion]) -> Iterator[tuple[TurnVersion, int, int, int, int]]:
    """Of each stretch its first turn, how many turns it has, how many branchings lie before it,
    and which of the ways on from there it is, of how many."""
    ways: dict[str | None, list[TurnVersion]] = defaultdict(list)
    for turn in tree:
        ways[turn.parent_id].append(turn)

    def open_ways(parent: str | None, depth: int) -> list[tuple[TurnVersion, int, int, int]]:
        there = ways[parent]
        return [(turn, depth, at, len(there)) for at, turn in enumerate(there, 1)][::-1]

    waiting = open_ways(None, 0)
    while waiting:
        first, depth, place, count = waiting.pop()
        last, turns = first, 1
        while len(ways[last.id]) == 1:
            last, turns = ways[last.id][0], turns + 1
        yield first, turns, depth, place, count
        waiting += open_ways(last.id, depth + 1)


async def put_answer(window: Window, key: str, text: str) -> None:
    """Goes on from a version of the turn that has this answer."""
    last = window.session.path.head == key
    window.leave_editing()
    version = await window.session.edit_answer(key, text)
    await window.show_conversation()
    if window.view.transcript is not None:
        await window.view.transcript.go_to(version)
    rest = "" if last else " The turns behind it stay with the other one."
    window.say(f"Your version of the answer is what the model sees from now on.{rest}")


async def omit(window: Window, key: str) -> None:
    """Leaves the turn out of every prompt, or lets it in again."""
    chosen, _ = found(window, key)
    left_out = await window.session.leave_out(chosen)
    turn = window.session.path.turn(chosen)
    if turn is not None and (view := window.view.turn(chosen)) is not None:
        view.set_left_out(turn.left_out)
    window.show_state()
    window.say(
        "Left out of prompts from now on; what is stored stays."
        if left_out
        else "In prompts again from now on."
    )


async def omit_chosen(window: Window, argument: str) -> None:
    transcript = window.view.transcript
    await omit(window, (transcript.selected_key if transcript else None) or "")


COMMANDS = (
    Command(
        "versions",
        "",
        "Show the ways that the conversation has gone, and go to one",
        choose,
        leads=True,
    ),
    Command("omit", "", "Leave a turn out of prompts, or take it in again", omit_chosen),
)
