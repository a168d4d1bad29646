"""How often a summariser reads each message, and how long the built-in one takes.

    python benchmarks/summaries.py [--smollm2]

A simulated conversation of 1,000 turns within a cap of 8k tokens, over the real store, planner
and prompt. After every turn the real job prepares what the coming trim needs, with the built-in
summariser. `read` is how often a message is read, of those that left the prompt; the naive way
beside it summarises all turns that left anew at every trim. `covered` is the share of the turns
that left which the summary in the prompt stands for. No prompt may be beyond the cap.

Then dense talk in English, German and Chinese, with some 40 planted facts of which three are
corrected later (`summary_talks.json`; tuned on), is summed up in 600 tokens, and shorter talk
that nothing was tuned on (`summary_held_out.json`) in 15 for each fact: what share of the facts
is there. With `--smollm2` a model of 135M parameters writes the summaries, by itself and with
what it lost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent))

from chatui.assistant.ask import Ask
from chatui.assistant.background import Settled
from chatui.assistant.plan import Planner
from chatui.assistant.side_call import SideCaller
from chatui.assistant.summaries.ahead import SummariesAhead
from chatui.assistant.summaries.summariser import Summariser, SummaryText
from chatui.config.paths import Paths
from chatui.config.schema import Budget, Config
from chatui.cost.prices.prices import PriceBook
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.conversation import Exchange, FinishReason, Reply, Turn, TurnState
from chatui.domain.errors import ChatuiError
from chatui.jobs.profiles import ReplySettings
from chatui.memory.policy import MemoryPolicy
from chatui.memory.records import StoredTurn
from chatui.memory.store.store import ChatStore
from chatui.models.base import ChatModel, ModelInfo
from chatui.models.catalog import BUILTIN, Catalog
from chatui.models.extractive.digest import digest
from chatui.models.files.model_files import ModelFiles
from tests.smollm2 import NAME as SMOLLM2
from tests.smollm2 import fetched

CAP, TURNS = 8192, 1000
MODEL = ModelInfo("openai/gpt-4o", context_size=128_000)
SETTINGS = ReplySettings(model=MODEL.name, system="You are a helpful assistant.", rag=False)
TALKS = json.loads(Path(__file__).with_name("summary_talks.json").read_text(encoding="utf-8"))
HELD_OUT = json.loads(Path(__file__).with_name("summary_held_out.json").read_text(encoding="utf-8"))
PEOPLE = "Anna Karl Maria Ludwig Chen Fatima Olga Pedro Ines Tom".split()  # noqa: SIM905
PLACES = "Leipzig Lisbon Bremen Oslo Kyoto Porto Turin Ghent Graz Lyon".split()  # noqa: SIM905


class Counting(Summariser):
    """The real one; `reads` counts how often it is given each question."""

    reads: Counter[str]

    async def summarise(
        self,
        conversation_id: str,
        turns: Sequence[Turn],
        previous: str = "",
        focus: str = "",
        *,
        settings: ReplySettings | None = None,
        reader: str = BUILTIN.name,
    ) -> SummaryText:
        self.reads.update(turn.question for turn in turns)
        return await super().summarise(
            conversation_id, turns, previous, focus, settings=settings, reader=reader
        )


def sentence(dice: Random) -> str:
    who, where = dice.choice(PEOPLE), dice.choice(PLACES)
    return dice.choice(
        (
            f"I met {who} in {where} on {dice.randint(1, 28)} May at {dice.randint(10, 22)}:30.",
            f"The rent in {where} is {dice.randint(400, 2900)} euros, which {who} finds too much.",
            f"We decided to ask {who} for the keys of the house in {where}.",
            "That is how it mostly goes, and there is little more to say about it than that.",
            "It depends on the weather, as so many things do in the end.",
        )
    )


def said(dice: Random, least: int, most: int) -> str:
    return " ".join(sentence(dice) for _ in range(dice.randint(least, most)))


async def main() -> None:
    tokens, prices, dice = TokenCounter(), PriceBook(), Random(1)
    policy = MemoryPolicy(cap=CAP, summarise=True)
    with tempfile.TemporaryDirectory() as folder:
        store = await ChatStore.open(Path(folder) / "chats.db")
        planner = Planner(store, tokens, prices, policy, Budget())
        catalog = Catalog([], ModelFiles(Path(folder)), unused)
        models = SideCaller(
            catalog=catalog, planner=planner, store=store, tokens=tokens, prices=prices
        )
        counting = Counting(BUILTIN.name, 600, models=models, catalog=catalog, tokens=tokens)
        counting.reads = Counter()
        ahead = SummariesAhead(counting, store, planner)
        cid = (await store.create()).id
        covered, left, naive, trims, start = 0, 0, 0, 0, 0
        for number in range(TURNS):
            past: Sequence[StoredTurn] = (await store.load(cid)).turns
            question = f"{number}. {said(dice, 1, 3)}"
            plan = await planner.plan(
                Ask(past=past, question=question, settings=SETTINGS, conversation_id=cid), MODEL
            )  # fmt: skip
            window, summary = plan.layout.window, plan.layout.summary
            assert plan.prompt.tokens <= CAP
            left += window.start
            covered += summary.after if summary else 0
            if window.start != start:
                trims, naive, start = trims + 1, naive + window.start, window.start
            stored = await store.begin_turn(cid, question)
            await store.save_window(stored.id, plan.mark(stored.id))
            reply = Reply(said(dice, 6, 16), finish_reason=FinishReason.STOP)
            turn = replace(stored.turn, state=TurnState.COMPLETE, reply=reply)
            await store.settle_turn(stored.id, turn)
            await ahead.prepare(Settled(cid, stored.id, turn, plan, SETTINGS))
        await store.close()
    read = sum(counting.reads.values()) / len(counting.reads)
    print(f"{TURNS} turns, {trims} trims, {TURNS / trims:.1f} turns to one")
    print(f"read {read:.2f} times on average, {max(counting.reads.values())} at most (wanted 1.3)")
    print(f"covered {covered / left:.1%} of the turns that had left")
    print(f"all that left anew at every trim: {naive / start:.1f} times")
    print(f"\nreadings, the naive way / ours: {naive / start / read:.0f}")
    timed(tokens)
    planted(tokens)


def planted(tokens: TokenCounter) -> None:
    for name, talks in (("tuned on", TALKS), ("held out", HELD_OUT)):
        for language, talk in talks.items():
            said, facts = [Exchange(*one) for one in talk["said"]], talk["facts"]
            size, room = tokens.counting(MODEL.name), 15 * max(len(facts), 40 * (talks is TALKS))
            rolled = ""
            for start in range(0, len(said), 6):
                rolled = digest(rolled, said[start : start + 6], room, size)
            shares = [held(text, facts) for text in (digest("", said, room, size), rolled)]
            print(
                f"{language}, {name}: {shares[0]:.0%} of the planted facts in {room} tokens, "
                f"{shares[1]:.0%} rolling on"
            )


def held(text: str, facts: Sequence[Sequence[str]]) -> float:
    return sum(all(part in text for part in fact) for fact in facts) / len(facts)


async def by_model() -> None:
    """The same with a model."""
    from chatui.bootstrap.services import open_services

    config = Config()
    config = replace(config, memory=replace(config.memory, summary_model=SMOLLM2))
    config = replace(config, local=replace(config.local, context_size=CAP))
    with tempfile.TemporaryDirectory() as folder:
        names = ("config", "data", "state", "cache")
        paths = Paths(*(Path(folder) / name for name in names))
        paths.models.mkdir(parents=True)
        (paths.models / "smollm2.gguf").symlink_to(fetched())
        services = await open_services(config, paths)
        for language, talk in TALKS.items():
            turns = [
                Turn(asked, datetime.now(UTC), TurnState.COMPLETE, Reply(told))
                for asked, told in talk["said"]
            ]
            cid = (await services.store.create()).id
            try:
                text = (await services.summariser.summarise(cid, turns, reader=MODEL.name)).text
            except ChatuiError as error:
                print(f"{language}, by a model: {error}")
                continue
            size = services.tokens.count(text, MODEL.name).tokens
            share = held(text, talk["facts"])
            print(f"{language}, by a model and completed: {share:.0%} in {size} tokens")
        await services.close()


def timed(tokens: TokenCounter) -> None:
    dice = Random(2)
    talk, size = list[Exchange](), 0
    while size < 10_000:
        talk.append(Exchange(said(dice, 1, 3), said(dice, 6, 16)))
        size += tokens.count(talk[-1].question + talk[-1].reply, MODEL.name).tokens
    times = []
    for _ in range(9):
        begun = time.process_time()
        digest("", talk, 600, lambda text: tokens.count(text, MODEL.name).tokens)
        times.append(time.process_time() - begun)
    print(f"the built-in summary of {size:,} tokens: {sorted(times)[4] * 1000:.0f} ms")


def unused() -> ChatModel:
    raise NotImplementedError("the built-in summary asks no model")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--smollm2", action="store_true")
    asyncio.run(by_model() if parser.parse_args().smollm2 else main())
