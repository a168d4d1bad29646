"""`chatui ask`: one turn from the shell."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from chatui.cli import names
from chatui.cli.batch import batch_options, refuse_beside, run_batch, taken
from chatui.cli.chats import with_store
from chatui.cli.invocation import Invocation
from chatui.cli.markdown import print_markdown
from chatui.cli.names import completing
from chatui.cli.output import complain, print_json, print_text
from chatui.cli.question import Request, asked, question_from, question_options, require
from chatui.domain.conversation import FinishReason, TurnState
from chatui.domain.errors import ChatuiError, UsageError

if TYPE_CHECKING:
    from chatui.bootstrap.services import Services
    from chatui.cli.answer import Answer
    from chatui.cli.code_block import CodeOf
    from chatui.memory.store.store import ChatStore


CODE_OF_A_FORM = "An answer that fits a schema is JSON alone, and no block of code; leave -x out."
BESIDE_LAST = frozenset(
    {
        *("last", "extract", "as_json", "no_stream", "cid", "continue_last"),
        *("config_path", "data_dir", "debug"),
    }
)
"""Options that say something where an answer is printed again."""
ENDED = {
    TurnState.PENDING: "it is still being written",
    TurnState.INTERRUPTED: "it was stopped",
    TurnState.FAILED: "it failed",
}
WHOLE = (FinishReason.STOP, None)


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
@click.option("--count", is_flag=True, help="With --dry-run, have the provider count the prompt.")
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
    count: bool,
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
        refuse_beside_last(ctx)
        done = with_store(run, partial(last_answer, given["cid"]))
        ctx.exit(show_again(done, extract=extract, as_json=as_json))
    question = question_from(prompt, files, run, given)
    if not (given["continue_last"] or given["cid"]):
        require(question)
    if dry_run and not question:
        raise UsageError("--dry-run shows a question as it would be sent; give a PROMPT.")
    if count and not dry_run:
        raise UsageError("--count has a prompt counted that is not asked; give --dry-run with it.")
    if extract and given["schema"]:
        raise UsageError(CODE_OF_A_FORM)
    several = len(models) > 1 or len(given["profiles"]) > 1
    stream = not (extract or no_stream or as_json or several)
    work = partial(plan_shown, counted=count) if dry_run else partial(answer_all, extract=extract)
    ctx.exit(asked(run, question, models, given, work, stream=stream, as_json=as_json))


def refuse_beside_last(ctx: click.Context) -> None:
    """Raises UsageError for an option that has no meaning where nothing is asked."""
    for option in ctx.command.params:
        name = option.name or ""
        given = ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if given and name not in BESIDE_LAST:
            told = option.opts[0] if isinstance(option, click.Option) else "the PROMPT"
            raise UsageError(f"--last asks nothing; leave it out, or {told}.")


async def plan_shown(services: Services, request: Request, *, counted: bool) -> int:
    from chatui.cli.dry_run import show_plan

    return await show_plan(services, request, counted=counted)


async def last_answer(cid: str | None, store: ChatStore) -> Answer:
    """The newest answer of the conversation, or of the one that was last written to, with the
    `error` of one that is not whole. Raises UsageError without one, NoSuchConversation."""
    from chatui.cli.answer import Answer

    found = await (store.resolve(cid) if cid else store.latest())
    turns = (await store.load(found)).turns if found else ()
    if not turns:
        raise UsageError("There is no answer yet; ask something first.")
    turn = turns[-1].turn
    ended = ENDED.get(turn.state)
    why = f" ({turn.reply.error.rstrip('.')})" if turn.reply.error else ""
    error = None
    if not turn.reply.text:
        error = ChatuiError(f"The last question got no answer; ask it again{why}.")
    elif ended:
        error = ChatuiError(f"The last answer is not whole: {ended}{why}.")
    return Answer(found or "", turns[-1].id, turn, None, error=error)


def show_again(done: Answer, *, extract: bool, as_json: bool) -> int:
    """Prints a stored answer, also in part; the exit code."""
    code = 0
    if done.turn.reply.text or as_json:
        code = show(done, extract=extract, as_json=as_json)
    if done.error is not None:
        complain(str(done.error))
        return done.error.exit_code
    return code


def show(done: Answer, *, extract: bool, as_json: bool, streamed: bool = False) -> int:
    """Prints an answer as it was wanted; the exit code."""
    from chatui.cli.answer import as_object, print_answer

    code = code_of(done) if extract else None
    if as_json:
        print_json(as_object(done) | ({"code": code and code.code} if extract else {}))
    elif code is not None:
        print_text(code.code, end="" if code.code.endswith("\n") or not code.code else "\n")
    elif not extract:
        print_answer(done, streamed=streamed)
    if not extract:
        return 0
    return told_code(done, code)


def code_of(done: Answer) -> CodeOf | None:
    from chatui.cli.code_block import first_code_block

    return first_code_block(done.turn.reply.text)


def told_code(done: Answer, code: CodeOf | None) -> int:
    """Says what is missing of the code that was wanted; the exit code. What a model ended without
    closing its fence is whole all the same: a stop sequence may have taken it."""
    cut_off = done.turn.reply.finish_reason not in WHOLE
    if code is None:
        complain("The answer has no code block; `chatui ask --last` prints it.")
    elif cut_off and not code.whole:
        complain("The answer was cut off within this code; `chatui ask -c -x` goes on with it.")
    else:
        return 0
    return 1


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
    if extract and request.formed:
        raise UsageError(CODE_OF_A_FORM)
    done = await answer(services, request)
    wrong = failed(done)
    if wrong is None:
        code = show(done, extract=extract, as_json=request.as_json, streamed=request.stream)
        warn_of_limits([done])
        return code
    code, sentence = wrong
    if request.as_json:
        print_json(as_object(done))
    elif not request.stream and not extract:
        print_markdown(done.turn.reply.text)
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
