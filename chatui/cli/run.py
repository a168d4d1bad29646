"""`chatui run`: a chain of prompts from the shell."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from contextlib import aclosing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from chatui.cli import names
from chatui.cli.confirmation import YES, confirming
from chatui.cli.given_text import STDIN, read_files, read_stdin
from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.names import completing
from chatui.cli.output import complain, print_json, print_line, print_table, warn
from chatui.cli.question import BACKGROUND_SECONDS, Amount
from chatui.cli.sampling import assigned
from chatui.domain.errors import UsageError

if TYPE_CHECKING:
    from chatui.assistant.chains.chain import Chain
    from chatui.assistant.chains.events import RunEnded
    from chatui.assistant.chains.state import RunState
    from chatui.bootstrap.chains import Chains
    from chatui.bootstrap.services import Services


def chain_names(run: Invocation) -> Iterable[tuple[str, str]]:
    return [(one.name, one.wrong or one.description) for one in opened(run).listed()]


@click.command()
@click.argument("chain", required=False, shell_complete=completing(chain_names))
@click.option(
    "-m",
    "--model",
    default="",
    shell_complete=completing(names.models),
    help="Model for the steps for which nothing else names one.",
)
@click.option(
    "--set",
    "variables",
    multiple=True,
    callback=assigned,
    metavar="NAME=VALUE",
    help="Variable of the chain; may be repeated.",
)
@click.option(
    "-f", "--file", "files", multiple=True, type=click.Path(), help="File for the variable input."
)
@click.option("--dry-run", is_flag=True, help="Show what would be asked, and ask nothing.")
@click.option("--resume", metavar="ID", help="Go on with this run; finished steps are kept.")
@click.option("--max-cost", type=Amount(), help="Refuse to spend more than this, in USD.")
@YES
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@shared_options
@click.pass_context
def run(
    ctx: click.Context,
    /,
    run: Invocation,
    chain: str | None,
    model: str,
    variables: dict[str, str],
    files: tuple[str, ...],
    dry_run: bool,
    resume: str | None,
    max_cost: Decimal | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Run a CHAIN of prompts: a name of the `chains` folder beside the config, or a file. Without
    one, list the chains and the runs that can be gone on with. Text that is piped in is the
    chain's variable input."""
    if chain and resume:
        raise UsageError("--resume goes on with a run, which knows its chain; leave the name out.")
    if dry_run and resume:
        raise UsageError("--dry-run shows a chain from its beginning; leave --resume out.")
    if not chain and not resume:
        if variables or files or dry_run or model or max_cost is not None:
            raise UsageError("Name the chain to run; `chatui run` lists them.")
        show_list(run, as_json=as_json)
        return
    config = run.config()
    variables = with_input(variables, files, run)

    async def work() -> int:
        from chatui.bootstrap.services import open_services
        from chatui.cli.preparation import say_preparation
        from chatui.cli.progress import warn_above

        async with await open_services(config, run.paths, say_preparation, warn_above) as services:
            confirming(services.screen, yes=yes)
            files = services.chains.runs
            if resume:
                state = await asyncio.to_thread(files.load, resume)
                state.given = {**state.given, **variables}
                state.model = model or state.model
            else:
                state = files.begun(chain="", file=chain, given=variables, model=model)
            found = await asyncio.to_thread(
                services.chains.load, state.file, state.given, state.model
            )
            state.chain, state.file = found.name, found.file
            most = max_cost if max_cost is not None else found.max_cost
            state.max_cost = state.max_cost if most is None else str(most)
            if dry_run:
                from chatui.cli.run_report import show_foreseen

                await show_foreseen(services, found, most, as_json=as_json)
                return 0
            code = await run_chain(services, found, state, as_json=as_json)
            await services.background.finish(BACKGROUND_SECONDS)
            return code

    ctx.exit(asyncio.run(work()))


