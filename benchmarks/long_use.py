"""Long use: what a turn takes in a long conversation beside a new one, in the real window.

    python benchmarks/long_use.py [--turns 2000] [--measured 60]
    python benchmarks/long_use.py --whole [--turns 2400]

The window runs without a terminal, over the real store, planner, counter and prices, and asks a
server in another process that answers at once in a few words. `--measured` turns are asked in a
conversation of 100 turns, which fills the screen, and in one of so many; what lies between Enter
and the settled turn is compared (target: at most 1.5x), and so is the processor time until all is
at rest. Both are the lower quartiles, which the rest of the machine disturbs least. Once the server
has a context of 8,192 tokens, as a model on one's own machine, so that turns leave the prompt and
are summarised; once it takes all of them, also through filters, and what sending so many messages
takes without a window, by the same client to the same server, is told beside it.

`--recall CACHE` also recalls turns that have left, with the embedding model that is prepared in
that folder, chatui's own cache, beside a conversation of 400 turns, where some have.
`--whole` asks all the turns one after another, which takes minutes, and compares the last hundred
with the first; it tells how the memory and the open descriptors of the window grew meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

sys.path.insert(0, str(Path(__file__).parent.parent))

from textual import events

from chatui.app import draft_meter
from chatui.app.app import ChatuiApp
from chatui.app.shell import spare_the_collector
from chatui.app.start import StartOptions
from chatui.config.paths import Paths
from chatui.config.schema import Config, DetectorName, FilterTable, Provider
from chatui.domain.conversation import Message, Role, TurnState
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.store.store import ChatStore
from chatui.models.base import ModelInfo, ModelRequest
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.endpoint import Endpoint
from chatui.models.hosted.hosted import HostedModel
from chatui.system.api_key import KeySource
from tests.scripted_server import ScriptedServer, saying

MODEL = "near/small"
SHORT = 100
"""Turns of the conversation that is compared with: as many as are ever drawn."""
RECALLING = 400
"""Turns of a conversation of which some have left the prompt, so that they can be recalled."""
WARM = 8
LIMIT = 1.5
CONTEXTS = {
    "8,192 tokens of context": ("--context", "8192"),
    "all turns in the prompt": ("--context", "1000000"),
    "all turns in the prompt, through filters": ("--context", "1000000", "--filtered"),
}


@dataclass(frozen=True, slots=True)
class TurnTime:
    """Seconds from Enter to the settled turn, and of the processor until nothing is at work."""

    settled: float
    processor: float


def imported(turns: int) -> ImportedConversation:
    began = datetime.now(UTC) - timedelta(days=1)
    said = (
        ImportedMessage(
            (Role.USER, Role.ASSISTANT)[n % 2],
            f"Message {n}. It says what such messages say, in a line or so.",
            began + timedelta(seconds=n),
            n - 1 if n else None,
        )
        for n in range(2 * turns)
    )
    return ImportedConversation("Long", began, tuple(said), 2 * turns - 1)


@asynccontextmanager
async def window(
    url: str, context: int, turns: int, cache: Path | None = None, *, filtered: bool = False
) -> AsyncIterator[ChatuiApp]:
    """A window over a conversation of so many turns, opened and at rest. It recalls turns that
    have left with the embedding model that is prepared in `cache`. `filtered`: what is sent goes
    through every detector."""
    with tempfile.TemporaryDirectory() as folder:
        config_file, data, state = (Path(folder) / part for part in ("config", "data", "state"))
        paths = Paths(config_file, data, state, cache or Path(folder) / "cache")
        config = Config()
        config = replace(
            config,
            chat=replace(config.chat, model=MODEL),
            retrieval=replace(config.retrieval, enabled=False),
            memory=replace(config.memory, recall=cache is not None),
            filters={"all": FilterTable(detect=get_args(DetectorName), local=True)},
            providers={
                "near": Provider(
                    base_url=url,
                    local=True,
                    context_size=context,
                    filters=("all",) if filtered else (),
                )
            },
        )
        store = await ChatStore.open(paths.chats)
        if turns:
            await store.add([imported(turns)])
        await store.close()

        async def services() -> Any:
            from chatui.bootstrap.services import open_services

            return await open_services(config, paths)

        start = StartOptions(continue_last=bool(turns))
        app = ChatuiApp(config.ui, config.keys, services, start)
        async with app.run_test(size=(120, 40)):
            await at_rest(app)
            # As the window itself does where it has a terminal.
            spare_the_collector()
            yield app


async def at_rest(app: ChatuiApp) -> None:
    groups = ("open", "reply", "command", "completion", "meter", "boundary", "fill", "load")
    while not app.opened or app.at_work(*groups):  # noqa: ASYNC110 - it has no event
        await asyncio.sleep(0.005)
    services = await app.session.services()
    await services.background.finish(60)


async def ask(app: ChatuiApp, question: str) -> TurnTime:
    before = len(app.session.path.turns)
    app.view.composer.insert(question)
    await asyncio.sleep(0.02)
    driver = app._driver
    assert driver is not None
    clock, processor = time.perf_counter(), time.process_time()
    driver.process_message(events.Key("enter", None))
    while True:
        turns = app.session.path.turns[before:]
        if turns and turns[0][1].state is not TurnState.PENDING:
            break
        await asyncio.sleep(0.0005)
    settled = time.perf_counter() - clock
    assert app.session.path.turns[-1][1].state is TurnState.COMPLETE, app.view.notice.text
    await at_rest(app)
    return TurnTime(settled, time.process_time() - processor)


async def answer(url: str, context: int, turns: int, cache: Path | None, *, filtered: bool) -> None:
    """Asks a question for every line that comes in, and prints its times."""
    async with window(url, context, turns, cache, filtered=filtered) as app:
        for number in range(WARM):
            await ask(app, f"Warm up {number}, if you please")
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            taken = await ask(app, line.strip())
            print(taken.settled, taken.processor, flush=True)


@contextmanager
def asking(turns: int, *options: str) -> Iterator[Callable[[str], TurnTime]]:
    """A window in a process of its own, behind so many turns: what asks it."""
    command = [sys.executable, __file__, "--answer", "--turns", str(turns), *options]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as child:  # type: ignore[call-overload]
        said, heard = child.stdin, child.stdout
        assert heard.readline() == "ready\n"

        def ask(question: str) -> TurnTime:
            said.write(f"{question}\n")
            said.flush()
            settled, processor = heard.readline().split()
            return TurnTime(float(settled), float(processor))

        yield ask
        said.close()


async def sent(url: str, turns: int, rounds: int = 20) -> float:
    """Seconds that a reply to so many turns takes without a window, the median of the rounds."""
    endpoint = Endpoint("near", url, KeySource("near"), local=True)
    connection = Connection(endpoint)
    model = HostedModel(ModelInfo(MODEL), connection)
    said = imported(turns).messages
    request = ModelRequest(tuple(Message(one.role, one.content) for one in said))
    times = []
    for _ in range(rounds):
        clock = time.perf_counter()
        async for _ in model.stream(request):
            pass
        times.append(time.perf_counter() - clock)
    await connection.close()
    return statistics.median(times)


def compare(what: str, short: int, long: int, measured: int, *options: str) -> None:
    """Two windows by turns, so that what else the machine does meets both."""
    with asking(short, *options) as one, asking(long, *options) as other:
        questions = [f"Tell me number {number} again" for number in range(measured)]
        times = [(one(question), other(question)) for question in questions]
    report(
        f"a turn behind {short} and behind {long:,}, {what}",
        [pair[0] for pair in times],
        [pair[1] for pair in times],
    )


def undisturbed(times: Sequence[float]) -> float:
    """The lower quartile: what else the machine does makes some turns slow and none quick."""
    return statistics.quantiles(times, n=4)[0]


def report(what: str, short: list[TurnTime], long: list[TurnTime]) -> None:
    settled = [undisturbed([one.settled for one in times]) for times in (short, long)]
    processor = [undisturbed([one.processor for one in times]) for times in (short, long)]
    ratio = settled[1] / settled[0]
    print(
        f"{what}: {settled[0] * 1e3:.0f} ms to {settled[1] * 1e3:.0f} ms, {ratio:.2f}x "
        f"(target at most {LIMIT}x); processor time with all that follows "
        f"{processor[0] * 1e3:.0f} to {processor[1] * 1e3:.0f} ms, "
        f"{processor[1] / processor[0]:.2f}x",
        flush=True,
    )


def memory() -> float:
    """Resident megabytes."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def whole(url: str, turns: int, cache: Path | None) -> None:
    """All the turns of a conversation, from the first on."""
    times: list[TurnTime] = []
    async with window(url, 8192, 0, cache) as app:
        begun = half = memory(), descriptors()
        for number in range(turns):
            times.append(await ask(app, f"Tell me number {number} again"))
            if number + 1 == SHORT:
                begun = memory(), descriptors()
            if number + 1 == turns // 2:
                half = memory(), descriptors()
            if (number + 1) % 400 == 0:
                settled = statistics.median(one.settled for one in times[-100:])
                print(
                    f"{number + 1:,} turns: {settled * 1e3:.0f} ms, {memory():.0f} MB, "
                    f"{descriptors()} descriptors",
                    flush=True,
                )
        end = memory(), descriptors()
    report(f"the last 100 of {turns:,} turns beside the first", times[:100], times[-100:])
    print(
        f"memory with a full screen {begun[0]:.0f} MB, {half[0]:.0f} at half, {end[0]:.0f} at the "
        f"end: {end[0] - begun[0]:+.1f} MB (target at most 20); descriptors {begun[1]}, {half[1]}, "
        f"{end[1]}"
    )


