"""The quote of a switch: what follows stands first, and what stands out decides."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from textual.content import Content

from chatui.cost.prices.conversion import Conversion
from chatui.cost.switch import Costs, Side, SwitchQuote
from chatui.domain.usage import UNKNOWN_COST, Cost
from chatui.widgets.quiet import MUTED
from chatui.widgets.switch_panel import LESS, quote_content, verdict_words

WIDTHS = (71, 53, 33)
ROOMY = 71


def costing(next_turn: str | None, typical: str | None = None, currency: str = "USD") -> Costs:
    def cost(amount: str | None) -> Cost:
        return UNKNOWN_COST if amount is None else Cost(Decimal(amount), currency)

    return Costs(cost(next_turn), cost(typical or next_turn))


def side(model: str, costs: Costs, *, kept: int = 12, context: int = 400_000) -> Side:
    return Side(
        model=model, context_size=context, used=12_345, kept=kept, turns=12, reread=345, costs=costs
    )


DEAR = side("dear/model", costing("0.03"))
CHEAP = side("cheap/model", costing("0.02"))


def row(content: Content, name: str) -> Content:
    """The line of that name, or the one below where the names stand above their figures."""
    lines = content.split("\n", allow_blank=True)
    at = next(at for at, line in enumerate(lines) if line.plain.startswith(name))
    alone = lines[at].plain.strip() == name
    return lines[at + 1] if alone else lines[at]


def styled(line: Content, style: str) -> str:
    """What of the line is drawn in that style."""
    return "".join(line.plain[span.start : span.end] for span in line.spans if span.style == style)


@pytest.mark.parametrize("room", WIDTHS)
def test_what_follows_is_the_first_line(room: int) -> None:
    first = quote_content(SwitchQuote(DEAR, CHEAP), room).plain.splitlines()[0]
    assert first == "The switch pays from the next turn on."


@pytest.mark.parametrize("room", WIDTHS)
def test_a_row_that_is_the_same_for_both_is_dim(room: int) -> None:
    content = quote_content(SwitchQuote(DEAR, replace(CHEAP, context_size=64_000)), room)
    assert "345" in styled(row(content, "To read anew"), MUTED)
    assert styled(row(content, "Context"), MUTED) == ""


@pytest.mark.parametrize(
    ("old", "new", "less"),
    [
        (costing("0.03"), costing("0.02"), "$0.0200"),
        (costing("0.02"), costing("0.03"), "$0.0200"),
        (costing("0.02"), costing("0.02"), ""),
        (costing("0.02"), costing("0"), "free"),
        (costing("0.02"), costing(None), ""),
        (costing("0.02"), costing("0.01", currency="EUR"), ""),
    ],
)
def test_only_the_lower_one_of_two_costs_stands_out(old: Costs, new: Costs, less: str) -> None:
    quote = SwitchQuote(side("old/model", old), side("new/model", new))
    content = quote_content(quote, ROOMY)
    assert styled(row(content, "The next turn"), LESS) == less
    assert styled(content, LESS) == less * 2


def test_costs_in_two_currencies_are_compared_at_the_users_rate() -> None:
    old, new = (
        side("old/model", costing("0.02")),
        side("new/model", costing("0.01", currency="EUR")),
    )
    quote = SwitchQuote(old, new, Conversion("USD", {"EUR": Decimal("1.1")}))
    assert styled(row(quote_content(quote, ROOMY), "The next turn"), LESS) == "€0.0100"


def test_two_models_that_cost_nothing_are_said_to_cost_nothing() -> None:
    free = costing("0")
    assert verdict_words(SwitchQuote(side("a/b", free), side("c/d", free))) == (
        "Neither costs anything."
    )


def test_why_there_may_be_no_such_model_stands_above_what_follows() -> None:
    doubt = "dear lists no model modle: did you mean dear/model?"
    lines = quote_content(SwitchQuote(DEAR, replace(CHEAP, doubt=doubt)), ROOMY).plain.splitlines()
    assert lines[:2] == [doubt, "The switch pays from the next turn on."]
