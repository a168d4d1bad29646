"""What the usage that providers report teaches about our own counts, per model.

Everything is worked out anew from the last few observations, so a tokenizer that a provider
changes is followed within some calls, and a single odd report moves nothing: medians.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import TYPE_CHECKING, Literal

from chatui.cost.tokens.margin import safety_margin
from chatui.cost.tokens.scripts import factors

if TYPE_CHECKING:
    from chatui.cost.tokens.tokens import TokenCounter

Side = Literal["prompt", "output"]

LEAST_TOKENS = 50
"""Below it a model's constant marks weigh more than the text."""

FACTORS = (0.5, 3.0)
"""True tokens over ours. Beyond it a report means something else: a prompt that was cut, the
uncached part of it only, pictures, a search that the provider made."""

LARGEST_EXTRA = 512
"""Tokens that a provider adds to an exactly counted prompt: marks and a head of its own
(gpt-oss's is about 70). More is no template."""

ENOUGH = 3
"""Observations before they count for more than the fixed margin."""

RECENT = 15
"""Observations that are looked at; of the newest, because tokenizers and topics change."""

LEAST_MARGIN, FEW_MARGIN = 0.02, 0.3
"""What the next prompt may lie above the largest deviation seen, and what is added to that
divided by the number of observations, because few of them saw few kinds of text."""

CUT_SHARE, CUT_TOKENS = 0.6, 500
"""A report below this share of the estimate, and this far below, is of a prompt that was cut:
what a tokenizer is off by is less, as it was learnt before."""


@dataclass(frozen=True, slots=True)
class Observation:
    """A call whose usage was reported. Tokens: `counted` by us, `estimated` from that by what
    had been learnt before, `reported` by the provider. `encoding` names the vocabulary that
    counted."""

    model: str
    encoding: str
    side: Side
    counted: int
    estimated: int
    reported: int

    @property
    def usable(self) -> bool:
        low, high = FACTORS
        return self.counted >= LEAST_TOKENS and low <= self.reported / self.counted <= high

    @property
    def error(self) -> float:
        """How far the estimate was off, as a share of the truth."""
        return abs(self.estimated - self.reported) / self.reported

    @property
    def was_cut(self) -> bool:
        """Whether the provider read much less than it was sent, as Ollama does beyond num_ctx."""
        return (
            self.side == "prompt"
            and 0 < self.reported < CUT_SHARE * self.estimated
            and self.estimated - self.reported >= CUT_TOKENS
        )


@dataclass(frozen=True, slots=True)
class Calibration:
    """How counts for one model become estimates. `factor` and `extra` (tokens) make a prompt's,
    `output` a reply's; `margin` is how far, as a share, the truth may lie above, and `slack`
    the same in tokens. `calls` are the prompts observed, `error` the mean deviation of their
    estimates as a share, None when there were none."""

    margin: float
    factor: float = 1.0
    extra: int = 0
    slack: int = 0
    output: float = 1.0
    calls: int = 0
    error: float | None = None
    learnt: bool = False

    def for_text(self, model: str, text: str) -> Calibration:
        """What holds for a prompt like this text while nothing has been learnt of the model: other
        scripts have other tokens. It stays where the model's own vocabulary counts."""
        if self.learnt or self.margin == 1.0:
            return self
        usual, most = factors(model, text)
        margin = max(self.margin, most) / usual
        return replace(self, factor=usual, margin=margin, output=self.output * usual)

    def prompt(self, counted: int) -> int:
        return max(0, round(counted * self.factor) + self.extra)

    def reply(self, counted: int) -> int:
        return round(counted * self.output)

    def largest_count(self, cap: int) -> int:
        """The largest count whose prompt is surely within the cap."""
        return max(0, int((cap - max(0, self.extra) - self.slack) / (self.factor * self.margin)))


def calibration(
    observations: Sequence[Observation], model: str, encoding: str, *, exact: bool
) -> Calibration:
    """Of what was observed for that model, oldest first. Where the model's own vocabulary
    counts (`exact`) only a constant part is learnt, because the texts' tokens are true."""
    mine = [one for one in observations if one.encoding == encoding and one.usable]
    prompts = [one for one in mine if one.side == "prompt"][-RECENT:]
    replies = [one for one in mine if one.side == "output"][-RECENT:]
    error = fmean(one.error for one in prompts) if prompts else None
    output = 1.0
    if len(replies) >= ENOUGH and not exact:
        output = median(one.reported / one.counted for one in replies)
    fixed = Calibration(
        safety_margin(model, exact=exact), output=output, calls=len(prompts), error=error
    )
    return _exact(fixed, prompts) if exact else _estimated(fixed, prompts)


def _estimated(fixed: Calibration, prompts: Sequence[Observation]) -> Calibration:
    if len(prompts) < ENOUGH:
        return fixed
    factors = [one.reported / one.counted for one in prompts]
    factor = median(factors)
    above = max(factors) / factor - 1
    margin = 1 + max(above, LEAST_MARGIN) + FEW_MARGIN / len(prompts)
    return Calibration(
        margin,
        factor=factor,
        output=fixed.output,
        calls=fixed.calls,
        error=fixed.error,
        learnt=True,
    )


def _exact(fixed: Calibration, prompts: Sequence[Observation]) -> Calibration:
    extras = [one.reported - one.counted for one in prompts]
    extras = [extra for extra in extras if abs(extra) <= LARGEST_EXTRA]
    if len(extras) < ENOUGH:
        return fixed
    extra = round(median(extras))
    return Calibration(
        fixed.margin,
        extra=extra,
        slack=max(0, max(extras) - max(0, extra)),
        calls=fixed.calls,
        error=fixed.error,
        learnt=True,
    )


def calibrated(
    observations: Sequence[Observation], tokens: TokenCounter, model: str
) -> Calibration:
    """What is known of the counts for a model. It may look for a tokenizer's file, so call it
    in a thread."""
    encoding, exact = tokens.encoding_name(model)
    return calibration(observations, model, encoding, exact=exact)
