"""The prompts and replies of a conversation in another model's tokens.

A prompt is not stored, but its texts are: both vocabularies count them, and the reported
tokens are taken times the one over the other. With the same vocabulary nothing changes. Where
only the other model's is known, what was reported for the reply's text tells the ratio.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from chatui.cost.tokens.pictures import rule_of
from chatui.cost.tokens.tokens import TokenCounter
from chatui.cost.what_if import Recount, ReplyCall
from chatui.domain.media import Medium
from chatui.domain.usage import Usage

TELLING = 50
"""Tokens of a reply that say how a vocabulary counts: fewer are mostly chance."""
LEAST_RATIO, MOST_RATIO = Fraction(2, 3), Fraction(3, 2)
"""Between vocabularies; `tokens.TokenCounter` names 0.8 to 1.5 as what is usual."""


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """The texts of a turn. `said` is the reply with its reasoning, `shown` the recalled
    turns and the passages that stood before the question; the next prompt has other ones."""

    id: str
    parent: str | None
    question: str
    reply: str
    said: str
    shown: str = ""
    media: tuple[Medium, ...] = ()
    """The pictures and PDFs that its question had with it, in all later prompts too."""


@dataclass(frozen=True, slots=True)
class _Size:
    """Tokens of a turn's texts; `before` are those of the turns that it follows, of which `answer`
    is the last one's reply."""

    before: int
    answer: int
    question: int
    reply: int
    said: int
    shown: int

    @property
    def prompt(self) -> int:
        return self.before + self.question + self.shown


class Recounter:
    """`turns` are all of the conversation's, each after the one it follows. It counts long
    texts: for a thread."""

    def __init__(self, tokens: TokenCounter, turns: Sequence[SpokenTurn]) -> None:
        self._tokens = tokens
        self._turns = turns
        self._sizes: dict[str, dict[str, _Size]] = {}

    def counts(self, calls: Sequence[ReplyCall], model: str) -> list[Recount]:
        """The calls in the tokens of `model`, in their order."""
        return [self._count(call, model) for call in calls]

    def _count(self, call: ReplyCall, model: str) -> Recount:
        (mine, my_own), (theirs, their_own) = (
            self._tokens.encoding_name(name) for name in (model, call.model)
        )
        same = mine == theirs
        usage, turn = call.usage, call.turn_id or ""
        new, old = (self._of(name).get(turn) for name in (model, call.model))
        prompt = output = Fraction(1)
        tail = question = answer = 0
        if new is not None and old is not None:
            # Models of one vocabulary may count pictures in ways of their own.
            if not same or new.prompt != old.prompt:
                prompt = _ratio(new.prompt, old.prompt, prompt)
            if not same:
                output = _ratio(new.said, old.said, prompt)
            if my_own and not their_own:
                # Its vocabulary is not known, but what it reported for a known text is.
                prompt = output = _told(usage, new.reply) or output
            # They stand before the question, so that no later prompt begins with either.
            question, answer = new.shown + new.question, new.answer
            tail = question if new.shown else 0
        tokens = round(usage.prompt * prompt)
        return Recount(
            prompt=tokens,
            prefix=max(0, tokens - tail),
            output=round(usage.output * output),
            reasoning=round(usage.reasoning * output),
            exact=same and my_own and their_own and prompt == 1,
            question=min(tokens, question),
            answer=answer,
        )

    def _of(self, model: str) -> dict[str, _Size]:
        """The turns' sizes as the model counts, once for all that count alike."""
        rule = rule_of(model)
        label = f"{self._tokens.encoding_name(model)[0]}, {rule.name}"
        if label not in self._sizes:
            found = self._sizes[label] = {}
            for turn in self._turns:
                parent = found.get(turn.parent or "")
                before = parent.before + parent.question + parent.reply if parent else 0
                texts = (turn.question, turn.reply, turn.said, turn.shown)
                # Without reasoning, what was said is the reply: most of all there is to count.
                sizes = {text: self._tokens.count(text, model).tokens for text in set(texts)}
                answer = parent.reply if parent else 0
                question, *others = (sizes[text] for text in texts)
                question += sum(map(rule.of, turn.media))
                found[turn.id] = _Size(before, answer, question, *others)
        return self._sizes[label]


def _told(usage: Usage, counted: int) -> Fraction | None:
    """Our tokens for one of theirs, by a reply of which we count so many and they reported
    theirs; None when it tells nothing. Reasoning that is in the output but not said to be in
    it would show as a ratio that no two vocabularies have."""
    reported = usage.output - usage.reasoning
    if usage.estimated or reported < TELLING or not counted:
        return None
    ratio = Fraction(counted, reported)
    return ratio if LEAST_RATIO <= ratio <= MOST_RATIO else None


def _ratio(new: int, old: int, unknown: Fraction) -> Fraction:
    return Fraction(new, old) if new and old else unknown
