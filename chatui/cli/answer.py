"""One answer on the command line: streamed, collected, printed."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatui.assistant.events import DocumentTaken, MeterChanged, TurnSettled, retry_told
from chatui.cli.interrupt import EXIT_INTERRUPTED
from chatui.cli.markdown import answer_stream, print_markdown
from chatui.cli.output import Stream, Styled, draw_over, plain, warn, wipe
from chatui.domain.conversation import FinishReason, TurnState
from chatui.domain.errors import BudgetExceeded, ChatuiError
from chatui.models.base import ReasoningDelta, Retrying, TextDelta, TextTakenBack
from chatui.system.streams import closed_behind

if TYPE_CHECKING:
    from chatui.bootstrap.services import Services
    from chatui.cli.question import Request
    from chatui.cost.reading import MeterReading
    from chatui.domain.conversation import Reply, Turn
    from chatui.domain.passage import Passage
    from chatui.jobs.profiles import ReplySettings


@dataclass(frozen=True, slots=True)
class Answer:
    conversation: str
    turn_id: str
    turn: Turn
    reading: MeterReading | None
    data: Any = None
    profile: str = ""
    retries: tuple[Retrying, ...] = ()
    error: ChatuiError | None = None


async def answer(services: Services, request: Request) -> Answer:
    """Asks one model. Raises what keeps the question from being asked; what ended the turn is the
    answer's `error`. Ctrl+C settles it with what had come."""
    from chatui.cli.interrupt import stopped_by_interrupt

    settings = request.settings
    reading, settled, error = None, None, None
    retries: list[Retrying] = []
    with (
        closing(answer_stream()) as said,
        closing(Stream(aside=True)) as thought,
        stopped_by_interrupt() as stop,
    ):
        if request.question or request.conversation_id is None:
            events = services.assistant.reply(
                request.conversation_id, request.question, settings, stop=stop, ask=request.ask
            )
        else:
            events = services.assistant.go_on(request.conversation_id, settings, stop=stop)
        try:
            async with closed_behind(events):
                async for event in events:
                    match event:
                        case TextDelta(text) if request.stream:
                            thought.end_line()
                            said.feed(text)
                        case ReasoningDelta(text) if request.stream:
                            said.step_aside()
                            thought.feed(text)
                        case TextTakenBack() if request.stream:
                            said.feed("\n\n")
                            warn("What stands above was reasoning; the answer follows.")
                        case Retrying(seconds=seconds):
                            retries.append(event)
                            said.step_aside()
                            warn(f"{retry_told(event, seconds)}.")
                        case DocumentTaken():
                            said.step_aside()
                            show_sections(event)
                        case MeterChanged():
                            reading = event.reading
                        case TurnSettled():
                            settled = event
        except ChatuiError as failure:
            if settled is None:
                raise
            error = failure
    assert settled is not None
    done = Answer(
        settled.conversation_id,
        settled.turn_id,
        settled.turn,
        reading,
        profile=settings.profile,
        retries=tuple(retries),
        error=error,
    )
    return with_data(done, settings)


def with_data(done: Answer, settings: ReplySettings) -> Answer:
    """The answer with the object that it holds, where it is whole and was to fit a schema."""
    reply = done.turn.reply
    schema = settings.unfilled(reply.model).options.json_schema
    if schema is None or done.turn.state is not TurnState.COMPLETE:
        return done
    from chatui.jobs.schema import parse

    return replace(done, data=parse(reply.text, dict(schema)))


def failed(done: Answer) -> tuple[int, str] | None:
    """The exit code and the sentence of an answer that is not whole."""
    if done.error is not None:
        return done.error.exit_code, str(done.error)
    if done.turn.state is TurnState.INTERRUPTED:
        return EXIT_INTERRUPTED, ""
    return None


def as_object(done: Answer) -> dict[str, Any]:
    """The contract's `ask` document."""
    from chatui.text.citations.marks import MarkForm

    reply = done.turn.reply
    form = MarkForm(reply.mark_prefix)
    usage, cost, timing = reply.usage, reply.cost, reply.timing
    return {
        "conversation": done.conversation,
        "turn": done.turn_id,
        "model": reply.model,
        "profile": done.profile or None,
        "text": reply.text,
        "reasoning": reply.reasoning,
        "citations": [
            {
                "n": one.n,
                "mark": form.written([one.n]),
                **plain(one.passage),
                "marked": one.marked,
                "added": list(one.added),
                "support": [list(span) for span in one.support],
            }
            for one in reply.citations
        ],
        "dangling": list(reply.dangling),
        "sources": sources_of(done.turn),
        "usage": plain(usage) if usage else None,
        "cost": {
            "amount": cost.amount if cost else None,
            "currency": cost.currency if cost else "USD",
            "price_source": cost.source if cost else "unknown",
            "estimated": cost.estimated if cost else False,
        },
        "ttft_ms": milliseconds(timing.first_token) if timing else None,
        "tokens_per_second": speed(reply),
        "between_tokens_ms": between(reply),
        "seconds": round(timing.seconds, 3) if timing else None,
        "finish_reason": finish_of(done),
        "memory": memory(done.reading),
        "limits": limits(done.reading),
        "retries": [
            {"reason": one.reason, "wait_s": round(one.seconds, 3), "attempt": one.number}
            for one in done.retries
        ],
        "data": done.data,
        **error_of(done),
    }