async def serve() -> None:
    """Answers at once; says where, and lives as its parent does."""
    async with ScriptedServer(saying("Here it is: ", "what was asked for.")) as server:
        print(server.base_url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--turns", type=int, default=0)
    parser.add_argument("--measured", type=int, default=60)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--recall", type=Path, metavar="CACHE")
    for hidden in ("--serve", "--answer", "--filtered"):
        parser.add_argument(hidden, action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)
    parser.add_argument("--context", type=int, default=8192, help=argparse.SUPPRESS)
    given = parser.parse_args()
    # Nobody types: the meter need not wait for the pauses of a person.
    draft_meter.TYPING_SECONDS = draft_meter.READ_EVERY_SECONDS = 0.0
    if given.serve:
        asyncio.run(serve())
        return
    if given.answer:
        work = answer(given.url, given.context, given.turns, given.recall, filtered=given.filtered)
        asyncio.run(work)
        return
    command = [sys.executable, __file__, "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        url = server.stdout.readline().decode().strip()
        if given.whole:
            asyncio.run(whole(url, given.turns or 2400, given.recall))
            return
        turns, at = given.turns or 2000, ("--url", url)
        for what, context in CONTEXTS.items():
            compare(what, SHORT, turns, given.measured, *at, *context)
        bare = [asyncio.run(sent(url, count)) * 1e3 for count in (SHORT, turns)]
        print(f"of that, sending the turns alone takes {bare[0]:.1f} and {bare[1]:.1f} ms")
        if given.recall:
            cache = ("--recall", str(given.recall))
            compare("with recall", RECALLING, turns, given.measured, *at, *cache)


if __name__ == "__main__":
    main()
