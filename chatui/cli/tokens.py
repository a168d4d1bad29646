"""`chatui tokens`: a text's token pieces, for one model or several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.output import print_json, read_stdin, warn

if TYPE_CHECKING:
    from chatui.cost.tokens import TokenCounter

COLOURS = ("bright_blue", "bright_green", "bright_yellow", "bright_magenta", "bright_cyan")
DEFAULT_VOCABULARY = "o200k_base"


@click.command()
@click.argument("text", required=False)
@click.option("-m", "--model", "models", multiple=True,
              help="Model, or a vocabulary by name; several stand side by side.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True)
@shared_options
def tokens(run: Invocation, text: str | None, models: tuple[str, ...], as_json: bool) -> None:
    """Show the tokens of TEXT, or of what is piped in: pieces, ids and bytes."""
    from chatui.cost.tokens import TokenCounter

    counter = TokenCounter()
    given = text if text is not None else read_stdin()
    chosen = models or (configured_model(run),)
    reports = [report(counter, given, model) for model in chosen]
    if as_json:
        print_json(reports if len(models) > 1 else reports[0])
        return
    for found in reports:
        print_pieces(found)


def configured_model(run: Invocation) -> str:
    model = run.config().chat.model
    return DEFAULT_VOCABULARY if model == "auto" else model


def report(counter: TokenCounter, text: str, model: str) -> dict[str, Any]:
    """The contract's shape: `bytes` as hex."""
    pieces = counter.pieces(text, model)
    encoding, exact = counter.encoding_name(model)
    return {
        "model": model,
        "encoding": encoding,
        "count": len(pieces),
        "tokens": [{"id": p.id, "text": p.text, "bytes": p.bytes.hex()} for p in pieces],
        "exact": exact,
    }


def print_pieces(found: dict[str, Any]) -> None:
    about = "" if found["exact"] else "≈ "
    warn(f"{found['model']} ({found['encoding']}): {about}{found['count']} tokens")
    for number, token in enumerate(found["tokens"]):
        colour = COLOURS[number % len(COLOURS)]
        click.echo(f"{token['id']:>7}  {click.style(visible(token), fg=colour)}")


def visible(token: dict[str, Any]) -> str:
    """The piece as text, with white space and controls made visible; bytes in hex where a
    character is spread over several tokens."""
    if "\ufffd" in token["text"]:
        return " ".join(token["bytes"][i : i + 2] for i in range(0, len(token["bytes"]), 2))
    return repr(token["text"])
