"""How much of each prompt was in the one before, over a hundred turns with passages that change:
what a provider's cache reads, by common beginnings and by marks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chatui.assistant.ask import Ask
from chatui.assistant.plan import Planner
from chatui.config.schema import Budget
from chatui.cost.prices.prices import PriceBook
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.conversation import Reply, Turn, TurnState
from chatui.domain.passage import Passage
from chatui.jobs.profiles import ReplySettings
from chatui.memory.policy import MemoryPolicy
from chatui.memory.records import StoredTurn
from chatui.memory.store.store import ChatStore
from chatui.models.base import ModelInfo, ModelRequest
from chatui.models.hosted.endpoint import Endpoint
from chatui.models.hosted.protocols import protocol_of
from chatui.models.hosted.request_text import RequestTexts
from chatui.models.hosted.wire import WireCall
from chatui.system.api_key import KeySource

TURNS = 100


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ChatStore]:
    store = await ChatStore.open(tmp_path / "chats.db")
    yield store
    await store.close()


MODEL = ModelInfo("openai/gpt-5.6-sol", context_size=400_000)
SETTINGS = ReplySettings(model=MODEL.name, system="You are a helpful assistant.", rag=True)


def passage(turn: int, rank: int) -> Passage:
    text = f"What stands on page {turn} in paragraph {rank} of the manual. " * 8
    return Passage(
        rank=rank, score=1.0, source="manual.md", path="/manual.md", title="", heading="",
        page=None, char_start=0, char_end=len(text), line_start=rank, line_end=rank,
        text=text, collection="default", chunk_id=f"c{turn}-{rank}",
    )  # fmt: skip


async def requests(store: ChatStore) -> list[ModelRequest]:
    """The hundred prompts of a conversation about documents."""
    planner = Planner(store, TokenCounter(), PriceBook(), MemoryPolicy(), Budget())
    past: list[StoredTurn] = []
    made = []
    for n in range(TURNS):
        question = f"{n}: what does the manual say of this?"
        found = tuple(passage(n, rank) for rank in (1, 2, 3, 4))
        plan = await planner.plan(
            Ask(past=tuple(past), question=question, settings=SETTINGS, passages=found), MODEL
        )
        made.append(replace(plan.request, messages=tuple(plan.request.messages)))
        reply = Reply(text=f"It says on page {n} what to do. " * 24)
        turn = Turn(question, datetime.now(UTC), TurnState.COMPLETE, reply)
        past.append(StoredTurn(f"t{n}", None, "", "", turn, plan.mark(f"t{n}")))
    return made


def size(texts: Sequence[str]) -> int:
    return sum(map(len, texts))


async def test_nine_tenths_of_a_hundred_prompts_about_documents_begin_as_the_one_before(
    store: ChatStore,
) -> None:
    prompt = reused = 0
    before: list[str] = []
    for request in await requests(store):
        texts = [message.content for message in request.messages]
        same = [one for one, other in zip(texts, before, strict=False) if one == other]
        prompt, reused, before = prompt + size(texts), reused + size(same), texts
    assert reused / prompt >= 0.9


async def test_marks_find_as_much_and_stand_behind_no_passage(store: ChatStore) -> None:
    endpoint = Endpoint("openai", "https://api.openai.com/v1", KeySource("openai"))
    protocol = protocol_of(endpoint.protocol_for(MODEL.model), endpoint)
    texts, kept = RequestTexts(), set[tuple[str, ...]]()
    prompt = read = 0
    for request in await requests(store):
        call = WireCall(MODEL, request, protocol.first(MODEL.model))
        body = json.loads(protocol.body(call, protocol.fields(call), texts))
        said: list[str] = []
        marked: list[tuple[str, ...]] = []
        for item in body["input"]:
            parts = item["content"]
            said += [parts] if isinstance(parts, str) else [part["text"] for part in parts]
            if not isinstance(parts, str):
                assert "paragraph" not in said[-1]
                marked.append(tuple(said))
        found = [place for place in marked[-80:] if place in kept]
        prompt, read = prompt + size(said), read + (size(found[-1]) if found else 0)
        kept |= set(marked[-4:])
    assert read / prompt >= 0.85
