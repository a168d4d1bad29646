"""`chatui eval`: how well a collection answers the user's own questions."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, get_args

import click

from chatui.cli import names
from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.names import completing
from chatui.cli.output import draw_over, print_json, print_line, print_table, warn, wipe
from chatui.cli.preparation import say_preparation
from chatui.cli.progress import warn_above
from chatui.config.schema import SearchMode
from chatui.domain.errors import UsageError
from chatui.system.files import read_plain

if TYPE_CHECKING:
    from chatui.bootstrap.documents import Documents
    from chatui.domain.passage import Passage
    from chatui.models.base import ChatModel
    from chatui.retrieval.evaluation import Figures, Ranked, Refusals
    from chatui.retrieval.questions import Question

MODES: tuple[SearchMode, ...] = ("dense", "lexical", "hybrid")
PLAIN_EVERY = 100
"""Questions between two lines of progress where no terminal shows them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question: by mode, and whether it would have been refused."""

    question: Question
    ranks: dict[SearchMode, Ranked]
    refused: bool


@click.command("eval")
@click.argument("questions", type=click.Path())
@click.option(
    "--collection", shell_complete=completing(names.collections), help="Collection to ask."
)
@click.option("--mode", type=click.Choice(get_args(SearchMode)), help="One leg only.")
@click.option("--json", "as_json", is_flag=True)
@shared_options
def evaluate(
    run: Invocation, questions: str, collection: str | None, mode: SearchMode | None, as_json: bool
) -> None:
    """Measure how well your documents answer the QUESTIONS of a file.

    QUESTIONS has one JSON object a line: "question", and what is known of its answer. A
    passage is right when it fits all that is given of "source" (the file), "answer" (text
    of the document), "page", "heading", "line", and "spans" ([{"start", "end"}], in
    characters). {"question": "…", "none": true} has no answer in the documents.
    """
    config = run.config()
    asked = read_file(Path(questions))
    name = collection or config.retrieval.collection
    modes = (mode,) if mode else MODES
    from chatui.bootstrap.documents import open_documents

    async def work() -> list[Outcome]:
        async with open_documents(config, run.paths, say_preparation, warn_above) as documents:
            return await ask_all(documents, asked, name, modes)

    outcomes = asyncio.run(work())
    if as_json:
        print_json(document(name, modes, outcomes))
    else:
        print_figures(name, modes, outcomes)


def read_file(path: Path) -> list[Question]:
    """Raises UsageError that names the file, the line and what is wrong with it."""
    from chatui.retrieval.questions import BadQuestion, read_questions

    try:
        lines = read_plain(path).decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"{path} cannot be read ({reason}); name a text file.") from error
    try:
        found = read_questions(lines)
    except BadQuestion as error:
        raise UsageError(f"{path}, line {error.line}: {error}; mend that line.") from error
    if not found:
        raise UsageError(f"{path} holds no questions; see `chatui eval -h` for their form.")
    return found


async def ask_all(
    documents: Documents,
    questions: Sequence[Question],
    collection: str,
    modes: Sequence[SearchMode],
) -> list[Outcome]:
    from chatui.bootstrap.documents import for_sentences
    from chatui.models.extractive.model import ExtractiveModel
    from chatui.retrieval.evaluation import DEEPEST, ranked

    model = ExtractiveModel(for_sentences(documents.embedder).embed_documents)
    await documents.library.collection(collection)
    outcomes = []
    for number, question in enumerate(questions, start=1):
        ranks: dict[SearchMode, Ranked] = {}
        passages: tuple[Passage, ...] = ()
        for mode in modes:
            passages = await documents.retriever.search(
                question.text, collection=collection, k=DEEPEST, mode=mode
            )
            ranks[mode] = ranked(question, passages)
        # The last mode is hybrid, or the one that was asked for.
        outcomes.append(Outcome(question, ranks, await refuses(model, question, passages)))
        show_progress(sys.stderr, number, len(questions))
    return outcomes


async def refuses(model: ChatModel, question: Question, passages: Sequence[Passage]) -> bool:
    """Whether the built-in model finds no answer in the passages: it cites whatever it says."""
    from chatui.domain.conversation import Message, Role
    from chatui.models.base import Finished, ModelRequest

    asked = Message(Role.USER, question.text)
    request = ModelRequest((asked,), question=question.text, passages=tuple(passages))
    async with aclosing(model.stream(request)) as events:  # type: ignore[type-var]
        async for event in events:
            if isinstance(event, Finished):
                return not event.cited
    return True


def show_progress(stream: TextIO, done: int, total: int) -> None:
    if done == total:
        wipe(stream)
    elif stream.isatty():
        draw_over(stream, f"{done}/{total} questions")
    elif done % PLAIN_EVERY == 0:
        warn(f"{done}/{total} questions", stream=stream)


def scored(
    modes: Sequence[SearchMode], outcomes: Sequence[Outcome]
) -> tuple[dict[SearchMode, Figures], Refusals]:
    from chatui.retrieval.evaluation import figures, refusals

    answerable = [outcome for outcome in outcomes if not outcome.question.none]
    by_mode = {mode: figures([one.ranks[mode] for one in answerable]) for mode in modes}
    said = [outcome.refused for outcome in outcomes]
    return by_mode, refusals([outcome.question for outcome in outcomes], said)


def document(
    collection: str, modes: Sequence[SearchMode], outcomes: Sequence[Outcome]
) -> dict[str, Any]:
    from chatui.retrieval.evaluation import BOUND, BOUNDED_DEPTH

    by_mode, refusals = scored(modes, outcomes)
    return {
        "collection": collection,
        "questions": len(outcomes),
        "modes": {
            mode: {
                **{f"hit@{depth}": round(share, 4) for depth, share in found.hits},
                "mrr": round(found.mrr, 4),
                f"hit@{BOUNDED_DEPTH}_within_{BOUND}": round(found.bounded, 4),
            }
            for mode, found in by_mode.items()
        },
        "refusals": refusals,
        "results": [
            {
                "line": outcome.question.line,
                "question": outcome.question.text,
                "ranks": {mode: found.rank for mode, found in outcome.ranks.items()},
                "refused": outcome.refused,
            }
            for outcome in outcomes
        ],
    }


def print_figures(
    collection: str, modes: Sequence[SearchMode], outcomes: Sequence[Outcome]
) -> None:
    from chatui.retrieval.evaluation import BOUND, BOUNDED_DEPTH, DEPTHS

    by_mode, refusals = scored(modes, outcomes)
    print_line(f"{collection}: {refusals.answerable} questions with an answer")
    bounded = f"hit@{BOUNDED_DEPTH} in {BOUND:,} characters"
    head = ("", *(f"hit@{depth}" for depth in DEPTHS), "MRR", bounded)
    rows = [
        (mode, *(percent(share) for _, share in found.hits), f"{found.mrr:.3f}",
         percent(found.bounded))
        for mode, found in by_mode.items()
    ]  # fmt: skip
    if refusals.answerable:
        print_table(head, rows)
        missed = ratio(refusals.missed, refusals.answerable)
        print_line(f"The built-in model finds no answer to {missed} of them.")
    if refusals.unanswerable:
        refused = ratio(refusals.refused, refusals.unanswerable)
        print_line(f"Without an answer: {refused} are refused by the built-in model.")


def percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def ratio(part: int, whole: int) -> str:
    return f"{part}/{whole} ({percent(part / whole)})"
