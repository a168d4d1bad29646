"""`chatui compare`: the same prompt on several models."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from chatui.cli.invocation import Invocation
from chatui.cli.output import print_json
from chatui.cli.question import Request, asked, question_from, question_options, require

if TYPE_CHECKING:
    from chatui.bootstrap.services import Services
    from chatui.cli.lanes import LaneOutcome


@click.command()
@click.option("-m", "--model", "models", multiple=True, help="Model to compare: two to four.")
@click.option("--diff", is_flag=True, help="Show how the answers differ from the first, by words.")
@question_options
@click.pass_context
def compare(
    ctx: click.Context,
    /,
    run: Invocation,
    prompt: str | None,
    models: tuple[str, ...],
    files: tuple[str, ...],
    diff: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Ask several models the same, and compare answers, speed and cost. Text that is piped in
    comes before PROMPT."""
    question = require(question_from(prompt, files, run, given))
    work = partial(compare_all, diff=diff)
    ctx.exit(asked(run, question, models, given, work, stream=False, as_json=as_json))


async def compare_all(services: Services, request: Request, *, diff: bool) -> int:
    """Prints each answer when it is there, then the figures of all. The exit code is that
    of `lanes.exit_code`."""
    from chatui.cli.interrupt import stopped_by_interrupt
    from chatui.cli.lane_progress import lane_progress
    from chatui.cli.lanes import answered, exit_code, print_lane, say_failure
    from chatui.cli.near_limits import warn_of_shared_limits

    lanes: list[LaneOutcome] = []
    with stopped_by_interrupt() as stop, lane_progress(sys.stderr) as progress:
        async for lane in answered(services, request, stop, on_event=progress.follow):
            lanes.append(lane)
            progress.clear()
            say_failure(lane)
            if not request.as_json:
                print_lane(lane, measured=False)
    lanes.sort(key=lambda lane: lane.place)
    if request.as_json:
        print_json(as_object(request, lanes))
    else:
        from chatui.cli.lane_tables import print_differences, print_figures

        if diff:
            print_differences(lanes)
        print_figures(lanes)
    answers = [lane.answer for lane in lanes if lane.answer]
    await warn_of_shared_limits(services, answers, request.settings.max_cost)
    return exit_code(lanes, interrupted=stop.is_set())


def as_object(request: Request, lanes: list[LaneOutcome]) -> dict[str, Any]:
    """The answers in the order of the models; in the place of one that failed its error."""
    from chatui.cli import answer

    conversation = next((one.answer.conversation for one in lanes if one.answer), None)
    return {
        "conversation": conversation,
        "question": request.question,
        "answers": [
            answer.as_object(lane.answer)
            if lane.answer and not lane.failed
            else {"model": lane.model, "error": lane.failed.message if lane.failed else ""}
            for lane in lanes
        ],
    }
