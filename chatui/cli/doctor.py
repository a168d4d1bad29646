"""`chatui doctor`: what is there, what is wrong, how to mend it."""

from __future__ import annotations

import asyncio
import functools
import importlib.metadata
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.output import Styled, print_json, print_line
from chatui.domain.errors import ChatuiError, ConfigError
from chatui.system.urls import shown
from chatui.text.figures import counted

if TYPE_CHECKING:
    from chatui.bootstrap.services import Services
    from chatui.config.schema import Config

PACKAGES = ("textual", "openai", "chromadb", "onnxruntime", "sentence-transformers", "torch",
            "tiktoken", "llama-cpp-python")  # fmt: skip
LOW_DISK_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """`state` is "ok", "note" (nothing is wrong, but worth knowing) or "wrong"."""

    what: str
    state: str
    detail: str
    mend: str = ""


@click.command()
@click.option("--fix", is_flag=True, help="Mend the databases; what is damaged is kept.")
@click.option("--json", "as_json", is_flag=True)
@shared_options
@click.pass_context
def doctor(ctx: click.Context, /, run: Invocation, fix: bool, as_json: bool) -> None:
    """Check everything that chatui needs (exit code 1 when something is wrong)."""
    findings = [*examine(run, fix=fix)]
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            print_finding(finding)
    if any(finding.state == "wrong" for finding in findings):
        ctx.exit(1)


def print_finding(finding: Finding) -> None:
    sign, colour = {"ok": ("✓", "green"), "note": ("·", "blue"), "wrong": ("✗", "red")}[
        finding.state
    ]
    mend = f" → {finding.mend}" if finding.mend else ""
    print_line(Styled(sign, fg=colour), f" {finding.what:<12} {finding.detail}{mend}")


def examine(run: Invocation, *, fix: bool = False) -> Iterator[Finding]:
    paths = run.paths
    yield from looked_at("Python", python)
    yield from looked_at("packages", packages)
    yield from looked_at("config", lambda: settings(run))
    for name, path in (("data", paths.data), ("state", paths.state), ("cache", paths.cache)):
        yield from looked_at(name, functools.partial(folder, name, path))
    yield from looked_at("disk", lambda: disk(paths.data))
    yield from looked_at("terminal", terminal)
    yield from looked_at("editor", editor)
    databases = [
        *looked_at("chats", lambda: chats(paths.chats, fix=fix)),
        *looked_at("library", lambda: library(paths.library, fix=fix)),
    ]
    yield from databases
    if not any(finding.what == "chats" and finding.state == "wrong" for finding in databases):
        yield from looked_at("services", lambda: asyncio.run(services(run)))


def looked_at(what: str, look: Callable[[], Finding | Iterable[Finding]]) -> Iterator[Finding]:
    try:
        found = look()
        yield from [found] if isinstance(found, Finding) else list(found)
    except ChatuiError as error:
        yield Finding(what, "wrong", str(error))
    # Doctor is called when something is broken: what one look meets must not end the others.
    except Exception as error:  # noqa: BLE001
        reason = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
        yield Finding(what, "wrong", f"it can't be looked at ({reason})")


def chats(path: Path, *, fix: bool) -> Finding:
    from chatui.memory.store.checking import check, mend

    found = check(path)
    if found is None:
        return Finding("chats", "note", "none yet")
    if found.contradiction is not None:
        if fix:
            return Finding("chats", "ok", f"mended: {mend(path, found.contradiction)}")
        mend_it = "close chatui and run `chatui doctor --fix`, which keeps the file as it is, too"
        return Finding("chats", "wrong", f"{path}: {found.clause}", mend_it)
    if found.unwritable:
        return Finding("chats", "wrong", found.unwritable)
    conversations = counted(found.conversations, "conversation")
    if found.spoilt:
        told = f"{conversations}, in which pictures are damaged: {found.spoilt}"
        return Finding("chats", "note", f"{told}; a mark is sent in their place")
    return Finding("chats", "ok", conversations)


def library(path: Path, *, fix: bool) -> Iterator[Finding]:
    """Nothing for one that is sound: the documents in it are told of later."""
    from chatui.retrieval.library.checking import check, mend

    found = check(path)
    if found is not None and fix:
        yield Finding("library", "ok", f"mended: {mend(path, found)}")
    elif found is not None:
        mend_it = "close chatui and run `chatui doctor --fix`, which keeps the file as it is, too"
        yield Finding("library", "wrong", f"{path} is damaged ({found.sign})", mend_it)


def python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("Python", "ok", version)


def packages() -> Iterator[Finding]:
    missing = [name for name in PACKAGES if not installed(name)]
    if missing:
        names = ", ".join(missing)
        yield Finding("packages", "wrong", f"missing: {names}", "install chatui again")
    else:
        yield Finding("packages", "ok", f"all {len(PACKAGES)} main packages are installed")


def installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def settings(run: Invocation) -> Finding:
    try:
        run.config()
    except ConfigError as error:
        return Finding("config", "wrong", str(error), "see config.toml in chatui's repository")
    known = run.paths.config.exists()
    return Finding("config", "ok", str(run.paths.config) if known else "no file, defaults hold")


