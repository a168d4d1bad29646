"""Questions about some files, or a whole one, in the window over a real library."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from chatui.app.commands.documents import ended
from chatui.app.session import ChatSession
from chatui.bootstrap.documents import Documents
from chatui.bootstrap.services import Services, open_services
from chatui.config.paths import Paths
from chatui.config.schema import Config, Retrieval
from chatui.domain.errors import EmbedderFailed
from chatui.memory.transfer.exports import export_text
from chatui.models.extractive.likeness import SentenceComparer
from chatui.models.extractive.model import ExtractiveModel
from chatui.retrieval.chunking.document import Chunk
from chatui.retrieval.ingest.report import IngestReport
from chatui.retrieval.library.library import Library
from chatui.retrieval.library.tables.files import FilePlace, FileState
from tests.app.scripted_chat import Chat
from tests.retrieval.grown_archives import grown
from tests.retrieval.tiny_pdf import make_pdf

TEXTS = {
    "lease.md": "The rent is nine hundred euros a month.",
    "my notes.md": "The rent of the boat is seven euros a day.",
    "reports/one.md": "The rent of the office is one euro an hour.",
    "reports/two.md": "The rent of the cellar is two euros a week.",
}


async def fill(paths: Paths, folder: Path) -> None:
    """A library of these texts, which nothing was embedded for: words find them."""
    paths.library.parent.mkdir(parents=True, exist_ok=True)
    library = Library(paths.library)
    row = await library.ensure_collection("default")
    for name, text in TEXTS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        found = path.stat()
        state = FileState(
            path=str(path), source=name, size=found.st_size, mtime_ns=found.st_mtime_ns,
            sha256="", recipe="", outcome="read", title=path.stem,
        )  # fmt: skip
        chunk = Chunk(text, "", "", None, 0, len(text), 1, 1)
        await library.put_file(row.id, state, [chunk])
    await library.close()


async def no_vectors(texts: Sequence[str]) -> list[bytes]:
    raise EmbedderFailed("There is no embedding model here.")


def paths_in(folder: Path) -> Paths:
    return Paths(*(folder / name for name in ("config", "data", "state", "cache")))


class Desk(Chat):
    """A chat over the real services, offline."""

    async def open_services(self) -> Services:
        paths = paths_in(self.folder)
        config = Config(retrieval=Retrieval(mode="lexical"))
        return await open_services(config, paths, None, self.window.say_warning)

    @property
    def sources(self) -> list[str]:
        """The files behind the last answer."""
        _, turn = self.window.session.path.turns[-1]
        return list(dict.fromkeys(passage.source for passage in turn.passages))


@pytest.fixture
def desk(chat: Chat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    asyncio.run(fill(paths_in(tmp_path), tmp_path / "docs"))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:1")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    async def nothing(*_: object) -> None:
        return

    # Words find and choose what is quoted: a model that embeds takes long to start.
    monkeypatch.setattr(Documents, "warm", nothing)
    monkeypatch.setattr(ChatSession, "mend_documents", nothing)
    monkeypatch.setattr(
        "chatui.bootstrap.services.extractive",
        lambda documents: ExtractiveModel(SentenceComparer(no_vectors)),
    )
    return Desk(chat.folder, chat.model)


@pytest.fixture
def ice(desk: Desk) -> Path:
    """A document in the current folder."""
    path = Path("ice.pdf").absolute()
    path.write_bytes(make_pdf([["Snow is white."], ["Glaciers melt slowly in the north."]]))
    return path


async def test_a_file_behind_a_hash_is_completed_and_limits_the_question(desk: Desk) -> None:
    async with desk.open() as pilot:
        await pilot.press(*"rent in #my")
        await desk.until(lambda: desk.window.view.completions.is_open)
        await pilot.press("enter")
        assert desk.window.view.composer.text == 'rent in #"my notes.md" '
        await desk.write(pilot, "?")
        assert desk.sources == ["my notes.md"]


async def test_a_number_behind_a_hash_completes_nothing(desk: Desk) -> None:
    async with desk.open() as pilot:
        desk.window.view.composer.insert("issue #1")
        await pilot.pause()
        await desk.until(lambda: not desk.window.at_work("completion"))
        assert not desk.window.view.completions.is_open


async def test_only_limits_all_questions_until_it_is_ended(desk: Desk) -> None:
    async with desk.open() as pilot:
        await desk.write(pilot, "/rag only lease.md")
        assert "only into lease.md; /rag all ends that" in desk.notice
        assert "only lease.md" in desk.screen
        await desk.write(pilot, "What is the rent?")
        assert desk.sources == ["lease.md"]

        await desk.write(pilot, "/rag only reports/")
        assert "one.md, two.md" in desk.notice
        await desk.write(pilot, "/rag only")
        assert "only into one.md, two.md" in desk.notice

        await desk.write(pilot, "/rag all")
        await desk.write(pilot, "What is the rent?")
        assert set(desk.sources) == set(TEXTS)


async def test_only_refuses_a_file_that_is_in_no_collection(desk: Desk) -> None:
    async with desk.open() as pilot:
        await desk.write(pilot, "/rag only elsewhere.md")
        assert "elsewhere.md is in none of your collections" in desk.notice
        assert desk.window.view.composer.text == "/rag only elsewhere.md"


async def test_of_several_files_the_one_that_is_missing_is_told(desk: Desk) -> None:
    async with desk.open() as pilot:
        await desk.write(pilot, "/rag only lease.md, elsewhere.md")
        assert desk.notice.startswith("elsewhere.md is in none of your collections")
        await pilot.press("ctrl+u")
        await desk.write(pilot, "/rag only lease.md, reports/one.md")
        assert "only into lease.md, one.md" in desk.notice


async def take_out(desk: Desk, *names: str) -> None:
    library = (await desk.window.session.services()).library
    row = await library.collection("default")
    rows = await library.files(row.id)
    await library.remove_files([one.id for one in rows.values() if one.source in names])


async def test_a_limit_whose_files_are_gone_is_told_in_the_place_of_an_answer(desk: Desk) -> None:
    async with desk.open() as pilot:
        await desk.write(pilot, "/rag only lease.md")
        await take_out(desk, "lease.md")
        await desk.write(pilot, "What is the rent?")
        _, turn = desk.window.session.path.turns[-1]
        assert turn.reply.error is not None
        assert "limited to lease.md, which is in none of your collections" in turn.reply.error
        assert "/rag all" in turn.reply.error


async def test_of_a_limit_of_several_files_those_that_are_there_are_looked_into(
    desk: Desk,
) -> None:
    async with desk.open() as pilot:
        await desk.write(pilot, "/rag only reports/")
        await take_out(desk, "reports/two.md")
        await desk.write(pilot, "What is the rent?")
        assert desk.sources == ["reports/one.md"]
        said = [one.text for one in desk.window.view.notice.said]
        assert any("limited to two.md, which is in none of your collections" in one for one in said)


async def test_an_ingest_leaves_the_limit_and_follows_a_renamed_file(desk: Desk) -> None:
    async with desk.open() as pilot:
        await desk.write(pilot, "/rag only lease.md")
        (before,) = desk.window.session.settings.only
        after = before.replace("lease.md", "contract.md")
        report = IngestReport("default", moved=1, moves={before: after})
        ended(desk.window, report)

        assert desk.window.session.settings.only == (after,)
        assert "Answers look only into contract.md; /rag all ends that." in desk.notice
        await pilot.pause()
        assert "only contract.md" in desk.screen


async def test_a_limit_comes_back_with_its_conversation_and_its_copy(desk: Desk) -> None:
    async with desk.open() as pilot:
        await desk.write(pilot, "/rag only lease.md")
        await desk.write(pilot, "What is the rent?")
        conversation = desk.window.session.conversation_id
        await desk.write(pilot, "/fork")
        assert "only lease.md" in desk.screen
        await desk.write(pilot, "/rag all")
        await desk.write(pilot, f"/resume {conversation}")
        assert "only lease.md" in desk.screen


async def test_a_document_is_summed_up_by_its_name(desk: Desk) -> None:
    async with desk.open() as pilot:
        await desk.write(pilot, "summarise the lease")
        assert "The rent is nine hundred euros a month." in desk.answers[0]
        assert desk.sources == ["lease.md"]


async def test_an_attached_document_is_quoted_with_its_page(desk: Desk, ice: Path) -> None:
    async with desk.open() as pilot:
        await desk.write(pilot, "How do glaciers melt? @ice.pdf")
        _, turn = desk.window.session.path.turns[-1]
        assert "Glaciers melt slowly in the north." in turn.reply.text
        assert [one.passage.page for one in turn.reply.citations] == [2]
        reader = (await desk.window.session.services()).documents.sources.reader
        assert str(ice) in reader.seen

        await desk.write(pilot, "And what colour is snow?")
        assert desk.sources == ["ice.pdf"]


async def test_a_document_that_can_not_be_read_is_told_and_the_question_stays(
    desk: Desk, ice: Path
) -> None:
    ice.with_name("broken.pdf").write_bytes(b"%PDF-1.4 nothing\x00")
    async with desk.open() as pilot:
        await desk.write(pilot, "What is in @broken.pdf")
        assert "broken.pdf can't be read: " in desk.notice
        assert desk.window.view.composer.text == "What is in @broken.pdf"


async def rename(desk: Desk, old: str, new: str) -> None:
    """As an ingest that nobody in this window sees does with a file that was renamed."""
    library = Library(paths_in(desk.folder).library)
    row = await library.collection("default")
    known = {file.source: file for file in (await library.files(row.id)).values()}[old]
    path = Path(known.path).with_name(new)
    await asyncio.to_thread(Path(known.path).rename, path)
    await library.place_files([FilePlace(known.id, str(path), new, known.size, known.mtime_ns)])
    await library.close()


async def test_a_stored_limit_follows_a_file_that_was_renamed_twice(desk: Desk) -> None:
    async with desk.open() as pilot:
        await desk.write(pilot, "/rag only lease.md")
        await desk.write(pilot, "What is the rent?")
        conversation = desk.window.session.conversation_id
        await desk.write(pilot, "/new")
        await rename(desk, "lease.md", "contract.md")
        await rename(desk, "contract.md", "lease 2026.md")
        await desk.write(pilot, f"/resume {conversation}")
        assert "only lease 2026.md" in desk.screen
        await desk.write(pilot, "And what is the rent?")
        assert desk.sources == ["lease 2026.md"]


async def test_a_file_is_followed_that_was_renamed_while_its_chat_was_open(desk: Desk) -> None:
    async with desk.open() as pilot:
        await desk.write(pilot, "/rag only lease.md")
        await rename(desk, "lease.md", "contract.md")
        await desk.write(pilot, "What is the rent?")
        assert desk.sources == ["contract.md"]


async def test_another_file_at_the_old_path_is_the_one_that_is_meant(desk: Desk) -> None:
    async with desk.open() as pilot:
        await desk.write(pilot, "/rag only lease.md")
        await rename(desk, "lease.md", "contract.md")
        await rename(desk, "my notes.md", "lease.md")
        await desk.write(pilot, "What is the rent?")
        assert desk.sources == ["lease.md"]


@pytest.mark.parametrize("named", ["What is the rent? #lease.md", "Summarise the lease"])
async def test_an_export_says_what_a_question_was_limited_to(desk: Desk, named: str) -> None:
    async with desk.open() as pilot:
        await desk.write(pilot, named)
        store = (await desk.window.session.services()).store
        conversation = str(desk.window.session.conversation_id)
        markdown = await export_text(store, conversation, "md")
        assert "*Looked only into lease.md.*" in markdown
        exported = json.loads(await export_text(store, conversation, "json"))
        assert [message.get("limited") for message in exported["messages"]] == [["lease.md"], None]
        assert "only" not in exported


async def test_a_limit_goes_along_in_an_export_and_comes_back(desk: Desk, tmp_path: Path) -> None:
    async with desk.open() as pilot:
        await desk.write(pilot, "/rag only lease.md")
        await desk.write(pilot, "What is the rent?")
        await desk.write(pilot, "/rag all")
        await desk.write(pilot, "Which rents are there?")
        await desk.write(pilot, "/rag only reports/one.md")
        await desk.until(lambda: desk.idle)
        services = await desk.window.session.services()
        conversation = str(desk.window.session.conversation_id)
        await desk.window.session.keep_choices()
        file = tmp_path / "talk.json"
        written = json.loads(await export_text(services.store, conversation, "json"))
        written["id"] = "elsewhere"
        file.write_text(json.dumps(written))
        await desk.write(pilot, f"/import {file}")

        assert desk.window.session.conversation_id != conversation
        assert "only one.md" in desk.screen
        limited = [turn.limited for _, turn in desk.window.session.path.turns]
        assert limited == [("lease.md",), ()]
        await desk.write(pilot, "And the rent?")
        assert desk.sources == ["reports/one.md"]
        await desk.write(pilot, "/why")
        assert "Limited to    reports/one.md" in desk.screen


@pytest.mark.parametrize("name", ["word.docx", "book.epub"])
async def test_an_attached_archive_is_read_however_large_it_is(
    desk: Desk, ice: Path, name: str
) -> None:
    ice.with_name(name).write_bytes(grown(name))
    async with desk.open() as pilot:
        await desk.write(pilot, f"How wide is the river Tame? @{name} ")
        assert "The river Tame is nine metres wide." in desk.answers[0]
