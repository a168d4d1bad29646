"""What each part of a prompt takes, counted once.

Sizes are tokens with what a message takes beside its text, without those that a prompt takes
once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from chatui.assistant.ask import Amounts, Ask
from chatui.assistant.prompt import SUMMARY, fence, mark_for
from chatui.cost.tokens.pictures import rule_of
from chatui.cost.tokens.tokens import REPLY_TOKENS
from chatui.domain.conversation import Message, Role
from chatui.memory.records import Recalled, StoredTurn, standing_summaries
from chatui.memory.window.candidates import Candidate, Candidates
from chatui.memory.window.cutting import cut_middle
from chatui.memory.window.summary_window import StandIn
from chatui.models.base import ModelInfo

if TYPE_CHECKING:
    from chatui.cost.tokens.tokens import TokenCounter
    from chatui.memory.policy import MemoryPolicy
    from chatui.memory.records import Summary

SUMMARY_SHARE = 5
"""A summary takes at most one part in so many of the cap, whatever was allowed it."""

TurnKey = tuple[str, int, int, int, bool, bool]


@dataclass(frozen=True, slots=True)
class Offer:
    """A summary as it would stand in the prompt of one model, `text` in its fence."""

    text: str
    stand_in: StandIn


@dataclass(frozen=True, slots=True)
class CutQuestion:
    """A question whose middle is gone, the tokens that it lost, and those of the last message
    with it."""

    text: str
    lost: int
    tail: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What one prompt could be made of, in tokens. Tokens merge where texts meet, so the head and
    the tail are counted whole for each amount of what they hold: when that is first asked for,
    and once."""

    past: Sequence[StoredTurn]
    """The turns before the question, and of each what it takes."""
    turns: Sequence[Candidate]
    remember: bool
    """Whether they count."""
    offers: Mapping[str, Offer]
    """The summaries that could stand for some of them, by id."""
    standing: int
    """How many standing notes are at hand."""
    there: Amounts
    """How much there is for the last message."""
    head: Callable[[int], int]
    """The system message with the first of the standing notes; 0 when there is none."""
    tail: Callable[[Amounts], int]
    """The last message with the first of each."""
    mute_tail: Callable[[int], int]
    """The same without a question, for the first of the called notes and all recalled turns."""
    recallable: Callable[[Amounts], int]
    """What the turns take at most that only sending will recall, beside so much of the rest."""
    likely_tail: Callable[[Amounts], int] | None
    """The same as `tail` once the passages are found that only sending looks up; None where
    there are some already, or none are likely."""
    cut: Callable[[Amounts, int], CutQuestion]
    """The question, cut to a message of at most so many tokens."""