def with_input(
    variables: dict[str, str], files: tuple[str, ...], run: Invocation
) -> dict[str, str]:
    """The variables that were given, with what was piped in and the texts of the files among them.
    Raises UsageError."""
    from chatui.assistant.chains.chain import INPUT

    piped = "" if STDIN in files else read_stdin(takes_files=True)
    texts = [piped, *(text for _, text in read_files(files, run).files)]
    text = "\n\n".join(one.strip("\n") for one in texts if one.strip())
    if not text:
        return variables
    if INPUT in variables:
        raise UsageError(
            f"{INPUT} is given twice: by --set, and by a pipe or -f; leave one of them out."
        )
    return variables | {INPUT: text}


async def run_chain(services: Services, chain: Chain, state: RunState, *, as_json: bool) -> int:
    """Runs it and prints what came of it; the exit code is that of the first step that failed."""
    from chatui.bootstrap.chains import forget_removed
    from chatui.cli.interrupt import stopped_by_interrupt
    from chatui.cli.run_report import RunReport, as_object

    # Of one that is gone on with, steps may be done whose key is missing now.
    await services.check_chain(chain, to_run=not state.calls)
    report, end = RunReport(chain, state, sys.stderr), None
    with stopped_by_interrupt() as stop:
        events = services.assistant.chains.run(chain, state, services.chains.runs, stop)
        try:
            async with aclosing(events):
                async for event in events:
                    end = report.follow(event) or end
        finally:
            report.clear()
    assert end is not None
    report.sum_up(end)
    if as_json:
        costs = await services.store.costs(state.conversation)
        print_json(as_object(chain, state, end, services.prices.conversion.total(costs)))
    elif end.output is not None:
        from chatui.cli.markdown import print_markdown

        print_markdown(end.output)
    await forget_removed(services.store, services.chains.runs)
    if end.output is not None:
        return 0
    return told_end(end, state)


def told_end(end: RunEnded, state: RunState) -> int:
    """Says how to go on with a run that did not come to its end; its exit code."""
    from chatui.cli.interrupt import EXIT_INTERRUPTED

    if end.error is not None and not any(one.error is end.error for one in end.outcomes):
        complain(str(end.error))
    warn(f"`chatui run --resume {state.id}` goes on; finished steps are not asked again.")
    if end.interrupted or end.error is None:
        return EXIT_INTERRUPTED
    return end.error.exit_code


def show_list(run: Invocation, *, as_json: bool) -> None:
    chains = opened(run)
    listed, runs = chains.listed(), [one for one in chains.runs.all() if one.ended != "complete"]
    if as_json:
        print_json(
            {
                "chains": [
                    {
                        "name": one.name,
                        "file": str(one.file),
                        "description": one.description,
                        "steps": one.steps,
                        "vars": one.variables,
                        "error": one.wrong or None,
                    }
                    for one in listed
                ],
                "runs": [
                    {
                        "run": one.id,
                        "chain": one.chain,
                        "batch": one.batch is not None,
                        "begun": one.begun,
                        "ended": one.ended,
                    }
                    for one in runs
                ],
            }
        )
        return
    if listed:
        rows = [(one.name, *(("", one.wrong) if one.wrong else described(one))) for one in listed]
        print_table(("chain", "steps", "what it does"), rows)
    else:
        print_line(f"There are no chains in {chains.folder}; docs/chains.md shows how one is made.")
    if runs:
        print_line()
        print_table(
            ("unfinished run", "chain", "begun", "how it ended"),
            [(one.id, called(one), one.begun, one.ended or "in the middle") for one in runs],
        )


def called(run: RunState) -> str:
    return run.chain if run.batch is None else f"(batch) {run.chain}"


def described(one: Any) -> tuple[str, str]:
    variables = f" ({', '.join(one.variables)})" if one.variables else ""
    return " ".join(one.steps), f"{one.description}{variables}".strip()


def opened(run: Invocation) -> Chains:
    from chatui.bootstrap.chains import open_chains
    from chatui.bootstrap.profiles import open_profiles
    from chatui.bootstrap.settings import reply_settings

    config = run.config()
    return open_chains(run.paths, open_profiles(config, run.paths), reply_settings(config))
