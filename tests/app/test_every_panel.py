"""What holds for every panel: its colours on any palette, and without colours; its marks on a
console; that nothing moves where that is not wanted.

The bar of the terminal's own colours is 3 to 1, WCAG's for large and for bold text and for marks. A
higher one can't be asked: Solarized's plain text has 4.1 to 1 on its light background. Text that
is only read is in the terminal's own colours for text, and whatever a colour says stands there in
words, marks or bold as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from rich.color import Color
from rich.segment import Segment
from textual.color import Color as TextualColor
from textual.theme import Theme
from textual.widgets import Input, TextArea

from chatui.app.themes import COLOURLESS, THEMES, fitting_theme
from chatui.config.window import Ui
from chatui.system.terminal import Terminal, terminal_of
from chatui.widgets.own_colours import OwnColours
from chatui.widgets.plain_marks import DRAWN, PlainMarks
from tests.app.every_panel import PANELS, Stage, every, stage_in, staged
from tests.palettes import DARK, LIGHT, Rgb, contrast

BAR, AA = 3.0, 4.5
SIZE = (80, 24)
WITH_CHOSEN_ROWS = ("models", "sessions", "help", "themes", "sources", "commands completed")
WITH_ALL_COLOURS = (
    "chat", "choosing", "sources", "commands completed", "find", "error", "warning", "reading",
    "editing", "models", "sessions found", "tokens", "switch", "template form", "files",
    "compare 2 differences", "compare 4",
)  # fmt: skip
OTHERS_WORDS = frozenset("算法")
"""Of the texts that are shown."""
ROLES = ("primary", "secondary", "accent", "warning", "error", "success")
PALETTES = {"ansi-dark": DARK, "ansi-light": LIGHT}
Panels = Mapping[str, Sequence[Segment]]


@pytest.fixture(scope="module")
def panels(tmp_path_factory: pytest.TempPathFactory) -> Panels:
    """What each panel draws in the terminal's own colours."""

    async def seen() -> Panels:
        chat = await stage_in(tmp_path_factory.mktemp("panels"))
        async with staged(chat, SIZE, Ui(theme="ansi-dark")) as stage:
            return {name: drawn(stage) async for name in every(stage)}

    return asyncio.run(seen())


def drawn(stage: Stage) -> list[Segment]:
    strips = stage.window.screen._compositor.render_strips()
    return [segment for strip in strips for segment in strip]


def colours_of(theme: Theme) -> frozenset[int | None]:
    """The numbers of those that it names, of sixteen."""
    named = [getattr(theme, role) for role in ROLES]
    return frozenset(TextualColor.parse(name).ansi for name in named if name)


@pytest.mark.parametrize("name", PALETTES)
def test_the_colours_of_a_theme_can_be_read_on_every_palette(name: str) -> None:
    (theme,) = (theme for theme in THEMES if theme.name == name)
    below = [
        (terminal, number, round(ratio, 2))
        for terminal, palette in PALETTES[name].items()
        for number in colours_of(theme)
        if (ratio := contrast(palette.colours[number or 0], palette.background)) < BAR
    ]
    assert below == []


def test_no_panel_has_other_colours_than_those_and_the_terminals_own(panels: Panels) -> None:
    """So none stands on another one either: what has a background is reversed."""
    (theme,) = (theme for theme in THEMES if theme.name == "ansi-dark")
    allowed = colours_of(theme) | {None}
    for name, segments in panels.items():
        for text, style, _ in segments:
            if style is not None and text.strip():
                assert (style.color.number if style.color else None) in allowed, (name, text)
                assert style.bgcolor is None or style.bgcolor.is_default, (name, text)
                assert not style.dim, (name, text)


@pytest.mark.parametrize("name", WITH_CHOSEN_ROWS)
def test_a_chosen_row_is_reversed(panels: Panels, name: str) -> None:
    rows = [each.text for each in panels[name] if each.style and each.style.reverse]
    assert any(len(row.strip()) > 3 for row in rows)


def test_without_colours_no_panel_has_any(panels: Panels) -> None:
    for name, segments in panels.items():
        plain = OwnColours(colourless=True).apply(list(segments), TextualColor(0, 0, 0))
        styles = [segment.style for segment in plain if segment.style]
        assert not [each for each in styles if each.color or each.bgcolor], name


def test_on_a_console_every_mark_is_one_that_its_font_has(panels: Panels) -> None:
    for name, segments in panels.items():
        marked = PlainMarks().apply(list(segments), TextualColor(0, 0, 0))
        text = "".join(segment.text for segment in marked)
        assert frozenset(text) - DRAWN - OTHERS_WORDS == frozenset(), name


