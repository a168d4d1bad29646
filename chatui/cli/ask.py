"""`chatui ask`: one turn from the shell."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from chatui.cli import names
from chatui.cli.batch import batch_options, refuse_beside, run_batch, taken
from chatui.cli.chats import with_store
from chatui.cli.invocation import Invocation
from chatui.cli.names import completing
from chatui.cli.output import complain, print_json, print_text, read_stdin, warn
from chatui.cli.question import Request, asked, question_from, question_options
from chatui.domain.errors import UsageError

if TYPE_CHECKING:
    from chatui.bootstrap.services import Services
    from chatui.cli.answer import Answer
    from chatui.memory.store.store import ChatStore


@click.command()
@click.option(
    "-m",
    "--model",
    "models",
    multiple=True,
    shell_complete=completing(names.models),
    help="Model; several answer side by side.",
)
@click.option("-x", "--extract", is_flag=True, help="Print the answer's first code block only.")
@click.option("--last", is_flag=True, help="Print the last answer again, and ask nothing.")
@click.option("--dry-run", is_flag=True, help="Show what would be sent, and send nothing.")
@click.option("--no-stream", is_flag=True, help="Print the answer when it is whole.")
@batch_options
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
    extract: bool,
    last: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Ask one question and print the answer. Text that is piped in comes before PROMPT.

    With --batch, ask all prompts of a file, and print a line of JSON for each."""
    asks_many = taken(given)
    if asks_many.any:
        refuse_beside(given | {"prompt": prompt, "files": files, "extract": extract, "last": last})
        ctx.exit(run_batch(run, asks_many, models, given, dry_run=dry_run, as_json=as_json))
    if last:
        if prompt is not None:
            raise UsageError("--last asks nothing; leave it out, or the PROMPT.")
        show(with_store(run, partial(last_answer, given["cid"])), extract=extract, as_json=as_json)
        return
    piped = read_stdin()
    goes_on = bool(given["continue_last"] or given["cid"]) and not (
        prompt or piped.strip() or files
    )
    question = "" if goes_on else question_from(prompt, piped, files)
    several = len(models) > 1 or len(given["profiles"]) > 1
    stream = not (extract or no_stream or as_json or several)
    work = plan_shown if dry_run else partial(answer_all, extract=extract)
    ctx.exit(asked(run, question, models, given, work, stream=stream, as_json=as_json))


async def plan_shown(services: Services, request: Request) -> int:
    from chatui.cli.dry_run import show_plan

    return await show_plan(services, request)


async def last_answer(cid: str | None, store: ChatStore) -> Answer:
    """The newest answer of the conversation, or of the one that was last written to. Raises
    UsageError without one, NoSuchConversation."""
    from chatui.cli.answer import Answer

    found = await (store.resolve(cid) if cid else store.latest())
    turns = (await store.load(found)).turns if found else ()
    for stored in reversed(turns):
        if stored.turn.reply.text:
            return Answer(found or "", stored.id, stored.turn, None)
    raise UsageError("There is no answer yet; ask something first.")


def show(done: Answer, *, extract: bool, as_json: bool, streamed: bool = False) -> None:
    """Prints an answer as it was wanted."""
    from chatui.cli.answer import as_object, print_answer
    from chatui.cli.markdown import first_code_block

    if as_json:
        print_json(as_object(done))
    elif extract:
        code = first_code_block(done.turn.reply.text)
        if code is None:
            warn("The answer has no code block; this is all of it.")
        print_text(done.turn.reply.text if code is None else code.removesuffix("\n"))
    else:
        print_answer(done, streamed=streamed)


async def answer_all(services: Services, request: Request, *, extract: bool) -> int:
    """Answers with each model. An error of the only model is raised; of several see
    `lanes.exit_code`."""
    from chatui.cli.answer import answer, as_object, failed
    from chatui.cli.near_limits import warn_of_limits

    if len(request.lanes) > 1:
        if not request.question:
            raise UsageError("An answer is gone on with by one model; name one, or a PROMPT.")
        if extract:
            raise UsageError("-x prints the code of one answer; name one model and one profile.")
        return await answer_side_by_side(services, request)
    done = await answer(services, request)
    wrong = failed(done)
    if wrong is None:
        show(done, extract=extract, as_json=request.as_json, streamed=request.stream)
        warn_of_limits([done])
        return 0
    code, sentence = wrong
    if request.as_json:
        print_json(as_object(done))
    elif not request.stream and done.turn.reply.text:
        print_text(done.turn.reply.text)
    if sentence:
        complain(sentence)
    return code


async def answer_side_by_side(services: Services, request: Request) -> int:
    """The same question to all models, with each of the profiles, at once; their answers in the
    order in which those were named."""
    from chatui.cli.answer import as_object
    from chatui.cli.interrupt import stopped_by_interrupt
    from chatui.cli.lanes import answered, exit_code, print_lane, say_failure
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
