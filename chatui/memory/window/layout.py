"""What a prompt is made of, part by part, and what it has of the last prompt: how much they begin
with in common, and which turns leave.

A provider's cache reads the longest beginning that a prompt shares with an earlier one of
the same model. Everything is compared by identity, not by text: a stored turn never changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from chatui.domain.cache_rule import BY_ITSELF, CacheRule
from chatui.domain.conversation import Message
from chatui.memory.records import SentPrompt, StoredTurn, WindowMark
from chatui.memory.window.candidates import Candidate
from chatui.memory.window.summary_window import StandIn
from chatui.memory.window.window import Bounds, ContextWindow, Held, LeftOut

NOT_SENT_ANYWAY = (LeftOut.NO_ANSWER, LeftOut.BY_USER, LeftOut.NO_QUESTION, LeftOut.OFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Sizes are tokens. `past` are the turns before the question, `sizes` theirs, and the
    places of `window` count along both. `system` is the system prompt with the rules of
    citing, `fingerprint` stands for its text. `cut` was left out of the question's middle.
    `notes` are a part of `system`, `called_notes` and `recalled` turns of `question`;
    `summary` stands for the turns before its place."""

    model: str
    fingerprint: str
    bounds: Bounds
    past: Sequence[StoredTurn]
    sizes: Sequence[int]
    window: ContextWindow
    system: int
    passages: int
    question: int
    cut: int = 0
    notes: int = 0
    called_notes: int = 0
    recalled: int = 0
    summary: StandIn | None = None

    @property
    def pinned(self) -> tuple[int, ...]:
        """The places of the turns that stand before the window's start: the pinned ones, and
        those that it was refilled with."""
        return tuple(place for place in self.window.kept if place < self.window.start)

    @property
    def refilled(self) -> tuple[int, ...]:
        """Those of them that are not pinned: a trim left room for them."""
        return self.window.refilled

    @property
    def history(self) -> tuple[int, ...]:
        return tuple(place for place in self.window.kept if place >= self.window.start)

    def ids(self, places: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.past[place].id for place in places)

    def tokens(self, places: Iterable[int]) -> int:
        return sum(self.sizes[place] for place in places)


@dataclass(frozen=True, slots=True)
class Prefix:
    """What the next prompt begins with as the last one did: the system prompt or not, then
    so many of the kept turns; `tokens` in all, `summary` when that is the same. `misses` are
    sentences that say why it is less than the last prompt's beginning."""

    tokens: int
    turns: int
    misses: tuple[str, ...]
    summary: bool = False


@dataclass(frozen=True, slots=True)
class Leaving:
    """So many turns, and their tokens."""

    turns: int = 0
    tokens: int = 0


def fingerprint(messages: Iterable[Message]) -> str:
    digest = hashlib.sha256()
    for message in messages:
        digest.update(message.content.encode("utf-8", "replace") + b"\0")
    return digest.hexdigest()[:16]


def shared_prefix(
    last: SentPrompt | None,
    coming: Layout,
    now: datetime,
    rule: CacheRule | None = BY_ITSELF,
    *,
    count: Callable[[str], int],
) -> Prefix:
    """How the coming prompt begins, beside the one that was sent last. `rule` is what the model's
    provider keeps of it, and `count` gives the tokens of an answer, behind which not every
    provider's mark can stand."""
    if last is None:
        return Prefix(0, 0, ("Nothing was sent yet: the first prompt fills the cache.",))
    misses = [*_other_head(last, coming), *_other_turns(last, coming)]
    if rule is None:
        misses.append("This provider keeps no prompts, or is told to keep none (prompt_cache).")
    elif now - last.asked > rule.lifetime:
        whoever = "the provider has" if rule.known else "providers have"
        age = rule.lifetime_in_words
        misses.append(f"The last question is over {age} old: {whoever} forgotten it.")
    if _other_head(last, coming):
        return Prefix(0, 0, tuple(misses))
    before, after = _sent_ids(last, coming), coming.ids(coming.window.kept)
    turns = 0
    for one, other in zip(before, after, strict=False):
        if one != other:
            break
        turns += 1
    summary = coming.summary
    if last.mark.summary != (summary.id if summary else ""):
        # It stands behind the pinned turns, and everything after it has moved.
        misses.append(_other_summary(last, coming))
        turns, summary = min(turns, len(coming.pinned)), None
    same = summary is not None and turns >= len(coming.pinned)
    tokens = coming.system + coming.tokens(coming.window.kept[:turns])
    tokens += summary.tokens if summary and same else 0
    if rule is not None and rule.asked and turns:
        tokens -= count(coming.past[coming.window.kept[turns - 1]].turn.reply.text)
    if rule is not None and tokens < rule.least:
        whoever = "This model's provider caches" if rule.known else "Many providers cache"
        misses.append(f"{whoever} nothing below {rule.least:,} tokens.")
    return Prefix(tokens, turns, tuple(misses), same)