class PromptMeasure:
    """Counts, so call it in a thread. Turns and summaries are remembered: turns by their texts'
    lengths too, because a pending one grows."""

    def __init__(self, tokens: TokenCounter) -> None:
        self._tokens = tokens
        self._turns: dict[str, dict[TurnKey, Candidate]] = {}
        self._last: dict[str, tuple[Sequence[StoredTurn], Candidates]] = {}
        self._cuts: dict[tuple[str, int, int, str, int], StoredTurn] = {}
        self._summaries: dict[tuple[str, str, int | None], tuple[str, int, bool]] = {}

    def parts(
        self,
        ask: Ask,
        info: ModelInfo,
        summaries: Sequence[Summary],
        policy: MemoryPolicy,
        cap: int | None,
    ) -> Parts:
        """Of a prompt for that model of at most `cap` tokens."""
        past: Sequence[StoredTurn] = ask.past
        turns: Sequence[Candidate] = self.turns(past, info.name)
        if cap and policy.too_long == "cut":
            past, turns = self._shortened(past, turns, info.name, cap // 2)
        there, standing = ask.amounts, len(ask.remembered.standing)
        if info.provider == "builtin":  # it reads no prompt
            there, standing = replace(there, called=0), 0
        mute = replace(ask, question="")
        found = replace(ask, passages=tuple(ask.likely))

        def size(*messages: Message) -> int:
            return sum(self.of(message, info.name) for message in messages)

        def likely_tail(held: Amounts) -> int:
            return size(found.tail(replace(held, passages=len(ask.likely))))

        def recallable(held: Amounts) -> int:
            turns = ask.remembered.recallable
            if not turns:
                return 0
            recalled = tuple(Recalled(one, 0.0, one.turn.asked) for one in turns)
            most = replace(ask, remembered=replace(ask.remembered, recalled=recalled))
            return size(most.tail(replace(held, recalled=len(turns)))) - size(ask.tail(held))

        def mute_tail(called: int) -> int:
            return size(mute.tail(Amounts(called=called, recalled=there.recalled)))

        def cut(held: Amounts, room: int) -> CutQuestion:
            text, lost = self.cut(ask.question, info.name, room)
            return CutQuestion(text, lost, size(replace(ask, question=text).tail(held)))

        return Parts(
            past=past,
            turns=turns,
            remember=ask.settings.remember,
            offers=self._offers(summaries, past, info.name, policy, cap),
            standing=standing,
            there=there,
            head=cache(lambda standing: size(*ask.head(standing))),
            tail=cache(lambda held: size(ask.tail(held))),
            mute_tail=cache(mute_tail),
            recallable=recallable,
            likely_tail=likely_tail if ask.likely and not ask.passages else None,
            cut=cut,
        )

    def of(self, message: Message, model: str) -> int:
        return self._tokens.count_messages([message], model).tokens - REPLY_TOKENS

    def turns(self, past: Sequence[StoredTurn], model: str) -> Candidates:
        """What each turn takes in a prompt of that model. What was measured last stays for as
        many of the turns as are still the same."""
        encoding = self._encoding(model)
        before, sizes = self._last.get(encoding, ((), Candidates()))
        # The very same values: the store reads again only what has changed.
        pairs = zip(past, before, strict=False)
        same = next((at for at, (new, old) in enumerate(pairs) if new is not old), None)
        same = min(len(past), len(before)) if same is None else same
        if same < len(past) or same < len(before):
            known = self._turns.setdefault(encoding, {})
            more = [self._size(stored, model, known) for stored in past[same:]]
            sizes = sizes.first(same).with_more(more)
            self._last[encoding] = (past, sizes)
        return sizes

    def _size(self, stored: StoredTurn, model: str, known: dict[TurnKey, Candidate]) -> Candidate:
        turn = stored.turn
        left_out = turn.left_out is not None
        texts = len(turn.question), len(turn.reply.text), len(turn.media)
        key = (stored.id, *texts, turn.pinned, left_out)
        size = known.get(key)
        if size is None:
            tokens = sum(self.of(message, model) for message in turn.messages())
            asked = bool(turn.question or turn.media)
            size = Candidate(tokens, turn.pinned, asked, turn.counts, left_out)
            known[key] = size
        return size

    def cut(self, text: str, model: str, room: int) -> tuple[str, int]:
        """The text of a message of at most `room` tokens, and how many it lost."""
        around = self.of(Message(Role.ASSISTANT, ""), model)
        return cut_middle(
            text, max(0, room - around), lambda part: self._tokens.count_again(part, model)
        )

    def _shortened(
        self, past: Sequence[StoredTurn], turns: Sequence[Candidate], model: str, longest: int
    ) -> tuple[Sequence[StoredTurn], Sequence[Candidate]]:
        """The turns and their sizes; of one that takes more than `longest` tokens, each message
        is cut in its middle to half of that. The same turn is always cut in the same way."""
        too_long = [place for place, turn in enumerate(turns) if turn.tokens > longest]
        if not too_long:
            return past, turns
        known = self._turns.setdefault(self._encoding(model), {})
        past, turns = list(past), list(turns)
        for place in too_long:
            past[place] = self._cut_turn(past[place], model, longest)
            turns[place] = self._size(past[place], model, known)
        return past, turns

    def _cut_turn(self, stored: StoredTurn, model: str, longest: int) -> StoredTurn:
        turn = stored.turn
        asked, said = len(turn.question), len(turn.reply.text)
        key = (stored.id, asked, said, self._encoding(model), longest)
        if key not in self._cuts:
            question, _ = self.cut(turn.question, model, longest // 2)
            text, _ = self.cut(turn.reply.text, model, longest // 2)
            turn = replace(turn, question=question, reply=replace(turn.reply, text=text))
            self._cuts[key] = replace(stored, turn=turn)
        return self._cuts[key]

    def _offers(
        self,
        summaries: Sequence[Summary],
        past: Sequence[StoredTurn],
        model: str,
        policy: MemoryPolicy,
        cap: int | None,
    ) -> dict[str, Offer]:
        """The summaries that may stand for the beginning of this path, as they were made. A rolling
        one has the room that the policy gives it, one that the user saw and accepted what the cap
        leaves it."""
        found = {}
        for one, after in standing_summaries(summaries, past).values():
            compact = one.kind == "compact"
            if not (compact or policy.summarise):
                continue
            rooms = [] if cap is None else [cap // SUMMARY_SHARE]
            rooms += [] if compact else [policy.summary_tokens]
            text, tokens, cut = self._fenced(one, model, min(rooms, default=None))
            if text:
                stand_in = StandIn(one.id, after, tokens, compact, cut)
                found[one.id] = Offer(text, stand_in)
        return found

    def _fenced(self, one: Summary, model: str, room: int | None) -> tuple[str, int, bool]:
        """The fenced text, its tokens in a prompt, and whether it was cut."""
        key = (one.id, self._encoding(model), room)
        if key not in self._summaries:
            # A cut is the work of rules, so the same summary is always cut in the same way.
            text = one.text if room is None else self._shrunk(one.text, model, room)
            fenced = fence("summary", [text], mark_for([text])) if text else ""
            # As a message of its own it takes the most; joined to another it takes less.
            tokens = self.of(Message(Role.SYSTEM, SUMMARY + fenced), model)
            self._summaries[key] = (fenced, tokens, text != one.text)
        return self._summaries[key]

    def _shrunk(self, text: str, model: str, room: int) -> str:
        from chatui.models.extractive.digest import shrunk

        def size(part: str) -> int:
            return self._tokens.count(part, model).tokens

        around = self.of(Message(Role.SYSTEM, SUMMARY + fence("summary", [""], "0" * 8)), model)
        return shrunk(text, max(0, room - around), size)

    def _encoding(self, model: str) -> str:
        """What models that count alike have in common."""
        return f"{self._tokens.encoding_name(model)[0]}, {rule_of(model).name}"
