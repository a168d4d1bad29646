"""The servers that documents may use, as they are just now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatui.domain.errors import ChatuiError
from chatui.system.urls import shown

if TYPE_CHECKING:
    from chatui.bootstrap.services import Services
    from chatui.config.schema import Config


async def endpoint(house: Services, config: Config) -> tuple[str, str]:
    """("ok" or "wrong", what is so) of the embedding endpoint. Asks it for one vector."""
    settings = config.retrieval.embedder
    embedder = house.documents.embedder
    try:
        await embedder.start()
        dimensions = await embedder.dimensions()
    except ChatuiError as error:
        return "wrong", str(error)
    return "ok", f"{settings.model} at {shown(settings.base_url)}, {dimensions} numbers a vector"


async def chroma(house: Services, config: Config) -> tuple[str, str]:
    """The same of the Chroma server; whether it holds what it should, by count."""
    documents = house.documents
    try:
        await documents.index.start()
        for info in await documents.library.collections():
            row = await documents.library.collection(info.name)
            expected = await documents.library.count_indexed(row.id)
            held = await documents.index.count(info.name)
            if held < expected:
                return "wrong", (
                    f"of {info.name} only {held} of {expected} vectors are there; run "
                    f"`chatui collections rebuild {info.name}`"
                )
    except ChatuiError as error:
        return "wrong", str(error)
    return "ok", shown(config.retrieval.chroma.url)
