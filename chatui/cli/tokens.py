"""`chatui tokens`: a text's token pieces, for one model or several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

import click

from chatui.cli.given_text import read_stdin
from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.output import print_lines, print_text, warn
from chatui.text.json_text import json_text

if TYPE_CHECKING:
    from chatui.config.schema import Config
    from chatui.cost.tokens.text import TextSize
    from chatui.cost.tokens.tokens import Tokenised

DEFAULT_VOCABULARY = "o200k_base"


@click.command()
@click.argument("text", required=False)
@click.option("-m", "--model", "models", multiple=True,
              help="Model, or a vocabulary by name; several stand side by side.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True)
@shared_options
def tokens(run: Invocation, text: str | None, models: tuple[str, ...], as_json: bool) -> None:
    """Show the tokens of TEXT, or of what is piped in: pieces, ids and bytes."""
    from chatui.bootstrap.counting import token_counter
    from chatui.cli.token_tables import Look, token_lines
    from chatui.cost.tokens.text import text_size

    given = text if text is not None else read_stdin()
    config = run.config()
    with closing(token_counter(config, run.paths, warn)) as counter:
        chosen = models or (configured_model(config),)
        found = [counter.tokenised(given, model) for model in chosen]
    if as_json:
        for part in json_parts(found, text_size(given)):
            print_text(part, end="")
        return
    print_lines(token_lines(given, found, Look.of_terminal()))


def configured_model(config: Config) -> str:
    model = config.chat.model
    return DEFAULT_VOCABULARY if model == "auto" else model


def json_parts(found: Sequence[Tokenised], size: TextSize) -> Iterator[str]:
    """The contract's shape, `bytes` as hex, a token a line: one object, or a list of several.
    In parts, since a megabyte of text makes fifty of JSON."""
    if len(found) == 1:
        yield from json_object(found[0], size)
        yield "\n"
        return
    for number, one in enumerate(found):
        yield ",\n" if number else "[\n"
        yield from json_object(one, size)
    yield "\n]\n"


def json_object(one: Tokenised, size: TextSize) -> Iterator[str]:
    from chatui.cost.tokens.text import ratio

    count = len(one.pieces)
    head = {
        "model": one.model,
        "encoding": one.encoding,
        "count": count,
        "exact": one.exact,
        "characters": size.characters,
        "words": size.words,
        "characters_per_token": ratio(size.characters, count),
        "words_per_token": ratio(size.words, count),
    }
    yield json_text(head)[:-1] + ', "tokens": ['
    written: dict[int, str] = {}
    rows = []
    for piece in one.pieces:
        row = written.get(piece.id)
        if row is None:
            value = {"id": piece.id, "text": piece.text, "bytes": piece.bytes.hex()}
            row = written[piece.id] = json_text(value)
        rows.append(row)
    yield "\n" + ",\n".join(rows) + "\n" if rows else ""
    yield "]}"
