"""Sampling options as people give them, in the config and as `key value`, into what a call takes.

`config_models.Options` is where their names, types and bounds stand, once for both.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.errors import UsageError
from chatui.models.base import SamplingOptions

if TYPE_CHECKING:
    from chatui.config_models import Options

GRAMMAR_BYTES = 64 * 1024


def sampling(options: Options) -> SamplingOptions:
    """What the config says. Raises UsageError when the file of a grammar can't be read."""
    given = {field.name: getattr(options, field.name) for field in dataclasses.fields(options)}
    if given["grammar"] is not None:
        given["grammar"] = read_grammar(given["grammar"])
    return SamplingOptions(**given)


def read_grammar(name: str) -> str:
    """The text of a .gbnf file. Blocks, for a file of at most GRAMMAR_BYTES. Raises UsageError."""
    path = Path(name).expanduser()
    try:
        with path.open("rb") as file:
            content = file.read(GRAMMAR_BYTES + 1)
        text = content.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"The grammar {name} can't be read ({reason}); check the path.") from error
    if len(content) > GRAMMAR_BYTES:
        raise UsageError(f"{name} is longer than a grammar can be; name a .gbnf file.")
    if "::=" not in text:
        raise UsageError(f"{name} is no grammar: a .gbnf file has rules such as root ::= [0-9]+.")
    return text
