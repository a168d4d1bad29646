"""Text that was made to take long: most time, growth with its length, and memory, by surface.

    python benchmarks/hostile_text.py [--length 100000] [SURFACE …]
    python benchmarks/hostile_text.py --all      every shape on every surface

Each surface gets texts of some sixty shapes, each in a process of its own, at a quarter of the
length and at the whole. Growth is the whole's time by the quarter's, which is 4 where time is
linear, somewhat more with what Python's collector takes for many objects, and 16 where it goes by
the square; times below 50 ms are not compared. "Held" is the longest step in which the event loop
could not have answered a key, and "—" where a thread does the work. Times are of the processor.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from rich.segment import Segment
from textual import events
from textual.app import App, ComposeResult
from textual.color import Color
from textual.geometry import Size

from chatui.app.shell import spare_the_collector
from chatui.assistant.attachments import mentioned_paths
from chatui.assistant.prompt import attach, attached_names, mark_for, spoken
from chatui.cli import lane_tables
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.conversation import Exchange, FinishReason, Reply, Turn, TurnState
from chatui.domain.errors import BadResponse
from chatui.jobs.schema import parse
from chatui.memory.store.titles import title_from
from chatui.memory.window.cutting import cut_middle
from chatui.text.error_words import error_words
from chatui.text.json_text import json_text
from chatui.text.safety import ControlStripper, drawable, one_line, strip_controls
from chatui.text.terms import question_terms
from chatui.widgets.completion import CompletionList
from chatui.widgets.composer import Composer
from chatui.widgets.drawn import DrawableLines
from chatui.widgets.history_search import HistorySearch
from chatui.widgets.markdown_document import laid_out
from chatui.widgets.streamed_text import StreamedText
from chatui.widgets.transcript import Transcript
from chatui.widgets.turn_parts import question_section
from chatui.widgets.word_diff import differences, words

LENGTH = 100_000
WIDTH = 100
PIECE = 24
"""Characters that a stream brings at once."""
DRAWN_EVERY = 40
"""Pieces between two drawings: a fast server, twenty drawings a second."""
COMPARED = 0.05
PATIENCE = 60
"""Seconds of processor time for a shape; more is told as such."""
MODEL = "openai/gpt-5-mini"

Shape = Callable[[int], str]
Surface = Callable[[str], Iterator[None]]
"""Does what it does with a text; each `yield` is where the event loop could answer a key."""


def filled(unit: str, before: str = "", behind: str = "") -> Shape:
    def shape(length: int) -> str:
        room = max(0, length - len(before) - len(behind))
        return before + (unit * (room // len(unit) + 1))[:room] + behind

    return shape


def counted(line: Callable[[int], str], before: str = "") -> Shape:
    """Lines of which each has its number in it."""

    def shape(length: int) -> str:
        pieces, total, number = [before], len(before), 0
        while total < length:
            pieces.append(line(number))
            total += len(pieces[-1])
            number += 1
        return "".join(pieces)[:length]

    return shape


def table(columns: int) -> Shape:
    head = "|" + " a |" * columns + "\n|" + "---|" * columns + "\n"
    return filled("|" + " cell |" * columns + "\n", head)


SHAPES: dict[str, Shape] = {
    "prose": counted(lambda n: f"Sentence {n} has **words** and `code` [1].{chr(10) * (n % 5)} "),
    "one line of words": filled("word "),
    "one word": filled("a"),
    "spaces": filled(" ", "a", "b"),
    "tabs": filled("\t", "a", "b"),
    "line ends": filled("\n", "a", "b"),
    "backslashes": filled("\\\n"),
    "commas": filled("a,"),
    "backticks": filled("`"),
    "runs of backticks": counted(lambda n: "`" * (n % 300 + 1) + "a"),
    "code never ended": filled("`a "),
    "stars": filled("*"),
    "*a*a*": filled("*a"),
    "**a _b": filled("**a _b ~~c "),
    "underscores": filled("a_"),
    "tildes": filled("~~a"),
    "brackets": filled("["),
    "closing brackets": filled("]", "["),
    "links begun": filled("[a]("),
    "links": filled("[a](https://b.example) "),
    "pictures in pictures": filled("![[]("),
    "a long link": filled("a", "[x](https://a.example/", ")"),
    "long addresses": filled("https://a.example/" + "b" * 5000 + " "),
    "addresses begun": filled("http://"),
    "autolinks begun": filled("<http:"),
    "marks": filled("[1][2, 3]【4】"),
    "marks begun": filled("[1, 2"),
    "comments": filled("<!-- "),
    "tags": filled("<a b='c"),
    "entities": filled("&#x202e;&amp"),
    "quotes in quotes": filled(">"),
    "quotes": filled("> a\n\n"),
    "quotes ever deeper": counted(lambda n: ">" * (n % 1000 + 1) + " a\n"),
    "lists in lists, on a line": filled("- "),
    "lists in lists": counted(lambda n: "  " * (n % 300) + "- a\n"),
    "lists a thousand deep": counted(lambda n: "  " * (n % 1000) + "- a\n"),
    "numbers": counted(lambda n: f"{n}. a\n"),
    "lazy lines": filled("a\n", "> - "),
    "rules": filled("---\n"),
    "headings": filled("# a\n"),
    "underlined headings": filled("a\n===\n"),
    "a table of 1,000 columns": table(1000),
    "a table of rows": table(3),
    "bars": filled("|"),
    "tables begun": filled("|a\n|-\n"),
    "one fence": filled("x = f(1)  # a\n", "```python\n"),
    "a fence of one line": filled("x('a", "```python\n"),
    "fences": filled("```js\na\n```\n"),
    "quotes of code": filled("\"'''", "```python\n"),
    "JSON": filled('{"a": [1, ', "```json\n"),
    "nested JSON": filled("["),
    "markup of code": filled("<a <!--", "```html\n"),
    "emoji": filled("👩‍👩‍👧‍👦"),
    "Arabic": filled("مرحبا بالعالم "),
    "Chinese": filled("中文"),
    "accents": filled("e\u0301"),
    "accents on one letter": filled("\u0301", "e"),
    "zero width": filled("a\u200b"),
    "sequences": filled("\x1b]0;a"),
    "files": filled('@"a @b#c '),
    "words that come again": counted(lambda n: f"w{n * n % 97} "),
    "speakers": filled("user: \n"),
}


# Surfaces


def settled(text: str) -> Iterator[None]:
    laid_out(text, {1, 2}, WIDTH)
    yield


def resized(text: str) -> Iterator[None]:
    document = laid_out(text, {1, 2}, WIDTH)
    yield
    document.reflow(WIDTH - 1)
    yield


def streamed(text: str) -> Iterator[None]:
    stream = StreamedText()
    stream.document.reflow(WIDTH)
    pieces = range(0, len(text), PIECE)
    for number, start in enumerate(pieces):
        stream.append(text[start : start + PIECE])
        if number % DRAWN_EVERY == 0 or start == pieces[-1]:
            stream.draw()
            yield


def question(text: str) -> Iterator[None]:
    question_section(text, WIDTH, False)
    yield
    question_section(text, WIDTH, True)
    yield


def compared(text: str) -> Iterator[None]:
    half = len(text) // 2
    others = text[half:] + "x " + text[:half]
    found = [words(laid_out(one, set(), WIDTH).lines) for one in (text, others)]
    differences([[word.text for word in one] for one in found], 0)
    yield


def printed_differences(text: str) -> Iterator[None]:
    half = len(text) // 2
    list(lane_tables.marked(text, text[half:] + "x " + text[:half]))
    yield


def cleaned(text: str) -> Iterator[None]:
    strip_controls(text)
    drawable(text)
    json_text({"text": text})
    one_line(text, 60)
    stripper = ControlStripper()
    for start in range(0, len(text), PIECE):
        stripper.feed(text[start : start + PIECE])
    yield


def a_line(text: str) -> Iterator[None]:
    DrawableLines().apply([Segment(text)], Color(0, 0, 0))
    yield


def titled(text: str) -> Iterator[None]:
    title_from(text)
    yield


def refused(text: str) -> Iterator[None]:
    error_words({"error": {"message": text, "code": text}}, "key")
    error_words({"detail": [text]}, "key")
    yield


def asked(text: str) -> Iterator[None]:
    mentioned_paths(text)
    question_terms(text)
    attached_names(attach(text, [("a", text)]))
    mark_for([text])
    spoken([("user", text)])
    yield


def counted_and_cut(text: str) -> Iterator[None]:
    tokens = TokenCounter()
    size = tokens.count(text, MODEL).tokens
    # A part of it: a text that fits is not cut, and takes no time.
    cut_middle(text, size // 4, lambda part: tokens.count(part, MODEL).tokens)
    yield


def replied_as_json(text: str) -> Iterator[None]:
    with suppress(BadResponse):
        parse(text, {"type": "object"})
    yield


def summed_up(text: str) -> Iterator[None]:
    from chatui.assistant.summaries.check import cleaned as cleaned_summary
    from chatui.assistant.summaries.check import problem
    from chatui.models.extractive.digest import digest

    said = [Exchange(text, text)]
    digest(text, said, 200, lambda part: len(part) // 4)
    problem(cleaned_summary(text[:-1]), FinishReason.STOP, said, text)
    yield


def printed_stream(text: str) -> Iterator[None]:
    from chatui.text.safety import DrawableStripper

    stripper = DrawableStripper()
    for start in range(0, len(text), PIECE):
        stripper.feed(text[start : start + PIECE])
    stripper.finish()
    yield


SURFACES: dict[str, tuple[Surface, bool]] = {
    # Whether a thread does it.
    "a settled reply": (settled, True),
    "a reply in another width": (resized, True),
    "a streaming reply": (streamed, False),
    "a question": (question, False),
    "answers compared": (compared, True),
    "answers compared, printed": (printed_differences, True),
    "what is taken out of a text": (cleaned, False),
    "a line of the screen": (a_line, False),
    "a title": (titled, False),
    "a server's words of an error": (refused, False),
    "a question to be sent": (asked, True),
    "tokens, and a cut": (counted_and_cut, True),
    "a reply as JSON": (replied_as_json, False),
    "a summary": (summed_up, True),
    "a printed stream": (printed_stream, False),
}


# The window


class Held:
    """Measures the steps of the running event loop, in processor time of its thread."""

    def __init__(self) -> None:
        self.longest = 0.0
        loop = asyncio.get_running_loop()
        run_once = loop._run_once  # type: ignore[attr-defined]

        def measured() -> None:
            before = time.thread_time()
            run_once()
            self.longest = max(self.longest, time.thread_time() - before)

        loop._run_once = measured  # type: ignore[attr-defined]


class Window(App[None]):
    def compose(self) -> ComposeResult:
        completions = CompletionList()
        yield Transcript()
        yield completions
        yield Composer(completions, id="composer")


async def pasted(window: Window, text: str) -> None:
    composer = window.query_one(Composer)
    composer.focus()
    composer.post_message(events.Paste(text))
    await settle()
    composer.insert("and a word")
    await settle()
    assert composer.draft


async def pasted_in_parts(window: Window, text: str) -> None:
    """Pastes that are each short enough to stand as they are."""
    composer = window.query_one(Composer)
    composer.focus()
    for start in range(0, len(text), 1000):
        composer.post_message(events.Paste(text[start : start + 1000]))
        await asyncio.sleep(0)
    await settle()
    composer.insert("and a word")
    await settle()


async def sent(window: Window, text: str) -> None:
    transcript = window.query_one(Transcript)
    view = await transcript.start_turn("new", text)
    view.append_text("An answer.")
    await settle()


async def streaming(window: Window, text: str) -> None:
    transcript = window.query_one(Transcript)
    view = await transcript.start_turn("new", "Say it.")
    for start in range(0, len(text), PIECE):
        view.append_text(text[start : start + PIECE])
        await asyncio.sleep(0)
    await settle()
    await view.settle(turn(text))
    await settle()


async def opened(window: Window, text: str) -> None:
    transcript = window.query_one(Transcript)
    await transcript.show([(str(n), turn(text)) for n in range(3)])
    await settle()


async def reasoning(window: Window, text: str) -> None:
    transcript = window.query_one(Transcript)
    await transcript.show([("1", turn("Short.", text))])
    await settle()
    transcript.show_reasoning(True)
    await settle()


async def all_reasoning(window: Window, text: str) -> None:
    """Of as many turns as may be mounted."""
    transcript = window.query_one(Transcript)
    await transcript.show([(str(n), turn("Short.", text[: len(text) // 8])) for n in range(24)])
    await settle()
    transcript.show_reasoning(True)
    await settle()


async def all_narrower(window: Window, text: str) -> None:
    transcript = window.query_one(Transcript)
    await transcript.show([(str(n), turn(text[: len(text) // 8])) for n in range(24)])
    await settle()
    smaller = Size(WIDTH - 10, 40)
    window.post_message(events.Resize(smaller, smaller))
    await settle()


async def history(window: Window, text: str) -> None:
    await window.push_screen(HistorySearch([text] * 5))
    await settle()
    await window._press_keys("ab")
    await settle()


def turn(text: str, thought: str = "") -> Turn:
    reply = Reply(text=text, reasoning=thought, model=MODEL)
    return Turn("Say it.", datetime.now(UTC), TurnState.COMPLETE, reply)


async def settle() -> None:
    """Until what was asked for is drawn."""
    for _ in range(20):
        await asyncio.sleep(0.005)


WINDOWS = {
    "window: a paste": pasted,
    "window: a hundred pastes": pasted_in_parts,
    "window: a question that was sent": sent,
    "window: a reply that streams and settles": streaming,
    "window: three replies opened": opened,
    "window: reasoning shown": reasoning,
    "window: all reasoning shown": all_reasoning,
    "window: all replies in another width": all_narrower,
    "window: earlier prompts": history,
}


# Measuring


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of the processor by length, the longest step, and MB at the most."""

    seconds: tuple[float, ...]
    held: float
    memory: float


