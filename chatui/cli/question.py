"""What `ask` and `compare` share: the question with its options, and the settings they make."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, TypeVar

import click

from chatui.cli import names
from chatui.cli.confirmation import YES, confirming, confirming_cost
from chatui.cli.given_text import (
    STDIN,
    files_to_show,
    piped_to_show,
    read_files,
    read_stdin,
)
from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.names import completing
from chatui.cli.output import warn
from chatui.cli.sampling import SAMPLING, VARIABLES
from chatui.domain.errors import UsageError

if TYPE_CHECKING:
    from chatui.bootstrap.services import Services
    from chatui.jobs.profiles import Profile, ReplySettings

Function = TypeVar("Function", bound=Callable[..., Any])

BACKGROUND_SECONDS = 10.0
"""The longest that a verb stays for what is prepared for later, the answers being out."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked on the command line."""

    question: str
    lanes: tuple[ReplySettings, ...]
    """What each answer is made with; most questions have one."""
    conversation_id: str | None
    stream: bool
    as_json: bool
    formed: bool = False
    """Whether an answer has to fit a form: it is checked, and repaired if need be, before it is
    anybody's."""
    ask: bool = False
    """Whether a new conversation stays out of the list of chats until it is gone on with."""

    @property
    def settings(self) -> ReplySettings:
        return self.lanes[0]


class Amount(click.ParamType[Decimal]):
    """Money as an option's value."""

    name = "amount"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            self.fail(f"{value} is not an amount; write it like 0.05.", param, ctx)
        if not amount.is_finite() or amount < 0:
            self.fail(f"{value} is not an amount of 0 or more.", param, ctx)
        return amount


def question_options(function: Function) -> Function:
    """Adds PROMPT, the options of a question and those that every verb has; `-m` is the
    verb's own."""
    options = (
        click.argument("prompt", required=False),
        click.option("-s", "--system", help="System prompt."),
        click.option(
            "-p",
            "--profile",
            "profiles",
            multiple=True,
            shell_complete=completing(names.profiles),
            help="Profile; several answer side by side, each with every model.",
        ),
        VARIABLES,
        SAMPLING,
        click.option(
            "-c",
            "--continue",
            "continue_last",
            is_flag=True,
            help="Continue the last chat; `ask` without a PROMPT goes on with its cut answer.",
        ),
        click.option(
            "--cid",
            shell_complete=completing(names.conversations),
            help="Continue the conversation with this id.",
        ),
        click.option(
            "-f",
            "--file",
            "files",
            multiple=True,
            type=click.Path(),
            help="File to attach; - is what is piped in.",
        ),
        click.option(
            "--collection",
            shell_complete=completing(names.collections),
            help="Collection of documents to look into.",
        ),
        click.option(
            "--only",
            "only",
            multiple=True,
            shell_complete=completing(names.documents),
            metavar="FILE",
            help="Look only into this file, by name, path, pattern or folder.",
        ),
        click.option("--no-rag", is_flag=True, help="Don't look into the documents."),
        click.option("--no-memory", is_flag=True, help="Leave earlier turns out of the prompt."),
        click.option(
            "--schema",
            type=click.Path(),
            metavar="FILE|MODULE:TYPE",
            help="JSON schema that the answer must fit.",
        ),
        click.option("--max-cost", type=Amount(), help="Refuse to spend more than this, in USD."),
        YES,
        click.option("--json", "as_json", is_flag=True, help="Print one JSON document."),
        shared_options,
    )
    for option in reversed(options):
        function = option(function)
    return function


def question_from(
    prompt: str | None, files: tuple[str, ...], run: Invocation, given: dict[str, Any]
) -> str:
    """What was piped in, then the prompt, then the files, whose names stand for a question where
    there is no other; "" for nothing at all. What can be cited of the files is in `given` then.
    Raises UsageError."""
    from chatui.assistant.prompt import attach

    shown = given["shown"] = files_to_show(files)
    if (piped_in := piped_to_show()) is not None:
        shown.append(piped_in)
        files = tuple(name for name in files if name != STDIN)
    files = tuple(name for name in files if name not in {one.name for one in shown})
    piped = "" if STDIN in files or piped_in is not None else read_stdin(takes_files=True)
    typed = "" if prompt is None or prompt == STDIN else prompt
    text = "\n\n".join(part for part in (piped.strip("\n"), typed) if part.strip())
    attached = read_files(files, run)
    if not text and (shown or any(content.strip() for _, content in attached.files)):
        text = ", ".join([*(one.name for one in shown), *(name for name, _ in attached.files)])
    given |= {"attached": attached.passages, "typed": text, "files": attached.files}
    return attach(text, attached.files) if text else ""


def require(question: str) -> str:
    """Raises UsageError where nothing is asked."""
    if not question:
        raise UsageError("The question is empty; give a PROMPT, or pipe text in.")
    return question


def asked(
    run: Invocation,
    question: str,
    models: tuple[str, ...],
    given: dict[str, Any],
    work: Callable[[Services, Request], Awaitable[int]],
    *,
    stream: bool,
    as_json: bool,
) -> int:
    """Opens what a question needs and hands it to `work`, whose exit code it returns."""
    config = run.config()

    async def opened() -> int:
        from chatui.bootstrap.services import open_services
        from chatui.cli.preparation import say_preparation, say_proposals

        async with await open_services(
            config, run.paths, say_preparation, warn, say_proposals
        ) as services:
            confirming(services.screen, yes=given["yes"])
            confirming_cost(services.assistant.whole, yes=given["yes"])
            request = await request_from(
                services, question, models, given, stream=stream, as_json=as_json
            )
            request = replace(request, ask=not config.chat.keep_asks)
            code = await work(services, request)
            await services.background.finish(BACKGROUND_SECONDS)
            return code

    return asyncio.run(opened())


