"""The real program on a real terminal, and every byte that it sends there.

Each of more than 800 hostile strings goes through each surface under a number, so that a test can
tell how many got there, and that what got there acts no more.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from pathlib import Path

import pytest

from tests.app.test_terminal import Terminal
from tests.cli.hosted import running
from tests.hostile import CONTROLS, HOSTILE, WHOLE, raw
from tests.models.sparse_gguf import write_sparse_gguf
from tests.scripted_server import Exchange
from tests.tiny_gguf import write_tiny_gguf

# What Textual sends, the pointer's shape included, and the window's title. A hostile text's own
# sequences carry 31337.
OF_THE_WINDOW = re.compile(
    r"\x1b\[[?<>=]?[\d;:]*[$ ]?[a-zA-Z]|\x1b\]22;[a-z-]+\x07|\x1b\]2;[^\x00-\x1f\x7f-\x9f]*\x07"
    r"|\r(?=\n)"
)
OF_THE_COMMAND_LINE = re.compile(r"\x1b\[[\d;]*m|\r\x1b\[K|\r(?=\n)")
LOUD = (
    "a\x1b[31337mb\x1b[?31337hc\x1b]52;c;MzEzMzc=\x07d\x9b31337He\x1bP31337\x1b\\f\x1b]0;31337\x1b\\g"
    "\u202eh\u2067i\u200bj\x1b_31337\x9ck\x1b]8;;http://31337/\x07l"
)
QUIET = "abcdefghijkl"


@pytest.fixture
def environ(tmp_path: Path, embedder_cache: Path) -> dict[str, str]:
    cache = tmp_path / "data" / "cache"
    cache.mkdir(parents=True)
    embedder_cache.mkdir(parents=True, exist_ok=True)
    (cache / "embedders").symlink_to(embedder_cache)
    return {
        **os.environ,
        "TERM": "xterm-256color",
        "HOME": str(tmp_path),
        "CHATUI_DATA_DIR": str(tmp_path / "data"),
        "OLLAMA_HOST": "127.0.0.1:1",
    }


def named(texts: Sequence[str]) -> list[str]:
    """The strings, each behind its number."""
    return [f"no{number}o {text}" for number, text in enumerate(texts)]


def numbers(sent: str) -> set[str]:
    """Those of the strings that were sent."""
    return set(re.findall(r"no(\d+)o", sent))


def shown(sent: str) -> int:
    return len(numbers(sent))


def conversation(title: str, day: int, *said: tuple[str, str]) -> dict[str, object]:
    """What `sessions import` takes: questions with their answers."""
    messages = [
        {
            "id": f"{day} {title} {number} {role}",
            "role": role,
            "content": text,
            "model": f"m/{LOUD}",
        }
        for number, pair in enumerate(said)
        for role, text in zip(("user", "assistant"), pair, strict=True)
    ]
    return {"title": title, "created": f"2026-01-0{day}T03:04:05+00:00", "messages": messages}


@pytest.fixture
def chats(tmp_path: Path, environ: dict[str, str]) -> str:
    """The id of a conversation that is full of hostile text, the newest; all others have it in
    their titles and questions."""
    said = "\n\n".join([f"begin {LOUD}", *named(HOSTILE), *WHOLE, LOUD])
    conversations = [
        *(conversation(text, 1, (f"heron {text}", text)) for text in named(HOSTILE[::2])),
        conversation(f"last {LOUD}", 2, (f"question {LOUD}", said)),
    ]
    path = tmp_path / "chats.json"
    path.write_text(json.dumps(conversations))
    told = ended(environ, "sessions", "import", str(path), "--json")
    return str(json.loads(told)["conversations"][-1])


def ended(environ: dict[str, str], *arguments: str) -> str:
    """What a verb sends to the terminal until its end."""
    terminal = Terminal(environ, (sys.executable, "-m", "chatui", *arguments))
    try:
        terminal.exit_code()
        return terminal.sent.decode()
    finally:
        terminal.close()


def left(sent: str, allowed: re.Pattern[str]) -> Sequence[str]:
    """What was sent of the hostile text."""
    own = [each for each in allowed.findall(sent) if "31337" in each]
    return [*own, *raw(allowed.sub("", sent))]


LISTS = (
    "sessions list -n 5000",
    "sessions list -n 5000 --json",
    "sessions search heron -k 1000",
    "sessions search heron -k 1000 --json",
    "stats --by conversation --days 0 --json",
    "sessions show CID",
    "sessions show CID --json",
    "sessions export CID",
    "sessions export CID --format json",
    "cost CID --json",
)


def test_verbs_on_conversations(environ: dict[str, str], chats: str) -> None:
    for verb in LISTS:
        sent = ended(environ, *verb.replace("CID", chats).split())
        assert left(sent, OF_THE_COMMAND_LINE) == [], verb
        # A search finds answers beside the questions with the word: half of a thousand at least.
        least = 500 if verb.startswith("sessions search") else 700
        assert verb.startswith(("stats", "cost")) or shown(sent) > least, verb


def test_names_and_text_of_documents(environ: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    for number, name in enumerate(named(HOSTILE[::2])):
        # A few in each: many of one folder are told of in one line, without their names.
        few = folder / str(number // 2)
        few.mkdir(exist_ok=True)
        cut = name.replace("/", "_").replace("\0", "").encode(errors="surrogatepass")[:200]
        (few / os.fsdecode(cut + b".txt")).touch()
    for number in range(20):
        (folder / f"{number} {LOUD.replace('/', '_')}.txt").write_text(
            f"The heron is {LOUD}.\n" * (number + 1)
        )
    for verb, least in (
        (("ingest", str(folder)), 700),
        (("ingest", str(folder), "--json"), 700),
        (("collections", "show"), 700),
        (("collections", "show", "--json"), 700),
        (("search", "heron"), 0),
        (("search", "heron", "--json"), 0),
        (("ask", "What is the heron?"), 0),
        (("ask", "What is the heron?", "--json"), 0),
    ):
        sent = ended(environ, *verb)
        assert left(sent, OF_THE_COMMAND_LINE) == [], verb
        assert shown(sent) >= least, verb
        assert least or QUIET in sent.replace("\\u200b", ""), verb


async def hostile_server(exchange: Exchange) -> None:
    """Lists models, answers and refuses in hostile words."""
    if exchange.method == "GET":
        await exchange.answer(200, {"data": [{"id": name} for name in named(HOSTILE)]})
    elif "refuse" in json.dumps(exchange.json["messages"]):
        await exchange.error(400, f"{LOUD} {''.join(HOSTILE)}"[:100_000], code=LOUD)
    else:
        await exchange.head()
        said = "\n\n".join(named(HOSTILE)).encode(errors="replace").decode()
        pieces = [said[start : start + 501] for start in range(0, len(said), 501)]
        for piece in pieces:
            await exchange.delta(reasoning_content=piece)
        for piece in pieces:
            await exchange.text(piece)
        await exchange.finish()
        await exchange.done()


@pytest.fixture
def served(environ: dict[str, str]) -> Iterator[dict[str, str]]:
    """The environment with such a provider."""
    with running(*[hostile_server] * 40) as server:
        yield {
            **environ,
            "CHATUI_PROVIDERS__MINE__BASE_URL": server.base_url,
            "CHATUI_PROVIDERS__MINE__API_KEY_ENV": "MINE",
            "MINE": "key",
        }


def test_models_answers_and_errors_of_a_server(served: dict[str, str]) -> None:
    for verb, least in (
        # A name that would be another one on the screen is no model.
        (("models",), 0),
        (("models", "--json"), 0),
        (("ask", "hi", "-m", "mine/big"), 800),
        (("ask", "hi", "-m", "mine/big", "--json"), 800),
        (("compare", "hi", "-m", "mine/big", "-m", f"mine/{LOUD}", "--diff"), 800),
        (("ask", "refuse", "-m", "mine/big"), 0),
        (("ask", "refuse", "-m", "mine/big", "--json"), 0),
    ):
        sent = ended(served, *verb)
        assert left(sent, OF_THE_COMMAND_LINE) == [], verb
        assert shown(sent) >= least, verb


def test_what_model_files_say_of_themselves(environ: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "data" / "models"
    folder.mkdir(parents=True)
    for number, text in enumerate(named(CONTROLS)):
        told = text.encode(errors="ignore").decode()
        write_sparse_gguf(folder / f"m{number}.gguf", text={"general.name": told})
    write_tiny_gguf(
        folder / "tiny.gguf", template="{{ raise_exception('no \\x1b]0;31337\\x07 \\u202e') }}"
    )
    for verb, least in (
        (("models",), 0),
        (("models", "--json"), 0),
        (("models", "show", "m5"), 0),
        (("ask", "hi", "-m", "local/tiny"), 0),
    ):
        sent = ended(environ, *verb)
        assert left(sent, OF_THE_COMMAND_LINE) == [], verb
        assert shown(sent) >= least, verb


@pytest.mark.parametrize(
    "arguments",
    [
        (LOUD,),
        ("ask", "hi", "-m", LOUD),
        ("ask", "hi", f"--{LOUD}"),
        ("ingest", LOUD),
        ("collections", "show", LOUD),
        ("config", "check", "--config", LOUD),
        ("sessions", "show", LOUD, "--json"),
    ],
    ids=lambda arguments: " ".join(arguments).replace(LOUD, "X"),
)
def test_an_error_that_repeats_what_was_typed(
    environ: dict[str, str], arguments: tuple[str, ...]
) -> None:
    sent = ended(environ, *(argument.replace("\0", "") for argument in arguments))

    assert sent
    assert left(sent, OF_THE_COMMAND_LINE) == []


@pytest.fixture
def window(served: dict[str, str], chats: str, tmp_path: Path) -> Iterator[Terminal]:
    """The window with that conversation, a profile of a hostile name, and files to complete."""
    files = tmp_path / "files"
    files.mkdir()
    for number, name in enumerate(named(CONTROLS)):
        cut = name.replace("/", "_").replace("\0", "").encode(errors="surrogatepass")[:200]
        (files / os.fsdecode(b"f%d " % number + cut)).touch()
    config = tmp_path / "config.toml"
    config.write_text(f"[profiles.{json.dumps(LOUD)}]\nsystem = {json.dumps(LOUD)}\n")
    command = (sys.executable, "-m", "chatui", "-c", "-p", LOUD, "--config", str(config))
    # Where pages slide, a key that comes meanwhile skips some.
    still = {"PYTHONPATH": str(Path.cwd()), "TEXTUAL_ANIMATIONS": "none"}
    terminal = Terminal({**served, **still}, command, files)
    try:
        yield terminal
    finally:
        terminal.close()


DOWN, PAGE_UP, PAGE_DOWN = "\x1b[B", "\x1b[5~", "\x1b[6~"


def upper_lines(page: str) -> str:
    """What stands there above the notice, which tells meanwhile how far the manual is read."""
    return "\n".join(page.split("\n")[:20])


def last_number(page: str) -> str:
    """A list's last row, which is the last that comes of a page: the terminal gets it in pieces."""
    return "".join(re.findall(r"no(\d+)o", page)[-1:])


