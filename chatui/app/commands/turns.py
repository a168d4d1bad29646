"""Commands on turns: take back, ask again, edit, pin, branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatui.app.commands.command import Command
from chatui.app.commands.models import model_names
from chatui.assistant.prompt import without_attachments
from chatui.domain.conversation import Turn
from chatui.domain.errors import UsageError

if TYPE_CHECKING:
    from chatui.app.window import Window


def found(window: Window, key: str) -> tuple[str, Turn]:
    """The turn of that key, or the last one when there is no key. Raises UsageError."""
    chosen = key or window.session.path.head
    turn = window.session.path.turn(chosen) if chosen else None
    if chosen is None or turn is None:
        raise UsageError("There is no turn yet: ask something first.")
    return chosen, turn


async def undo(window: Window, argument: str) -> None:
    await window.settle()
    before = window.session.path.head
    if not await window.session.undo():
        raise UsageError("There is nothing to undo.")
    await window.show_conversation()
    # A step that leaves the newest turn where it was is a compact.
    same = before is not None and window.session.path.head == before
    what = "The summary is taken back" if same else "Taken back"
    window.say(f"{what}; /redo brings it again.")


async def redo(window: Window, argument: str) -> None:
    await window.settle()
    if not await window.session.redo():
        raise UsageError("There is nothing to redo.")
    await window.show_conversation()


async def retry(window: Window, key: str, model: str = "") -> None:
    """Asks the question again, of `model` if one is named; the earlier answer stays stored,
    /undo shows it."""
    if model:
        # Before anything is given up for a model that is not there.
        model = await (await window.session.services()).catalog.resolve(model)
    await window.settle()
    chosen, turn = found(window, key)
    parent = window.session.path.parent_of(chosen)
    window.ask(without_attachments(turn.question), parent, model, turn.media)
    if model:
        window.say(f"{model} answers this once; /model {model} keeps it.")


async def go_on(window: Window, key: str) -> None:
    """Goes on with a reply that was cut off."""
    await window.settle()
    chosen, _ = found(window, key)
    window.replies.go_on(chosen)


async def edit(window: Window, key: str) -> None:
    """Puts the question into the composer; sending it takes the place of the turn."""
    await window.settle()
    chosen, turn = found(window, key)
    window.start_editing(chosen, without_attachments(turn.question))


async def edit_answer(window: Window, key: str) -> None:
    """Puts the answer into the composer; sending it makes a version of the turn with it."""
    await window.settle()
    chosen, turn = found(window, key)
    window.start_editing(chosen, turn.reply.text, "answer")


async def branch(window: Window, key: str) -> None:
    """Goes on in a copy that ends with this turn."""
    await window.settle()
    chosen, _ = found(window, key)
    await window.session.fork(chosen)
    await window.show_conversation()
    window.say("Branched: this copy goes on from here, the original stays as it was.")


async def pin(window: Window, key: str) -> None:
    chosen, _ = found(window, key)
    pinned = await window.session.pin(chosen)
    view = window.view.turn(chosen)
    if view:
        view.set_pinned(pinned)
    window.say(
        "Pinned: this turn stays in the prompt when older ones are dropped."
        if pinned
        else "No longer pinned."
    )


async def edit_chosen(window: Window, argument: str) -> None:
    """The last question, or the answer of the chosen turn."""
    if argument not in {"", "answer"}:
        raise UsageError("Say /edit for the question, or /edit answer for the answer.")
    transcript = window.view.transcript
    key = (transcript.selected_key if transcript else None) or ""
    await (edit_answer(window, key) if argument else edit(window, ""))


async def edit_choices(window: Window) -> list[str]:
    return ["answer"]


async def retry_last(window: Window, argument: str) -> None:
    await retry(window, "", argument)


async def go_on_last(window: Window, argument: str) -> None:
    await go_on(window, "")


async def pin_last(window: Window, argument: str) -> None:
    await pin(window, "")


COMMANDS = (
    Command("undo", "", "Take back the last turn, edit or retry", undo),
    Command("redo", "", "Bring back what undo took", redo),
    Command("continue", "", "Go on with an answer that was cut off", go_on_last),
    Command("retry", "[MODEL]", "Ask the last question again", retry_last, model_names),
    Command(
        "edit",
        "[answer]",
        "Edit the last question, or an answer",
        edit_chosen,
        edit_choices,
        leads=True,
    ),
    Command("pin", "", "Keep the last turn in every prompt, or no longer", pin_last),
)
