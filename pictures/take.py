"""Takes the README's picture: the real window over the manual, answered by the built-in model.

python pictures/take.py [OUTPUT.svg] [COLUMNS ROWS]
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path

from chatui.app.app import ChatuiApp
from chatui.bootstrap.services import open_services
from chatui.config.paths import resolve
from chatui.config.schema import Config
from chatui.retrieval.manual import manual_pages

HERE = Path(__file__).parent
FIRST = "How do I switch the model in the middle of a conversation?"
SECOND = "Can I limit what a conversation may cost?"
DRAFT = "and all of a month?"
SHOWN = Path("/tmp/chatui-docs")
"""The sources panel shows whole paths; this one tells nothing of whoever takes the picture."""


async def settled(app: ChatuiApp, turns: int) -> None:
    while app.is_replying or len(app.session.path.turns) < turns or not app.session.is_open:
        await asyncio.sleep(0.1)
    await asyncio.sleep(1.0)


async def take(output: Path, size: tuple[int, int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = resolve(None, Path(folder), os.environ)
        async with await open_services(Config(), paths) as services:
            SHOWN.mkdir()
            for page in manual_pages():
                shutil.copy(page, SHOWN)
            try:
                async for _ in services.ingestor.run([SHOWN], collection="default"):
                    pass
            finally:
                shutil.rmtree(SHOWN)
        config = Config()
        app = ChatuiApp(config.ui, config.keys, lambda: open_services(config, paths))
        async with app.run_test(size=size) as pilot:
            app.view.composer.cursor_blink = False
            for number, question in enumerate((FIRST, SECOND), start=1):
                app.view.composer.fill(question)
                await pilot.press("enter")
                await settled(app, number)
            await pilot.press("ctrl+o")
            await asyncio.sleep(0.5)
            app.view.composer.focus()
            await pilot.press(*DRAFT)
            await asyncio.sleep(1.5)
            output.write_text(app.export_screenshot(title="chatui"), encoding="utf-8")


def main() -> None:
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "chat.svg"
    size = (int(sys.argv[2]), int(sys.argv[3])) if len(sys.argv) > 3 else (120, 36)
    asyncio.run(take(output, size))


if __name__ == "__main__":
    main()
