"""A database on a Chroma server: its collections by name, over the REST interface (v2).

Not through chromadb's own client: that imports for 0.6 s, may not live in the window's
process, and has neither time limits nor further attempts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from chatui.domain.errors import IndexDamaged, RetrievalError
from chatui.retrieval.index.chroma_records import HNSW, space_of
from chatui.retrieval.web_faults import ServiceRefused
from chatui.retrieval.web_service import WebService

CLOUD_HOST = "api.trychroma.com"
CLOUD_RECORDS = 300
"""Chroma Cloud writes and returns that many records in one request, by its page on quotas."""
MOST_RECORDS = 1000
NAMES_PER_PAGE = 300
DEFAULT = "default_tenant", "default_database"


@dataclass(frozen=True, slots=True)
class DatabaseSite:
    """Where collections live on the server, and how many records a request may carry;
    `results` is how many an answer may have, None for any number."""

    path: str
    records: int
    results: int | None
    base64: bool


@dataclass(frozen=True, slots=True)
class ServerCollection:
    """A collection as the server knows it. `bytes` is the length of its vectors."""

    id: str
    fingerprint: str
    bytes: int


class ChromaDatabase:
    """An empty `tenant` or `database` is the one that the key stands for. Raises
    RetrievalError, and IndexDamaged when a collection has to be made anew."""

    def __init__(self, service: WebService, *, tenant: str = "", database: str = "") -> None:
        self._service = service
        self._tenant = tenant
        self._database = database
        self._place: DatabaseSite | None = None
        self._finding = asyncio.Lock()

    async def place(self) -> DatabaseSite:
        """Asked for once. Raises RetrievalError for what is no Chroma server."""
        async with self._finding:
            if self._place is None:
                self._place = await self._find()
            return self._place

    async def find(self, name: str) -> ServerCollection | None:
        path = (await self.place()).path
        try:
            return self._held(await self._service.get(f"{path}/{name}"))
        except ServiceRefused as refused:
            if refused.status == 404:
                return None
            raise self._translated(refused) from refused

    async def make(self, name: str, metadata: Mapping[str, str | int]) -> ServerCollection:
        """A new collection, or the one that another process has made meanwhile."""
        body = {
            "name": name,
            "get_or_create": True,
            "configuration": {"hnsw": HNSW},
            "metadata": dict(metadata),
        }
        try:
            return self._held(await self._service.post((await self.place()).path, body))
        except ServiceRefused as refused:
            if refused.status == 404 or "does not exist" in refused.words:
                raise self._no_database(refused) from refused
            raise self._translated(refused) from refused

    async def ask(
        self, held: ServerCollection, verb: str, body: Mapping[str, Any] | None = None
    ) -> Any:
        """What the server answers; None when the collection is no longer there."""
        path = f"{(await self.place()).path}/{held.id}/{verb}"
        try:
            if body is None:
                return await self._service.get(path)
            return await self._service.post(path, body)
        except ServiceRefused as refused:
            if refused.status == 404:
                return None
            raise self._translated(refused) from refused

    async def delete(self, name: str) -> None:
        """Nothing when there is none."""
        try:
            await self._service.delete(f"{(await self.place()).path}/{name}")
        except ServiceRefused as refused:
            if refused.status != 404:
                raise self._translated(refused) from refused

    async def names(self) -> list[str]:
        """The names of all collections, those of others among them."""
        path = (await self.place()).path
        found: list[str] = []
        try:
            while page := await self._service.get(
                f"{path}?limit={NAMES_PER_PAGE}&offset={len(found)}"
            ):
                found += [str(entry["name"]) for entry in page]
        except ServiceRefused as refused:
            raise self._translated(refused) from refused
        return found

    async def close(self) -> None:
        await self._service.close()

    async def _find(self) -> DatabaseSite:
        server = self._service.server
        try:
            limits = await self._service.get("/api/v2/pre-flight-checks")
        except ServiceRefused as refused:
            if refused.status not in (404, 405, 410):
                raise
            limits = None
        if not isinstance(limits, dict) or not isinstance(limits.get("max_batch_size"), int):
            raise RetrievalError(
                f"What answers at {server.shown_url} is no Chroma server of version 1.0 or "
                f"later; check {server.setting}, or update the server."
            )
        tenant, database = self._tenant, self._database
        if not (tenant and database):
            own_tenant, own_database = await self._identity()
            tenant, database = tenant or own_tenant, database or own_database
        cloud = server.host == CLOUD_HOST
        return DatabaseSite(
            f"/api/v2/tenants/{quote(tenant, '')}/databases/{quote(database, '')}/collections",
            max(1, min(CLOUD_RECORDS if cloud else MOST_RECORDS, limits["max_batch_size"])),
            CLOUD_RECORDS if cloud else None,
            bool(limits.get("supports_base64_encoding")),
        )

    async def _identity(self) -> tuple[str, str]:
        """The tenant that the key stands for, and its database when it has only one."""
        identity = await self._service.get("/api/v2/auth/identity")
        if not isinstance(identity, dict):
            return DEFAULT
        tenant = str(identity.get("tenant") or "*")
        databases = [str(name) for name in identity.get("databases") or () if name != "*"]
        return (
            DEFAULT[0] if tenant == "*" else tenant,
            databases[0] if len(databases) == 1 else DEFAULT[1],
        )

    def _held(self, answer: Any) -> ServerCollection:
        if space_of(answer) != "cosine":
            raise RetrievalError(
                f"The Chroma server at {self._service.server.shown_url} keeps a collection of "
                "chatui that does not compare by cosine; use another database."
            )
        metadata = answer.get("metadata") or {}
        size = int(metadata.get("bytes") or 0)
        return ServerCollection(str(answer["id"]), str(metadata.get("fingerprint")), size)

    def _no_database(self, refused: ServiceRefused) -> RetrievalError:
        wanted = f"database {self._database!r}" if self._database else "such database"
        tenant = f" of the tenant {self._tenant!r}" if self._tenant else ""
        return RetrievalError(
            f"The Chroma server at {self._service.server.shown_url} has no {wanted}{tenant} "
            f"({refused.words}); make it, or correct retrieval.chroma."
        )

    def _translated(self, refused: ServiceRefused) -> RetrievalError:
        if refused.status == 400 and "dimension" in refused.words.lower():
            return IndexDamaged(
                f"The vectors on {self._service.server.shown_url} have another length "
                f"({refused.words}); run `chatui collections rebuild`."
            )
        return refused
