"""What settings can't mean together, though each of them is valid."""

from __future__ import annotations

from chatui.config import Config
from chatui.errors import ConfigError
from chatui.models.catalog import BUILTIN


def refuse_quoting_writers(config: Config) -> None:
    """Raises ConfigError when the built-in model is to write queries or notes: it only quotes."""
    named = {
        "retrieval.rewrite_model": config.retrieval.rewrite_model,
        "retrieval.query_model": config.retrieval.query_model,
        "memory.note_model": config.memory.note_model,
    }
    for key, name in named.items():
        if name in (BUILTIN.name, BUILTIN.model):
            raise ConfigError(
                f"{key} can't be {BUILTIN.name}, which only quotes documents; name a "
                'chat model there, or set it to "".'
            )
