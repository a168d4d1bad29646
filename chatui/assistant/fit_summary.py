"""The summaries that could stand in a prompt: of this path, not taken back, and short enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatui.assistant.prompt import SUMMARY, fence
from chatui.domain.conversation import Message, Role
from chatui.memory.window.summary_window import StandIn

if TYPE_CHECKING:
    from chatui.cost.tokens.tokens import TokenCounter
    from chatui.memory.policy import MemoryPolicy
    from chatui.memory.records import StoredTurn, Summary
    from chatui.memory.window.sizes import PromptSizes

CAP_SHARE = 5
"""A summary takes at most one part in so many of the cap, whatever was allowed it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A summary as it would stand in the prompt of one model, `text` in its fence."""

    text: str
    stand_in: StandIn


class SummaryChoice:
    """Counts and fences summaries; what was counted once is kept."""

    def __init__(self, tokens: TokenCounter, sizes: PromptSizes) -> None:
        self._tokens = tokens
        self._sizes = sizes
        self._made: dict[tuple[str, str, int | None], tuple[str, int, bool]] = {}

    def offers(
        self,
        summaries: Sequence[Summary],
        past: Sequence[StoredTurn],
        policy: MemoryPolicy,
        model: str,
        cap: int | None,
    ) -> dict[str, Offer]:
        """By id, in the order in which they were made. A rolling one has the room that the
        policy gives it, one that the user saw and accepted what the cap leaves it."""
        places = {stored.id: place for place, stored in enumerate(past)}
        found = {}
        for one in summaries:
            compact = one.kind == "compact"
            if one.withdrawn or one.upto not in places or not (compact or policy.summarise):
                continue
            rooms = [] if cap is None else [cap // CAP_SHARE]
            rooms += [] if compact else [policy.summary_tokens]
            text, tokens, cut = self._offered(one, model, min(rooms, default=None))
            if text:
                stand_in = StandIn(one.id, places[one.upto] + 1, tokens, compact, cut)
                found[one.id] = Offer(text, stand_in)
        return found

    def _offered(self, one: Summary, model: str, room: int | None) -> tuple[str, int, bool]:
        """The fenced text, its tokens in a prompt, and whether it was cut."""
        key = (one.id, self._tokens.encoding_name(model)[0], room)
        if key not in self._made:
            # A cut is the work of rules, so the same summary is always cut in the same way.
            text = one.text if room is None else self._cut(one.text, model, room)
            fenced = fence("summary", [text], one.id[:8]) if text else ""
            # As a message of its own it takes the most; joined to another it takes less.
            tokens = self._sizes.of([Message(Role.SYSTEM, SUMMARY + fenced)], model)
            self._made[key] = (fenced, tokens, text != one.text)
        return self._made[key]

    def _cut(self, text: str, model: str, room: int) -> str:
        from chatui.models.extractive.digest import shrunk

        def size(part: str) -> int:
            return self._tokens.count(part, model).tokens

        around = self._sizes.of(
            [Message(Role.SYSTEM, SUMMARY + fence("summary", [""], "0" * 8))], model
        )
        return shrunk(text, max(0, room - around), size)
