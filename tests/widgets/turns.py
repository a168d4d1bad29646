"""Turns and passages for the tests of the window's parts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from chatui.domain.conversation import Reply, Turn, TurnState
from chatui.domain.passage import Citation, Passage
from chatui.domain.usage import Cost, Timing, Usage
from chatui.widgets.transcript import Transcript

ASKED = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)

MARKDOWN = """# First steps

Run `chatui ingest docs/` and **ask again** [1]. See [the manual](https://example.org/manual).

1. It reads Markdown, text and PDF, each in a process of its own so that no file can hurt.
2. It keeps what it has:
   - chunks with their place
   - their vectors

> Unchanged files cost nothing. [2]

| Format | Reader | Pages |
|:-------|:------:|------:|
| PDF | pypdfium2 | 1,024 |
| Markdown | own | — |

```python
def greet(name: str) -> str:
    return f"Hello {name}"  # said once
```
"""

HOSTILE = (
    "a\x1b]52;c;cm0gLXJm\x07b\x1b[31mc\x9b2Jd\u202ee\x1b]0;title\x1b\\f\x00g &#x202e;h "
    "[x](http://\u202eevil.example) `\x1bcode\x07`\n\n```sh\n\x1b[2Jecho\x9d0;t\x9c\n```\n"
)


def passage(n: int, source: str = "guide.md", text: str = "", page: int | None = None) -> Passage:
    return Passage(
        rank=n,
        score=0.5,
        source=source,
        path=f"/documents/{source}",
        title="Guide",
        heading=f"Guide > Part {n}",
        page=page,
        char_start=0,
        char_end=len(text),
        line_start=10 * n,
        line_end=10 * n + 3,
        text=text or f"The text of passage {n}, which is long enough to be quoted.",
        collection="default",
        chunk_id=f"chunk-{n}",
    )


def cited(*numbers: int) -> tuple[Citation, ...]:
    return tuple(Citation(n, passage(n)) for n in numbers)


def answered(
    question: str = "How do I add documents?",
    text: str = "Use `chatui ingest`.",
    reasoning: str = "",
    citations: tuple[Citation, ...] = (),
) -> Turn:
    reply = Reply(
        text=text,
        reasoning=reasoning,
        model="openai/gpt-5-mini",
        usage=Usage(input=210, cache_read=1024, output=321, reasoning=64 if reasoning else 0),
        cost=Cost(Decimal("0.0042"), source="genai-prices"),
        timing=Timing(seconds=6.82, first_token=0.42, streamed=321),
        citations=citations,
    )
    passages = tuple(citation.passage for citation in citations)
    return Turn(question, ASKED, TurnState.COMPLETE, reply, passages)


def failed(question: str, error: str) -> Turn:
    return Turn(question, ASKED, TurnState.FAILED, Reply(error=error, model="openai/gpt-5-mini"))


def interrupted(question: str, text: str) -> Turn:
    return Turn(question, ASKED, TurnState.INTERRUPTED, Reply(text=text))


def many(count: int) -> list[tuple[str, Turn]]:
    """Turns with the keys `k0`, `k1` …"""
    return [
        (f"k{i}", answered(f"Question {i}?", f"Answer {i}.\n\n" + "Line.\n\n" * (i % 5)))
        for i in range(count)
    ]


class TranscriptApp(App[None]):
    """A transcript and the messages that it posted."""

    def __init__(self, *, turns_shown: int = 30, show_reasoning: bool = False) -> None:
        super().__init__()
        self.transcript = Transcript(turns_shown=turns_shown, show_reasoning=show_reasoning)
        self.actions: list[tuple[str, str]] = []
        self.chosen: list[tuple[str, int]] = []
        self.opened: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.transcript

    def on_transcript_turn_action(self, event: Transcript.TurnAction) -> None:
        self.actions.append((event.key, event.action))

    def on_transcript_citation_chosen(self, event: Transcript.CitationChosen) -> None:
        self.chosen.append((event.key, event.n))

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        self.opened.append(url)


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    """Waits until something holds; a test that waits in vain fails by its time limit."""
    while not true():
        await pilot.pause(0.01)


def screen_text(app: App[None]) -> list[str]:
    """What stands on the screen, row by row."""
    rows = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip) for strip in rows]


def place_of(app: App[None], text: str) -> tuple[int, int]:
    """Column and row where the text stands on the screen."""
    for y, row in enumerate(screen_text(app)):
        if (x := row.find(text)) >= 0:
            return x, y
    raise AssertionError(f"{text!r} is not on the screen:\n" + "\n".join(screen_text(app)))
