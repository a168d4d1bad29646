"""What `/rag` means, in the window and in the chat in lines alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import pytest

from chatui.app.chat_choices import ChatChoices
from chatui.app.rag_choice import RagChoice, choose_rag, read_rag, told_rag
from chatui.app.session import ChatSession
from chatui.domain.errors import LibraryFailed, UsageError
from chatui.jobs.profiles import ReplySettings

THERE = ["default", "manuals"]


@pytest.mark.parametrize(
    ("argument", "chosen"),
    [
        ("", RagChoice()),
        ("on", RagChoice(on=True)),
        ("all", RagChoice(on=True)),
        ("off", RagChoice(on=False)),
        ("manuals", RagChoice(collection="manuals")),
        ("only", RagChoice(is_limit=True)),
        ("only lease.md", RagChoice(files="lease.md", is_limit=True)),
        ("only  a b.md ", RagChoice(files="a b.md", is_limit=True)),
    ],
)
def test_what_stands_behind_it_is_read(argument: str, chosen: RagChoice) -> None:
    assert read_rag(argument, THERE) == chosen


def test_a_collection_called_only_is_meant_by_that_word_alone() -> None:
    assert read_rag("only", ["only"]) == RagChoice(collection="only")
    assert read_rag("only a.md", ["only"]) == RagChoice(files="a.md", is_limit=True)


def test_what_is_not_there_is_said_with_what_is() -> None:
    with pytest.raises(UsageError, match="no collection nowhere; there are default, manuals"):
        read_rag("nowhere", THERE)
    with pytest.raises(UsageError, match="/ingest PATH makes the first"):
        read_rag("nowhere", [])


def test_what_holds_is_told() -> None:
    settings = ReplySettings(model="a/b", rag=True, collection="manuals")
    limited = ReplySettings(model="a/b", rag=True, only=("/x/lease.md",))
    assert told_rag(settings) == "Answers look into the documents of manuals."
    assert (
        told_rag(ReplySettings(model="a/b", rag=False)) == "Answers don't look into the documents."
    )
    assert told_rag(settings, limit=True).startswith("Answers look into all documents of manuals;")
    for limit in (True, False):
        assert (
            told_rag(limited, limit=limit) == "Answers look only into lease.md; /rag all ends that."
        )


@dataclass
class Unreadable:
    """A session whose library can't be read."""

    settings: ReplySettings = field(default_factory=lambda: ReplySettings(model="a/b", rag=False))

    @property
    def choices(self) -> ChatChoices:
        return cast("ChatChoices", self)

    def set_rag(self, rag: bool) -> None:
        self.settings = ReplySettings(model="a/b", rag=rag)

    async def collections(self) -> list[str]:
        raise LibraryFailed("The library is damaged.")


async def test_documents_can_be_left_alone_without_a_library() -> None:
    session = Unreadable()
    for word, rag in (("on", True), ("off", False)):
        await choose_rag(cast("ChatSession", session), word)
        assert session.settings.rag == rag
    assert "don't look" in await choose_rag(cast("ChatSession", session), "")
    with pytest.raises(LibraryFailed):
        await choose_rag(cast("ChatSession", session), "manuals")
