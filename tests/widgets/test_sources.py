from __future__ import annotations

from dataclasses import replace

import pytest
from textual.app import App, ComposeResult

from chatui.domain.passage import Citation, Passage
from chatui.text.safety import strip_controls
from chatui.widgets.passage_labels import place_label
from chatui.widgets.sources import (
    Source,
    SourcesPanel,
    by_file,
    entry,
    ordered,
    passage_text,
)
from tests.widgets.turns import HOSTILE, cited, passage, screen_text, until

PASSAGES = [passage(n) for n in range(1, 6)]


class SourcesApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.panel = SourcesPanel()
        self.chosen: list[tuple[Passage, int]] = []

    def compose(self) -> ComposeResult:
        yield self.panel

    def on_sources_panel_passage_chosen(self, event: SourcesPanel.PassageChosen) -> None:
        self.chosen.append((event.passage, event.line))


def screen(app: SourcesApp) -> str:
    return "\n".join(screen_text(app))


def test_cited_passages_come_first_by_number_then_the_others_by_rank() -> None:
    sources = ordered(PASSAGES, tuple(reversed(cited(2, 4))))
    assert [(source.n, source.citation is not None) for source in sources] == [
        (2, True),
        (4, True),
        (1, False),
        (3, False),
        (5, False),
    ]


def test_a_place_is_a_line_or_a_page() -> None:
    assert place_label(passage(1)) == "guide.md:10"
    assert place_label(passage(1, "report.pdf", page=7)) == "report.pdf p. 7"


def test_a_long_path_loses_its_head() -> None:
    assert place_label(passage(1, "a/" * 40 + "end.md"), longest=10) == "…/a/end.md:10"


def test_what_supports_the_answer_is_marked_in_the_passage() -> None:
    text = "Nothing here. A second run\x1b[2J costs nothing at all. The end.\n"
    start, end = text.index("A second"), text.index(" The end")
    citation = Citation(1, passage(1, text=text), support=((start, end),))
    content = passage_text(Source(1, citation.passage, citation))
    assert content.plain == "Nothing here. A second run costs nothing at all. The end."
    assert [content.plain[span.start : span.end] for span in content.spans] == [
        "A second run costs nothing at all."
    ]
    assert passage_text(Source(1, citation.passage)).spans == []


async def test_the_panel_lists_places_and_shows_the_text_of_the_highlighted_one() -> None:
    app = SourcesApp()
    async with app.run_test(size=(60, 30)) as pilot:
        app.panel.show(PASSAGES, cited(2))
        app.panel.focus()
        await pilot.pause()
        assert "Sources  5 found, 1 cited" in screen(app)
        assert "2 guide.md:20" in screen(app)
        assert "Guide > Part 2" in screen(app)
        assert "The text of passage 2" in screen(app)
        await pilot.press("down")
        await pilot.pause()
        assert "The text of passage 1" in screen(app)


async def test_enter_chooses_the_highlighted_passage() -> None:
    app = SourcesApp()
    async with app.run_test(size=(60, 30)) as pilot:
        app.panel.show(PASSAGES, cited(2))
        app.panel.focus()
        await pilot.press("down", "enter")
        await pilot.pause()
        assert app.chosen == [(PASSAGES[0], 10)]


async def test_enter_names_the_line_of_the_supporting_sentence() -> None:
    text = "Nothing here.\nA second run costs nothing at all."
    citation = Citation(1, passage(1, text=text), support=((14, 48),))
    app = SourcesApp()
    async with app.run_test(size=(60, 30)) as pilot:
        app.panel.show([citation.passage], [citation])
        app.panel.focus()
        await pilot.pause()
        assert "guide.md:11" in screen(app)
        assert "Enter opens it at line 11" in screen(app)
        await pilot.press("enter")
        await pilot.pause()
        assert app.chosen == [(citation.passage, 11)]


async def test_a_supporting_sentence_far_below_is_scrolled_into_sight() -> None:
    text = "Filler line.\n" * 60 + "A second run costs nothing at all."
    start = text.index("A second")
    citation = Citation(1, passage(1, text=text), support=((start, len(text)),))
    app = SourcesApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.panel.show([citation.passage], [citation])
        await until(pilot, lambda: "A second run costs nothing" in screen(app))


async def test_a_citation_that_was_added_by_matching_says_so() -> None:
    citation = Citation(2, passage(2), marked=False, added=(9,))
    app = SourcesApp()
    async with app.run_test(size=(60, 30)) as pilot:
        app.panel.show(PASSAGES, [citation])
        await pilot.pause()
        assert "5 found, 1 cited, 1 by matching" in screen(app)
        assert "2 guide.md:20 added" in screen(app)
        assert "added by matching, not by the model" in screen(app)


