"""Every panel of the window, opened one after the other over the same conversation.

`python -m tests.app.every_panel FOLDER [THEME [PANEL…]]` saves a picture of each in every size, to
be looked at after a change of the looks.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, TextArea

from chatui.app.app import ChatuiApp
from chatui.app.commands.looking_back import FileLine, remark, rows
from chatui.app.start import StartOptions
from chatui.config.schema import PriceEntry
from chatui.config.window import Ui
from chatui.cost.stats.values import Stats, StatsRow
from chatui.cost.switch import SwitchQuote
from chatui.domain.conversation import TurnState
from chatui.domain.passage import Ranks
from chatui.domain.usage import Cost, Usage
from chatui.memory.store.store import ChatStore
from chatui.system.terminal import Terminal
from chatui.text.web_address import web_address
from chatui.widgets.compact_panel import Compaction, CompactPanel
from chatui.widgets.compare_screen import CompareScreen
from chatui.widgets.cost_panel import CostPanel
from chatui.widgets.filter_panel import FilterPanel
from chatui.widgets.links import LinkBox
from chatui.widgets.picker import Picker
from chatui.widgets.stats import StatsScreen
from chatui.widgets.switch_panel import SwitchPanel
from chatui.widgets.text_box import TextBox
from tests.app.scripted_chat import Chat, ScriptedModel, says
from tests.models.conftest import endpoint_at
from tests.patience import until
from tests.widgets.test_compare_pictures import ANSWERS, FAILED, QUESTION
from tests.widgets.test_small_screens import NEW, OLD, SENTENCE
from tests.widgets.test_stats_pictures import FIRST
from tests.widgets.turns import MARKDOWN, answered, cited, failed, interrupted, passage

SIZES = ((40, 15), (60, 20), (80, 24), (120, 40), (200, 60))
DRAWING = (
    "open", "completion", "sessions", "notes", "side", "welcome", "boundary", "listing",
    "differences", "find", "totals", "choices",
)  # fmt: skip
"""Work that ends by itself and changes what is seen."""
Open = Callable[["Stage"], Awaitable[None]]
LONG = (
    "Both come from the same plant, *Camellia sinensis*; what differs is the oxidation of the "
    "leaves, and with it the water that they want. "
)
ADDRESS = "https://example.com/" + "a-long-way/" * 12 + "its-end"
FILES = [
    FileLine("manuals/kitchen/kettle-and-teapot.pdf", "failed", "it is damaged"),
    FileLine("archive.zip", "left out", "it is an archive; unpack it first"),
    FileLine("scan.pdf", "read in part", "pages 3 to 7: they are pictures of text"),
    *(FileLine(f"notes/{day:02}.md", "read") for day in range(1, 20)),
]


@dataclass
class Stage:
    """The window, with a conversation in it, and what works its keys."""

    chat: Chat
    pilot: Pilot[None]
    leaves_cursors: bool = False
    """Whether those that blink go on to."""

    @property
    def window(self) -> ChatuiApp:
        return self.chat.window

    async def quiet(self) -> None:
        """Waits until nothing is at work that draws."""
        await until(lambda: not self.window.at_work(*DRAWING))
        await self.pilot.pause()
        for field in () if self.leaves_cursors else self.window.screen.query("Input, TextArea"):
            assert isinstance(field, Input | TextArea)
            field.cursor_blink = False
        await self.pilot.pause()

    async def command(self, name: str, argument: str = "") -> None:
        self.window.command(name, argument)
        await until(lambda: len(self.window.screen_stack) > 1)

    async def push(self, screen: Screen[Any]) -> None:
        await self.window.push_screen(screen)
        await self.pilot.pause()

    async def close(self) -> None:
        """Back to the chat as it was."""
        window = self.window
        while len(window.screen_stack) > 1:
            await window.screen.dismiss(None)
            await self.pilot.pause()
        await until(lambda: self.chat.idle)
        window.view.completions.close()
        window.end_find()
        window.leave_editing()
        window.view.show_edge("")
        window.view.notice.end_progress()
        window.view.notice.dismiss()
        window.view.waiting.show(())
        if window.view.sources is not None and window.view.sources.display:
            await window.view.toggle_sources(None)
        if window.view.side is not None:
            window.view.side.display = False
        window.view.composer.clear()
        window.view.composer.focus()
        if window.view.transcript is not None:
            window.view.transcript.chosen = False
        await self.pilot.pause()


def slash(name: str, argument: str = "") -> Open:
    async def opened(stage: Stage) -> None:
        await stage.command(name, argument)

    return opened


def keys(*pressed: str) -> Open:
    async def opened(stage: Stage) -> None:
        await stage.pilot.press(*pressed)

    return opened


def screen(make: Callable[[], Screen[Any]]) -> Open:
    async def opened(stage: Stage) -> None:
        await stage.push(make())

    return opened


async def nothing(stage: Stage) -> None:
    """The chat itself."""


async def choosing(stage: Stage) -> None:
    await stage.pilot.press("escape")
    await until(lambda: stage.window.view.transcript.has_focus)  # type: ignore[union-attr]


async def sources(stage: Stage) -> None:
    _, turn = stage.window.session.path.turns[-1]
    await stage.window.view.open_sources(turn, 1)


async def wide_sources(stage: Stage) -> None:
    await sources(stage)
    await stage.pilot.press("left", "left", "left", "left", "down")
    stage.window.keep_looks(sources_width=0)


async def completing(stage: Stage) -> None:
    await stage.pilot.press(*"/re", "down")
    await until(lambda: stage.window.view.completions.is_open)


async def completing_models(stage: Stage) -> None:
    await stage.pilot.press(*"/model ")
    await until(lambda: stage.window.view.completions.is_open)


async def finding(stage: Stage) -> None:
    await stage.pilot.press("ctrl+f", *"the")


async def said(stage: Stage) -> None:
    stage.window.say(SENTENCE, "error")


async def warned(stage: Stage) -> None:
    stage.window.say(SENTENCE, "warning")


async def reading(stage: Stage) -> None:
    stage.window.view.notice.progress("Reading", 7, 31, "notes/07.md · Esc stops it")


async def fetching(stage: Stage) -> None:
    stage.window.view.notice.progress("Fetching", 0, 0, "local/qwen3-0.6b-q8_0 …")


async def waiting(stage: Stage) -> None:
    view = stage.window.view
    view.waiting.show(["And how long does white tea steep?", "And oolong?"], "≈ $0.01")
    view.show_edge("● 12 s · no data for 6 s · given up in 54 s · Esc stops", "● 12 s · Esc stops")


async def editing(stage: Stage) -> None:
    key, turn = stage.window.session.path.turns[-1]
    stage.window.start_editing(key, turn.question)


async def edited_answer(stage: Stage) -> None:
    key, turn = stage.window.session.path.turns[-1]
    stage.window.start_editing(key, turn.reply.text, "answer")


async def side(stage: Stage) -> None:
    await stage.pilot.press("ctrl+b")
    shown = stage.window
    await until(
        lambda: len(shown.screen_stack) > 1 or bool(shown.view.side and shown.view.side.display)
    )


async def sessions_found(stage: Stage) -> None:
    await stage.command("resume")
    await stage.pilot.press(*"kettle")


async def typed_answer(stage: Stage) -> None:
    await stage.pilot.press(*"How long does green tea steep?")


async def compacting(stage: Stage) -> None:
    panel = CompactPanel("", "the prices", Compaction(12, 8_412, 600), lambda text: 4 * len(text))
    await stage.push(panel)
    panel.propose("Decisions\n- the Adler drive, at 412 euros\n\nOpen questions\n- the brake\n" * 3)


async def awaiting_a_summary(stage: Stage) -> None:
    await stage.push(CompactPanel("Summing up …", "", Compaction(12, 8_412, 600), len))


async def short_summary(stage: Stage) -> None:
    panel = CompactPanel("", "", Compaction(12, 8_412, 600), len)
    await stage.push(panel)
    panel.propose("Decisions\n- the Adler drive, at 412 euros\n")


def one_day() -> Stats:
    """What `/stats` shows at first."""
    day = FIRST.isoformat()
    row = StatsRow(key=day, calls=3, replies=3, usage=Usage(900, 400, 0, 300))
    return Stats(
        by="day", days=30, since=FIRST, until=FIRST, total=row, rows=(row,), periods=(row,)
    )


async def switching(stage: Stage) -> None:
    panel = SwitchPanel(OLD.model, NEW.model, "f2")
    await stage.push(panel)
    dearer = replace(NEW, costs=replace(NEW.costs, next_turn=Cost(Decimal("0.0007"))))
    panel.show_quote(SwitchQuote(OLD, dearer))


async def files(stage: Stage) -> None:
    await stage.push(
        Picker(
            "Files of default",
            rows(FILES),
            placeholder="Type a part of a name, or left out, failed, in part",
            remark=remark(FILES),
            hint="↑↓ move · Enter opens the file · Esc close",
        )
    )


MODELS = ("openai/gpt-5-mini", "deepseek/deepseek-chat", "mine/qwen3-8b", "lab/small")


async def compared(stage: Stage, count: int, *more: str) -> None:
    """The first and the last answer are long, one of three or more has failed."""
    panel = CompareScreen(MODELS[:count], again=False, ask=lambda question: None, stop=lambda: None)
    await stage.push(panel)
    await panel.begin(QUESTION)
    long = replace(ANSWERS[0], reply=replace(ANSWERS[0].reply, text=LONG * 14))
    turns = [ANSWERS[0], ANSWERS[1], FAILED, long, replace(ANSWERS[1], state=TurnState.INTERRUPTED)]
    for lane, turn in zip(
        panel.lanes, turns[:count] if count > 2 else [long, turns[1]], strict=True
    ):
        await lane.settle(turn)
    panel.ended()
    await stage.pilot.press(*more)


async def compared_running(stage: Stage) -> None:
    panel = CompareScreen(MODELS[:3], again=False, ask=lambda question: None, stop=lambda: None)
    await stage.push(panel)
    await panel.begin(QUESTION)
    await panel.lanes[0].settle(ANSWERS[0])
    panel.lanes[1].append_text("Both come from the same plant; what differs is ")
    panel.lanes[2].say("mine/qwen3-8b answers with an error: asked again in 4 s.")


PANELS: dict[str, Open] = {
    "chat": nothing,
    "typed": typed_answer,
    "choosing": choosing,
    "sources": sources,
    "wide sources": wide_sources,
    "commands completed": completing,
    "models completed": completing_models,
    "find": finding,
    "error": said,
    "warning": warned,
    "reading": reading,
    "fetching": fetching,
    "waiting": waiting,
    "editing": editing,
    "editing an answer": edited_answer,
    "side": side,
    "sessions": slash("resume"),
    "sessions found": sessions_found,
    "models": slash("model"),
    "help": keys("f1"),
    "palette": keys("ctrl+p"),
    "history": keys("ctrl+r"),
    "themes": slash("theme"),
    "context": slash("context"),
    "why": slash("why"),
    "notices": slash("notices"),
    "files": files,
    "options": slash("options"),
    "budget": slash("budget"),
    "cost": slash("cost"),
    "stats": slash("stats"),
    "stats by model": slash("stats", "model"),
    "tokens": slash("tokens", "-m gpt-4o -m r50k_base it's 算法 and more"),
    "memory": slash("memory"),
    "templates": slash("template"),
    "template form": slash("template", "compare"),
    "pull": slash("pull"),
    "stats of a day": screen(lambda: StatsScreen(one_day())),
    "tokens of a word": slash("tokens", "-m gpt-4o tea"),
    "compact": compacting,
    "compact, waiting": awaiting_a_summary,
    "compact, short": short_summary,
    "switch": switching,
    "swaps": screen(
        lambda: FilterPanel(
            "openai/gpt-5-mini",
            [
                ("Jane Doe of the Long Street, " * 3, "⟦PERSON_1⟧"),
                ("jane@example.com", "⟦EMAIL_1⟧"),
            ],
        )
    ),
    "ingest quote": screen(
        lambda: CostPanel("Embedding 3 files with near/embed takes ≈ 9,000 tokens, ≈ $0.30.")
    ),
    "link": screen(lambda: LinkBox(web_address(ADDRESS))),
    "text": screen(lambda: TextBox("A chain", MARKDOWN)),
    "compare to write": screen(
        lambda: CompareScreen(MODELS[:2], again=True, ask=lambda text: None, stop=lambda: None)
    ),
    "compare 2": lambda stage: compared(stage, 2),
    "compare 2 differences": lambda stage: compared(stage, 2, "d"),
    "compare 3": lambda stage: compared(stage, 3),
    "compare 4": lambda stage: compared(stage, 4, "2"),
    "compare running": compared_running,
}


async def stage_in(folder: Path) -> Chat:
    """A chat with what the panels show: conversations, notes, templates, models with prices."""
    chat = Chat(folder, ScriptedModel([says("Hello there")]))
    chat.endpoints = [
        endpoint_at("http://127.0.0.1:9/v1", name="lab", models=("small", "large-instruct-2026"))
    ]
    chat.prices = {"lab/*": PriceEntry(input=Decimal("0.25"), output=Decimal(2))}
    templates = folder / "templates"
    templates.mkdir(parents=True)
    (templates / "compare.md").write_text("Compare {{ one }} with {{ two | default('tea') }}.")
    (templates / "plain.md").write_text("Why is that?")
    found = tuple(
        replace(each, ranks=Ranks(dense=1, lexical=2), similarity=0.7)
        for each in (passage(1, "manuals/kitchen/kettle.md"), passage(2, page=12))
    )
    turns = [
        answered("What is it?", "A *chat* with `documents` [1].", citations=cited(1)),
        interrupted("Tell me a long story", "Once upon a time there"),
        failed("And now?", "The key for openai was refused: check OPENAI_API_KEY."),
        answered(text=MARKDOWN, reasoning="Let me see. " * 9, citations=cited(1, 2)),
    ]
    store = await ChatStore.open(folder / "data" / "chats.db")
    for title in ("How long does a kettle of two litres take?", "Writing to Frau Lindqvist"):
        other = await store.create()
        stored = await store.begin_turn(other.id, title)
        await store.settle_turn(stored.id, replace(answered(title), question=title))
    conversation = await store.create()
    parent = None
    for turn in turns:
        stored = await store.begin_turn(conversation.id, turn.question, parent=parent)
        parent = stored.id
        await store.settle_turn(stored.id, replace(turn, passages=turn.passages and found))
    for note in ("I live in Leeds.", "Answers are to be short, and in British English."):
        await store.notes.add(note)
    await store.close()
    return chat


@asynccontextmanager
async def staged(
    chat: Chat, size: tuple[int, int], ui: Ui | None = None, terminal: Terminal | None = None
) -> AsyncIterator[Stage]:
    """The window on that chat's newest conversation."""
    chat.reopen(StartOptions(continue_last=True), ui=ui, terminal=terminal)
    async with chat.open(size) as pilot:
        yield Stage(chat, pilot)


async def every(stage: Stage, names: Iterable[str] = PANELS) -> AsyncIterator[str]:
    """Opens one after the other; what is yielded is the name of the one that stands open."""
    for name in names:
        await PANELS[name](stage)
        await stage.quiet()
        yield name
        await stage.close()


async def save(folder: Path, theme: str, names: Iterable[str]) -> None:
    with tempfile.TemporaryDirectory() as kept:
        chat = await stage_in(Path(kept))
        for size in SIZES:
            async with staged(chat, size, Ui(theme=theme)) as stage:
                async for name in every(stage, names):
                    picture = stage.window.export_screenshot()
                    file = folder / f"{name.replace(' ', '-')}.{size[0]}x{size[1]}.svg"
                    file.write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    where, look, *panels = [*sys.argv[1:], "chatui-dark"][: max(2, len(sys.argv) - 1)]
    Path(where).mkdir(parents=True, exist_ok=True)
    asyncio.run(save(Path(where), look, panels or PANELS))
