"""Models in files, composed from the settings. `bootstrap` and `chatui models` use it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.models.base import ChatModel, ModelInfo
from chatui.models.local_settings import LocalSettings
from chatui.models.model_files import LOCAL, ModelFile, ModelFiles

if TYPE_CHECKING:
    from chatui.config import Config
    from chatui.paths import Paths

USUAL_CONTEXT = 32_768
"""The largest context that is chosen unasked, in tokens: a processor takes minutes to read that
much."""


def model_files(config: Config, paths: Paths) -> ModelFiles:
    return ModelFiles(paths.models, [Path(folder) for folder in config.local.folders])


def local_models(
    config: Config, paths: Paths, on_warning: Callable[[str], None] | None = None
) -> Callable[[ModelFile], ChatModel]:
    """What opens the model of a file; all share the places that `local.loaded` allows. Nothing is
    started before the first reply."""
    from chatui.models.local import LocalModel
    from chatui.models.local_host import LocalHost

    def tell(name: str) -> None:
        if on_warning is not None:
            on_warning(f"Loading {name} …")

    host = LocalHost(
        lambda file: settings(config, file),
        most=config.local.loaded,
        idle_seconds=config.local.idle_minutes * 60,
        log=paths.log,
        on_loading=tell,
    )
    return lambda file: LocalModel(info(config, file), file, host)


def info(config: Config, file: ModelFile) -> ModelInfo:
    """What is known without loading it. Reads the head of the file: call it in a thread."""
    return ModelInfo(file.name, local=True, description=file.path.name)


def settings(config: Config, file: ModelFile) -> LocalSettings:
    """How a file is run. Raises ModelUnavailable when it doesn't fit the memory."""
    from chatui.models.local_threads import cores

    local = config.local
    threads = local.threads or cores()
    form = local.chat_formats.get(file.name) or local.chat_formats.get(
        file.name.removeprefix(f"{LOCAL}/"), ""
    )
    return LocalSettings(
        context=local.context_size or USUAL_CONTEXT,
        threads=threads,
        batch_threads=threads,
        batch=local.batch_size,
        flash_attention=local.flash_attn,
        cache_k=local.type_k,
        cache_v=local.type_v,
        gpu_layers=local.gpu_layers,
        chat_format=form,
    )