async def test_a_console_gets_its_colours_and_marks_and_a_colourless_terminal_no_colours(
    tmp_path: Path,
) -> None:
    chat = await stage_in(tmp_path)
    async with staged(chat, SIZE, terminal=terminal_of({"TERM": "linux"})) as stage:
        assert stage.window.theme == "ansi-dark"
        assert "╭" not in chat.screen
        assert "┌" in chat.screen
    async with staged(chat, SIZE, terminal=Terminal(colours=0)) as stage:
        assert stage.window.theme == COLOURLESS
        for _, style, _ in drawn(stage):
            for colour in (style.color, style.bgcolor) if style else ():
                assert colour is None or colour.is_default


async def test_all_text_of_our_own_themes_meets_wcag_aa(tmp_path: Path) -> None:
    """But what lies in the shade of a box, which is not to be read then."""
    below: dict[str, float] = {}
    async with staged(await stage_in(tmp_path), SIZE) as stage:
        async for name in every(stage, WITH_ALL_COLOURS):
            for theme in (theme.name for theme in THEMES if not theme.ansi):
                stage.window.theme = theme
                await stage.pilot.pause()
                for text, style, _ in in_front(stage):
                    if style is None or not any(map(str.isalnum, text)):
                        continue
                    front, back = triplet(style.color), triplet(style.bgcolor)
                    if (ratio := contrast(front, back)) < AA:
                        below[f"{theme}, {name}: {text.strip()!r}"] = round(ratio, 2)
    assert below == {}


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_no_box_is_higher_than_what_stands_in_it(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    """A field to write in may have lines that are empty yet."""
    too_high: dict[str, int] = {}
    async with staged(await stage_in(tmp_path), size) as stage:
        async for name in every(stage):
            shown = stage.window.screen
            box = shown.children[0] if shown.is_modal else None
            if box is None or not box.styles.border.bottom[0] or name == "compact, short":
                continue
            lines = "".join(segment.text for segment in in_front(stage))
            width = box.region.width
            inside = [lines[at + 1 : at + width - 1] for at in range(0, len(lines), width)][1:-1]
            empty = len(inside) - len(
                "\n".join(line.strip() for line in inside).rstrip().split("\n")
            )
            if empty > 1:
                too_high[name] = empty
    assert too_high == {}


def in_front(stage: Stage) -> list[Segment]:
    """What is drawn within the box that stands over the chat, if one does."""
    screen = stage.window.screen
    region = screen.children[0].region if screen.is_modal else screen.region
    strips = screen._compositor.render_strips()[region.y : region.bottom]
    return [each for strip in strips for each in strip.crop(region.x, region.right)]


def triplet(colour: Color | None) -> Rgb:
    assert colour is not None
    assert colour.triplet is not None
    red, green, blue = colour.triplet
    return red, green, blue


async def test_without_motion_no_cursor_blinks_in_any_field(tmp_path: Path) -> None:
    fields = {"chat", "models", "find", "template form", "compact", "tokens", "compare to write"}
    async with staged(await stage_in(tmp_path), SIZE, Ui(motion=False)) as stage:
        stage.leaves_cursors = True
        assert stage.window.animation_level == "none"
        async for name in every(stage, [name for name in PANELS if name in fields]):
            field = stage.window.focused
            assert isinstance(field, Input | TextArea), name
            assert not field.cursor_blink, name


@pytest.mark.parametrize(
    ("environ", "theme"),
    [
        ({"TERM": "xterm-256color"}, "chatui-dark"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "chatui-dark"),
        ({"TERM": "xterm-kitty"}, "chatui-dark"),
        ({"TERM": "linux"}, "ansi-dark"),
        ({"TERM": "xterm", "COLORFGBG": "15;0"}, "ansi-dark"),
        ({"TERM": "xterm", "COLORFGBG": "0;default;15"}, "ansi-light"),
        ({"TERM": "xterm"}, COLOURLESS),
        ({"TERM": "vt100"}, COLOURLESS),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, COLOURLESS),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "chatui-dark"),
    ],
    ids=str,
)
async def test_the_theme_is_one_that_the_terminal_can_show(
    tmp_path: Path, environ: dict[str, str], theme: str
) -> None:
    terminal = terminal_of(environ)
    chat = await stage_in(tmp_path)
    themes = chat.window.available_themes
    assert fitting_theme("chatui-dark", themes, terminal) == theme
    kept = fitting_theme("ansi-light", themes, terminal)
    assert kept == ("ansi-light" if terminal.colours else COLOURLESS)


async def test_a_terminal_of_few_colours_is_offered_the_themes_that_it_can_show(
    tmp_path: Path,
) -> None:
    chat = await stage_in(tmp_path)
    async with staged(chat, SIZE, terminal=terminal_of({"TERM": "linux"})) as stage:
        await chat.write(stage.pilot, "/theme chatui-light")
        assert "There is no theme chatui-light" in chat.notice
        await chat.write(stage.pilot, "/clear")
    async with staged(chat, SIZE, terminal=Terminal(colours=0)) as stage:
        await chat.write(stage.pilot, "/theme")
        assert "shows no colours" in chat.notice