def folder(name: str, path: Path) -> Finding:
    nearest = next(parent for parent in (path, *path.parents) if parent.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        return Finding(name, "wrong", f"{path} cannot be written", "change its owner or mode")
    if path.exists() and path.stat().st_mode & 0o077:
        mend = f"chmod 700 {path}"
        return Finding(name, "note", f"{path} can be read by others", mend)
    return Finding(name, "ok", str(path))


def disk(path: Path) -> Finding:
    nearest = next(parent for parent in (path, *path.parents) if parent.exists())
    free = shutil.disk_usage(nearest).free
    text = f"{free / (1 << 30):.1f} GiB free"
    if free < LOW_DISK_BYTES:
        return Finding("disk", "wrong", text, "make room, or move the data with --data-dir")
    return Finding("disk", "ok", text)


def terminal() -> Finding:
    encoding = (sys.stdout.encoding or "").lower()
    if encoding not in ("utf-8", "utf8"):
        return Finding("terminal", "wrong", f"it speaks {encoding}", "set LANG to a UTF-8 locale")
    colours = "no colours (NO_COLOR)" if os.environ.get("NO_COLOR") else "colours"
    return Finding("terminal", "ok", f"{os.environ.get('TERM', 'unknown')}, UTF-8, {colours}")


def editor() -> Finding:
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not command:
        return Finding("editor", "note", "none is set", "set EDITOR to open citations at the line")
    if not shutil.which(command.split()[0]):
        return Finding("editor", "wrong", f"{command} is not found", "set EDITOR to one that is")
    return Finding("editor", "ok", command)


async def services(run: Invocation) -> list[Finding]:
    """The documents, the embedding model and the providers, as they are just now."""
    from chatui.bootstrap.services import open_services

    try:
        config = run.config()
    except ConfigError:
        return []  # Reported above; nothing can be opened without settings.
    try:
        opened = await open_services(config, run.paths)
    except ConfigError as error:
        return [Finding("config", "wrong", str(error))]
    findings: list[Finding] = []
    async with opened as house:
        for what, look in (
            ("documents", documents(house)),
            ("embedding", embedding(run, house, config)),
            ("chroma", index(house, config)),
            ("models", providers(house)),
        ):
            try:
                findings += await look
            except ChatuiError as error:
                findings.append(Finding(what, "wrong", str(error)))
    return findings


async def documents(house: Services) -> list[Finding]:
    found = await house.library.collections()
    if not found:
        return [Finding("documents", "note", "none yet", "chatui ingest PATH")]
    names = ", ".join(f"{one.name} ({counted(one.chunks, 'chunk')})" for one in found)
    if any(one.waiting for one in found):
        waiting = f"{names}; some wait for their vectors"
        return [Finding("documents", "note", waiting, "ingest again")]
    return [Finding("documents", "ok", names)]


async def index(house: Services, config: Config) -> list[Finding]:
    """The server that holds the vectors, if one does."""
    if not config.retrieval.chroma.url:
        return []
    return [Finding("chroma", *await vector_server(house, config))]


async def embedding(run: Invocation, house: Services, config: Config) -> list[Finding]:
    if config.retrieval.embedder.provider != "local":
        return [Finding("embedding", *await embedding_server(house, config))]
    from chatui.bootstrap.documents import embedding_models
    from chatui.retrieval.embedding.prepared import Wanted, find

    settings = config.retrieval.embedder
    findings = []
    for model in embedding_models(settings):
        wanted = Wanted(model, settings.runtime, settings.precision)
        ready = await asyncio.to_thread(find, run.paths.embedders, wanted)
        if ready is None:
            advice = "the first ingest does that"
            findings.append(Finding("embedding", "note", f"{model} is not prepared yet", advice))
        else:
            how = f"{ready.manifest.runtime}, {ready.manifest.precision}"
            findings.append(Finding("embedding", "ok", f"{model} on {how}"))
    return findings


async def embedding_server(house: Services, config: Config) -> tuple[str, str]:
    """("ok" or "wrong", what is so) of the embedding endpoint. Asks it for one vector."""
    settings = config.retrieval.embedder
    embedder = house.documents.embedder
    try:
        await embedder.start()
        dimensions = await embedder.dimensions()
    except ChatuiError as error:
        return "wrong", str(error)
    return "ok", f"{settings.model} at {shown(settings.base_url)}, {dimensions} numbers a vector"


async def vector_server(house: Services, config: Config) -> tuple[str, str]:
    """The same of the Chroma server; whether it holds what it should, by count."""
    documents = house.documents
    try:
        await documents.index.start()
        for info in await documents.library.collections():
            row = await documents.library.collection(info.name)
            expected = await documents.library.count_vectors(row.id)
            held = await documents.index.count(info.name)
            if held < expected:
                return "wrong", (
                    f"of {info.name} only {held} of {expected} vectors are there; run "
                    f"`chatui collections rebuild {info.name}`"
                )
    except ChatuiError as error:
        return "wrong", str(error)
    return "ok", shown(config.retrieval.chroma.url)


def keys(house: Services) -> Finding:
    """Whose keys were found, and in which variables; never a key."""
    found = house.catalog.keys()
    if not found:
        return Finding("keys", "note", "none is set", "set the variable of a provider, or none")
    named = ", ".join(f"{name} ({variable or 'a command'})" for name, variable in found.items())
    return Finding("keys", "ok", named)


async def providers(house: Services) -> list[Finding]:
    listing = await house.catalog.listing()
    notes = [Finding("models", "wrong", note) for note in listing.notes]
    names = sorted({info.provider for info in listing.models})
    models = Finding("models", "ok", f"{len(listing.models)} from {', '.join(names)}")
    return [keys(house), models, *notes]
