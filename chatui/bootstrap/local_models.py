"""Models in files, composed from the settings. `bootstrap` and `chatui models` use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.domain.errors import ModelError, ModelUnavailable
from chatui.domain.warn_once import WarnOnce
from chatui.memory.store.lazy import LazyValues
from chatui.models.base import ChatModel, ModelInfo
from chatui.models.files.gguf_header import GgufHeader, read_header
from chatui.models.files.model_files import LOCAL, ModelFile, ModelFiles
from chatui.models.files.model_stores import known_stores
from chatui.models.local.free_memory import FreeMemory, free_memory
from chatui.models.local.memory_need import (
    MemoryFit,
    MemoryNeed,
    cache_per_token,
    fits,
    memory_need,
)
from chatui.models.local.settings import LocalSettings
from chatui.models.sighted import NOTHING, PICTURES
from chatui.system.files import at_home

if TYPE_CHECKING:
    from chatui.config.paths import Paths
    from chatui.config.schema import Config
    from chatui.models.files.gguf_header import GgufHeader
    from chatui.models.files.model_files import ModelFile
    from chatui.models.local.memory_need import Loading


@dataclass(frozen=True, slots=True)
class MemoryReport:
    """`per_token` is in bytes, of keys and values. `chosen` is False where the user named the
    context. `projector` is what the model sees with, which is counted."""

    header: GgufHeader
    need: MemoryNeed
    per_token: int
    free: FreeMemory
    verdict: MemoryFit
    chosen: bool
    projector: Path | None = None


def memory_report(config: Config, file: ModelFile, context: int = 0) -> MemoryReport:
    """With that context, otherwise with the one that would be chosen. Reads files: call it in a
    thread. Raises BadModelFile."""
    header, free, eyes = read_header(file.path), free_memory(), projector(config, file)
    # Where nothing fits, what is wanted is shown.
    wanted = context or fitting(config, header, free.free, eyes) or most_context(config, header)
    how = loading(config, wanted, eyes)
    return MemoryReport(
        header,
        memory_need(header, how),
        cache_per_token(header, how),
        free,
        fits(header, how, free.free),
        not context,
        eyes,
    )


USUAL_CONTEXT = 32_768
"""The largest context that is chosen unasked, in tokens: a processor takes minutes to read that
much."""


def model_files(config: Config, paths: Paths) -> ModelFiles:
    # Where they are stands in files, which are read when the first one is looked for.
    stores = LazyValues(known_stores) if config.local.stores else ()
    return ModelFiles(paths.models, [Path(folder) for folder in config.local.folders], stores)


def local_models(
    config: Config,
    paths: Paths,
    on_warning: Callable[[str], None] | None = None,
    together: int = 1,
) -> Callable[[ModelFile], ChatModel]:
    """What opens the model of a file; all share the places that `local.loaded` allows, and each
    computes so many replies `together`. Nothing is started before the first reply."""
    from chatui.models.local.host import LocalHost
    from chatui.models.local.local import LocalModel

    def tell(name: str) -> None:
        if on_warning is not None:
            on_warning(f"Loading {name} …")

    host = LocalHost(
        lambda file: settings(config, file, together),
        most=config.local.loaded,
        idle_seconds=config.local.idle_minutes * 60,
        log=paths.log,
        on_loading=tell,
    )
    warnings = WarnOnce(on_warning)

    def model(file: ModelFile) -> ChatModel:
        known = info(config, file, host.memory())
        return LocalModel(known, file, host, warnings, str(projector(config, file) or ""))

    return model


def projector(config: Config, file: ModelFile) -> Path | None:
    """What a model sees with; None for one that sees nothing, or is to see nothing. Reads folders
    and the heads of files: call it in a thread."""
    from chatui.bootstrap.settings import named_projector, told_vision
    from chatui.models.files.projectors import may_see, projector_of

    if told_vision(config, file.name) is False:
        return None
    if named := named_projector(config, file.name):
        return at_home(named)
    found = projector_of(file)
    return found if found is not None and may_see(found) else None


def info(config: Config, file: ModelFile, taken: int = 0) -> ModelInfo:
    """What is known without loading it. `taken` are the bytes of models that would make room for
    it. Reads the head of the file: call it in a thread."""
    from chatui.models.files.gguf_header import read_header
    from chatui.models.local.free_memory import free_memory

    try:
        header = read_header(file.path)
    except ModelError:
        # Told when it is asked.
        return ModelInfo(file.name, local=True, description=file.path.name, prefills=True)
    eyes = projector(config, file)
    wanted = most_context(config, header)
    size = fitting(config, header, free_memory().free + taken, eyes) or wanted
    return ModelInfo(
        file.name,
        size,
        local=True,
        description=file.path.name,
        prefills=True,
        takes=PICTURES if eyes else NOTHING,
    )


def settings(config: Config, file: ModelFile, together: int = 1) -> LocalSettings:
    """How a file is run, so many replies `together` where memory allows. Raises BadModelFile, and
    ModelUnavailable when it doesn't fit into the memory that is free now, with the figures."""
    from chatui.models.files.gguf_header import read_header
    from chatui.models.local.free_memory import free_memory
    from chatui.models.local.memory_need import SMALLEST, fits
    from chatui.models.local.settings import MOST_ROWS
    from chatui.models.local.threads import cores

    local = config.local
    header, free = read_header(file.path), free_memory().free
    eyes = projector(config, file)
    context = fitting(config, header, free, eyes)
    if not context:
        # A size that was asked for is refused; of those that may be chosen not even the least fits.
        verdict = fits(header, loading(config, local.context_size or SMALLEST, eyes), free)
        raise ModelUnavailable(f"{file.name} {verdict.sentence}.")
    # They share one context, so what several take is little more than what one does.
    places = min(together, MOST_ROWS)
    need = memory_need(header, replace(loading(config, context, eyes), places=places))
    if need.total > free:
        places = 1
    return LocalSettings(
        context=context,
        # A thread that is kept waiting keeps all others waiting, a thousand times per token: with
        # one too many for a busy machine a reply came at a sixth of the speed.
        threads=local.threads or max(1, cores() - 1),
        batch_threads=local.threads or cores(),
        batch=local.batch_size,
        flash_attention=local.flash_attn,
        cache_k=local.type_k,
        cache_v=local.type_v,
        gpu_layers=local.gpu_layers,
        chat_format=chat_format(config, file),
        saved_bytes=local.prompt_cache_mb << 20,
        places=places,
        projector=str(eyes or ""),
    )


