"""`chatui search`: ranked passages for one query or for many."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from chatui.cli import names
from chatui.cli.given_text import read_stdin
from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.names import completing
from chatui.cli.output import Styled, print_json, print_line, warn
from chatui.config.schema import SearchMode
from chatui.domain.errors import UsageError
from chatui.system.files import read_plain
from chatui.text.foreign_json import read_json

if TYPE_CHECKING:
    from chatui.domain.passage import Passage

PREVIEW_LINES = 4


@click.command()
@click.argument("query", required=False)
@click.option("-k", "--count", type=click.IntRange(1, 1000), help="How many passages.")
@click.option("--mode", type=click.Choice(get_args(SearchMode)), help="Which legs to ask.")
@click.option(
    "--collection", shell_complete=completing(names.collections), help="Collection to look into."
)
@click.option("--queries", type=click.Path(), help='Many queries: JSON lines {"id", "query"}.')
@click.option("--json", "as_json", is_flag=True)
@shared_options
def search(
    run: Invocation,
    query: str | None,
    count: int | None,
    mode: SearchMode | None,
    collection: str | None,
    queries: str | None,
    as_json: bool,
) -> None:
    """Print the passages of your documents that fit QUERY best."""
    config = run.config()
    asked: list[dict[str, Any]] = (
        read_queries(Path(queries)) if queries else [{"id": None, "query": given(query)}]
    )
    from chatui.bootstrap.documents import open_documents

    async def work() -> None:
        async with open_documents(config, run.paths, on_warning=warn) as documents:
            for item in asked:
                passages = await documents.retriever.search(
                    item["query"],
                    collection=collection or config.retrieval.collection,
                    k=count or config.retrieval.passages,
                    mode=mode or config.retrieval.mode,
                )
                show(item, passages, as_json=as_json, many=bool(queries))

    asyncio.run(work())


def given(query: str | None) -> str:
    """The query, or what was piped in for it. Raises UsageError when there is neither."""
    text = query if query is not None else read_stdin()
    if not text.strip():
        raise UsageError("There is nothing to search for; give a QUERY, or pipe one in.")
    return text.strip()


def read_queries(path: Path) -> list[dict[str, Any]]:
    """The lines of the file, each an object with `id` and `query`. Raises UsageError."""
    try:
        lines = read_plain(path).decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"{path} cannot be read ({reason}); name a text file.") from error
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            item = read_json(line)
            found.append({"id": item["id"], "query": str(item["query"])})
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(
                f'{path}, line {number} is not an object like {{"id": 1, "query": "…"}}; mend it.'
            ) from error
    return found


def show(item: dict[str, Any], passages: tuple[Passage, ...], *, as_json: bool, many: bool) -> None:
    results = [as_object(passage) for passage in passages]
    if many:
        print_json({"id": item["id"], "results": results}, line=True)
    elif as_json:
        print_json({"query": item["query"], "results": results})
    elif not passages:
        print_line("Nothing was found.")
    else:
        for passage in passages:
            print_passage(passage)


def as_object(passage: Passage) -> dict[str, Any]:
    from chatui.cli.output import plain

    found: dict[str, Any] = plain(passage)
    return found


def print_passage(passage: Passage) -> None:
    place = passage.page_name or f"{passage.line_start}"
    place += " (OCR)" if passage.ocr else ""
    title = f"{passage.rank:>2}. {passage.source}:{place}"
    ranks = [
        f"{leg} {rank}"
        for leg, rank in (("dense", passage.ranks.dense), ("lexical", passage.ranks.lexical))
        if rank is not None
    ]
    figures = " · ".join([f"{passage.score:.3f}", *ranks])
    print_line(Styled(title, bold=True), f"  {figures}")
    for above in (passage.running_head, passage.heading, passage.header):
        if above:
            print_line(Styled(f"    {above}", dim=True))
    lines = passage.text.strip().splitlines()
    for line in lines[:PREVIEW_LINES]:
        print_line(f"    {line}")
    if len(lines) > PREVIEW_LINES:
        print_line("    …")
    print_line()
