"""Sessions from elsewhere: whatever a file holds, all of it is stored or a sentence says why not,
and what was stored is exported and comes back the same."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.domain.errors import UsageError
from chatui.memory.store.store import ChatStore
from chatui.memory.transfer.exports import export_json, export_text
from chatui.memory.transfer.transfer import ImportReport, import_file
from tests.fuzz.sentences import is_a_sentence

Value = TypeVar("Value")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
TEXTS = st.text(max_size=12) | st.sampled_from(["Hi", "\ud800", "a\x00b", "\x1b[2J", "١", "  "])
TIMES = (
    st.sampled_from(
        ["2026-01-02T03:04:05Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "soon",
         "2026-01-02", "", 0, -1, 1e18, 1767225600.5, True, None]
    )
    | JSON
)  # fmt: skip
COUNTS = st.integers(-1, 10**6) | st.sampled_from([2**63, 1.5, None, "1", True])
USAGES = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("input", "cache_read", "cache_write", "output"), COUNTS)
)
COSTS: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {},
    optional={
        "amount": st.sampled_from(["0.01", "1e999", "nan", "-1", 0.5, None, "free", []]),
        "currency": TEXTS,
        "price_source": TEXTS,
    },
)
CITATIONS = st.fixed_dictionaries(
    {"n": COUNTS},
    optional={
        "text": TEXTS,
        "score": st.floats() | COUNTS,
        "ranks": JSON,
        "support": JSON,
        "added": JSON,
        "page": COUNTS,
    },
)


def rarely(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly as programs write it, else anything."""
    return st.one_of(strategy, strategy, strategy, strategy, JSON)


MESSAGES = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["user", "assistant", "assistant", "system"]),
        "content": rarely(TEXTS),
    },
    optional={
        "id": st.sampled_from(["a", "b", "a", 7, None]),
        "name": TEXTS | st.none(),
        "model": TEXTS,
        "created": TIMES,
        "usage": rarely(USAGES),
        "cost": rarely(COSTS),
        "reasoning": TEXTS,
        "citations": rarely(st.lists(CITATIONS, max_size=2)),
        "state": st.sampled_from(["complete", "failed", "interrupted", "pending", None]),
        "error": TEXTS,
        "pinned": st.booleans(),
    },
)
SESSIONS = st.fixed_dictionaries(
    {"messages": st.lists(MESSAGES, max_size=5)},
    optional={"title": rarely(TEXTS), "created": TIMES, "id": JSON},
)
NODES = st.sampled_from("abcdef")
CHATGPT_MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["m1", "m2", None]),
        "author": rarely(
            st.fixed_dictionaries(
                {"role": st.sampled_from(["user", "assistant", "tool", "system"])}
            )
        ),
        "create_time": TIMES,
        "content": rarely(
            st.fixed_dictionaries(
                {"content_type": st.sampled_from(["text", "code", "multimodal_text", "other"])},
                optional={"parts": rarely(st.lists(TEXTS, max_size=2)), "text": TEXTS},
            )
        ),
        "metadata": rarely(st.fixed_dictionaries({}, optional={"model_slug": TEXTS})),
        "recipient": st.sampled_from(["all", "python", None]),
    },
)
CHATGPT = st.fixed_dictionaries(
    {
        "mapping": st.dictionaries(
            NODES,
            st.fixed_dictionaries(
                {},
                optional={
                    "parent": NODES | st.none() | JSON,
                    "message": rarely(CHATGPT_MESSAGES),
                    "children": JSON,
                },
            ),
            max_size=6,
        )
    },
    optional={"title": rarely(TEXTS), "create_time": TIMES, "current_node": NODES | JSON},
)
FILES = st.one_of(
    SESSIONS,
    st.lists(SESSIONS, max_size=2),
    st.lists(CHATGPT | JSON, max_size=3),
    JSON,
)


