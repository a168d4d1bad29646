"""`chatui ask`: one turn from the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from chatui.cli.invocation import Invocation
from chatui.cli.output import print_json, read_stdin
from chatui.cli.question import Request, asked, question_from, question_options

if TYPE_CHECKING:
    from chatui.bootstrap.services import Services


@click.command()
@click.option("-m", "--model", "models", multiple=True, help="Model; several answer side by side.")
@click.option("--dry-run", is_flag=True, help="Show what would be sent, and send nothing.")
@click.option("--no-stream", is_flag=True, help="Print the answer when it is whole.")
@question_options
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
    stream = not (no_stream or as_json or len(models) > 1 or len(given["profiles"]) > 1)
    work = plan_shown if dry_run else answer_all
    ctx.exit(asked(run, question, models, given, work, stream=stream, as_json=as_json))


async def plan_shown(services: Services, request: Request) -> int:
    from chatui.cli.dry_run import show_plan

    return await show_plan(services, request)


async def answer_all(services: Services, request: Request) -> int:
    """Answers with each model. An error of the only model is raised; of several see
    `lanes.exit_code`."""
    from chatui.cli.answer import answer, as_object, print_answer
    from chatui.cli.near_limits import warn_of_limits

    if len(request.lanes) > 1:
        return await answer_side_by_side(services, request)
    done = await answer(services, request)
    if request.as_json:
        print_json(as_object(done))
    else:
        print_answer(done, streamed=request.stream)
    warn_of_limits([done])
    return 0


async def answer_side_by_side(services: Services, request: Request) -> int:
    """The same question to all models, with each of the profiles, at once; their answers in the
    order in which those were named."""
    from chatui.cli.answer import as_object
    from chatui.cli.lanes import answered, exit_code, print_lane, say_failure, stopped_by_interrupt
    from chatui.cli.near_limits import warn_of_shared_limits

    with stopped_by_interrupt() as stop:
        told = answered(services, request, stop, distinct=False)
        lanes = sorted([lane async for lane in told], key=lambda lane: lane.place)
    for lane in lanes:
        say_failure(lane)
        if not request.as_json:
            print_lane(lane)
    if request.as_json:
        whole = [lane.answer for lane in lanes if lane.answer and not lane.failed]
        print_json([as_object(one) for one in whole])
    answers = [lane.answer for lane in lanes if lane.answer]
    await warn_of_shared_limits(services, answers, request.settings.max_cost)
    return exit_code(lanes, interrupted=stop.is_set())
