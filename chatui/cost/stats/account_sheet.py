"""What a conversation cost, as lines of a table: for the window and for the command line."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich.cells import cell_len

from chatui.cost.account import REPLY, Account, Entry, Sum, added
from chatui.cost.stats.plots import InkSpan, Line, cut
from chatui.cost.stats.sheet import joined, paragraph
from chatui.cost.what_if import Alternative
from chatui.domain.usage import Cost, Usage
from chatui.text.figures import UNKNOWN, approximate, counted, moneys, short_tokens, tokens
from chatui.text.safety import one_line

ROWS_SHOWN = 100
"""Of the turns' rows, the newest."""
NAME_AT_LEAST = 14
NAME_IN_NEED = 8
"""Cells, where only the costs stand beside the names."""
EMPTY = "No calls yet: ask something first, then there is something to add up."
CAVEAT = (
    "Replies only, taken to be the same texts; other calls would have cost the same. With "
    "caching: each prompt reads what the one before began with at the price of the cache. A "
    "model's own replies keep their reported tokens."
)
TOKENS = ("in", "cached", "written", "out")


def account_sheet(account: Account, width: int) -> list[Line]:
    """Everything, on lines of at most `width` cells but for figures that need more."""
    if not account.entries:
        return paragraph(EMPTY, width)
    return [
        *totals(account, width),
        *sums("Replies by model", "model", account.by_model(), width),
        *sums("Other calls", "what for", account.apart(), width),
        *what_if(account, width),
        *turns(account, width),
    ]


def totals(account: Account, width: int) -> list[Line]:
    total = account.total
    facts = [
        moneys(total.costs),
        counted(total.calls, "call"),
        approximate(f"{tokens(total.usage.prompt)} tokens in", total.usage.estimated)
        + f" ({tokens(total.usage.cache_read)} cached)" * bool(total.usage.cache_read),
        approximate(f"{tokens(total.usage.output)} out", total.usage.estimated),
    ]
    converted = account.conversion.total(total.costs)
    if any(cost.converted for cost in converted):
        facts.insert(1, f"at your own rates {moneys(converted)}")
    if total.savings:
        facts.append(f"the cache saved {moneys(total.savings)}")
    if total.unpriced:
        facts.append(f"{counted(total.unpriced, 'call')} of unknown price")
    title = one_line(account.title) or account.conversation[:8]
    return [(InkSpan(cut(title, width).rstrip(), "title"),), *joined(facts, width)]


def what_if(account: Account, width: int) -> list[Line]:
    """The replies on other models, the cheapest first, below what was paid for them."""
    if not account.alternatives:
        return []
    replies = account.replies
    rows: list[tuple[str, ...]] = [
        ("as it was", *usage_cells(replies.usage)[::3], moneys(replies.costs), "", ""),
    ]
    by_price = sorted(account.alternatives, key=lambda one: price_of(one, account))
    rows += [alternative_cells(one, account) for one in by_price]
    head = ("replies on", "in", "out", "with caching", "without", "change")
    lines: list[Line] = [(), (InkSpan("On another model", "title"),)]
    lines += table(head, rows, width, yields=(4, 1, 2, 5))
    lines += paragraph(CAVEAT, width, muted=True)
    for one in account.alternatives:
        if one.too_long:
            prompts = counted(one.too_long, "prompt is", "prompts are")
            text = f"{one_line(one.model)}: {prompts} longer than its context."
            lines += paragraph(text, width, muted=True)
    return lines


def price_of(one: Alternative, account: Account) -> Decimal:
    """What to sort by: those of unknown price, or of one that can't be compared, come last."""
    amounts = [account.conversion.amount(cost, currency_of(account)) for cost in one.with_caching]
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else Decimal("Infinity")


def currency_of(account: Account) -> str:
    """That of what was paid."""
    return account.replies.costs[0].currency if account.replies.costs else "USD"


def alternative_cells(one: Alternative, account: Account) -> tuple[str, ...]:
    prompt, _, _, output = usage_cells(one.usage)
    return (
        one_line(one.model),
        prompt,
        output,
        moneys(one.with_caching),
        moneys(one.without_caching),
        change(account, one.with_caching),
    )


