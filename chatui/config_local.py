"""The settings of models that run on this machine, in a process of chatui's own."""

from __future__ import annotations

from dataclasses import dataclass

from chatui.config_types import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Local(Section):
    folders: tuple[str, ...] = ()
    """Folders with GGUF files, beside the models folder."""
