"""Counting tokens beside bare tiktoken, of prose and of hostile text, and what the live meter
takes of a core while a reply streams at 100 tokens a second (a reading after every token; the
window takes fewer)."""

from __future__ import annotations

import random
import string
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from chatui.cli.tokens import json_parts
from chatui.cost.meter import Meter
from chatui.cost.prices.prices import PriceBook
from chatui.cost.tokens.text import text_size
from chatui.cost.tokens.tokens import TokenCount, TokenCounter
from chatui.cost.tokens.vocabularies import O200K, load_encoding

MODEL = "openai/gpt-5-mini"
MANUAL = Path(__file__).parent.parent / "docs"
ROUNDS = 5
TOKENS_PER_SECOND = 100
REPLY_TOKENS = (500, 8000)


def random_letters() -> str:
    return "".join(random.Random(1).choices(string.ascii_lowercase, k=1_000_000))


HOSTILE = {
    "spaces": " " * 1_000_000,
    "random letters without a space": random_letters(),
    "NUL": "\0" * 1_000_000,
    "special tokens": "<|endoftext|>" * 75_000,
    "lone surrogates": "\ud800x" * 250_000,
    "bidi controls": "\u202e" * 333_000,
}


def seconds(
    work: Callable[[], object],
    rounds: int = ROUNDS,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """The fastest of a few rounds."""
    taken = []
    for _ in range(rounds):
        start = clock()
        work()
        taken.append(clock() - start)
    return min(taken)


def share_of_a_core(counter: TokenCounter, pieces: list[str]) -> float:
    """CPU time, of one core, for a reading after each piece at 100 pieces a second."""
    cost = partial(PriceBook().cost, MODEL, at=datetime.now(UTC))
    cost(usage=Meter(MODEL, prompt=TokenCount(0, True), count=len, cost=cost).usage())

    def stream() -> None:
        meter = Meter(
            MODEL,
            prompt=TokenCount(2000, exact=False),
            count=lambda text: counter.count(text, MODEL).tokens,
            cost=cost,
        )
        for piece in pieces:
            meter.text(piece)
            meter.reading()

    return seconds(stream, clock=time.process_time) / len(pieces) * TOKENS_PER_SECOND


def main() -> None:
    start = time.perf_counter()
    encoding = load_encoding(O200K)
    print(f"{O200K} read in {time.perf_counter() - start:.2f} s")

    manual = "\n".join(path.read_text() for path in sorted(MANUAL.rglob("*.md")))
    text = (manual * (1_000_000 // len(manual) + 1))[:1_000_000]
    counter = TokenCounter()
    ours = seconds(lambda: counter.count(text, MODEL))
    bare = seconds(lambda: encoding.encode_ordinary(text))
    speed = len(text) / ours / 1e6
    print(f"counting prose: {speed:.1f} MB/s, {ours / bare:.2f}x the time of bare tiktoken")

    for name, hostile in HOSTILE.items():
        taken = seconds(partial(counter.tokenised, hostile, MODEL), rounds=2)
        size = len(hostile.encode("utf-8", "surrogatepass")) / 1e6
        print(f"pieces of {name}: {taken / size:.2f} s/MB, {taken / size / ours:.1f}x prose")
    size_of_text = text_size(text)
    taken = seconds(
        lambda: sum(map(len, json_parts([counter.tokenised(text, MODEL)], size_of_text)))
    )
    print(f"chatui tokens --json of prose: {taken:.2f} s/MB, {taken / ours:.1f}x the count")

    pieces = [piece.text for piece in counter.tokenised(text[:100_000], MODEL).pieces]
    shares = [share_of_a_core(counter, pieces[:tokens]) for tokens in REPLY_TOKENS]
    print(f"the live meter at {TOKENS_PER_SECOND} tokens/s: {shares[1]:.2%} of a core")
    print(
        f"a reading late in {REPLY_TOKENS[1]} tokens costs {shares[1] / shares[0]:.2f}x one "
        f"in {REPLY_TOKENS[0]}"
    )


if __name__ == "__main__":
    main()
