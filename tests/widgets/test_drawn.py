"""The filter that every line of the window passes."""

from __future__ import annotations

import timeit
from collections.abc import Sequence
from itertools import product

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.color import Color
from textual.containers import Vertical
from textual.content import Content
from textual.filter import LineFilter
from textual.strip import Strip
from textual.widgets import Input, OptionList, Static, TextArea

from chatui.text.web_address import web_address
from chatui.widgets.drawn import DrawableLines, border_text
from chatui.widgets.links import LinkBox
from tests.hostile import CONTROLS, HOSTILE, WHOLE, raw

BLACK = Color(0, 0, 0)


def filtered(*segments: Segment) -> Strip:
    return Strip(list(segments)).apply_filter(DrawableLines(), BLACK)


def test_no_hostile_text_passes_and_the_width_stays() -> None:
    for text in HOSTILE:
        line = [Segment("│"), Segment(text, Style(bold=True)), Segment("│")]
        strip = filtered(*line)
        assert raw(strip.text) == [], ascii(text)
        assert "\n" not in strip.text
        cells = sum(segment.cell_length for segment in line)
        assert sum(segment.cell_length for segment in strip) == cells, ascii(text)


def test_emoji_and_scripts_with_joiners_pass_unchanged() -> None:
    for text in WHOLE:
        if "\n" not in text:
            assert filtered(Segment(text)).text == text


def test_a_look_stays_and_a_link_goes() -> None:
    style = Style(bold=True, link="https://x.example/\x1b]0;y\x07")
    (segment,) = filtered(Segment("a\x07", style))

    assert segment.style is not None
    assert (segment.style.bold, segment.style.link) == (True, None)


@pytest.mark.parametrize(
    ("link", "text", "stays"),
    [
        ("https://x.example/a", "https://x.example/a", True),
        ("https://x.example/a", "x.example", True),
        ("https://x.example/a", "https://bank.example/a", False),
        ("https://x.example/a", "click here", False),
        ("https://x.example/a", " ", False),
        ("ftp://x.example/a", "ftp://x.example/a", False),
        ("https://x.example/\x1b\\", "https://x.example/", False),
        ("https://xж.example/", "https://xж.example/", False),
    ],
)
def test_a_link_stays_on_its_own_address_alone(link: str, text: str, stays: bool) -> None:
    (segment,) = filtered(Segment(text, Style(link=link)))
    assert segment.style is not None
    assert segment.style.link == (link if stays else None)


class LinkApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.filter = DrawableLines()

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self.filter]


async def test_the_address_of_a_link_is_one_of_the_terminals_when_it_is_shown() -> None:
    app = LinkApp()
    async with app.run_test() as pilot:
        app.push_screen(LinkBox(web_address("https://x.example/a")))
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        linked = {
            segment.text.strip(): segment.style.link
            for strip in strips
            for segment in strip
            if segment.style and segment.style.link
        }
    assert linked == dict.fromkeys(["https://", "x.example", "/a"], "https://x.example/a")


def test_a_sequence_is_not_put_together_from_parts() -> None:
    assert filtered(Segment("\x1b"), Segment("[2J"), Segment("\x1b]0;"), Segment("a\x07")).text == (
        "[2J]0;a"
    )


def test_a_borders_title_is_no_markup() -> None:
    assert Content.from_markup(border_text("[red]a\x1b[2J[/] \nb [link=x]")).plain == (
        "[red]a[/] b [link=x]"
    )


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_whatever_its_brackets_a_borders_title_is_drawn_to_the_letter(length: int) -> None:
    for text in map("".join, product('[]\\aA=/$@"', repeat=length)):
        assert Content.from_markup(border_text(text)).plain == text


class Hosts(App[None]):
    """All kinds of widgets around one text."""

    CSS = "* { height: auto; } TextArea { height: 4; }"

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), DrawableLines()]

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.styles.border = ("round", "red")
            box.border_title = border_text(self._text)
            box.border_subtitle = border_text(self._text)
            yield Static(self._text, markup=False)
            yield OptionList(Content(self._text), markup=False)
            yield Input(self._text, placeholder=self._text)
            yield Input(placeholder=self._text)
            yield TextArea(self._text)
        self.notify(self._text, title=border_text(self._text), markup=False)


@pytest.mark.parametrize("start", range(0, len(CONTROLS), 80))
async def test_every_widget_is_drawn_through_it(start: int) -> None:
    texts = [text.encode(errors="replace").decode() for text in CONTROLS[start : start + 80]]
    app = Hosts(" ".join(texts))
    async with app.run_test(size=(120, 400)) as pilot:
        await pilot.pause()
        lines = [strip.text for strip in app.screen._compositor.render_strips()]
        assert raw("".join(lines)) == []
        assert [line for line in lines if "\n" in line or "\t" in line] == []
        assert any("─" in line for line in lines)


def test_a_plain_screen_costs_next_to_nothing() -> None:
    line = [Segment("a word of plain text, "), Segment("then another in a look")] * 5
    lines = DrawableLines()
    seconds = min(timeit.repeat(lambda: lines.apply(line, BLACK), number=40, repeat=5))

    assert seconds < 0.005
