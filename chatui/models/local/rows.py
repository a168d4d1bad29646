"""Replies that are computed side by side: each step of llama.cpp writes a token of every one.

A processor reads a model's weights from memory for each step, however many tokens that is of, so
several cost little more than one (`benchmarks/batched_decoding.py`). Runs in the child.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from chatui.domain.errors import BadResponse
from chatui.models.local.hooks import Aborted
from chatui.models.local.llama import Llama
from chatui.models.local.outbox import Event, Outbox
from chatui.models.local.prompt import common
from chatui.models.local.sampling import ReplySampler
from chatui.models.local.text import ReplyText

TURN_SECONDS = 0.1
"""How long rows are computed before the caller may add some and take some away: others that
come at the same time wait no longer, and a turn takes a thousandth of it."""
USUAL_REPLY = 256
"""Tokens of a reply that there has to be room for before a row is begun. Longer ones make their
room while they grow."""


@dataclass(slots=True, eq=False)
class ReplyRow:
    """One reply. `tokens` are its prompt and what it has written, and the first `done` of them are
    in the context, under the number `place`; it has none before it is begun, and after it had to
    make room for others."""

    number: int
    tokens: list[int]
    most: int
    sampler: ReplySampler
    text: ReplyText
    resources: ExitStack
    place: int | None = None
    done: int = 0
    output: int = 0
    prompt: int = 0
    out: Outbox = field(default_factory=Outbox)
    began: float = 0.0
    prefilled: float = 0.0

    @property
    def wanted(self) -> int:
        """Tokens of room that it will have use for."""
        return len(self.tokens) + min(self.most - self.output, USUAL_REPLY)


class Rows:
    """The rows of one context, `places` of them at a time, the others in the order they came.

    A prompt that begins like one that the context holds, also of a row that has ended, is not read
    again as far as they are alike.
    """

    def __init__(self, llama: Llama, places: int, shown: Callable[[int], bytes]) -> None:
        self._llama = llama
        self._shown = shown
        self._rows: list[ReplyRow] = []
        self._held: list[list[int]] = [[] for _ in range(places)]

    def add(
        self,
        number: int,
        tokens: Sequence[int],
        options: Mapping[str, Any],
        *,
        most: int,
        open_tag: str,
    ) -> None:
        """A reply of `most` tokens behind these. Raises BadResponse."""
        with ExitStack() as stack:
            sampler = stack.enter_context(self._llama.sampling(options))
            text = ReplyText(options.get("stop") or (), open_tag)
            row = ReplyRow(number, list(tokens), most, sampler, text, stack.pop_all())
        row.prompt = len(row.tokens)
        self._rows.append(row)

    def leave(self, number: int) -> None:
        """Nobody waits for that one any more."""
        for row in [one for one in self._rows if one.number == number]:
            self._end(row)

    def pause(self) -> None:
        """Leaves the context to others. What the rows have written is read again afterwards."""
        for row in self._rows:
            row.place, row.done = None, 0
        if any(self._held):
            self._llama.keep(0)
            for held in self._held:
                held.clear()

    def turn(self) -> Iterator[tuple[int, Event]]:
        """Events of `LocalService.reply` with the numbers of their rows, `error` and `message` for
        one that can't go on, for TURN_SECONDS or until one of them has ended. Raises Aborted, and
        BadResponse, after which there are no rows."""
        until = time.monotonic() + TURN_SECONDS
        if self._llama.tokens:
            self._llama.keep(0)
        try:
            ended = False
            while self._rows and not ended and time.monotonic() < until:
                for number, event in self._step():
                    ended = ended or "end" in event or "error" in event
                    yield number, event
        except Aborted:
            self.pause()
            raise
        except BadResponse:
            self.pause()
            for row in tuple(self._rows):
                self._end(row)
            raise

    def _step(self) -> Iterator[tuple[int, Event]]:
        self._make_places()
        placed = [row for row in self._rows if row.place is not None]
        for row in placed:
            if not row.began:
                row.began = time.monotonic()
                yield row.number, {"prompt": row.prompt, "cached": row.done}
        # Whoever listens may be gone at an event: everything is in its place before one goes out.
        yield from self._computed(placed)

    def _computed(self, placed: Sequence[ReplyRow]) -> list[tuple[int, Event]]:
        """A token more for each, or the next piece of its prompt."""
        batch: list[tuple[int, int, int, bool]] = []
        sampled: list[tuple[ReplyRow, int]] = []
        # What writes goes first: it wants one token, and a long prompt would take all the room.
        for row in sorted(placed, key=lambda one: len(one.tokens) - one.done > 1):
            assert row.place is not None
            part = row.tokens[row.done : row.done + self._llama.batch - len(batch)]
            whole = row.done + len(part) == len(row.tokens)
            for at, token in enumerate(part, 1):
                batch.append((token, row.done + at - 1, row.place, whole and at == len(part)))
            if part and whole:
                sampled.append((row, len(batch) - 1))
            self._held[row.place] += part
            row.done += len(part)
        if self._llama.abort.asked:
            raise Aborted
        self._llama.decode(batch)
        return [(row.number, event) for row, at in sampled for event in self._next(row, at)]

    def _next(self, row: ReplyRow, at: int) -> list[Event]:
        """What comes of one more token, chosen by what was computed at that place. A form that
        can't be followed ends its own row alone."""
        try:
            token = self._llama.sample(row.sampler, at)
        except BadResponse as error:
            self._end(row)
            row.out.add(row.text.finish())
            return [*row.out.rest(), {"error": type(error).__name__, "message": str(error)}]
        return self._written(row, token)

    def _written(self, row: ReplyRow, token: int) -> list[Event]:
        """What comes of one more token."""
        row.prefilled = row.prefilled or time.monotonic()
        reason = ""
        if self._llama.vocabulary.ends(token):
            reason = "stop"
        else:
            row.output += 1
            row.tokens.append(token)
            row.out.add(row.text.feed(self._shown(token)))
            if row.text.stopped:
                reason = "stop"
            elif row.output >= row.most:
                reason = "length"
        counts = {"output": row.output, "reasoning_tokens": row.text.reasoning_tokens}
        if not reason:
            event = row.out.due()
            return [{**event, **counts}] if event else []
        self._end(row)
        row.out.add(row.text.finish())
        end = {
            "end": reason,
            **counts,
            "prefill": row.prefilled - row.began,
            "generation": time.monotonic() - row.prefilled,
        }
        return [*row.out.rest(), end]

    def _end(self, row: ReplyRow) -> None:
        """Its place is free; what is in it stays for a prompt that begins alike."""
        self._rows.remove(row)
        row.place = None
        row.resources.close()

    def _make_places(self) -> None:
        """Begins rows that wait, and makes room for a token more of each."""
        while self._used() > self._llama.largest and self._forget_or_pause():
            pass
        for row in self._rows:
            if row.place is None and not self._begin(row):
                break
        if self._used() > self._llama.size:
            self._grow(self._used())

    def _begin(self, row: ReplyRow) -> bool:
        """Gives it a place; False when it has to wait."""
        begun = [one for one in self._rows if one.place is not None]
        free = self._free()
        if not free:
            return False
        if begun and sum(one.wanted for one in [*begun, row]) > self._llama.largest:
            return False
        while self._used() + row.wanted > self._llama.largest and self._forget():
            pass
        if (wanted := self._used() + row.wanted) > self._llama.size < self._llama.largest:
            self._grow(wanted)
            free = self._free()
        known = [common(held, row.tokens) for held in self._held]
        best = max(range(len(known)), key=lambda at: (known[at], at in free))
        # The last token is always computed: what follows it is not kept.
        done = min(known[best], len(row.tokens) - 1)
        place = best if best in free else min(free, key=lambda at: len(self._held[at]))
        done = self._llama.share(best, place, done)
        self._held[place] = row.tokens[:done]
        row.place, row.done = place, done
        return True

    def _free(self) -> list[int]:
        taken = {row.place for row in self._rows}
        return [place for place in range(len(self._held)) if place not in taken]

    def _used(self) -> int:
        """Tokens that the context has to have room for now. What rows share counts for each."""
        free = sum(len(self._held[place]) for place in self._free())
        return free + sum(len(row.tokens) for row in self._rows if row.place is not None)

    def _forget(self) -> bool:
        """Gives up what a row left that has ended; False when there is nothing."""
        place = next((place for place in self._free() if self._held[place]), None)
        if place is None:
            return False
        self._llama.share(place, place, 0)
        self._held[place].clear()
        return True

    def _forget_or_pause(self) -> bool:
        """Makes room in a context that can't grow: the row that came last goes on later."""
        if self._forget():
            return True
        begun = [row for row in self._rows if row.place is not None]
        if len(begun) < 2:
            return False
        begun[-1].place, begun[-1].done = None, 0
        return self._forget()

    def _grow(self, tokens: int) -> None:
        """A larger context is an empty one: what the rows had in the other is put into it."""
        begun = [(row, row.place, row.done) for row in self._rows if row.place is not None]
        states = [self._llama.sequence(place) if done else None for _, place, done in begun]
        self.pause()
        self._llama.make_room(tokens)
        for place, ((row, _, done), state) in enumerate(zip(begun, states, strict=True)):
            row.place = place
            if state is not None and self._llama.put_sequence(place, state):
                row.done = done
                self._held[place] = row.tokens[:done]
