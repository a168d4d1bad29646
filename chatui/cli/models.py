"""`chatui models`: which there are, how large their context is, what they cost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from chatui.cli.groups import GroupWithDefault
from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.models_fit import MOST_TOKENS, fit
from chatui.cli.models_pull import pull
from chatui.cli.output import print_json, print_line, print_table, warn
from chatui.domain.errors import UsageError

if TYPE_CHECKING:
    from chatui.bootstrap.services import Services
    from chatui.cost.prices.price import Price
    from chatui.cost.tokens.calibration import Calibration
    from chatui.models.base import ModelInfo
    from chatui.models.catalog import Listing


BATCH = "batch"
"""What the price list calls the prices of batch endpoints."""
NAMED = 20
"""Changed prices that are named on a terminal."""


@click.group(cls=GroupWithDefault, default="list")
def models() -> None:
    """Show the models that can be used."""


models.add_command(pull)
models.add_command(fit)


@models.command("list")
@click.option("--json", "as_json", is_flag=True)
@shared_options
def list_(run: Invocation, as_json: bool) -> None:
    """List the models; asks every provider whose key is set, and every local server."""

    async def work() -> tuple[Listing, dict[str, Price | None]]:
        async with await services(run) as house:
            listing = await asyncio.to_thread(with_files, run, await house.catalog.listing())
            names = [info.name for info in listing.models]
            prices = await asyncio.to_thread(lambda: [house.prices.price(name) for name in names])
            return listing, dict(zip(names, prices, strict=True))

    listing, prices = asyncio.run(work())
    for note in listing.notes:
        warn(note)
    if as_json:
        print_json([as_object(info, prices[info.name]) for info in listing.models])
        return
    head = ("model", "context", "in/M", "out/M", "")
    print_table(head, [row(info, prices[info.name]) for info in listing.models])


@models.command()
@click.argument("name")
@click.option(
    "--context",
    type=click.IntRange(1, MOST_TOKENS),
    help="Of a model in a file: what it takes with so many tokens of context.",
)
@click.option("--json", "as_json", is_flag=True)
@shared_options
def show(run: Invocation, name: str, context: int | None, as_json: bool) -> None:
    """Show what is known of the model NAME; of a model in a file also what memory it takes."""

    async def work() -> tuple[dict[str, Any], list[tuple[str, str]]]:
        async with await services(run) as house:
            await house.catalog.hear(name)
            info = await house.catalog.info(name)
            info, of_file, lines = await asyncio.to_thread(told_of_file, run, info, context)
            price = await asyncio.to_thread(house.prices.price, info.name)
            encoding, exact = await asyncio.to_thread(house.tokens.encoding_name, info.name)
            found = as_object(info, price) | of_file
            found["batch_price"] = await batch_price(house, info.name)
            found["tokens"] = {
                "encoding": encoding,
                "exact": exact,
                "estimates": estimates(await house.estimates.calibration(info.name)),
            }
            return found, lines

    found, lines = asyncio.run(work())
    if as_json:
        print_json(found)
        return
    price, counting = found["price"], found["tokens"]
    for key in ("name", "context_size", "context_from", "max_input", "max_output", "local"):
        value = found[key]
        print_line(f"{key.replace('_', ' '):<13} {'—' if value in (None, '') else value}")
    print_line(f"{'sees':<13} {SEES.get(len(found['sees']), '—')}")
    print_line(f"{'description':<13} {found['description'] or '—'}")
    for label, text in lines:
        print_line(f"{label:<13} {text}")
    print_line(f"{'tokens':<13} {'' if counting['exact'] else '≈ '}{counting['encoding']}")
    for line in estimate_lines(counting["estimates"]):
        print_line(line)
    for key, value in (price or {"price": "—"}).items():
        print_line(f"{key:<13} {value}")
    batched = found["batch_price"]
    if batched is not None:
        rates = [f"{key} {batched[key]}" for key in ("input", "output") if key in batched]
        print_line(f"{'in a batch':<13} {', '.join(rates)}")


@models.command()
@click.option(
    "--from", "source", default="", metavar="URL|FILE", help="Another place to take it from."
)
@click.option("--json", "as_json", is_flag=True)
@shared_options
def refresh(run: Invocation, source: str, as_json: bool) -> None:
    """Fetch the newest price list. Nothing else in chatui does."""
    from chatui.cost.prices.refresh import refresh_prices

    warn("Fetching the price list …")
    done = refresh_prices(run.paths.prices, source)
    if as_json:
        print_json(done)
        return
    print_line(
        f"{done.models:,} models of {done.providers} providers: {len(done.changed)} prices "
        f"changed, {len(done.added)} models new, {len(done.removed)} gone."
    )
    for name in done.changed[:NAMED]:
        print_line(f"changed  {name}")
    if len(done.changed) > NAMED:
        print_line(f"and {len(done.changed) - NAMED:,} more; --json names them all.")


def with_files(run: Invocation, listing: Listing) -> Listing:
    """The listing with what the files on this machine say of themselves. Reads them."""
    from chatui.bootstrap.local_models import model_files
    from chatui.cli.model_memory import with_file

    files = {file.name: file for file in model_files(run.config(), run.paths).all()}
    return replace(
        listing,
        models=tuple(
            with_file(info, files.get(info.name), run.config()) for info in listing.models
        ),
    )


def told_of_file(
    run: Invocation, info: ModelInfo, context: int | None
) -> tuple[ModelInfo, dict[str, Any], list[tuple[str, str]]]:
    """What there is to tell of a model in a file, as JSON and as lines. Reads files."""
    from chatui.bootstrap.local_models import memory_report, model_files
    from chatui.cli.model_memory import file_object, memory_lines, memory_object, with_file

    file = model_files(run.config(), run.paths).find(info.name)
    if file is None:
        if context:
            raise UsageError(f"--context is for models in files, and {info.name} is in none.")
        return info, {}, []
    report = memory_report(run.config(), file, context or 0)
    found = {"file": file_object(file, report), "memory": memory_object(report)}
    return with_file(info, file, run.config()), found, memory_lines(file, report)


async def services(run: Invocation) -> Services:
    from chatui.bootstrap.services import open_services

    return await open_services(run.config(), run.paths)


async def batch_price(house: Services, name: str) -> dict[str, object] | None:
    """The price of the provider's batch endpoint; None for a model of this machine, and for an
    unknown one."""
    try:
        house.catalog.batches(name)
    except UsageError:
        return None
    price = await asyncio.to_thread(house.prices.price, name, None, BATCH)
    return price.row() if price else None


SEES = {1: "pictures", 2: "pictures and PDFs"}
"""By how many kinds; none sees PDFs alone."""


def as_object(info: ModelInfo, price: Price | None) -> dict[str, Any]:
    return {
        "name": info.name,
        "context_size": info.context_size,
        "context_from": info.context_from,
        "max_input": info.max_input,
        "max_output": info.max_output,
        "local": info.local,
        "sees": sorted(info.takes or ()),
        "description": info.description,
        "price": price.row() if price else None,
    }


def estimates(known: Calibration) -> dict[str, Any]:
    """What reported usage has taught. `error_percent` is the mean deviation of the estimates of
    the last `calls` prompts, None before any; the factors are true tokens for each counted one."""
    return {
        "calls": known.calls,
        "error_percent": None if known.error is None else round(100 * known.error, 2),
        "learnt": known.learnt,
        "prompt_factor": round(known.factor, 4),
        "prompt_extra": known.extra,
        "output_factor": round(known.output, 4),
    }


def estimate_lines(found: dict[str, Any]) -> list[str]:
    if not found["calls"]:
        return [f"{'estimates':<13} nothing reported yet"]
    calls = "1 prompt" if found["calls"] == 1 else f"the last {found['calls']} prompts"
    lines = [f"{'estimates':<13} off by {found['error_percent']:.1f}% on average, of {calls}"]
    if found["learnt"]:
        extra = f" + {found['prompt_extra']}" if found["prompt_extra"] else ""
        lines.append(
            f"{'learnt':<13} prompts × {found['prompt_factor']:.2f}{extra}, "
            f"replies × {found['output_factor']:.2f}"
        )
    return lines


def row(info: ModelInfo, price: Price | None) -> tuple[str, ...]:
    from chatui.text.figures import short_tokens

    rates = rate_texts(price)
    told = "; ".join(one for one in (info.description, as_of(info, price)) if one)
    return (info.name, short_tokens(info.context_size), *rates, told)


def as_of(info: ModelInfo, price: Price | None) -> str:
    """From when the provider's word is, where it was not asked now."""
    from chatui.models.base import SERVER
    from chatui.models.hosted.model_list import PRICES_FROM

    _, _, day = info.context_from.partition(f"{SERVER}, on ")
    today = datetime.now(UTC).date()
    if not day and price is not None and price.source == PRICES_FROM and price.day != today:
        day = price.day.isoformat()
    return f"as told on {day}" if day else ""


def rate_texts(price: Price | None) -> tuple[str, str]:
    """The price of a million tokens, in and out; an hour's is put to the first."""
    if price is None:
        return "—", "—"
    if price.source == "local":
        return "0", "0"
    unit = "$" if price.currency == "USD" else f"{price.currency} "
    read = f"{unit}{price.input.base}" if price.input else "—"
    hour = f" + {price.hour}/h" if price.hour else ""
    return read + hour, f"{unit}{price.output.base}" if price.output else "—"