async def test_the_path_the_place_and_the_heading_stand_above_the_text() -> None:
    app = SourcesApp()
    async with app.run_test(size=(60, 30)) as pilot:
        app.panel.show([passage(1, "report.pdf", page=7)], ())
        await pilot.pause()
        assert "/documents/report.pdf" in screen(app)
        assert "page 7" in screen(app)
        assert "Enter opens it at page 7" in screen(app)


async def test_a_citation_can_be_highlighted_by_its_number() -> None:
    app = SourcesApp()
    async with app.run_test(size=(60, 30)) as pilot:
        app.panel.show(PASSAGES, cited(2))
        app.panel.highlight(4)
        app.panel.highlight(99)
        await pilot.pause()
        assert "The text of passage 4" in screen(app)


async def test_an_answer_without_passages_says_so_and_the_panel_can_be_filled_again() -> None:
    app = SourcesApp()
    async with app.run_test(size=(60, 30)) as pilot:
        app.panel.show(PASSAGES, ())
        app.panel.show((), ())
        await pilot.pause()
        assert "was not drawn from" in screen(app)
        assert "guide.md" not in screen(app)
        app.panel.show(PASSAGES[:1], ())
        await pilot.pause()
        assert "The text of passage 1" in screen(app)
        assert "not drawn" not in screen(app)


async def test_hostile_names_and_texts_are_drawn_as_text() -> None:
    odd = replace(
        passage(1, text=HOSTILE + "[bold]x[/]"), source=f"[red]{HOSTILE}", heading=f"[/b]{HOSTILE}"
    )
    app = SourcesApp()
    async with app.run_test(size=(60, 40)) as pilot:
        app.panel.show([odd], ())
        await pilot.pause()
        assert screen(app) == strip_controls(screen(app))
        assert "[/b]" in screen(app)
        assert "[bold]x[/]" in screen(app)


async def test_the_panel_fits_a_small_screen() -> None:
    app = SourcesApp()
    async with app.run_test(size=(44, 12)) as pilot:
        app.panel.show([passage(n) for n in range(1, 30)], cited(7))
        app.panel.focus()
        await until(pilot, lambda: "The text of passage 7" in screen(app))
        assert "7 guide.md:70" in screen(app)


def test_a_long_path_is_cut_at_a_slash() -> None:
    long = "manuals/kitchen/kettle-and-teapot.md"
    assert place_label(passage(1, long), longest=25) == "…/kettle-and-teapot.md:10"
    assert place_label(passage(1, "x" * 40), longest=10) == "…" + "x" * 9 + ":10"


def test_passages_of_a_file_stand_together_below_its_name() -> None:
    found = [passage(1, "a.md"), passage(2, "b.md"), passage(3, "a.md")]
    grouped = by_file(ordered(found, ()))
    assert [source.n for source in grouped] == [1, 3, 2]
    assert "a.md:10" in entry(grouped[0], 40).plain
    assert entry(grouped[1], 40, again=True).plain.startswith(" 3 └ line 30")


def test_a_heading_hangs_below_its_place_in_two_lines_at_most() -> None:
    one = replace(passage(1), heading="A heading of many words " * 6)
    lines = entry(Source(1, one), 40).plain.splitlines()
    assert len(lines) == 3
    assert lines[2].endswith("…")
    assert all(line.startswith("   ") and len(line) <= 40 for line in lines[1:])


async def test_on_a_short_screen_the_text_stands_above_the_list() -> None:
    app = SourcesApp()
    async with app.run_test(size=(60, 12)) as pilot:
        app.panel.show(PASSAGES, cited(2))
        await until(pilot, lambda: "The text of passage 2" in screen(app))
        rows = screen_text(app)
        text = next(at for at, row in enumerate(rows) if "The text of passage 2" in row)
        place = next(at for at, row in enumerate(rows) if "2 guide.md:20" in row)
        assert text < place


@pytest.mark.parametrize(
    ("heading", "told"),
    [("Lease › Rent", "Enter opens it; look for “Rent”"), ("", "Enter opens it")],
)
async def test_of_a_document_without_lines_a_heading_is_named(heading: str, told: str) -> None:
    found = replace(passage(1), source="lease.DOCX", heading=heading)
    app = SourcesApp()
    async with app.run_test(size=(60, 30)) as pilot:
        app.panel.show([found], [Citation(1, found)])
        app.panel.focus()
        await pilot.pause()
        assert told in screen(app)
        assert "opens it at line" not in screen(app)