def leafed(
    terminal: Terminal, start: int, keys: tuple[str, str], look: Callable[[str], object], least: int
) -> None:
    """Turns pages until so many of the strings were sent since `start`: to the end, and since a
    page is passed over where two keys come at once, back again."""

    found: set[str] = set()
    looked = start

    def count() -> int:
        nonlocal looked
        # The end of what was looked through is once more: a number may come in two pieces.
        found.update(numbers(terminal.sent[max(start, looked - 10) :].decode(errors="replace")))
        looked = len(terminal.sent)
        return len(found)

    # The end is where nothing changes for so long, which a busy machine takes for another page.
    for key, seconds in zip(cycle(keys), (1, 2, 4, 8, 16, 32), strict=False):
        in_vain = 0
        # The first key may move no more than the row that is chosen.
        while in_vain < 3:
            in_vain = 0 if terminal.step(key, look, seconds) else in_vain + 1
            if count() >= least:
                return
    pytest.fail(f"{count()} of {least} were sent")


def test_the_window(window: Terminal) -> None:
    window.until("builtin/extract")
    window.until(QUIET)
    window.press("\x1b[Z")
    leafed(window, len(window.sent), (PAGE_UP, PAGE_DOWN), upper_lines, 800)
    window.press("\t")
    for key, name, least in (
        ("\x13", "F2 name", 400),
        ("\x12", "Earlier prompts", 400),
        # A name that would be another one on the screen is no model.
        ("\x0c", "Type a part of a name", 1),
    ):
        start = len(window.sent)
        window.press(key)
        window.until(name)
        leafed(window, start, (PAGE_DOWN, PAGE_UP), last_number, least)
        window.press("\x03")
        window.until(name, there=False)
    # A key that comes while the list is still open is typed into its filter.
    for letter in "0123":
        window.press(f"@f{letter}")
        window.until(f"no{letter}o")
        window.press(DOWN * 40)
        window.press("\x15")
        window.until(f"no{letter}o", there=False)
    window.press("\x04")
    assert window.exit_code() == 0
    sent = window.sent.decode()
    assert left(sent, OF_THE_WINDOW) == []
    assert QUIET in sent
