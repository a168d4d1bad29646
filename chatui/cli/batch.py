"""`chatui ask --batch`: many prompts from the shell, and a line of JSON for each."""

from __future__ import annotations

import asyncio
import functools
import sys
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from chatui.cli.confirmation import confirming
from chatui.cli.given_text import read_stdin
from chatui.cli.invocation import Invocation
from chatui.domain.errors import ChatuiError, UsageError

if TYPE_CHECKING:
    from chatui.assistant.batches.lines import BatchLine
    from chatui.assistant.batches.run import BatchCall
    from chatui.assistant.chains.state import RunState
    from chatui.bootstrap.services import Services

Function = TypeVar("Function", bound=Callable[..., Any])

JOBS = 4
"""Calls side by side, where nothing else is said."""
MOST_JOBS = 256
STDIN = "-"
KEPT = ("system", "profiles", "variables", "options", "collection", "no_rag", "schema")
"""Options that a batch is gone on with; the model and the budget are beside them."""


@dataclass(frozen=True, slots=True)
class Batched:
    """What of the options is of batches alone."""

    file: str | None
    jobs: int
    resume: str | None
    collect: str | None
    by_provider: bool

    @property
    def any(self) -> bool:
        return bool(self.file or self.resume or self.collect or self.by_provider)


def batch_options(function: Function) -> Function:
    options = (
        click.option(
            "--batch",
            metavar="FILE|-",
            type=click.Path(),
            help="Ask all prompts of a file: JSON lines, or a prompt a line.",
        ),
        click.option(
            "--jobs",
            type=click.IntRange(1, MOST_JOBS),
            default=JOBS,
            show_default=True,
            help="Prompts of a batch that are asked at a time.",
        ),
        click.option("--resume", metavar="ID", help="Go on with this batch."),
        click.option(
            "--provider-batch",
            is_flag=True,
            help="Send the batch to the provider's batch endpoint, to be collected later.",
        ),
        click.option("--collect", metavar="ID", help="Fetch the answers of a batch that was sent."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def taken(given: dict[str, Any]) -> Batched:
    """The options of batches, taken out of those of a question."""
    return Batched(
        given.pop("batch"),
        given.pop("jobs"),
        given.pop("resume"),
        given.pop("collect"),
        given.pop("provider_batch"),
    )


def refuse_beside(given: dict[str, Any]) -> None:
    """Raises UsageError for an option that has no meaning for a batch."""
    named = {
        "prompt": "PROMPT",
        "files": "-f",
        "extract": "-x",
        "last": "--last",
        "cid": "--cid",
        "continue_last": "-c",
    }
    for key, told in named.items():
        if given.get(key):
            raise UsageError(f"A batch takes its prompts from its file; leave {told} out.")


def run_batch(
    run: Invocation,
    batched: Batched,
    models: tuple[str, ...],
    given: dict[str, Any],
    *,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Asks, or foretells, and returns the exit code."""
    if len(models) > 1 or len(given["profiles"]) > 1:
        raise UsageError(
            "A batch has one model and one profile; its lines may name others, under the keys "
            "model and profile."
        )
    if batched.collect and (batched.file or batched.resume or batched.by_provider or dry_run):
        raise UsageError(
            "--collect fetches what was sent; it goes with no other option of batches."
        )
    if batched.by_provider and not (batched.file or batched.resume):
        raise UsageError("--provider-batch sends a batch: name its file with --batch.")
    if dry_run and batched.resume:
        raise UsageError("--dry-run shows a batch from its beginning; leave --resume out.")
    text = None if batched.file is None else read_batch(batched.file)
    config = run.config()

    async def work() -> int:
        from chatui.bootstrap.services import open_services
        from chatui.cli.preparation import say_preparation
        from chatui.cli.progress import warn_above
        from chatui.cli.question import BACKGROUND_SECONDS

        async with await open_services(
            config, run.paths, say_preparation, warn_above, together=batched.jobs
        ) as services:
            confirming(services.screen, yes=given["yes"])
            state = await opened(services, batched, models, given, text)
            lines = await prompts(services, state, text)
            # One that is gone on with may be answered already where a key is missing now.
            fresh = not (dry_run or batched.collect or batched.resume)
            calls = await prepared(services, state, lines, to_ask=fresh)
            if dry_run:
                from chatui.cli.batch_foretold import foretell

                return await foretell(services, calls, as_json=as_json)
            if batched.collect or batched.by_provider:
                from chatui.cli.batch_sent import collect, send

                if batched.collect:
                    return await collect(services, state, calls)
                return await send(services, state, calls, text)
            code = await ask_all(services, state, calls, text, batched)
            await services.background.finish(BACKGROUND_SECONDS)
            return code

    return asyncio.run(work())


def read_batch(file: str) -> str:
    """The text of the file, or of what is piped in. Raises UsageError."""
    from chatui.system.files import read_plain

    if file == STDIN:
        return read_stdin()
    try:
        return read_plain(Path(file)).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise UsageError(f"There is no file {file}; check the path.") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise UsageError(
            f"{file}, line {line}: this is no UTF-8; save the file as that."
        ) from error
    except OSError as error:
        raise UsageError(f"{file} can't be read: {error.strerror}.") from error


async def opened(
    services: Services,
    batched: Batched,
    models: tuple[str, ...],
    given: dict[str, Any],
    text: str | None,
) -> RunState:
    """The run to begin, or to go on with: what is given now wins over what was given then."""
    files = services.chains.runs
    own = {key: given[key] for key in KEPT if given[key]}
    if own.get("schema"):
        own["schema"] = absolute(own["schema"])
    if named := batched.resume or batched.collect:
        state = await asyncio.to_thread(files.load, named, batch=True)
        if state.sent and batched.resume:
            raise UsageError(
                f"The batch {state.id} is with its provider; `chatui ask --collect {state.id}` "
                "fetches the answers first."
            )
        state.batch = {**(state.batch or {}), **own}
    else:
        name = "stdin" if batched.file in {None, STDIN} else Path(str(batched.file)).name
        state = files.begun(chain=name, file="", batch=own)
    if batched.file not in {None, STDIN}:
        state.file = absolute(str(batched.file))
    state.model = models[0] if models else state.model
    if given["max_cost"] is not None:
        state.max_cost = str(given["max_cost"])
    return state


def absolute(name: str) -> str:
    """The path of a file from anywhere; `MODULE:TYPE` as it is."""
    from chatui.system.files import at_home, is_there

    path = at_home(name)
    return str(path.absolute()) if is_there(path) else name


async def prompts(services: Services, state: RunState, text: str | None) -> list[BatchLine]:
    """The lines that were given now, or those of the run. Raises UsageError."""
    from chatui.assistant.batches.lines import read_lines

    name = state.file or state.chain

    def read() -> list[BatchLine]:
        return read_lines(services.chains.runs.lines(state.id) if text is None else text, name)

    return await asyncio.to_thread(read)


async def prepared(
    services: Services, state: RunState, lines: Sequence[BatchLine], *, to_ask: bool
) -> list[BatchCall]:
    """Each line with its settings and its model, before anything is paid. Raises UsageError,
    UnknownModel and the like, with the file and the line of what is wrong with one; where they are
    `to_ask`, AuthenticationFailed for a model whose key is missing."""
    from chatui.assistant.batches.run import BatchCall
    from chatui.cli.question import lanes, read_schema
    from chatui.jobs.profiles import settings_on
    from chatui.models.catalog import AUTO

    asked = dict.fromkeys(KEPT) | dict(state.batch or {})
    schema = await asyncio.to_thread(read_schema, asked["schema"])
    if schema is not None and (asked["options"] or {}).get("grammar") is not None:
        raise UsageError("Give --schema or a grammar, not both: an answer has one form.")
    load = functools.cache(services.profiles.load)
    # What `auto` means may change between two tries, and that must not ask all lines anew.
    names: dict[str, str] = {}
    if settled := asked.get(AUTO):
        names[AUTO] = settled
    calls = []
    for line in lines:
        profiles = [line.profile] if line.profile else asked["profiles"] or []
        given = {
            "system": asked["system"] if line.system is None else line.system,
            "profiles": profiles,
            "variables": {**(asked["variables"] or {}), **line.variables},
            "options": asked["options"] or {},
            "collection": asked["collection"],
            "no_rag": bool(asked["no_rag"]),
            "no_memory": True,
            "max_cost": None,
        }
        model = line.model or state.model
        try:
            if line.variables and not (profiles or services.start_profile):
                raise UsageError(
                    "vars are for a profile's prompt: name the profile, in the line or with -p."
                )
            (settings,) = await asyncio.to_thread(
                lanes, services, (model,) if model else (), schema, given, load
            )
            if settings.model not in names:
                named = services.answering_model if to_ask else services.assistant.model_name
                names[settings.model] = await named(settings)
            full = names[settings.model]
            if settings.needs_thread:
                await settings_on(settings, full)
        except ChatuiError as error:
            place = f"{state.file or state.chain}, line {line.number}"
            raise type(error)(f"{place}: {error}") from error
        calls.append(BatchCall(line, settings, full))
    if AUTO in names:
        state.batch = {**(state.batch or {}), AUTO: names[AUTO]}
    return calls


async def ask_all(
    services: Services,
    state: RunState,
    calls: Sequence[BatchCall],
    text: str | None,
    batched: Batched,
) -> int:
    """Asks all lines, prints what they said in their order, and says how it went."""
    from chatui.assistant.batches.run import begin
    from chatui.bootstrap.chains import forget_removed
    from chatui.cli.batch_report import BatchReport
    from chatui.cli.interrupt import stopped_by_interrupt

    files = services.chains.runs
    lock = await asyncio.to_thread(files.taken, state.id)
    try:
        await begin(services.store, files, state, text)
        report = BatchReport(state, calls, sys.stderr)
        with stopped_by_interrupt() as stop:
            outcomes = services.assistant.batches.run(
                calls, state, files, jobs=batched.jobs, stop=stop
            )
            try:
                async with aclosing(outcomes):
                    async for outcome in outcomes:
                        report.follow(outcome)
                state.ended = report.ended
            # Also Ctrl+C: the file must not say that it still runs.
            except BaseException:
                state.ended = "interrupted"
                raise
            finally:
                report.clear()
                await asyncio.to_thread(files.save, state)
    finally:
        lock.close()
    await forget_removed(services.store, files)
    costs = await services.store.costs(state.conversation)
    return report.sum_up(services.prices.conversion.total(costs))
