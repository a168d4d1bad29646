"""`chatui ask`: one turn from the shell."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chatui.cli.amount import AMOUNT
from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.output import print_json, read_stdin, warn
from chatui.errors import ChatuiError, UsageError

if TYPE_CHECKING:
    from chatui.bootstrap import Services
    from chatui.cli.answer import Answer
    from chatui.profiles.profile import ReplySettings


AFTERWARDS_SECONDS = 10.0
"""The longest that the verb stays for what is prepared for later, the answer being out."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked on the command line."""

    question: str
    models: tuple[str, ...]
    settings: ReplySettings
    conversation_id: str | None
    stream: bool
    as_json: bool
    schema: dict[str, Any] | None


@click.command()
@click.argument("prompt", required=False)
@click.option("-m", "--model", "models", multiple=True, help="Model; several answer in turn.")
@click.option("-s", "--system", help="System prompt.")
@click.option("-p", "--profile", help="Profile from the config.")
@click.option("-c", "--continue", "continue_last", is_flag=True, help="Continue the last chat.")
@click.option("--cid", help="Continue the conversation with this id.")
@click.option("-f", "--file", "files", multiple=True, type=click.Path(), help="File to attach.")
@click.option("--collection", help="Collection of documents to look into.")
@click.option("--no-rag", is_flag=True, help="Don't look into the documents.")
@click.option("--no-memory", is_flag=True, help="Leave earlier turns out of the prompt.")
@click.option("--schema", type=click.Path(), help="JSON schema that the answer must fit.")
@click.option("--max-cost", type=AMOUNT, help="Refuse the call above this cost, in USD.")
@click.option("--dry-run", is_flag=True, help="Show what would be sent, and send nothing.")
@click.option("--no-stream", is_flag=True, help="Print the answer when it is whole.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@shared_options
@click.pass_context
def ask(
    ctx: click.Context,
    /,
    run: Invocation,
    prompt: str | None,
    models: tuple[str, ...],
    files: tuple[str, ...],
    no_stream: bool,
    dry_run: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Ask one question and print the answer. Text that is piped in comes before PROMPT."""
    question = question_from(prompt, read_stdin(), files)
    config = run.config()

    async def work() -> int:
        from chatui.bootstrap import open_services
        from chatui.cli.preparation import say_preparation, say_proposals

        async with await open_services(
            config, run.paths, say_preparation, warn, say_proposals
        ) as services:
            request = Request(
                question=question,
                models=models,
                settings=settings(services, **given),
                conversation_id=await conversation(services, given),
                stream=not (no_stream or as_json or len(models) > 1),
                as_json=as_json,
                schema=read_schema(given["schema"]),
            )
            if dry_run:
                from chatui.cli.dry_run import show_plan

                await show_plan(services, request)
                return 0
            code = await answer_all(services, request)
            sys.stdout.flush()
            await services.afterwards.finish(AFTERWARDS_SECONDS)
            return code

    ctx.exit(asyncio.run(work()))


def question_from(prompt: str | None, piped: str, files: tuple[str, ...]) -> str:
    """What was piped in, then the prompt, then the files. Raises UsageError."""
    from chatui.attachments import decode, read_bounded
    from chatui.prompt import attach

    text = "\n\n".join(part for part in (piped.strip("\n"), prompt or "") if part.strip())
    if not text.strip():
        raise UsageError("The question is empty; give a PROMPT, or pipe text in.")
    attached = []
    for name in files:
        if not Path(name).exists():
            raise UsageError(f"There is no file {name}; check the path.")
        attached.append((name, decode(read_bounded(Path(name), name), name)))
    return attach(text, attached)


def settings(services: Services, **given: Any) -> ReplySettings:
    """The settings of the config, the profile's and the command line's on top."""
    from dataclasses import replace

    from chatui.profiles.profile import apply, named

    chosen = services.settings
    if given["profile"] or services.start_profile:
        name = given["profile"] or services.start_profile
        chosen = apply(named(services.profiles, name), chosen)
    schema = read_schema(given["schema"])
    return replace(
        chosen,
        system=given["system"] if given["system"] is not None else chosen.system,
        collection=given["collection"] or chosen.collection,
        rag=chosen.rag and not given["no_rag"],
        remember=not given["no_memory"],
        max_cost=given["max_cost"],
        options=replace(chosen.options, json_schema=schema) if schema else chosen.options,
    )


def read_schema(path: str | None) -> dict[str, Any] | None:
    if path is None:
        return None
    from chatui.profiles.structured import load_schema

    return load_schema(Path(path))


async def conversation(services: Services, given: dict[str, Any]) -> str | None:
    if given["cid"] and given["continue_last"]:
        raise UsageError("Give -c or --cid, not both: they name different conversations.")
    if given["cid"]:
        return await services.store.resolve(given["cid"])
    return await services.store.latest() if given["continue_last"] else None


async def answer_all(services: Services, request: Request) -> int:
    """Answers with each model. The exit code is the error's when one model was asked, 1
    when some of several failed, 3 when all of them did."""
    from chatui.cli.answer import answer, as_object, print_answer
    from chatui.cli.near_limits import warn_of_limits

    if len(request.models) > 1:
        return show_all(request, await side_by_side(services, request))
    chosen = request.models[0] if request.models else request.settings.model
    done = await answer(services, request, chosen)
    if request.as_json:
        print_json(as_object(done))
    else:
        print_answer(done, streamed=request.stream)
    warn_of_limits([done])
    return 0


async def side_by_side(services: Services, request: Request) -> list[Answer | BaseException]:
    """The same question to all models at once: branches of one conversation."""
    from dataclasses import replace

    from chatui.cli.answer import answer

    if request.conversation_id is None:
        created = await services.store.create()
        request = replace(request, conversation_id=created.id)
    assert request.conversation_id is not None
    parent = (await services.store.load(request.conversation_id)).head
    calls = (answer(services, request, name, parent=parent) for name in request.models)
    return await asyncio.gather(*calls, return_exceptions=True)


def show_all(request: Request, results: list[Answer | BaseException]) -> int:
    from chatui.cli.answer import Answer, as_object, print_answer
    from chatui.cli.near_limits import warn_of_limits

    objects, failures = [], 0
    for name, result in zip(request.models, results, strict=True):
        if isinstance(result, ChatuiError):
            failures += 1
            warn(f"chatui: {name}: {result}")
        elif isinstance(result, BaseException):
            raise result
        elif request.as_json:
            objects.append(as_object(result))
        else:
            click.echo(click.style(f"── {result.turn.reply.model}", bold=True))
            print_answer(result, streamed=False)
    if request.as_json:
        print_json(objects)
    warn_of_limits(one for one in results if isinstance(one, Answer))
    return 0 if not failures else 3 if failures == len(results) else 1
