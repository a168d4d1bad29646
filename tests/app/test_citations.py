"""Citations in the window: what is shown, kept, sent again, found and taken along."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from textual.style import Style

from chatui.app.commands.why import facts
from chatui.domain.conversation import Turn
from chatui.domain.passage import Passage, Ranks
from chatui.widgets.details import Details
from chatui.widgets.markdown_document import reply_laid_out
from chatui.widgets.markdown_inline import CITATION
from tests.app.scripted_chat import Chat, ScriptedModel, says
from tests.widgets.turns import ASKED, answered, cited, passage

WARRANTY = "The warranty covers its heating element for five years."
KETTLE = f"The kettle holds two litres of water.\n{WARRANTY}"
ANSWER = f"It holds two litres [1, 9]. {WARRANTY}\n\nFine [8]."
KEPT = f"It holds two litres [1]. {WARRANTY}\n\nFine."


@pytest.fixture
def kettle(chat: Chat) -> Chat:
    """A chat that finds two passages and cites one of them, badly."""
    chat.passages = (
        passage(1, "kettle.md", KETTLE),
        passage(2, "garden.md", "Roses need at least six hours of sunlight every day."),
    )
    chat.model = ScriptedModel([says(ANSWER)])
    return chat


async def test_marks_of_no_passage_go_and_a_line_tells_of_them(kettle: Chat) -> None:
    async with kettle.open() as pilot:
        await kettle.write(pilot, "What of the kettle?")
        assert kettle.answers == [KEPT]
        assert "2 citations pointed to no source and were taken out" in kettle.screen


async def test_what_was_left_uncited_is_cited_on_the_screen_alone(kettle: Chat) -> None:
    async with kettle.open() as pilot:
        await kettle.write(pilot, "What of the kettle?")
        await kettle.until(lambda: "for five years. [1]" in kettle.screen)
        await kettle.write(pilot, "And then?")
    sent = [message.content.strip() for message in kettle.model.requests[1].messages]
    assert KEPT.replace(" [1]", "") in sent


async def test_a_stored_conversation_shows_them_again(kettle: Chat) -> None:
    async with kettle.open() as pilot:
        await kettle.write(pilot, "What of the kettle?")
        before = kettle.window.session.path.turns[0][1].reply
        await kettle.window.session.reload()
        after = kettle.window.session.path.turns[0][1].reply
        assert after.citations == before.citations
        assert after.dangling == (9, 8)
        await kettle.window.show_conversation()
        await kettle.until(lambda: "for five years. [1]" in kettle.screen)
        assert "2 citations pointed to no source" in kettle.screen


async def test_an_answer_without_passages_of_its_own_cites_those_before_it(kettle: Chat) -> None:
    kettle.model = ScriptedModel([says(ANSWER), says("Shorter: two litres [1] [7].")])
    async with kettle.open() as pilot:
        await kettle.write(pilot, "What of the kettle?")
        kettle.window.session.choices.set_rag(False)
        await kettle.write(pilot, "Make that shorter")
        reply = kettle.window.session.path.turns[1][1].reply
        assert reply.text.strip() == "Shorter: two litres [1]."
        assert [citation.passage.source for citation in reply.citations] == ["kettle.md"]


async def test_without_any_documents_brackets_are_the_models_own(chat: Chat) -> None:
    chat.model = ScriptedModel([says("Take rows [3] and [4].")])
    async with chat.open() as pilot:
        await chat.write(pilot, "Which rows?")
        assert chat.answers == ["Take rows [3] and [4]."]


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_number_in_the_transcript_opens_that_source(
    kettle: Chat, size: tuple[int, int]
) -> None:
    async with kettle.open(size=size) as pilot:
        await kettle.write(pilot, "What of the kettle?")
        assert kettle.window.view.transcript is not None
        kettle.window.view.transcript.focus()
        await pilot.press("up", "1")
        await kettle.until(lambda: "Enter opens it at line" in kettle.screen)
        assert kettle.window.view.sources is not None
        assert kettle.window.view.sources.has_focus_within
        assert "/documents/kettle.md" in kettle.screen
        await pilot.press("escape", "ctrl+o")
        await kettle.until(lambda: "Enter opens it" not in kettle.screen)


@pytest.mark.parametrize("path", ["+!touch pwned", "-c", "/etc/passwd", "kettle.md", ""])
async def test_a_path_that_is_in_no_collection_reaches_no_editor(
    kettle: Chat, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("chatui.app.external_programs.run", started.append)
    monkeypatch.setattr("chatui.app.external_programs.show", started.append)
    async with kettle.open() as pilot:
        await kettle.write(pilot, "What of the kettle?")
        kettle.window.open_passage(replace(kettle.passages[0], path=path), 1)
        await kettle.until(lambda: "is in none of your collections" in kettle.notice)
    assert started == []


async def test_why_lists_the_passages_with_their_ranks(kettle: Chat) -> None:
    async with kettle.open(size=(80, 24)) as pilot:
        await kettle.write(pilot, "What of the kettle?")
        await kettle.write(pilot, "/why")
        assert isinstance(kettle.window.screen, Details)
        assert "* 1 kettle.md:10" in " ".join(kettle.screen.split())
        assert "Searched for" in kettle.screen
        await pilot.press("escape")


def test_a_passages_line_of_why_fits_eighty_columns() -> None:
    found = Passage(
        rank=10, score=0.03252, source="a/" * 40 + "end.md", path="/x", title="T",
        heading="Heading " * 30, page=None, char_start=0, char_end=1, line_start=12345,
        line_end=12346, text="x", collection="default", chunk_id="c",
        ranks=Ranks(dense=101, lexical=None), similarity=0.7123,
    )  # fmt: skip
    turn = Turn("Why? " * 40, ASKED, passages=(found,), searched="why " * 40)
    lines = [text for _, text in facts(turn, 63)]
    (row,) = [line for line in lines if "end.md" in line]
    assert len(row) <= 63
    assert row.split()[-4:] == ["0.0325", "101", "—", "0.71"]


@pytest.mark.parametrize(
    ("turn", "reason"),
    [
        (Turn("Hello", ASKED), "the question needs no documents"),
        (Turn("What does the lease cost?", ASKED), "looking into documents was off"),
        (Turn("The lease?", ASKED, searched="lease"), "Nothing in the documents fitted"),
        (Turn("Shorter", ASKED, reply=answered(citations=cited(1)).reply), "goes on with"),
    ],
)
def test_why_says_what_it_means_that_there_are_none(turn: Turn, reason: str) -> None:
    assert reason in " ".join(text for _, text in facts(turn, 63))


async def test_an_answer_is_copied_with_its_sources(kettle: Chat) -> None:
    async with kettle.open() as pilot:
        await kettle.write(pilot, "What of the kettle?")
        await kettle.write(pilot, "/copy sources")
        copied = kettle.window.clipboard
        assert "for five years. [1]" in copied
        assert "- [1] `kettle.md:10` · Guide > Part 1" in copied
        assert "> The kettle holds two litres of water." in copied
        await kettle.write(pilot, "/copy")
        assert kettle.window.clipboard.strip() == KEPT


async def test_an_answer_is_exported_with_its_sources(kettle: Chat, tmp_path: Path) -> None:
    async with kettle.open() as pilot:
        await kettle.write(pilot, "What of the kettle?")
        await kettle.write(pilot, f"/export answer {tmp_path}/kettle.md")
        written = (tmp_path / "kettle.md").read_text()
        assert written.startswith("# What of the kettle?\n\nIt holds two litres [1].")
        assert "**Sources**" in written
        assert "2 citations pointed to no source" in written
        await kettle.write(pilot, f"/export {tmp_path}/all.md")
        assert "- [1] `kettle.md:10`" in (tmp_path / "all.md").read_text()


async def test_citations_come_back_from_an_exported_conversation(
    kettle: Chat, tmp_path: Path
) -> None:
    async with kettle.open() as pilot:
        await kettle.write(pilot, "What of the kettle?")
        before = kettle.window.session.path.turns[0][1].reply.citations
        await kettle.write(pilot, f"/export {tmp_path}/all.json")
        document = json.loads((tmp_path / "all.json").read_text())
        assert document["messages"][1]["citations"][0]["added"] == list(before[0].added)
        await kettle.write(pilot, f"/import {tmp_path}/all.json")
        assert kettle.window.session.path.turns[0][1].reply.citations == before


OTTER = "The otter sleeps in a holt.[1][2] Adults weigh nine kilograms.[7]"
QUOTING = "> The otter sleeps in a holt.[1][2]\n\nSo in a holt [S1]; others weigh nine kilos [3]."


@pytest.fixture
def wiki(chat: Chat) -> Chat:
    """A chat whose passages have marks of their own, and an answer that quotes one of them."""
    chat.passages = (passage(1, "otter.html", OTTER), passage(2), passage(3))
    chat.model = ScriptedModel([says(QUOTING)])
    return chat


async def test_a_sources_own_number_is_shown_as_it_stands_and_opens_nothing(wiki: Chat) -> None:
    async with wiki.open() as pilot:
        await wiki.write(pilot, "Where does it sleep?")
        reply = wiki.window.session.path.turns[0][1].reply
        assert reply.text.strip() == QUOTING.replace("[S1]", "[s1]").replace("[3]", "[s3]")
        assert sorted(citation.n for citation in reply.citations) == [1, 3]
        assert "[s1] otter.html, line 10" in wiki.model.requests[0].messages[-1].content
        await wiki.until(lambda: "s1 otter.html:10" in wiki.screen)
        assert "in a holt.[1][2]" in wiki.screen
        lines = [line.content for line in reply_laid_out(reply, 80).lines]
        targets = [
            (content.plain[span.start : span.end], span.style.meta[CITATION])
            for content in lines
            for span in content.spans
            if isinstance(span.style, Style) and CITATION in span.style.meta
        ]
        assert set(targets) == {("[s1]", 1), ("[s3]", 3)}


async def test_the_form_of_the_marks_comes_back_with_a_stored_and_an_exported_answer(
    wiki: Chat, tmp_path: Path
) -> None:
    async with wiki.open() as pilot:
        await wiki.write(pilot, "Where does it sleep?")
        before = wiki.window.session.path.turns[0][1].reply
        await wiki.window.session.reload()
        after = wiki.window.session.path.turns[0][1].reply
        assert (after.mark_prefix, after.citations) == ("s", before.citations)
        await wiki.write(pilot, "/copy sources")
        assert "- [s1] `otter.html:10`" in wiki.window.clipboard
        await wiki.write(pilot, f"/export {tmp_path}/all.json")
        message = json.loads((tmp_path / "all.json").read_text())["messages"][1]
        assert [one["mark"] for one in message["citations"]] == ["[s1]", "[s3]"]
        await wiki.write(pilot, f"/import {tmp_path}/all.json")
        again = wiki.window.session.path.turns[0][1].reply
        assert (again.mark_prefix, again.citations) == ("s", before.citations)


async def test_the_next_prompt_has_the_answer_without_its_marks_and_with_its_sources(
    wiki: Chat,
) -> None:
    wiki.model = ScriptedModel([says(QUOTING), says("Yes.")])
    async with wiki.open() as pilot:
        await wiki.write(pilot, "Where does it sleep?")
        await wiki.write(pilot, "And how heavy is the otter in that text?")
        sent = [message.content for message in wiki.model.requests[1].messages]
        assert (
            "> The otter sleeps in a holt.[1][2]\n\nSo in a holt; others weigh nine kilos."
        ) in [content.strip() for content in sent]


async def test_a_question_that_leans_on_the_last_answer_sees_its_marks(wiki: Chat) -> None:
    wiki.model = ScriptedModel([says(QUOTING), says("In a holt [s1], not [1].")])
    async with wiki.open() as pilot:
        await wiki.write(pilot, "Where does it sleep?")
        wiki.window.session.choices.set_rag(False)
        await wiki.write(pilot, "Make that shorter")
        assert any("holt [s1];" in each.content for each in wiki.model.requests[1].messages)
        reply = wiki.window.session.path.turns[1][1].reply
        assert reply.text.strip() == "In a holt [s1], not [1]."
        assert [citation.passage.source for citation in reply.citations] == ["otter.html"]
