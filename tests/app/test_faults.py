"""What nobody foresaw, in the window: one sentence, a report without text, and the chat goes on."""

from __future__ import annotations

import sys
from pathlib import Path

from chatui.domain.conversation import TurnState
from chatui.models.base import TextDelta
from chatui.system.fault_log import FaultLog
from tests.app.scripted_chat import Chat, says
from tests.app.test_terminal import Terminal, environ

__all__ = ["environ"]

BREAKS = """
import sys
from chatui.app.app import ChatuiApp

def action_slash(self, name):
    raise RuntimeError(self.view.composer.text)

ChatuiApp.action_slash = action_slash
sys.argv = ["chatui"]
from chatui.__main__ import main
main()
"""


async def test_a_fault_under_a_reply_is_told_and_the_window_goes_on(chat: Chat) -> None:
    log = chat.folder / "chatui.log"
    chat.window.faults = FaultLog(log, chat.folder / "chats.db")
    chat.model.scripts = [
        [TextDelta("Half a secret"), RuntimeError("a secret and sk-planted")],
        says("Whole"),
    ]
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        await chat.until(lambda: str(log) in chat.notice)
        turn = chat.window.session.path.turns[0][1]
        await chat.write(pilot, "Once more")
        answers = chat.answers

    assert (turn.state, turn.reply.text) == (TurnState.FAILED, "Half a secret")
    assert turn.reply.error == "Something went wrong inside chatui (RuntimeError); ask again."
    assert answers[-1] == "Whole"
    assert "fault in the window, at its work 'reply'" in log.read_text()
    assert "secret" not in log.read_text()
    assert "planted" not in log.read_text()


def test_a_window_that_falls_leaves_a_sentence_and_no_traceback(
    environ: dict[str, str], tmp_path: Path
) -> None:
    terminal = Terminal(environ, (sys.executable, "-c", BREAKS))
    try:
        terminal.until("Ask anything")
        terminal.press("grandmother's recipe")
        terminal.until("grandmother's recipe")
        before = len(terminal.sent)
        terminal.press("\x1bOP")
        code = terminal.exit_code()
    finally:
        terminal.close()
    said = terminal.sent[before:].rpartition(b"\x1b[?1049l")[2].decode()
    log = tmp_path / "data" / "state" / "chatui.log"

    assert code == 1
    assert "went wrong inside chatui (RuntimeError)" in " ".join(said.split())
    assert "`chatui -c`" in " ".join(said.split())
    assert "Traceback" not in said
    assert "recipe" not in said
    assert "in action_slash" in log.read_text()
    assert "recipe" not in log.read_text()