@dataclass
class Desk:
    """A store, a loop to use it on, and a place for files."""

    store: ChatStore
    runner: asyncio.Runner
    path: Path

    def run(self, work: Coroutine[Any, Any, Value]) -> Value:
        return self.runner.run(work)

    def imported(self, content: bytes) -> ImportReport | str:
        self.path.write_bytes(content)
        try:
            return self.run(import_file(self.store, self.path))
        except UsageError as error:
            return str(error)

    def copied(self, exported: dict[str, Any]) -> dict[str, Any]:
        """What the export of its import is."""
        found = self.imported(json.dumps(exported).encode())
        assert isinstance(found, ImportReport), found
        (copy,) = found.conversations
        again = self.run(export_json(self.store, copy))
        self.run(self.store.remove(copy))
        return again


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("import")
    with asyncio.Runner() as runner:
        store = runner.run(ChatStore.open(folder / "chats.db"))
        yield Desk(store, runner, folder / "import.json")
        runner.run(store.close())


def refused_with_its_name(desk: Desk, sentence: str) -> bool:
    return str(desk.path) in sentence and "was not imported" in sentence and is_a_sentence(sentence)


def without_ids(exported: dict[str, Any]) -> dict[str, Any]:
    """An id names one conversation, and one message of it: a copy gets new ones where it must."""
    return {**exported, "id": "", "messages": [{**one, "id": ""} for one in exported["messages"]]}


@given(FILES)
def test_a_file_is_stored_whole_and_comes_back_the_same_or_is_refused(
    desk: Desk, data: Any
) -> None:
    found = desk.imported(json.dumps(data).encode())

    if isinstance(found, str):
        assert refused_with_its_name(desk, found)
        return
    for conversation in found.conversations:
        exported = desk.run(export_json(desk.store, conversation))
        desk.run(export_text(desk.store, conversation, "md")).encode()
        once = desk.copied(exported)
        assert without_ids(once)["messages"] == without_ids(exported)["messages"]
        # What has no title gets one of its first message.
        assert without_ids(desk.copied(once)) == without_ids(once)
        assert once["title"] == exported["title"] or not exported["title"]
        desk.run(desk.store.remove(conversation))


def said(data: Any) -> list[str]:
    """The texts of a session's messages."""
    return [message["content"] for message in data["messages"]]


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "role": st.sampled_from(["user", "assistant"]),
                "content": st.text(
                    st.characters(exclude_categories=("Cs", "Cc", "Cf")), min_size=1
                ),
            }
        ),
        min_size=1,
        max_size=6,
    )
)
def test_every_message_of_a_session_is_there_in_its_order(
    desk: Desk, messages: list[dict[str, str]]
) -> None:
    found = desk.imported(json.dumps({"title": "t", "messages": messages}).encode())

    assert isinstance(found, ImportReport)
    (conversation,) = found.conversations
    assert said(desk.run(export_json(desk.store, conversation))) == [
        message["content"] for message in messages
    ]
    desk.run(desk.store.remove(conversation))


def zipped(content: bytes, name: str = "conversations.json") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


@given(FILES)
def test_a_zip_gives_what_its_file_gives(desk: Desk, data: Any) -> None:
    content = json.dumps(data).encode()

    plain = forgotten(desk, desk.imported(content))
    packed = forgotten(desk, desk.imported(zipped(content)))

    if isinstance(plain, str) or isinstance(packed, str):
        assert plain == packed
    else:
        assert (packed.messages, packed.skipped) == (plain.messages, plain.skipped)


def forgotten(desk: Desk, found: ImportReport | str) -> ImportReport | str:
    """What an import found, which is taken out again: nothing is added twice."""
    for conversation in () if isinstance(found, str) else found.conversations:
        desk.run(desk.store.remove(conversation))
    return found


@given(FILES)
def test_nothing_is_added_twice(desk: Desk, data: Any) -> None:
    content = json.dumps(data).encode()
    first = desk.imported(content)
    again = desk.imported(content)
    if isinstance(first, ImportReport) and isinstance(again, ImportReport):
        assert (again.conversations, again.continued, again.messages) == ((), (), 0)
    forgotten(desk, first)


@given(
    st.binary(max_size=80)
    | st.builds(
        lambda place, patch: bytes(
            (archive := bytearray(zipped(b"[]")))[: place % len(archive)] + patch
            + archive[place % len(archive) + len(patch):]
        ),
        st.integers(0, 500),
        st.binary(min_size=1, max_size=6),
    )
)  # fmt: skip
def test_any_bytes_are_refused_with_the_file_s_name_or_hold_nothing(
    desk: Desk, content: bytes
) -> None:
    found = desk.imported(content)

    if isinstance(found, str):
        assert refused_with_its_name(desk, found)
    else:
        assert found.conversations == ()
