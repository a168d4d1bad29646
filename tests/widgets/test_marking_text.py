"""Text that is marked with the mouse, and what is copied of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection

from chatui.domain.conversation import Reply, Turn, TurnState
from chatui.widgets.line_selection import copied_text
from chatui.widgets.markdown_document import reply_laid_out
from chatui.widgets.transcript import Transcript
from tests.widgets.turns import TranscriptApp

ANSWER = """\
A sentence that is longer than a narrow screen and therefore wraps once or twice on it.

- one item whose text is long enough to be wrapped on that narrow screen
- another
  1. numbered within, and as long as the others are, so that it wraps

> a quote that is long enough for two rows of the screen, or three

```python
def f():
    return "a line of code that is longer than the screen is wide"
```

| name | what it is |
| --- | --: |
| one | a cell with a text that wraps in its column |
| two | b |

The end.
"""
COPIED = ANSWER.replace("```python\n", "").replace("```\n", "").rstrip()


@pytest.mark.parametrize("width", [40, 60, 120])
def test_all_of_an_answer_is_copied_as_it_was_written(width: int) -> None:
    lines = reply_laid_out(Reply(text=ANSWER), width).lines
    copied = copied_text(lines, Selection(None, None))
    assert [each.rstrip() for each in copied.split("\n")] == COPIED.split("\n")


def test_a_part_of_a_row_is_copied_as_it_stands() -> None:
    lines = reply_laid_out(Reply(text="- one two"), 40).lines
    assert copied_text(lines, Selection(Offset(2, 0), Offset(5, 0))) == "one"
    assert copied_text(lines, Selection(Offset(0, 0), Offset(5, 0))) == "- one"


def test_a_wrap_within_a_word_leaves_nothing_in_it() -> None:
    address = "https://example.org/" + "a" * 60
    lines = reply_laid_out(Reply(text=f"See {address} now."), 30).lines
    assert address in copied_text(lines, Selection(None, None))


async def clicked(text: str, word: str, times: int, width: int = 50) -> str:
    """What is marked when so many clicks go to the first letter of the word."""
    turn = Turn("ask", datetime.now(UTC), state=TurnState.COMPLETE, reply=Reply(text=text))
    app = TranscriptApp()
    async with app.run_test(size=(width, 30)) as pilot:
        await app.transcript.show([("1", turn)])
        await pilot.pause()
        await click_on(pilot, app.transcript, word, times)
        return app.screen.get_selected_text() or ""


async def click_on(pilot: Pilot[None], transcript: Transcript, word: str, times: int) -> None:
    strips = pilot.app.screen._compositor.render_strips()
    row = next(y for y, strip in enumerate(strips) if word in strip.text)
    column = strips[row].text.index(word)
    await pilot.click(offset=(column, row), times=times)
    await pilot.pause()


@pytest.mark.parametrize(
    ("text", "word", "marked"),
    [
        ("one two, three", "two", "two"),
        ("see chatui/app/app.py.", "chatui", "chatui/app/app.py"),
        ("- naïve cafe\u0301 x", "cafe", "cafe\u0301"),
        ("see " + "w" * 70, "www", "w" * 70),
    ],
)
async def test_a_double_click_marks_a_word(text: str, word: str, marked: str) -> None:
    assert await clicked(text, word, 2) == marked


async def test_a_triple_click_marks_a_line_of_the_source() -> None:
    first = "- a sentence that is so long that it goes on in the next row of the screen"
    assert await clicked(f"{first}\n- other", "sentence", 3) == first.removeprefix("- ")
    assert await clicked("```\none\n  two\n```", "two", 3) == "  two"