def change(account: Account, costs: Sequence[Cost]) -> str:
    """By how much the replies would have been dearer; unknown when currencies can't be compared
    or a part has no price."""
    paid = account.replies
    if paid.unpriced or len(paid.costs) != 1 or len(costs) != 1:
        return UNKNOWN
    amount = account.conversion.amount(costs[0], paid.costs[0].currency)
    before = paid.costs[0].amount
    if amount is None or not before:
        return UNKNOWN
    return f"{round((amount / before - 1) * Decimal(100)):+,}%"


def sums(title: str, name: str, found: dict[str, Sum], width: int) -> list[Line]:
    if not found:
        return []
    rows = [
        (one_line(key), f"{one.calls:,}", *usage_cells(one.usage), *money_cells(one))
        for key, one in found.items()
    ]
    head = (name, "calls", *TOKENS, "cost", "saved")
    return [(), (InkSpan(title, "title"),), *table(head, rows, width, yields=(4, 1, 3, 7, 2, 5))]


def turns(account: Account, width: int) -> list[Line]:
    """A row for each model and kind of call of each turn."""
    rows = [
        (turn_name(number, group[0]), *usage_cells(one.usage), *money_cells(one))
        for number, calls in account.by_turn().items()
        for group in grouped(calls)
        for one in (added(group),)
    ]
    if not rows:
        return []
    shown = rows[-ROWS_SHOWN:]
    lines = [(), (InkSpan("Turn by turn", "title"),)]
    lines += table(("turn", *TOKENS, "cost", "saved"), shown, width, yields=(3, 2, 6, 1, 4))
    if len(rows) > len(shown):
        left = f"and {len(rows) - len(shown):,} earlier rows: `chatui cost --json` has all of them"
        lines += paragraph(left, width, muted=True)
    return lines


def grouped(calls: Sequence[Entry]) -> list[list[Entry]]:
    found: dict[tuple[str, str, str], list[Entry]] = {}
    for one in calls:
        found.setdefault((one.kind, one.model, one.outcome), []).append(one)
    return list(found.values())


def turn_name(number: int, one: Entry) -> str:
    kind = "" if one.kind == REPLY else f"{one.kind}: "
    ended = "" if one.outcome == "complete" else f" ({one.outcome})"
    return f"{number} {one_line(kind + one.model + ended)}"


def usage_cells(usage: Usage) -> tuple[str, str, str, str]:
    """The prompt, of it read from and written to a cache, and the output."""

    def cell(count: int) -> str:
        return approximate(short_tokens(count), usage.estimated)

    read, written = usage.cache_read, usage.cache_write
    return (
        cell(usage.prompt),
        cell(read) if read else "",
        cell(written) if written else "",
        cell(usage.output),
    )


def money_cells(one: Sum) -> tuple[str, str]:
    return moneys(one.costs), moneys(one.savings) if one.savings else ""


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], width: int, *, yields: Sequence[int]
) -> list[Line]:
    """A name, and figures at the right of their columns. A column without a figure is left
    out, and where there is no room the columns `yields` are, one after the other."""
    filled = [n for n in range(1, len(head)) if any(row[n] for row in rows)]
    widths = {n: max(cell_len(row[n]) for row in (head, *rows)) for n in filled}
    longest = max(cell_len(row[0]) for row in (head, *rows))
    for column in yields:
        if width - sum(widths.values()) - 2 * len(widths) >= min(longest, NAME_AT_LEAST):
            break
        widths.pop(column, None)
    room = max(NAME_IN_NEED, width - sum(widths.values()) - 2 * len(widths))
    room = min(room, longest)
    lines: list[Line] = []
    for number, row in enumerate((head, *rows)):
        text = cut(row[0], room)
        for n, column in widths.items():
            text += "  " + " " * (column - cell_len(row[n])) + row[n]
        lines.append((InkSpan(text, "muted" if number == 0 else ""),))
    return lines
