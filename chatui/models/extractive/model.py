"""The model itself: one request in, quotes out. The rules are in the modules beside it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from chatui.domain.conversation import FinishReason, Role
from chatui.domain.errors import ModelError
from chatui.domain.passage import MANUAL, Passage
from chatui.models.base import Finished, ModelEvent, ModelInfo, ModelRequest, TextDelta
from chatui.models.extractive import replies
from chatui.models.extractive.alignment import Alignment, alignment, looked_at
from chatui.models.extractive.called import CALLED, entries_called, is_missing
from chatui.models.extractive.likeness import CLOSE, Likeness, SentenceComparer
from chatui.models.extractive.place import (
    AT_PLACE,
    OF_THE_ONE,
    at_place,
    is_about_it,
    of_the_one_named,
)
from chatui.models.extractive.quotation import best_first, quote
from chatui.models.extractive.relevance import is_foreign, is_relevant, is_trusted
from chatui.models.extractive.scoring import (
    Quotable,
    candidates,
    gained,
    gained_by_own_words,
    promising,
    scores,
    standing,
    under_headings,
)
from chatui.models.extractive.selection import BESIDE_CHOSEN, first_of, margin_below, select
from chatui.models.extractive.whole import summed_up
from chatui.text.abbreviations import worded_as
from chatui.text.about_chatui import is_about_chatui
from chatui.text.citations.marks import MarkForm
from chatui.text.codes import written_in
from chatui.text.languages import language_of, language_of_prose
from chatui.text.places import asks_for_it_alone
from chatui.text.small_talk import kind
from chatui.text.terms import calm

MAX_WORDS = 155
"""Length of a reply, frame and citation marks included."""
SLACK = 4
"""Words kept for the frames of quotes that turn out not to touch, and for names of languages."""
WORDS_PER_TOKEN = 0.6
"""A cautious figure for English text; `max_output_tokens` bounds the reply by it."""

INFO = ModelInfo(
    name="builtin/extract",
    local=True,
    description="Quotes your documents; needs no key, no model file and no network",
)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """The question as it stands for itself, all pieces, and which are worth embedding."""

    question: str
    passages: Sequence[Passage]
    pieces: Sequence[Quotable]
    promising: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Quotes:
    """`cited` are passage numbers in the order of the quotes."""

    text: str
    cited: tuple[int, ...] = ()


class ExtractiveModel:
    """Answers from `request.passages` alone, in their own words. `comparer` tells how alike
    question and sentences are; when it can't, they are chosen by their words.
    """

    def __init__(self, comparer: SentenceComparer) -> None:
        self._comparer = comparer

    @property
    def info(self) -> ModelInfo:
        return INFO

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        options = request.options
        if options.json_schema is not None or options.grammar is not None:
            form = "a grammar" if options.json_schema is None else "a JSON schema"
            raise ModelError(
                f"builtin/extract quotes documents and cannot fill {form}: choose another model "
                "with -m."
            )
        reply = await self._reply(request)
        for word in re.findall(r"\s*\S+|\s+$", reply.text):
            yield TextDelta(word)
            await asyncio.sleep(0)  # lets the window draw and a cancellation through
        # A document's own [1] is quoted as it stands, and is no citation of ours.
        yield Finished(FinishReason.STOP, cited=reply.cited)

    async def close(self) -> None:
        """Nothing is held open: the embedder belongs to whoever gave it."""

    async def _reply(self, request: ModelRequest) -> _Quotes:
        if request.library_empty:
            reading = request.library_reading
            return _Quotes(replies.BEING_READ if reading else replies.NO_DOCUMENTS)
        if request.whole:
            return await asyncio.to_thread(_summary, request)
        after_reply = any(message.role is Role.ASSISTANT for message in request.messages)
        talk = kind(request.question, after_reply)
        if talk is not None:
            return _Quotes(replies.TALK[talk])
        draft = await _draft(request)
        likeness = await self._compared(draft) if draft.pieces else None
        return await asyncio.to_thread(_answer, request, draft, likeness)

    async def _compared(self, draft: _Prepared) -> Likeness | None:
        """The question beside the pieces, beside the headings above them, and its words beside
        those of the pieces that may answer."""
        question, pieces = draft.question, draft.pieces
        texts = [piece.text for piece in pieces]
        headings = list(dict.fromkeys(piece.under for piece in pieces if piece.under))
        places = range(len(texts), len(texts) + len(headings))
        found = await self._comparer.compared(
            question, [*texts, *headings], [*draft.promising, *places]
        )
        if found is None:
            return None
        own, above = found.pieces[: len(texts)], found.pieces[len(texts) :]
        known = dict(zip(headings, above, strict=True))
        likeness = replace(
            found, pieces=own, headings=[known.get(piece.under, 0.0) for piece in pieces]
        )
        if not is_trusted(likeness):
            return likeness
        lifted = under_headings(own, likeness.headings)
        return replace(likeness, alignment=await self._alignment(question, pieces, lifted))

    async def _alignment(
        self, question: str, pieces: Sequence[Quotable], cosines: Sequence[float]
    ) -> Alignment | None:
        """How well the words of a question are met, None where nobody can tell."""
        windows = await asyncio.to_thread(looked_at, pieces, cosines)
        found = await self._comparer.aligned(question, [text for _, text in windows])
        if not found:
            return None
        places = [at for at, _ in windows]
        return alignment(found, [cosines[at] for at in places], [pieces[at].n for at in places])


async def _draft(request: ModelRequest) -> _Prepared:
    question = calm(request.query or request.question)
    question = worded_as(question, (passage.text for passage in request.passages))
    pieces: list[Quotable] = []
    for n, passage in enumerate(request.passages, start=1):
        # One short step a passage: a long one would keep the interpreter from the window.
        pieces += await asyncio.to_thread(candidates, n, passage)
    best = await asyncio.to_thread(promising, question, pieces, request.passages, CLOSE)
    return _Prepared(question, request.passages, pieces, best)


def _answer(request: ModelRequest, draft: _Prepared, likeness: Likeness | None) -> _Quotes:
    question, pieces, passages = draft.question, draft.pieces, request.passages
    there = at_place(question, passages, pieces)
    if there and asks_for_it_alone(question):
        return _quotes(request, pieces, first_of(pieces, there, _budget(request)))
    is_there = bool(there) and is_about_it(question, [pieces[place] for place in there])
    # A follow-up that names a code of its own means that one ("and E4?").
    naming = request.question if written_in(request.question) else question
    called = entries_called(naming, pieces)
    if not is_there and not called:
        if is_missing(naming, passages, pieces):
            return _Quotes(_refusal(passages))
        if not is_relevant(question, passages, pieces, likeness):
            return _Quotes(_refusal(passages))
    similarities = likeness.pieces if likeness else [0.0] * len(pieces)
    headings = likeness.headings if likeness else ()
    scored = scores(question, pieces, similarities, passages, headings)
    if not called:
        own = gained_by_own_words(request.question, question, pieces)
        scored = [score + more for score, more in zip(scored, own, strict=True)]
    for place in there:
        scored[place] += AT_PLACE
    for place in called:
        scored[place] += CALLED
    places = standing(passages)
    belonging = of_the_one_named(question, passages, pieces)
    best = min((pieces[place].n for place in belonging), default=1)
    for place in belonging:
        # What the passage that names the thing has gained by its rank holds for all of its page.
        rank = gained(best, places) - gained(pieces[place].n, places)
        scored[place] += OF_THE_ONE + rank
    across = is_foreign(question, passages) or passages[0].collection == MANUAL
    margin = margin_below(pieces[scored.index(max(scored))], question, across=across)
    chosen = select(pieces, scored, _budget(request), margin, BESIDE_CHOSEN)
    return _quotes(request, pieces, best_first(passages, pieces, scored, chosen))


def _summary(request: ModelRequest) -> _Quotes:
    form = MarkForm(request.mark_prefix)
    text, cited = summed_up(request.question, request.passages, form)
    if not text:
        return _Quotes(replies.NOTHING_TOLD)
    return _Quotes(f"{replies.SUMMARY_LEAD}\n\n{text}", cited)


def _refusal(passages: Sequence[Passage]) -> str:
    of_manual = bool(passages) and all(one.collection == MANUAL for one in passages)
    return replies.NOTHING_IN_MANUAL if of_manual else replies.NOTHING_FOUND


def _quotes(request: ModelRequest, pieces: Sequence[Quotable], chosen: Sequence[int]) -> _Quotes:
    quoted = quote(request.passages, pieces, chosen, MarkForm(request.mark_prefix))
    cited = tuple(dict.fromkeys(pieces[place].n for place in chosen))
    return _Quotes(f"{_lead(request, cited)}\n\n{quoted}", cited)


def _lead(request: ModelRequest, cited: Sequence[int]) -> str:
    """Where the quotes are from, and in which languages where the question is in another."""
    passages = [request.passages[n - 1] for n in cited]
    of_manual = all(one.collection == MANUAL for one in passages)
    asked_for = request.query or request.question
    own = replies.MANUAL_LEAD if is_about_chatui(asked_for) else replies.ONLY_MANUAL_LEAD
    lead = own if of_manual else replies.LEAD
    asked = language_of(asked_for)
    # A table or a piece of code may tell no language.
    texts = [one.text for one in passages]
    languages = [one for one in dict.fromkeys(map(language_of_prose, texts)) if one]
    if not asked or set(languages) <= {asked}:
        return lead
    *others, last = languages
    named = f"{', '.join(others)} and {last}" if others else last
    return f"{lead.removesuffix(':')}, in {named}:"


def _budget(request: ModelRequest) -> float:
    """Words for the quotes and their marks."""
    limit = request.options.max_output_tokens
    whole = MAX_WORDS if limit is None else min(MAX_WORDS, int(limit * WORDS_PER_TOKEN))
    return whole - len(replies.LEAD.split()) - SLACK
