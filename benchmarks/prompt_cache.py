"""What trimming does to a provider's prompt cache: 300 turns within a cap of 8k tokens.

    python benchmarks/prompt_cache.py

A simulated conversation with turns and passages of realistic sizes. For every prompt it
compares the rendered messages with those of the prompt before, character by character up to
the first difference, as a provider's prefix cache does. `reused` is the share of all prompt
tokens that the prompt before began with, `fill` the mean share of the cap that is used once
the first trim has come, `turns/trim` how many turns there are to one trim.

The first table runs the real planner and prompt, with real token counts. The second runs
the window alone over eight conversations per row, for the marks and the passages there are.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from chatui.assistant.ask import Ask
from chatui.assistant.plan import Planner
from chatui.config.schema import Budget
from chatui.cost.prices.prices import PriceBook
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.conversation import Message, Reply, Turn, TurnState
from chatui.domain.passage import Passage
from chatui.jobs.profiles import ReplySettings
from chatui.memory.policy import MemoryPolicy
from chatui.memory.records import StoredTurn
from chatui.memory.store.store import ChatStore
from chatui.memory.window.candidates import Candidate
from chatui.memory.window.window import Bounds, Held, fit
from chatui.models.base import ModelInfo

CAP = 8192
TURNS = 300
SYSTEM_TOKENS = 60
MODEL = ModelInfo("openai/gpt-4o", context_size=128_000)
WORDS = """the of and to in is that for it as was with be by on not he his but at are this
have from or had an they which one you were all her she there would their we him been has
when who will no more if out so up said what its about than into them can only other time""".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Talk:
    """How long a turn's question and answer are, and its passages in all, in tokens."""

    question: int
    answer: int
    passages: int


def talk(seed: int, passages: int, turns: int = TURNS) -> Iterator[Talk]:
    """Questions of 30 tokens at the median, answers of 180, both with a long tail; passages
    within 40% of their mean."""
    dice = random.Random(seed)
    for _ in range(turns):
        question = min(600, int(dice.lognormvariate(3.4, 0.8))) + 8
        answer = min(1500, int(dice.lognormvariate(5.2, 0.7))) + 8
        yield Talk(question, answer, int(passages * dice.uniform(0.6, 1.4)))


@dataclass(slots=True)
class Figures:
    prompt: int = 0
    reused: int = 0
    trims: int = 0
    filled: float = 0.0
    full: int = 0

    def add(self, prompt: int, reused: int, *, trimmed: bool) -> None:
        self.prompt += prompt
        self.reused += reused
        self.trims += trimmed
        if self.trims:
            self.filled += prompt / CAP
            self.full += 1

    def line(self, name: str) -> str:
        reused, fill = self.reused / self.prompt, self.filled / max(1, self.full)
        per_trim = self.full / max(1, self.trims)
        met = reused >= 0.8 and fill >= 0.75 and per_trim >= 6
        return f"{name:<44} {reused:>7.1%} {fill:>7.1%} {per_trim:>10.1f}  {'yes' if met else 'no'}"


def summed(all_figures: Iterable[Figures]) -> Figures:
    total = Figures()
    for each in all_figures:
        total.prompt += each.prompt
        total.reused += each.reused
        total.trims += each.trims
        total.filled += each.filled
        total.full += each.full
    return total


def heading(first: str) -> str:
    return f"\n{first:<44} {'reused':>7} {'fill':>7} {'turns/trim':>10}  all three met"


def counted(seed: int, passages: int, bounds: Bounds) -> Figures:
    """The window alone, on sizes."""
    figures = Figures()
    history: list[Candidate] = []
    held: Held | None = None
    for said in talk(seed, passages):
        tail = said.question + said.passages
        window = fit(history, tail, SYSTEM_TOKENS, bounds, held)
        same = held is not None and held.start == window.start
        newest = history[-1].tokens if history else 0
        reused = window.tokens - tail - newest if same else SYSTEM_TOKENS if held else 0
        trimmed = held is not None and held.start != window.start
        figures.add(window.tokens, reused, trimmed=trimmed)
        held = Held(window.start, bounds.cap, bounds.turns)
        history.append(Candidate(said.question + said.answer))
    return figures


def kept_passages(seed: int, passages: int, low_water: float) -> Figures:
    """Another way: passages stay where they were sent until a trim takes them out, so that
    only what is new is no beginning of the prompt before."""
    figures = Figures()
    turns: list[int] = []
    start, extra, sent = 0, 0, 0
    for said in talk(seed, passages):
        tail = said.question + said.passages
        whole = SYSTEM_TOKENS + sum(turns[start:]) + extra + tail
        trimmed = whole > CAP
        if trimmed:
            extra = 0
            while sum(turns[start:]) + tail > low_water * (CAP - SYSTEM_TOKENS):
                start += 1
            whole = SYSTEM_TOKENS + sum(turns[start:]) + tail
        figures.add(whole, SYSTEM_TOKENS if trimmed else sent, trimmed=trimmed)
        sent, extra = whole, extra + said.passages
        turns.append(said.question + said.answer)
    return figures