def taken(surface: str, shape: Shape, length: int) -> Taken | None:
    """In a process of its own; None when it runs out of patience."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE + int(time.process_time()), -1))
        os.close(reading)
        code = 1
        try:
            result = measured(surface, shape, length)
            os.write(writing, json.dumps(result).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL):
        return None
    if status:
        raise SystemExit(f"{surface} failed")
    seconds, held, memory = json.loads(told)
    return Taken(tuple(seconds), held, memory)


def measured(surface: str, shape: Shape, length: int) -> tuple[list[float], float, float]:
    texts = [shape(length // 4), shape(length)]
    run = in_window if surface in WINDOWS else by_itself
    run(surface, shape(1000))  # What is loaded once.
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, held = [], 0.0
    for text in texts:
        took, held = run(surface, text)
        seconds.append(took)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return seconds, held, (peak - before) / 1024


def by_itself(surface: str, text: str) -> tuple[float, float]:
    started = last = time.process_time()
    longest = 0.0
    for _ in SURFACES[surface][0](text):
        now = time.process_time()
        longest, last = max(longest, now - last), now
    return time.process_time() - started, longest


def in_window(surface: str, text: str) -> tuple[float, float]:
    async def run() -> tuple[float, float]:
        window = Window()
        async with window.run_test(size=(WIDTH, 40)) as pilot:
            await pilot.pause()
            # As the window itself does where it has a terminal.
            spare_the_collector()
            started, held = time.process_time(), Held()
            await WINDOWS[surface](window, text)
            return time.process_time() - started, held.longest

    return asyncio.run(run())


def line(name: str, shape: str, one: Taken | None, length: int, threaded: bool) -> str:
    if one is None:
        return f"{name:42} {shape:28} over {PATIENCE} s"
    growth = f"{one.seconds[-1] / one.seconds[0]:7.1f}" if one.seconds[-1] > COMPARED else "      —"
    held = "      —" if threaded else f"{one.held * 1e3:7.0f}"
    return f"{name:42} {shape:28} {one.seconds[-1] * 1e3:8.0f} {growth} {held} {one.memory:7.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("surfaces", nargs="*", help="parts of their names")
    parser.add_argument("--length", type=int, default=LENGTH)
    parser.add_argument("--all", action="store_true", help="a line for every shape")
    parser.add_argument("--shape", default="", help="a part of the shapes' names")
    given = parser.parse_args()
    print(f"{'surface':42} {'worst shape':28} {'ms':>8} {'growth':>7} {'held ms':>7} {'MB':>7}")
    for name in (*SURFACES, *WINDOWS):
        if given.surfaces and not any(part in name for part in given.surfaces):
            continue
        threaded = name in SURFACES and SURFACES[name][1]
        found = {
            shape: taken(name, made, given.length)
            for shape, made in SHAPES.items()
            if given.shape in shape
        }
        shown = list(found)
        if not given.all:
            shown = sorted(found, key=lambda shape: slowness(found[shape]))[-1:]
        for shape in shown:
            print(line(name, shape, found[shape], given.length, threaded), flush=True)
        known = [one for one in found.values() if one]
        grown = [one.seconds[-1] / one.seconds[0] for one in known if one.seconds[-1] > COMPARED]
        if not given.all:
            print(
                f"{'':42} {'most of all shapes':28} {'':8} {max(grown, default=1):7.1f} "
                f"{'' if threaded else format(max(one.held for one in known) * 1e3, '7.0f'):>7} "
                f"{max(one.memory for one in known):7.0f}",
                flush=True,
            )


def slowness(one: Taken | None) -> float:
    return one.seconds[-1] if one else float("inf")


if __name__ == "__main__":
    main()
