from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx

from tests.app.scripted_chat import Chat, ScriptedModel, says
from tests.patience import PATIENCE, steady_windows


@pytest.fixture
def chat(tmp_path: Path) -> Chat:
    """A window whose model says hello."""
    return Chat(tmp_path, ScriptedModel([says("Hello there")]))


@pytest.fixture(autouse=True)
def the_user_is_as_slow_as_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes by the clock, because people do, does not end while a busy machine is at a test: a
    key that is pressed twice, a message that passes, work that is waited for at the end."""
    for name in (
        "chatui.app.app.TWICE_SECONDS",
        "chatui.app.commands.switching.PATIENCE_SECONDS",
        "chatui.app.shell.SETTLING_SECONDS",
        "chatui.app.commands.compare_flow.SETTLING_SECONDS",
        "chatui.widgets.notice.SECONDS_SHOWN",
    ):
        monkeypatch.setattr(name, PATIENCE)
    steady_windows(monkeypatch)
    # Nobody types into the first frame of these windows.
    monkeypatch.setattr("chatui.app.app.OPENING_PAUSE_SECONDS", 0.01)


@pytest.fixture(autouse=True)
def no_handler_blocks_the_loop() -> Iterator[None]:
    """Fails a test in which code of chatui blocks the event loop."""
    with blockbuster_ctx("chatui") as guards:
        for name in ("io.BufferedReader.read", "os.stat"):
            # A module that is imported when it is first needed is read from its file.
            guards.functions[name].can_block_in(
                "<frozen importlib._bootstrap_external>", "get_data"
            )
        # Textual finds its style sheet while an app is made, before it runs.
        for name in ("os.path.abspath", "os.stat"):
            guards.functions[name].can_block_in("textual/app.py", "__init__")
        yield