def text(dice: random.Random, tokens: int) -> str:
    """Common words, each a token of its own."""
    return " ".join(dice.choices(WORDS, k=max(1, tokens)))


def passage(rank: int, content: str) -> Passage:
    return Passage(
        rank=rank, score=1.0, source="manual.md", path="/manual.md", title="", heading="",
        page=None, char_start=0, char_end=len(content), line_start=rank, line_end=rank,
        text=content, collection="default", chunk_id=f"c{rank}",
    )  # fmt: skip


async def planned(
    policy: MemoryPolicy, passages: int, seed: int, pin_every: int = 0, turns: int = TURNS
) -> Figures:
    """The real planner over a growing conversation."""
    tokens, figures, dice = TokenCounter(), Figures(), random.Random(seed)
    settings = ReplySettings(model=MODEL.name, system="You are a helpful assistant.")
    with tempfile.TemporaryDirectory() as folder:
        store = await ChatStore.open(Path(folder) / "chats.db")
        planner = Planner(store, tokens, PriceBook(), policy, Budget())
        past: list[StoredTurn] = []
        before: Sequence[Message] = ()
        start = 0
        for number, said in enumerate(talk(seed, passages, turns)):
            question = text(dice, said.question - 8)
            size = said.passages // 4
            found = tuple(passage(n, text(dice, size)) for n in range(1, 5) if size)
            ask = Ask(past=tuple(past), question=question, settings=settings, passages=found)
            plan = await planner.plan(ask, MODEL)
            assert plan.prompt.tokens <= (policy.cap or MODEL.context_size or 0)
            reused = common_tokens(before, plan.request.messages, tokens)
            moved = plan.layout.window.start != start
            figures.add(plan.prompt.tokens, reused, trimmed=moved)
            before, start = plan.request.messages, plan.layout.window.start
            pinned = bool(pin_every) and number % pin_every == pin_every - 1
            reply = Reply(text=text(dice, said.answer - 8))
            turn = Turn(question, datetime.now(UTC), TurnState.COMPLETE, reply, pinned=pinned)
            name = f"t{number}"
            past.append(StoredTurn(name, None, "", "", turn, plan.mark(name)))
        await store.close()
    return figures


def common_tokens(before: Sequence[Message], after: Sequence[Message], tokens: TokenCounter) -> int:
    """Tokens of the messages that both begin with; of the first that differs, its common
    beginning."""
    same: list[Message] = []
    for one, other in zip(before, after, strict=False):
        if one != other:
            if one.role == other.role:
                same.append(replace(other, content=common(one.content, other.content)))
            break
        same.append(other)
    return tokens.count_messages(same, MODEL.name).tokens - 3 if same else 0


def common(one: str, other: str) -> str:
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    return other[: min(len(one), len(other)) if at is None else at]


async def main() -> None:
    print(heading("the real planner and prompt, 1 conversation"))
    mark = MemoryPolicy(cap=CAP)
    ways = {
        "trim to the cap": replace(mark, low_water=1.0),
        "low water 0.7 (the default)": mark,
        "low water 0.7, last 30 turns": replace(mark, turns=30),
    }
    for passages in (0, 400):
        for name, policy in ways.items():
            figures = await planned(policy, passages, seed=1)
            print(figures.line(f"{name}, passages {passages}"))
    figures = await planned(mark, 400, seed=1, pin_every=60)
    print(figures.line("low water 0.7, passages 400, 5 pins"))
    print("\n100 turns, passages 400")
    for cap in (8192, 16_384, 0):
        figures = await planned(MemoryPolicy(cap=cap), 400, seed=1, turns=100)
        name = f"cap {cap}" if cap else "no cap, 128,000 tokens of context"
        print(f"{name:<44} {figures.reused / figures.prompt:>7.1%}")
    print(heading("the window alone, 8 conversations"))
    for passages in (0, 400, 600, 800, 1400):
        for low_water in (1.0, 0.85, 0.7, 0.6, 0.5):
            bounds = Bounds(CAP, low_water=low_water)
            found = summed(counted(seed, passages, bounds) for seed in range(8))
            print(found.line(f"low water {low_water}, passages {passages}"))
        for low_water in (0.7, 0.4):
            found = summed(kept_passages(seed, passages, low_water) for seed in range(8))
            print(found.line(f"low water {low_water}, passages {passages} kept till a trim"))
    to_cap = summed(counted(seed, 400, Bounds(CAP, low_water=1.0)) for seed in range(8))
    default = summed(counted(seed, 400, Bounds(CAP)) for seed in range(8))
    ratio = (default.reused / default.prompt) / (to_cap.reused / to_cap.prompt)
    print(f"\nreused with the low-water mark / with trimming to the cap: {ratio:.2f}")


if __name__ == "__main__":
    asyncio.run(main())
