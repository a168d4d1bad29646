"""`chatui eval`: how well a collection answers the user's own questions."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
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
from chatui.system.streams import closed_behind
from chatui.text.figures import counted

if TYPE_CHECKING:
    from chatui.bootstrap.documents import Documents
    from chatui.domain.passage import Passage
    from chatui.models.base import ChatModel
    from chatui.retrieval.evaluation import Figures, Ranked, Refusals
    from chatui.retrieval.questions import Question

MODES: tuple[SearchMode, ...] = ("dense", "lexical", "hybrid")
PLAIN_EVERY = 100
"""Questions between two lines of progress where no terminal shows them."""


RERANKED = "reranked"
"""The leg of a hybrid search whose candidates a model orders anew, where one is named."""
MOST_NAMED = 5
"""Files that are named which the collection doesn't have."""
GROUP_DEPTH = 5
"""Of the figure that is printed for each language and kind of file."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question: by leg, and whether it would have been refused. `language` is
    that of the question, `kind` the suffix of the file with the answer."""

    question: Question
    ranks: dict[str, Ranked]
    refused: bool
    language: str
    kind: str


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

    QUESTIONS has one JSON object a line, or is a list of them, or a table (CSV, TSV) whose first
    row names the columns: "question", and what is known of its answer. A
    passage is right when it fits all that is given of "source" (the file), "answer" (text
    of the document), "page", "heading", "line", and "spans" ([{"start", "end"}], in
    characters). {"question": "…", "none": true} has no answer in the documents.

    The figures are told for each way of searching, by language ("language", or as it looks) and
    by kind of file: words (lexical), vectors (dense), each of the two embedding models alone,
    both together (hybrid), and ordered anew by a reranker where one is named.
    """
    config = run.config()
    asked = read_file(Path(questions))
    name = collection or config.retrieval.collection
    modes: tuple[SearchMode, ...] = (mode,) if mode else MODES
    from chatui.bootstrap.documents import open_documents

    async def work() -> list[Outcome]:
        async with open_documents(config, run.paths, say_preparation, warn_above) as documents:
            return await ask_all(documents, asked, name, modes)

    outcomes = asyncio.run(work())
    if as_json:
        print_json(document(name, outcomes))
    else:
        print_figures(name, outcomes)


def read_file(path: Path) -> list[Question]:
    """Raises UsageError that names the file, the line and what is wrong with it."""
    from chatui.domain.errors import ReadFailed
    from chatui.retrieval.chunking.document import Unreadable
    from chatui.retrieval.questions import BadQuestion, questions_in
    from chatui.retrieval.readers.decoding import decode

    try:
        # As spreadsheets save it: UTF-16, an old code page.
        text = decode(read_plain(path))
    except (OSError, Unreadable, ReadFailed) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{path} cannot be read ({reason}); name a text file.") from error
    try:
        found = questions_in(text)
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
    from chatui.bootstrap.documents import comparer
    from chatui.models.extractive.model import ExtractiveModel
    from chatui.retrieval.evaluation import DEEPEST, kind_of_file, language, ranked, without_file
    from chatui.retrieval.one_model import OneModelLegs

    model = ExtractiveModel(comparer(documents.embedder))
    row = await documents.library.collection(collection)
    files = [
        (file.source, file.path)
        for file in (await documents.library.files(row.id)).values()
        if file.outcome == "read"
    ]
    if missing := without_file(questions, files):
        warn(missing_files(missing, collection))
    reranks = documents.reranker is not None
    plain = documents.retriever.without_reranker()
    legs = OneModelLegs(documents.library, documents.embedder, collection)
    alone = "dense" in modes and len(modes) > 1
    if alone:
        await legs.load()
    outcomes = []
    for number, question in enumerate(questions, start=1):
        ranks: dict[str, Ranked] = {}
        passages: tuple[Passage, ...] = ()
        for mode in modes:
            passages = await plain.search(
                question.text, collection=collection, k=DEEPEST, mode=mode
            )
            ranks[mode] = ranked(question, passages)
            if mode == "dense" and alone:
                found = await legs.search(question.text, DEEPEST)
                ranks.update({name: ranked(question, held) for name, held in found.items()})
        if reranks and modes[-1] == "hybrid":
            passages = await documents.retriever.search(
                question.text, collection=collection, k=DEEPEST
            )
            ranks[RERANKED] = ranked(question, passages)
        # What was searched last is what the chat does, or what was asked for.
        refused = await refuses(model, question, passages)
        kind = kind_of_file(question, passages)
        outcomes.append(Outcome(question, ranks, refused, language(question), kind))
        show_progress(sys.stderr, number, len(questions))
    return outcomes


def missing_files(questions: Sequence[Question], collection: str) -> str:
    named = sorted({question.source for question in questions})
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    count = len(questions)
    return (
        f"{count} {'question is' if count == 1 else 'questions are'} about files of which "
        f"{collection} has no passage, and count as missed: {', '.join(named[:MOST_NAMED])}{more}."
    )


async def refuses(model: ChatModel, question: Question, passages: Sequence[Passage]) -> bool:
    """Whether the built-in model finds no answer in the passages: it cites whatever it says."""
    from chatui.domain.conversation import Message, Role
    from chatui.models.base import Finished, ModelRequest

    asked = Message(Role.USER, question.text)
    request = ModelRequest((asked,), question=question.text, passages=tuple(passages))
    async with closed_behind(model.stream(request)) as events:
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


def scored(outcomes: Sequence[Outcome]) -> tuple[dict[str, Figures], Refusals]:
    """The figures by leg, and the refusals."""
    from chatui.retrieval.evaluation import figures, refusals

    legs = list(outcomes[0].ranks) if outcomes else []
    answerable = [outcome for outcome in outcomes if not outcome.question.none]
    by_leg = {leg: figures([one.ranks[leg] for one in answerable]) for leg in legs}
    said = [outcome.refused for outcome in outcomes]
    return by_leg, refusals([outcome.question for outcome in outcomes], said)


def grouped(outcomes: Sequence[Outcome], key: Callable[[Outcome], str]) -> dict[str, list[Outcome]]:
    """The largest group first."""
    groups: dict[str, list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault(key(one), []).append(one)
    return dict(sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])))


def by_language(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    return grouped(outcomes, lambda one: one.language)


def by_kind(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """Those that have an answer."""
    return grouped([one for one in outcomes if not one.question.none], lambda one: one.kind)


def document(collection: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    by_leg, refusals = scored(outcomes)
    return {
        "collection": collection,
        "questions": len(outcomes),
        "modes": figures_object(by_leg),
        "refusals": refusals,
        "languages": {name: group_object(held) for name, held in by_language(outcomes).items()},
        "kinds": {name: group_object(held) for name, held in by_kind(outcomes).items()},
        "results": [
            {
                "line": outcome.question.line,
                "question": outcome.question.text,
                "language": outcome.language,
                "kind": outcome.kind,
                "ranks": {leg: found.rank for leg, found in outcome.ranks.items()},
                "refused": outcome.refused,
            }
            for outcome in outcomes
        ],
    }


def group_object(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    by_leg, refusals = scored(outcomes)
    return {
        "questions": len(outcomes),
        "modes": figures_object(by_leg),
        "refusals": refusals,
    }


def figures_object(by_leg: dict[str, Figures]) -> dict[str, dict[str, float]]:
    from chatui.retrieval.evaluation import BOUND, BOUNDED_DEPTH

    return {
        leg: {
            **{f"hit@{depth}": round(share, 4) for depth, share in found.hits},
            "mrr": round(found.mrr, 4),
            f"hit@{BOUNDED_DEPTH}_within_{BOUND}": round(found.bounded, 4),
        }
        for leg, found in by_leg.items()
    }


def print_figures(collection: str, outcomes: Sequence[Outcome]) -> None:
    from chatui.retrieval.evaluation import BOUND, BOUNDED_DEPTH, DEPTHS

    by_leg, refusals = scored(outcomes)
    print_line(f"{collection}: {counted(refusals.answerable, 'question')} with an answer")
    bounded = f"hit@{BOUNDED_DEPTH} in {BOUND:,} characters"
    head = ("", *(f"hit@{depth}" for depth in DEPTHS), "MRR", bounded)
    rows = [
        (leg, *(percent(share) for _, share in found.hits), f"{found.mrr:.3f}",
         percent(found.bounded))
        for leg, found in by_leg.items()
    ]  # fmt: skip
    if refusals.answerable:
        print_table(head, rows)
        print_groups("language", by_language(outcomes))
        print_groups("kind of file", by_kind(outcomes))
        missed = ratio(refusals.missed, refusals.answerable)
        print_line(f"The built-in model finds no answer to {missed} of them.")
    if refusals.unanswerable:
        refused = ratio(refusals.refused, refusals.unanswerable)
        print_line(f"Without an answer: {refused} are refused by the built-in model.")


def print_groups(what: str, groups: dict[str, list[Outcome]]) -> None:
    """A line for each group with the hits of each leg; nothing where all are of one."""
    if len(groups) < 2:
        return
    rows = []
    for name, outcomes in groups.items():
        by_leg, refusals = scored(outcomes)
        if refusals.answerable:
            shares = [dict(found.hits)[GROUP_DEPTH] for found in by_leg.values()]
            missed = percent(refusals.missed / refusals.answerable)
            rows.append((name, str(refusals.answerable), *(percent(one) for one in shares), missed))
    legs = list(next(iter(groups.values()))[0].ranks)
    print_line(f"\nhit@{GROUP_DEPTH} by {what}, and what the built-in model misses:")
    print_table(("", "n", *legs, "missed"), rows)


def percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def ratio(part: int, whole: int) -> str:
    return f"{part}/{whole} ({percent(part / whole)})"
