"""What `chatui ask --batch` prints: a line of JSON for each answer, in the order of the file, and
how far it is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

from chatui.assistant.batches.run import BatchCall, LineOutcome, exit_code
from chatui.assistant.reply_outcome import Ending
from chatui.cli.answer import Answer, as_object, with_data
from chatui.cli.interrupt import EXIT_INTERRUPTED
from chatui.cli.output import complain, print_json, warn
from chatui.cli.progress import ProgressDisplay
from chatui.domain.usage import Cost, total_cost

if TYPE_CHECKING:
    from chatui.assistant.chains.state import RunState

SPELT_OUT = 20
"""Failures that are told one by one; the rest is in the lines of JSON."""


class BatchReport:
    """Lines are printed as soon as all before them have ended; those that were not asked, and
    those that were stopped in the middle, are not."""

    def __init__(self, state: RunState, calls: Sequence[BatchCall], stream: TextIO) -> None:
        self._state = state
        self._places = {call.line.number: at for at, call in enumerate(calls)}
        self._ended: dict[int, LineOutcome | None] = {}
        self._next = 0
        self._progress = ProgressDisplay(stream)
        self._began = time.monotonic()
        self._costs: list[Cost] = []
        self._failed: list[LineOutcome] = []
        self.counts: Counter[Ending] = Counter()

    def follow(self, outcome: LineOutcome) -> None:
        self.counts[outcome.ending] += 1
        if outcome.ending == "failed":
            self._failed.append(outcome)
        reply = outcome.turn.reply if outcome.turn else None
        if outcome.ending != "kept" and reply and reply.cost:
            self._costs = list(total_cost([*self._costs, reply.cost]))
        shown = outcome.answered or outcome.ending == "failed"
        self._ended[self._places[outcome.call.line.number]] = outcome if shown else None
        self._print()
        self._draw()

    def clear(self) -> None:
        """Takes the bar away."""
        self._progress.clear()

    @property
    def ended(self) -> str:
        if self.counts["interrupted"]:
            return "interrupted"
        return "failed" if self._failed or self.counts["left"] else "complete"

    def sum_up(self, costs: Sequence[Cost]) -> int:
        """Says how it went, what it cost in all its tries, and how to go on; the exit code."""
        self.say_figures(costs)
        if self.ended != "complete":
            warn(
                f"`chatui ask --resume {self._state.id}` goes on; "
                "lines that are answered are not asked again."
            )
        if self.counts["interrupted"] or (self.counts["left"] and not self._failed):
            return EXIT_INTERRUPTED
        return exit_code(self.counts, [one.error for one in self._failed if one.error])

    def say_figures(self, costs: Sequence[Cost]) -> None:
        """How many lines ended in which way, and why those failed that did."""
        from chatui.text.figures import moneys

        answered = self.counts["complete"] + self.counts["kept"]
        kept = f" ({self.counts['kept']:,} of them before)" if self.counts["kept"] else ""
        parts = [f"{answered:,} of {len(self._places):,} answered{kept}"]
        if self._failed:
            parts.append(f"{len(self._failed):,} failed")
        if unasked := self.counts["left"] + self.counts["interrupted"]:
            parts.append(f"{unasked:,} not asked to the end")
        warn(" · ".join([*parts, moneys(costs) if costs else "nothing paid"]))
        for one in sorted(self._failed, key=lambda each: each.call.line.number)[:SPELT_OUT]:
            complain(f"line {one.call.line.number} ({one.call.line.id}): {one.error}")
        if len(self._failed) > SPELT_OUT:
            complain(f"{len(self._failed) - SPELT_OUT:,} more failed; their lines say why.")

    def _print(self) -> None:
        while self._next in self._ended:
            outcome = self._ended.pop(self._next)
            self._next += 1
            if outcome is not None:
                # The bar stands on the terminal that the lines may go to.
                self._progress.clear()
                print_json(as_line(outcome, self._state.conversation), line=True)

    def _draw(self) -> None:
        from chatui.text.figures import moneys, time_left

        done, whole = self.counts.total(), len(self._places)
        made = done - self.counts["kept"] - self.counts["left"]
        words = [f"{done:,}/{whole:,}"]
        if self._failed:
            words.append(f"{len(self._failed):,} failed")
        if self._costs:
            words.append(moneys(self._costs))
        if made and done < whole:
            each = (time.monotonic() - self._began) / made
            words.append(f"{time_left(each * (whole - done))} left")
        self._progress.draw(done / whole, " · ".join(words))


def as_line(outcome: LineOutcome, conversation: str) -> dict[str, Any]:
    """The object of a line: `id`, `line`, and those of `ask --json`."""
    line, error = outcome.call.line, outcome.error
    head = {"id": line.id, "line": line.number}
    if outcome.turn is None:
        assert error is not None
        return head | {
            "model": outcome.call.model,
            "error": {"kind": type(error).__name__, "message": str(error)},
        }
    done = Answer(
        conversation,
        outcome.turn_id,
        outcome.turn,
        outcome.reading,
        profile=outcome.call.settings.profile,
        retries=outcome.retries,
        error=error,
    )
    return head | as_object(with_data(done, outcome.call.settings))
