"""Prepares, in the background, the summary that the coming trim will need.

It is built on the newest one before it and reads nothing but the turns since, so that every
message is read once, however long the conversation becomes. Nothing waits for it: a trim that
comes first goes without, and the turns that it dropped are in the next one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chatui.assistant.measure import SUMMARY_SHARE
from chatui.cost.tokens.tokens import REPLY_TOKENS
from chatui.domain.errors import ChatuiError
from chatui.memory.records import Summary, standing_summaries
from chatui.memory.window.candidates import Candidate
from chatui.memory.window.summary_need import Head, coming_start, is_ready

if TYPE_CHECKING:
    from chatui.assistant.background import Settled
    from chatui.assistant.plan import Plan, Planner
    from chatui.assistant.summaries.summariser import Summariser
    from chatui.memory.records import StoredTurn
    from chatui.memory.store.store import ChatStore

SECONDS = 120.0
"""The longest that a summary may take: a slow local model reads some thousand tokens in it."""
EXPECTED_QUESTION = 50
"""Tokens that the next question is reckoned with: its passages, known from the last one, are
what weighs."""
LONGEST_WAIT = 16
"""Turns until a summary that failed again and again is tried once more."""


@dataclass(frozen=True, slots=True)
class Task:
    """`turns` are to be summarised on top of `previous`, and end with the turn `upto`.
    `standing` is how many turns the summary will stand for."""

    turns: Sequence[StoredTurn]
    previous: Summary | None
    upto: str
    standing: int


@dataclass(frozen=True, slots=True)
class _Failure:
    """So many failures in a row; not to be tried before the path has `until` turns."""

    times: int
    until: int


class SummariesAhead:
    """Never raises but for a cancel and the store's own errors. `on_warning` gets a sentence
    when a summary failed, once until one succeeds again."""

    def __init__(
        self,
        summariser: Summariser,
        store: ChatStore,
        planner: Planner,
        on_warning: Callable[[str], None] | None = None,
        *,
        seconds: float = SECONDS,
    ) -> None:
        self._summariser = summariser
        self._store = store
        self._planner = planner
        self._on_warning = on_warning
        self._seconds = seconds
        self._failures: dict[str, _Failure] = {}

    async def prepare(self, settled: Settled) -> None:
        """After a turn: writes the summary that the coming trim needs and is not there yet."""
        if not settled.plan.policy.summarise or not settled.settings.remember:
            return
        cid = settled.conversation_id
        turns = (await self._store.load(cid)).turns
        place = next((at for at, one in enumerate(turns) if one.id == settled.turn_id), None)
        if place is None:  # another branch is shown; its own next turn will see to it
            return
        past = turns[: place + 1]
        failure = self._failures.get(cid)
        if failure is not None and len(past) < failure.until:
            return
        candidates = await asyncio.to_thread(self._candidates, settled, past)
        task = due(settled, past, candidates, await self._store.summaries.of(cid))
        if task is not None:
            await self._write(settled, task, len(past))

    def _candidates(self, settled: Settled, past: Sequence[StoredTurn]) -> Sequence[Candidate]:
        """The turns as the last prompt counted them, and the newest."""
        sizes = settled.plan.layout.sizes
        counted = self._planner.sizes(past, settled.plan.info.name)
        others = [at for at, tokens in enumerate(sizes) if counted[at].tokens != tokens]
        if not others:
            return counted
        candidates = list(counted)
        for at in others:
            candidates[at] = replace(candidates[at], tokens=sizes[at])
        return candidates

    async def _write(self, settled: Settled, task: Task, length: int) -> None:
        cid = settled.conversation_id
        try:
            async with asyncio.timeout(self._seconds):
                made = await self._summariser.summarise(
                    cid,
                    [one.turn for one in task.turns],
                    task.previous.text if task.previous else "",
                    settings=settled.settings,
                    reader=settled.plan.info.name,
                )
        except TimeoutError:
            self._failed(cid, length, f"The summary took longer than {self._seconds:g} s")
            return
        except ChatuiError as error:
            self._failed(cid, length, str(error))
            return
        self._failures.pop(cid, None)
        await self._store.summaries.add(
            Summary(
                id="",
                conversation=cid,
                upto=task.upto,
                text=made.text,
                kind="rolling",
                model=made.model,
                turns=task.standing,
                created=datetime.now(UTC),
            )
        )

    def _failed(self, cid: str, length: int, why: str) -> None:
        times = self._failures[cid].times + 1 if cid in self._failures else 1
        wait = min(LONGEST_WAIT, 2 ** (times - 1))
        self._failures[cid] = _Failure(times, length + wait)
        logging.getLogger(__name__).warning("No summary of %s: %s", cid, why)
        if times == 1 and self._on_warning is not None:
            self._on_warning(f"Older turns will leave the prompt without a summary: {why}")


def expected_tokens(plan: Plan) -> int:
    """What the first summary will take of the prompt."""
    cap, most = plan.layout.bounds.cap, plan.policy.summary_tokens
    return most if cap is None else min(most, cap // SUMMARY_SHARE)


def due(
    settled: Settled,
    past: Sequence[StoredTurn],
    candidates: Sequence[Candidate],
    summaries: Sequence[Summary],
) -> Task | None:
    """What is to be summarised for the trim that is coming; None when none is near, or its
    summary is there. `past` ends with the settled turn."""
    layout = settled.plan.layout
    base = layout.system + REPLY_TOKENS + layout.tokens(layout.pinned)
    if layout.summary is not None:
        head = Head(base + layout.summary.tokens, base + layout.summary.tokens)
    else:
        head = Head(base, base + expected_tokens(settled.plan))
    tail = layout.passages + EXPECTED_QUESTION
    start = layout.window.start
    end = coming_start(candidates, start, head, tail, layout.bounds)
    if end is None:
        return None
    standing = {id_: after for id_, (_, after) in standing_summaries(summaries, past).items()}
    made = standing.values()
    if any(is_ready(candidates, start, end, head, layout.bounds, after) for after in made):
        return None
    # Of two that stand for the same turns, the newer one is what the user made of it.
    before = [one for one in reversed(summaries) if standing.get(one.id, end) < end]
    previous = max(before, key=lambda one: standing[one.id], default=None)
    begin = standing[previous.id] if previous else 0
    turns = [one for one in past[begin:end] if one.turn.counts]
    if not turns:
        return None
    answered = sum(one.turn.counts for one in past[:end])
    return Task(turns, previous, past[end - 1].id, answered)
