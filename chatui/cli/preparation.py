"""Telling about the one-time preparation of the embedding model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatui.cli.output import warn

if TYPE_CHECKING:
    from chatui.retrieval.embedder import Preparation


def say_preparation(progress: Preparation) -> None:
    warn(f"Preparing the embedding model (once), {progress.step}/{progress.steps}: {progress.text}")