async def request_from(
    services: Services,
    question: str,
    models: tuple[str, ...],
    given: dict[str, Any],
    *,
    stream: bool,
    as_json: bool,
) -> Request:
    """The request that the options make. Raises UsageError, NoSuchConversation."""
    schema = read_schema(given["schema"])
    if schema is not None and given["options"].get("grammar") is not None:
        raise UsageError("Give --schema or a grammar, not both: an answer has one form.")
    chosen = await asyncio.to_thread(lanes, services, models, schema, given)
    if given.get("only"):
        if given["no_rag"]:
            raise UsageError("--only looks into documents and --no-rag doesn't; give one of them.")
        chosen = tuple([await limited(services, lane, given["only"]) for lane in chosen])
    conversation_id = await conversation(services, given)
    if conversation_id is not None and not given.get("only"):
        chosen = await as_limited(services, conversation_id, chosen, given)
    if given.get("shown"):
        question, chosen = await with_shown(services, question, chosen, given)
    formed = any(lane.options.json_schema is not None for lane in chosen)
    return Request(
        question=question,
        lanes=chosen,
        conversation_id=conversation_id,
        stream=stream and not formed,
        as_json=as_json,
        formed=formed,
    )


async def with_shown(
    services: Services, question: str, chosen: tuple[ReplySettings, ...], given: dict[str, Any]
) -> tuple[str, tuple[ReplySettings, ...]]:
    """The question and the settings, with the pictures and PDFs as the models take them. Raises
    UsageError."""
    from chatui.assistant.prompt import attach
    from chatui.assistant.showing import shown_or_read

    names = [await services.assistant.model_name(lane) for lane in chosen]
    infos = [await services.catalog.info(name) for name in names]
    reader = services.documents.sources.reader
    found = await shown_or_read(given["shown"], infos, services.media, reader.read)
    for sentence in found.told:
        warn(sentence)
    if found.attached.files:
        question = attach(given["typed"], [*given["files"], *found.attached.files])
    attached = (*given["attached"], *found.attached.passages)
    return question, tuple(replace(lane, media=found.media, attached=attached) for lane in chosen)


async def limited(
    services: Services, settings: ReplySettings, names: tuple[str, ...]
) -> ReplySettings:
    """The settings that look only into the files of these names. Raises UsageError."""
    assert services.assistant.scopes is not None
    paths = await services.assistant.scopes.resolve(names, settings.collection)
    return replace(settings, only=paths, rag=True)


async def as_limited(
    services: Services,
    conversation_id: str,
    chosen: tuple[ReplySettings, ...],
    given: dict[str, Any],
) -> tuple[ReplySettings, ...]:
    """The settings with the files that the chat was limited to by `/rag only`, unless the command
    line names where to look."""
    if given["collection"] or given["no_rag"]:
        return chosen
    from chatui.app.choices import read_choices

    kept, _ = read_choices(await services.store.chosen(conversation_id))
    if not kept.only:
        return chosen
    return tuple(replace(lane, only=kept.only, rag=True) for lane in chosen)


def lanes(
    services: Services,
    models: tuple[str, ...],
    schema: dict[str, Any] | None,
    given: dict[str, Any],
    load: Callable[[str], Profile] | None = None,
) -> tuple[ReplySettings, ...]:
    """What each answer is made with: every profile with every model. Reads the profiles, by
    `load` where that is given, so not for the event loop. Raises UsageError, ConfigError."""
    from chatui.jobs.profiles import Layer, apply
    from chatui.jobs.prompts import Prompt

    system = given["system"]
    form = {} if schema is None else {"json_schema": schema}
    chosen = Layer(
        origin="the command line",
        system=None if system is None else Prompt(system, literal=True),
        collection=given["collection"],
        rag=False if given["no_rag"] else None,
        options=given["options"] | form,
    )
    base = replace(
        services.settings,
        remember=not given["no_memory"],
        max_cost=given["max_cost"],
        attached=given.get("attached", ()),
    )
    names = given["profiles"] or [services.start_profile]
    if given["variables"] and not names[0]:
        raise UsageError("--set gives a profile's prompt its values: name the profile with -p.")
    found = []
    for name in names:
        settings = base
        if name:
            found_profile = (load or services.profiles.load)(name)
            settings = apply(found_profile.with_variables(given["variables"]), base)
        settings = settings.over(chosen)
        found += [replace(settings, model=model) for model in models or [settings.model]]
    return tuple(found)


def read_schema(path: str | None) -> dict[str, Any] | None:
    if path is None:
        return None
    from chatui.jobs.schema import load_schema

    return load_schema(path)


async def conversation(services: Services, given: dict[str, Any]) -> str | None:
    if given["cid"] and given["continue_last"]:
        raise UsageError("Give -c or --cid, not both: they name different conversations.")
    if given["cid"]:
        return await services.store.resolve(given["cid"])
    return await services.store.latest() if given["continue_last"] else None
