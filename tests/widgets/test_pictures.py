"""The parts as they look. `pytest --snapshot-update` takes new pictures; look at them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.pilot import Pilot
from textual.widgets import TextArea

from chatui.app.themes import THEMES
from chatui.domain.boundary import Boundary
from chatui.domain.conversation import Turn
from chatui.domain.passage import Citation
from chatui.widgets.compact_panel import Compaction, CompactPanel
from chatui.widgets.meter_bar import MeterBar
from chatui.widgets.sources import SourcesPanel
from chatui.widgets.transcript import Transcript
from tests.widgets.test_meter_bar import LEAVING, READING
from tests.widgets.turns import (
    MARKDOWN,
    answered,
    cited,
    failed,
    interrupted,
    passage,
    screen_text,
    until,
)

Compare = Callable[..., bool]


def quoted(n: int) -> Citation:
    """A citation whose passage is one sentence that bears the answer."""
    return Citation(n, passage(n), support=((0, len(passage(n).text)),))


def added(n: int) -> Citation:
    return Citation(n, passage(n), marked=False, added=(18,))


def grounded() -> Turn:
    """An answer with a citation of its own, one that was added, and two that were taken out."""
    text = "It holds *two litres* [1]. The warranty covers the heating element for five years."
    added_last = Citation(2, passage(2), marked=False, added=(len(text),))
    turn = answered("What of the kettle?", text, citations=(quoted(1), added_last))
    return replace(turn, reply=replace(turn.reply, dangling=(8, 9)))


TURNS = [
    ("a", answered("What is it?", "A *chat* with `documents` [1].", citations=cited(1))),
    ("b", interrupted("Tell me a long story", "Once upon a time there")),
    ("c", failed("And now?", "The key for openai was refused: check OPENAI_API_KEY.")),
    ("d", answered(text=MARKDOWN, reasoning="Let me see. " * 9, citations=cited(1, 2))),
]


class PictureApp(App[None]):
    """Transcript, sources and meter as a window has them."""

    def __init__(self, theme: str = "chatui-dark") -> None:
        super().__init__()
        for known in THEMES:
            self.register_theme(known)
        self.theme = theme

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Transcript()
            yield SourcesPanel()
        yield MeterBar()

    async def on_mount(self) -> None:
        transcript = self.query_one(Transcript)
        await transcript.show(TURNS)
        transcript.focus()
        self.query_one(SourcesPanel).show([], [quoted(1), added(2)])
        self.query_one(MeterBar).show(READING)


async def without_sources(pilot: Pilot[None]) -> None:
    pilot.app.query_one(SourcesPanel).display = False
    await pilot.pause()


async def grounded_answer(pilot: Pilot[None]) -> None:
    await without_sources(pilot)
    await pilot.app.query_one(Transcript).show([("g", grounded())])
    await pilot.pause()


async def at_the_top(pilot: Pilot[None]) -> None:
    await without_sources(pilot)
    await pilot.press("up", "g")
    await until(pilot, lambda: pilot.app.query_one(Transcript).scroll_y == 0)


async def before_a_trim(pilot: Pilot[None]) -> None:
    """The prompt began with the second turn, and some leave with the next question."""
    await without_sources(pilot)
    transcript = pilot.app.query_one(Transcript)
    cut = replace(answered("Read this report: …", "It is sound."), cut=8_412)
    await transcript.show([TURNS[0], ("r", cut)])
    transcript.show_boundary(Boundary("r", 12, summarised=12))
    transcript.selected = "r"
    transcript.chosen = True
    pilot.app.query_one(MeterBar).show(replace(READING, memory=LEAVING.memory))
    await pilot.pause()


async def compacting(pilot: Pilot[None]) -> None:
    panel = CompactPanel("", "the prices", Compaction(12, 8_412, 600), lambda text: 4 * len(text))
    await pilot.app.push_screen(panel)
    panel.propose("Decisions\n- the Adler drive, at 412 euros\n\nOpen questions\n- the brake\n" * 3)
    panel.query_one(TextArea).cursor_blink = False
    await until(pilot, lambda: any("tokens → ≈" in row for row in screen_text(pilot.app)))
    await pilot.pause()


async def sources_alone(pilot: Pilot[None]) -> None:
    pilot.app.query_one(Transcript).display = False
    panel = pilot.app.query_one(SourcesPanel)
    panel.styles.width = "1fr"
    panel.focus()
    await pilot.pause()


def test_a_reply_with_all_kinds_of_markdown(snap_compare: Compare) -> None:
    assert snap_compare(PictureApp(), terminal_size=(120, 40), run_before=without_sources)


def test_ends_of_turns_and_the_selected_one_on_a_small_screen(snap_compare: Compare) -> None:
    assert snap_compare(PictureApp(), terminal_size=(80, 24), run_before=at_the_top)


@pytest.mark.parametrize("theme", ["chatui-dark", "chatui-light"])
def test_transcript_sources_and_meter_side_by_side(snap_compare: Compare, theme: str) -> None:
    assert snap_compare(PictureApp(theme), terminal_size=(120, 40))


def test_the_sources_alone_on_a_small_screen(snap_compare: Compare) -> None:
    assert snap_compare(PictureApp(), terminal_size=(80, 24), run_before=sources_alone)


def test_an_answer_with_added_citations_and_some_taken_out(snap_compare: Compare) -> None:
    assert snap_compare(PictureApp(), terminal_size=(80, 24), run_before=grounded_answer)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_where_the_prompt_begins_and_what_leaves_it(
    snap_compare: Compare, size: tuple[int, int]
) -> None:
    assert snap_compare(PictureApp(), terminal_size=size, run_before=before_a_trim)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_a_summary_to_be_accepted(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(PictureApp(), terminal_size=size, run_before=compacting)