def _sent_ids(last: SentPrompt, coming: Layout) -> tuple[str, ...]:
    """The turns that the last prompt held, in its order."""
    mark = last.mark
    at = last.before.index(mark.start) if mark.start in last.before else len(last.before)
    unanswered = {
        stored.id
        for stored in coming.past
        if not stored.turn.reply.text or ((left := stored.turn.left_out) and left < last.asked)
    }
    return (*mark.pinned, *(each for each in last.before[at:] if each not in unanswered))


def _other_head(last: SentPrompt, coming: Layout) -> list[str]:
    misses = []
    if last.mark.model != coming.model:
        misses.append(
            f"The model was switched from {last.mark.model} to {coming.model}: "
            "each has a cache of its own."
        )
    if last.mark.system != coming.fingerprint:
        misses.append(
            "The system prompt, the notes in it, or whether documents are used has changed."
        )
    return misses


def _other_summary(last: SentPrompt, coming: Layout) -> str:
    if coming.summary is None:
        return "The summary of earlier turns is no longer needed, or was taken back."
    before = "took the place of the one before" if last.mark.summary else "stands for earlier turns"
    return f"A new summary {before}."


def _other_turns(last: SentPrompt, coming: Layout) -> list[str]:
    places = {stored.id: place for place, stored in enumerate(coming.past)}
    if not set(last.before) <= set(places):
        return ["An earlier turn was edited, or another branch is shown."]
    mark, start = last.mark, coming.window.start
    sent = places.get(mark.start, len(last.before))
    since = {each.id for each in coming.past if (left := each.turn.left_out) and left >= last.asked}
    if count := len(since & set(_sent_ids(last, coming))):
        return [f"You have had turns left out since ({count})."]
    if start == sent:
        if gone := set(mark.refilled) - set(coming.ids(coming.pinned)):
            return [f"{_why_trimmed(last, coming)}: turns leave the prompt ({len(gone)})."]
        same = set(mark.pinned) == set(coming.ids(coming.pinned))
        return [] if same else ["A turn from before the window was pinned or unpinned."]
    before, after = set(_sent_ids(last, coming)), set(coming.ids(coming.window.kept))
    if start < sent:
        back = len((after - before) & set(last.before))
        return [f"There is more room than before: older turns come back ({back})."]
    return [f"{_why_trimmed(last, coming)}: turns leave the prompt ({len(before - after)})."]


def _why_trimmed(last: SentPrompt, coming: Layout) -> str:
    cap, turns = coming.bounds.cap, coming.bounds.turns
    if cap and (not last.mark.cap or cap < last.mark.cap):
        before = f"{last.mark.cap:,}" if last.mark.cap else "none"
        return f"The cap went down from {before} to {cap:,} tokens"
    if turns and (not last.mark.turns or turns < last.mark.turns):
        return f"Only the last {turns} turns may stay now"
    return "A bound is reached"


def held_by(mark: WindowMark | None, past: Sequence[StoredTurn]) -> Held | None:
    if mark is None:
        return None
    start = place_of(mark.start, past)
    pinned = refilled = frozenset[int]()
    if mark.pinned:
        places = {stored.id: place for place, stored in enumerate(past)}
        pinned = frozenset(places[one] for one in mark.pinned if one in places)
        refilled = frozenset(places[one] for one in mark.refilled if one in places)
    return Held(start or 0, mark.cap or None, mark.turns, mark.summary, pinned, refilled)


def place_of(turn: str, past: Sequence[StoredTurn]) -> int | None:
    """Where the turn of that id is, looked for from the end: a window starts near to it."""
    return next((at for at in range(len(past) - 1, -1, -1) if past[at].id == turn), None)


def leaving(turns: Sequence[Candidate], held: Held | None, window: ContextWindow) -> Leaving:
    """The turns that `window` leaves out from where the last prompt started (`held`; None:
    from the first turn, for nothing was left out yet), and of those pinned in it."""
    start = held.start if held else 0
    pinned = [place for place in held.pinned if place < start] if held else []
    reasons = chain(window.left_out.since(start), window.left_out.of(pinned))
    gone = [turns[place].tokens for place, reason in reasons if reason not in NOT_SENT_ANYWAY]
    return Leaving(len(gone), sum(gone))


def all_leaving(turns: Sequence[Candidate], held: Held | None) -> Leaving:
    """The turns of the last prompt, where the next one has room for none."""
    start = held.start if held else 0
    pinned = [place for place in held.pinned if place < start] if held else []
    gone = [turns[place] for place in (*pinned, *range(start, len(turns)))]
    sent = [turn.tokens for turn in gone if turn.answered and turn.asked]
    return Leaving(len(sent), sum(sent))
