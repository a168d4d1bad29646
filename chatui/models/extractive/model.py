"""The model itself: one request in, quotes out. The rules are in the modules beside it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from chatui.domain.conversation import FinishReason, Role
from chatui.domain.errors import EmbedderFailed, ModelError, WorkerError
from chatui.models.base import Finished, ModelEvent, ModelInfo, ModelRequest, TextDelta
from chatui.models.extractive import relevance, replies
from chatui.models.extractive.place import (
    AT_PLACE,
    OF_THE_ONE,
    at_place,
    is_about_it,
    of_the_one_named,
)
from chatui.models.extractive.quotation import quote
from chatui.models.extractive.scoring import (
    PASSAGE_RANK,
    Quotable,
    candidates,
    cosines,
    promising,
    scores,
)
from chatui.models.extractive.selection import first_of, select
from chatui.models.extractive.whole import summed_up
from chatui.text.citations.marks import MarkForm
from chatui.text.places import asks_for_it_alone
from chatui.text.small_talk import kind

Embed = Callable[[Sequence[str]], Awaitable[list[bytes]]]

MAX_WORDS = 160
"""Length of a reply, frame and citation marks included."""
SLACK = 5
"""Words kept for the frames of quotes that turn out not to touch."""
WORDS_PER_TOKEN = 0.6
"""A cautious figure for English text; `max_output_tokens` bounds the reply by it."""

INFO = ModelInfo(
    name="builtin/extract",
    local=True,
    description="Quotes your documents; needs no key, no model file and no network",
)
EMBEDDED = 24
"""Pieces compared by meaning, the best by their words: more changed no figure, only the time."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """The question as it stands for itself, all pieces, and which are worth embedding."""

    question: str
    pieces: Sequence[Quotable]
    promising: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Vectors:
    """`pieces` are those of the promising pieces."""

    question: bytes
    pieces: Sequence[bytes]
    unrelated: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class _Quotes:
    """`cited` are passage numbers in the order of the quotes."""

    text: str
    cited: tuple[int, ...] = ()


class ExtractiveModel:
    """Answers from `request.passages` alone, in their own words.

    `embed` gives one normalised little-endian float32 vector per text. When it fails, the
    pieces are chosen by their words.
    """

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._unrelated: list[bytes] = []

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
            return _Quotes(replies.NO_DOCUMENTS)
        if request.whole:
            return await asyncio.to_thread(_summary, request)
        after_reply = any(message.role is Role.ASSISTANT for message in request.messages)
        talk = kind(request.question, after_reply)
        if talk is not None:
            return _Quotes(replies.TALK[talk])
        draft = await _draft(request)
        vectors = await self._vectors(draft)
        return await asyncio.to_thread(_answer, request, draft, vectors)

    async def _vectors(self, draft: _Prepared) -> _Vectors | None:
        """None without pieces, and when the embedder fails."""
        if not draft.pieces:
            return None
        try:
            if not self._unrelated:
                everyday = [text for group in relevance.UNRELATED for text in group]
                self._unrelated = await self._embed(everyday)
            texts = [draft.pieces[place].text for place in draft.promising]
            question, *pieces = await self._embed([draft.question, *texts])
        except (EmbedderFailed, WorkerError):
            # The retriever reports a broken embedder; quoting by words still helps.
            return None
        return _Vectors(question, pieces, self._unrelated)


async def _draft(request: ModelRequest) -> _Prepared:
    question = request.query or request.question
    pieces: list[Quotable] = []
    for n, passage in enumerate(request.passages, start=1):
        # One short step a passage: a long one would keep the interpreter from the window.
        pieces += await asyncio.to_thread(candidates, n, passage)
    best = await asyncio.to_thread(promising, question, pieces, EMBEDDED)
    return _Prepared(question, pieces, best)


def _answer(request: ModelRequest, draft: _Prepared, vectors: _Vectors | None) -> _Quotes:
    question, pieces = draft.question, draft.pieces
    similarities, noise = [0.0] * len(pieces), 1.0
    if vectors is not None:
        taken = cosines(vectors.question, vectors.pieces)
        for place, similarity in zip(draft.promising, taken, strict=True):
            similarities[place] = similarity
        noise = relevance.floor(cosines(vectors.question, vectors.unrelated))
    there = at_place(question, request.passages, pieces)
    if there and asks_for_it_alone(question):
        return _quotes(request, pieces, first_of(pieces, there, _budget(request)))
    known = [p.similarity for p in request.passages if p.similarity is not None]
    best_passage = max(known, default=None)
    is_there = bool(there) and is_about_it(question, [pieces[place] for place in there])
    if not is_there and not relevance.is_relevant(
        question, pieces, similarities, best_passage, noise
    ):
        return _Quotes(replies.NOTHING_FOUND)
    scored = scores(question, pieces, similarities)
    for place in there:
        scored[place] += AT_PLACE
    belonging = of_the_one_named(question, request.passages, pieces)
    best = min((pieces[place].n for place in belonging), default=1)
    for place in belonging:
        # What the passage that names the thing has gained by its rank holds for all of its page.
        rank = PASSAGE_RANK / (best + 1) - PASSAGE_RANK / (pieces[place].n + 1)
        scored[place] += OF_THE_ONE + rank
    return _quotes(request, pieces, select(pieces, scored, _budget(request)))


def _summary(request: ModelRequest) -> _Quotes:
    form = MarkForm(request.mark_prefix)
    text, cited = summed_up(request.question, request.passages, form)
    if not text:
        return _Quotes(replies.NOTHING_TOLD)
    return _Quotes(f"{replies.SUMMARY_LEAD}\n\n{text}", cited)


def _quotes(request: ModelRequest, pieces: Sequence[Quotable], chosen: Sequence[int]) -> _Quotes:
    quoted = quote(request.passages, pieces, chosen, MarkForm(request.mark_prefix))
    cited = tuple(dict.fromkeys(pieces[place].n for place in chosen))
    return _Quotes(f"{replies.LEAD}\n\n{quoted}", cited)


def _budget(request: ModelRequest) -> float:
    """Words for the quotes and their marks."""
    limit = request.options.max_output_tokens
    whole = MAX_WORDS if limit is None else min(MAX_WORDS, int(limit * WORDS_PER_TOKEN))
    return whole - len(replies.LEAD.split()) - SLACK
