"""`chatui models fit`: which memory holds a model, before it is fetched."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.output import print_json, print_line, print_table, warn
from chatui.domain.errors import UnknownModel
from chatui.text.figures import counted

if TYPE_CHECKING:
    from chatui.models.files.model_shape import CardFit, ModelShape

USUAL_CONTEXT = 8192
MOST_TOKENS, MOST_REPLIES = 10**9, 10**6
"""Beyond any model and machine, and within what can be reckoned with."""
SIZES = ("1B", "3B", "8B", "14B", "32B", "70B", "120B", "405B")
"""Models of these sizes are looked at where none is named."""


@click.command()
@click.argument("name", required=False, metavar="[NAME|PARAMS]")
@click.option(
    "--memory", metavar="24GB|A10G|2xA100", help="What there is: a size, a card, several cards."
)
@click.option(
    "--context",
    type=click.IntRange(1, MOST_TOKENS),
    help=f"Tokens of each reply's context; {USUAL_CONTEXT:,} unless said.",
)
@click.option("--batch", type=click.IntRange(1, MOST_REPLIES), default=1, help="Replies at a time.")
@click.option("--json", "as_json", is_flag=True)
@shared_options
def fit(
    run: Invocation,
    name: str | None,
    memory: str | None,
    context: int | None,
    batch: int,
    as_json: bool,
) -> None:
    """Tell which memory holds a model: OWNER/NAME on the hub (which is asked for its description),
    a model in a file that is here, or one of so many parameters (8B). Without --memory, for common
    cards; without a name, which sizes fit."""
    from chatui.models.files.model_shape import CARDS, memory_of

    name = name.strip() or None if name else None
    shapes = [asyncio.run(shape_of(run, one)) for one in ([name] if name else SIZES)]
    if name is None and memory is None:
        memory = "24GB"
        warn("For 24 GB; --memory says otherwise.")
    cards = [memory_of(memory)] if memory else [memory_of(card) for card in CARDS]
    found = [fits_of(shape, card, context, batch) for shape in shapes for card in cards]
    if as_json:
        print_json({"models": [model_object(shape) for shape in shapes], "fits": [
            {"model": shape.name, "memory": card[0]} | fit_object(one)
            for (shape, card), fits in zip(
                [(shape, card) for shape in shapes for card in cards], found, strict=True)
            for one in fits
        ]})  # fmt: skip
        return
    if name and memory:
        print_shape(shapes[0])
        print_formats(found[0])
    else:
        labels = [card[0] for card in cards] if name else list(SIZES)
        if name:
            print_shape(shapes[0])
        print_overview(labels, found, "memory" if name else f"in {cards[0][0]}")


async def shape_of(run: Invocation, name: str) -> ModelShape:
    """Of a number of parameters, of a file that is here, or of what the hub says; in this order, so
    that nobody is asked for what is known. Raises UnknownModel and what the hub raises."""
    from chatui.models.files.download import HubDescriptions
    from chatui.models.files.model_shape import parameters_of, shape_of_config, typical_shape

    parameters = parameters_of(name)
    if parameters is not None:
        return replace(typical_shape(parameters), name=name)
    here = await asyncio.to_thread(shape_of_file, run, name)
    if here is not None:
        return here
    repo = name.removeprefix("hf:").strip("/")
    if repo.count("/") != 1:
        raise UnknownModel(
            f"{name} is no model in a file here, no OWNER/NAME on the hub and no size such as 8B."
        )
    warn(f"Asking the hub for the description of {repo} …")
    shape = shape_of_config(repo, await HubDescriptions(run.paths.log).of(repo))
    if shape is None:
        raise UnknownModel(f"The hub's description of {repo} tells no layers: give its size (8B).")
    return shape


def shape_of_file(run: Invocation, name: str) -> ModelShape | None:
    """Of a GGUF file that is here, None for no such file. Reads it."""
    from chatui.bootstrap.local_models import model_files
    from chatui.models.files.gguf_header import read_header
    from chatui.models.files.model_shape import ModelShape
    from chatui.models.local.attention_layers import layer_caches
    from chatui.models.local.memory_need import row_bytes

    full_name = name if name.startswith("local/") else f"local/{name}"
    file = model_files(run.config(), run.paths).find(full_name)
    if file is None:
        return None
    header = read_header(file.path)
    caches = layer_caches(header)
    sizes = [row_bytes(one.keys, "f16") + row_bytes(one.values, "f16") for one in caches.layers]
    windows = [one.window for one in caches.layers if one.window is not None]
    return ModelShape(
        name=full_name,
        parameters=header.parameters,
        full=len(sizes) - len(windows),
        windowed=len(windows),
        window=max(windows, default=0),
        layer_bytes=-(-sum(sizes) // max(1, len(sizes))),
        wide=header.embedding_length,
        inner=header.of("feed_forward_length"),
        vocabulary=header.vocabulary,
        trained=header.context_length or None,
        exact=caches.exact,
    )


def fits_of(
    shape: ModelShape, card: tuple[str, int], context: int | None, batch: int
) -> list[CardFit]:
    from chatui.models.files.model_shape import SHOWN, card_fit

    wanted = context or min(USUAL_CONTEXT, shape.trained or USUAL_CONTEXT)
    return [card_fit(shape, each, card[1], wanted, batch) for each in SHOWN]


def model_object(shape: ModelShape) -> dict[str, Any]:
    return {
        "name": shape.name,
        "parameters": shape.parameters,
        "layers": shape.layers,
        "kv_cache_per_token": shape.per_token,
        "trained_context": shape.trained,
        "exact": shape.exact,
    }


def fit_object(one: CardFit) -> dict[str, Any]:
    """Sizes are in bytes."""
    return {
        "quantisation": one.quantisation,
        "usable": one.free,
        "context": one.context,
        "batch": one.batch,
        "weights": one.weights,
        "kv_cache": one.cache,
        "compute": one.computing,
        "total": one.total,
        "fits": one.fits,
        "largest_context": one.longest,
        "largest_batch": one.most,
    }


def print_shape(shape: ModelShape) -> None:
    from chatui.cli.model_memory import count_text, per_token_text

    about = "" if shape.exact else "≈ "
    print_line(f"{shape.name}: {count_text(shape.parameters)} parameters, {shape.layers} layers, "
               f"{about}{per_token_text(shape.per_token)} of cache a token")  # fmt: skip


def print_formats(fits: Sequence[CardFit]) -> None:
    """A line for each format."""
    from chatui.text.figures import size_text

    first = fits[0]
    replies = counted(first.batch, "reply", "replies")
    print_line(f"{size_text(first.free)} usable; {first.context:,} tokens for each of {replies}:")
    head = ("format", "weights", "cache", "all", "fits", "longest context", "replies at most")
    print_table(
        head,
        [
            (
                one.quantisation,
                size_text(one.weights),
                size_text(one.cache),
                size_text(one.total),
                "yes" if one.fits else "no",
                f"{one.longest:,}" if one.longest else "—",
                f"{one.most:,}" if one.most else "—",
            )
            for one in fits
        ],
    )


def print_overview(labels: Sequence[str], found: Sequence[Sequence[CardFit]], what: str) -> None:
    """A line for each card or size: the longest context of each format, a dash where it is shorter
    than the one that is wanted."""
    first = found[0][0]
    print_line(f"The longest context, where {first.context:,} tokens fit {first.batch:,} times:")
    print_table(
        (what, *(one.quantisation for one in found[0])),
        [
            (label, *(f"{one.longest:,}" if one.fits else "—" for one in fits))
            for label, fits in zip(labels, found, strict=True)
        ],
    )
