"""The token counter, composed from the settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.bootstrap.local_models import model_files
from chatui.cost.tokens.own_tokenizers import OwnTokenizers
from chatui.cost.tokens.tokenizer_files import TokenizerFiles
from chatui.cost.tokens.tokens import TokenCounter
from chatui.models.files.model_files import LOCAL

if TYPE_CHECKING:
    from chatui.config.paths import Paths
    from chatui.config.schema import Config


def token_counter(
    config: Config, paths: Paths, on_warning: Callable[[str], None] | None = None
) -> TokenCounter:
    """Counts with the tokenizers on this machine too; they start when they are needed. It has
    to be closed. `on_warning` gets a sentence about each that can't be used."""
    here = model_files(config, paths)

    def run_here(model: str) -> Path | None:
        file = here.find(model) if model.startswith(f"{LOCAL}/") else None
        return file.path if file else None

    files = TokenizerFiles(paths.models, config.tokenizers, run_here)
    return TokenCounter(OwnTokenizers(files, log=paths.log, on_warning=on_warning))