def most_context(config: Config, header: GgufHeader) -> int:
    """The largest context that is wanted, whatever the memory holds."""
    wanted = config.local.context_size or USUAL_CONTEXT
    return min(wanted, header.context_length or wanted)


def fitting(config: Config, header: GgufHeader, free: int, eyes: Path | None = None) -> int:
    """The context for that much memory, in tokens, with the projector in it too; 0 when the model
    doesn't fit. One that the user set is that or none."""
    from chatui.models.local.memory_need import fits, largest_context

    wanted = most_context(config, header)
    how = loading(config, wanted, eyes)
    if config.local.context_size:
        return wanted if fits(header, how, free).fits else 0
    return largest_context(header, how, free, wanted)


def loading(config: Config, context: int, eyes: Path | None = None) -> Loading:
    """The same as `memory_need` has it."""
    from chatui.models.files.projectors import projector_bytes
    from chatui.models.local.memory_need import Loading

    local = config.local
    return Loading(
        context,
        keys=local.type_k,
        values=local.type_v,
        batch=local.batch_size,
        flash=local.flash_attn != "off",
        full_window=True,
        projector=projector_bytes(eyes) if eyes else 0,
    )


def chat_format(config: Config, file: ModelFile) -> str:
    formats = config.local.chat_formats
    return formats.get(file.name) or formats.get(file.name.removeprefix(f"{LOCAL}/"), "")