def sources_of(turn: Turn) -> list[dict[str, Any]]:
    """The files that the answer was drawn from, in the order of their first passage."""
    cited = {one.passage.path for one in turn.reply.citations}
    found: dict[str, dict[str, Any]] = {}
    for passage in turn.passages:
        one = found.setdefault(
            passage.path,
            {
                "source": passage.source,
                "path": passage.path,
                "collection": passage.collection or None,
                "passages": 0,
                "cited": passage.path in cited,
            },
        )
        one["passages"] += 1
    return list(found.values())


def show_sections(event: DocumentTaken) -> None:
    """What a document takes, and on a terminal how many of its sections are summed up, in one
    line."""
    if not event.total:
        warn(event.text)
    elif event.done == event.total:
        wipe(sys.stderr)
    elif sys.stderr.isatty():
        draw_over(sys.stderr, f"{event.text}: {event.done}/{event.total} sections")


def finish_of(done: Answer) -> str | None:
    """How it ended, by the contract's name."""
    if isinstance(done.error, BudgetExceeded):
        return "budget"
    reason = done.turn.reply.finish_reason
    return "interrupted" if reason is FinishReason.CANCELLED else reason


def error_of(done: Answer) -> dict[str, Any]:
    if done.error is not None:
        return {"error": {"kind": type(done.error).__name__, "message": str(done.error)}}
    if done.turn.state is TurnState.INTERRUPTED:
        return {"error": {"kind": "Interrupted", "message": "The reply was stopped."}}
    return {}


def milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)


def speed(reply: Reply) -> float | None:
    if reply.timing is None or reply.usage is None:
        return None
    found = reply.timing.tokens_per_second(reply.usage)
    return None if found is None else round(found, 1)


def between(reply: Reply) -> dict[str, float | None] | None:
    """The mean time from one token to the next, and those between the pieces as they came."""
    timing = reply.timing
    if timing is None or timing.gaps is None:
        return None
    return {
        "mean": milliseconds(timing.between_tokens(reply.usage)),
        "p95": milliseconds(timing.gaps.p95),
        "longest": milliseconds(timing.gaps.longest),
    }


def limits(reading: MeterReading | None) -> list[dict[str, Any]]:
    """What the provider says is left of its limits; empty where it says nothing."""
    return [
        {"what": one.what, "left": one.left, "most": one.most, "resets_s": one.resets}
        for one in (reading.limits if reading else ())
    ]


def memory(reading: MeterReading | None) -> dict[str, Any] | None:
    if reading is None:
        return None
    state = reading.memory
    return {
        "strategy": state.strategy,
        "context_tokens": reading.turn.prompt,
        "cap": state.cap,
        "dropped_turns": state.dropped_turns,
        "summary_tokens": state.summary_tokens,
        "recalled": state.recalled,
        "cut_tokens": state.cut_tokens,
        "notes": state.notes,
    }


def print_answer(done: Answer, *, streamed: bool, measured: bool = True) -> None:
    """The text to stdout, unless it has been streamed there; sources, and its figures where
    that is a terminal, to stderr."""
    from chatui.text.citations.marks import MarkForm
    from chatui.text.citations.written import dangling_sentence, incomplete_sentences, located
    from chatui.text.endings import ending
    from chatui.text.figures import approximate, money, tokens

    reply = done.turn.reply
    if not streamed:
        print_markdown(reply.text)
    if done.reading and done.reading.memory.cut_tokens:
        cut = tokens(done.reading.memory.cut_tokens)
        warn(f"The question was too long: {cut} tokens of its middle were not sent.")
    form = MarkForm(reply.mark_prefix)
    for citation in reply.citations:
        place = located(shortest(citation.passage), citation.passage, citation.line)
        matched = "" if citation.marked else " (added by matching)"
        warn(f"{form.written([citation.n])} {place}{matched}")
    if reply.dangling:
        warn(f"{dangling_sentence(len(reply.dangling))}.")
    for sentence in incomplete_sentences(reply.citations):
        warn(f"{sentence}.")
    if reply.finish_reason is FinishReason.LENGTH:
        warn("The answer was cut off at its limit; `chatui ask -c` goes on with it.")
    elif done.error is None and (clause := ending(reply)):
        warn(f"{clause[0].upper()}{clause[1:]}.")
    if measured and reply.usage and sys.stderr.isatty():
        usage = approximate(f"{tokens(reply.usage.prompt)} in, {tokens(reply.usage.output)} out",
                            reply.usage.estimated)  # fmt: skip
        warn(Styled(f"{reply.model} · {usage} · {money(reply.cost)}", dim=True))


def shortest(passage: Passage) -> str:
    """The file as it is named from the current folder, which a terminal opens at a click; by
    its whole path when it lies elsewhere."""
    path = Path(passage.path)
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return passage.path or passage.source
