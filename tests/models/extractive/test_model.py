"""The built-in model: one request in, a short reply of quotes out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from chatui.domain.conversation import FinishReason, Message, Role
from chatui.domain.errors import EmbedderFailed, ModelError
from chatui.domain.passage import Passage
from chatui.models.base import Finished, ModelRequest, SamplingOptions, TextDelta
from chatui.models.extractive.likeness import UNRELATED, SentenceComparer
from chatui.models.extractive.model import INFO, MAX_WORDS, ExtractiveModel
from chatui.models.extractive.replies import (
    ABOUT_ME,
    BEING_READ,
    LEAD,
    NO_DOCUMENTS,
    NOTHING_FOUND,
    QUOTES_ONLY,
    THANKS,
)
from chatui.retrieval.embedding.embedder import WorkerEmbedder
from chatui.text.terms import words_in
from tests.models.extractive_passages import passage, passages

HARBOUR = (
    "The harbour was dug by hand. It took eleven years and cost two million crowns. "
    "Fishing boats use the northern basin. The lighthouse on the mole was lit in 1874. "
    "It shows a white light every six seconds."
)
BAKERY = "Rye bread needs sour dough. Knead it for ten minutes. Bake it at 220 degrees."


async def no_embedder(texts: Sequence[str]) -> list[bytes]:
    raise EmbedderFailed("The embedding model cannot be read; check retrieval.embedder.")


async def answer(model: ExtractiveModel, request: ModelRequest) -> str:
    events = [event async for event in model.stream(request)]
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def asking(question: str, given: tuple[Passage, ...], **fields: object) -> ModelRequest:
    return ModelRequest((), question, given, **fields)  # type: ignore[arg-type]


@pytest.fixture
def by_words() -> ExtractiveModel:
    """A model whose embedder fails, so that only words count."""
    return ExtractiveModel(SentenceComparer(no_embedder))


async def test_the_answer_is_quoted_with_its_source(embedder: WorkerEmbedder) -> None:
    model = ExtractiveModel(SentenceComparer(embedder.embed_documents))
    reply = await answer(
        model, asking("When did the lighthouse start to shine?", passages(BAKERY, HARBOUR))
    )
    assert reply.startswith(LEAD)
    assert "The lighthouse on the mole was lit in 1874." in reply
    assert "[2]" in reply
    assert "bread" not in reply


@pytest.mark.parametrize(
    ("question", "text", "answer_"),
    [
        ("What was the capex?", "The year was good. Capital expenditures were 5 million.", "5 mil"),
        ("Who is the chief executive officer?", "The shop is old. Its CEO is Ann Lee.", "Ann Lee"),
        ("社保怎么交？", "公司在北京。社会保险由公司每月十五日缴纳。", "每月十五日"),
    ],
)
async def test_what_texts_call_by_its_other_form_is_quoted(
    by_words: ExtractiveModel, question: str, text: str, answer_: str
) -> None:
    assert answer_ in await answer(by_words, asking(question, passages(BAKERY, text)))


async def test_an_unanswerable_question_is_refused(embedder: WorkerEmbedder) -> None:
    model = ExtractiveModel(SentenceComparer(embedder.embed_documents))
    given = (passage(HARBOUR, similarity=0.1), passage(BAKERY, 2, similarity=0.05))
    questions = ["How do vaccines train the immune system?", "Wie lernt das Immunsystem?"]
    assert [await answer(model, asking(q, given)) for q in questions] == [NOTHING_FOUND] * 2


async def test_a_chinese_answer_is_found_by_an_english_embedder(embedder: WorkerEmbedder) -> None:
    model = ExtractiveModel(SentenceComparer(embedder.embed_documents))
    given = passages("港口由人工挖掘。灯塔于1874年点亮。渔船使用北部水域。")
    reply = await answer(model, asking("灯塔是哪一年点亮的？", given))
    assert "灯塔于1874年点亮。" in reply
    assert await answer(model, asking("谁发明了电话？", given)) == NOTHING_FOUND


async def test_words_alone_answer_when_the_embedder_fails(by_words: ExtractiveModel) -> None:
    reply = await answer(by_words, asking("When was the lighthouse lit?", passages(HARBOUR)))
    assert "lit in 1874. " in reply
    refused = await answer(by_words, asking("Who discovered penicillin?", passages(HARBOUR)))
    assert refused == NOTHING_FOUND


async def test_a_reply_streams_in_words_and_ends_once(by_words: ExtractiveModel) -> None:
    request = asking("When was the lighthouse lit?", passages(HARBOUR))
    *deltas, last = [event async for event in by_words.stream(request)]
    assert last == Finished(FinishReason.STOP, cited=(1,))
    assert len(deltas) > 10
    assert all(isinstance(d, TextDelta) and len(d.text.split()) == 1 for d in deltas)


async def test_a_reply_has_a_bounded_length(by_words: ExtractiveModel) -> None:
    many = tuple(
        passage(f"Lighthouse number {n} shines over bay {n}. Bay {n} has a lighthouse. " * 9, n)
        for n in range(1, 9)
    )
    table = "\n".join(f"lighthouse {n} | bay {n} | {n} metres" for n in range(40))
    for given in (many, passages(table), passages("lighthouse bay " * 500)):
        reply = await answer(by_words, asking("Which lighthouse is in which bay?", given))
        assert 10 < words_in(reply) <= MAX_WORDS


async def test_a_smaller_bound_on_the_output_holds(by_words: ExtractiveModel) -> None:
    options = SamplingOptions(max_output_tokens=40)
    request = asking("When was the lighthouse lit?", passages(HARBOUR), options=options)
    assert words_in(await answer(by_words, request)) <= 24


async def test_without_documents_the_reply_says_how_to_add_them(by_words: ExtractiveModel) -> None:
    reply = await answer(by_words, asking("When was it lit?", (), library_empty=True))
    assert reply == NO_DOCUMENTS
    assert "/ingest PATH" in reply


async def test_while_documents_are_being_read_the_reply_says_so(by_words: ExtractiveModel) -> None:
    request = asking("When was it lit?", (), library_empty=True, library_reading=True)
    assert await answer(by_words, request) == BEING_READ


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Hello!", ABOUT_ME),
        ("Good morning, how are you?", ABOUT_ME),
        ("What can you do?", ABOUT_ME),
        ("你好", ABOUT_ME),
        ("???", ABOUT_ME),
        ("Thank you very much!", THANKS),
        ("Thanks for the lighthouse", NOTHING_FOUND),
    ],
)
async def test_small_talk_is_answered_plainly(
    by_words: ExtractiveModel, said: str, expected: str
) -> None:
    assert await answer(by_words, asking(said, ())) == expected


async def test_a_follow_up_is_answered_by_what_was_searched_for(
    by_words: ExtractiveModel,
) -> None:
    request = ModelRequest(
        (Message(Role.USER, "And what did it cost?"),),
        "And what did it cost?",
        passages(BAKERY, HARBOUR),
        query="Who dug the harbour? And what did it cost?",
    )
    assert "cost two million crowns" in await answer(by_words, request)


@pytest.mark.parametrize("said", ["Make it shorter", "Übersetze das ins Englische", "继续"])
async def test_rewriting_a_reply_is_left_to_other_models(
    by_words: ExtractiveModel, said: str
) -> None:
    messages = (
        Message(Role.USER, "Who dug the harbour?"),
        Message(Role.ASSISTANT, "It was dug by hand. [1]"),
        Message(Role.USER, said),
    )
    assert await answer(by_words, ModelRequest(messages, said)) == QUOTES_ONLY


async def test_a_summary_opens_the_passages(by_words: ExtractiveModel) -> None:
    reply = await answer(by_words, asking("Please summarise the document", passages(HARBOUR)))
    assert reply.startswith(f"{LEAD}\n\nThe harbour was dug by hand.")


async def test_json_is_refused_in_one_sentence(by_words: ExtractiveModel) -> None:
    request = asking("?", (), options=SamplingOptions(json_schema={"type": "object"}))
    with pytest.raises(ModelError, match="cannot fill a JSON schema"):
        await answer(by_words, request)


async def test_cancelling_stops_the_reply(by_words: ExtractiveModel) -> None:
    seen: list[str] = []

    async def read() -> None:
        request = asking("When was the lighthouse lit?", passages(HARBOUR))
        async for event in by_words.stream(request):
            if isinstance(event, TextDelta):
                seen.append(event.text)
                if len(seen) == 3:
                    reading.cancel()

    reading = asyncio.create_task(read())
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert len(seen) == 3


def test_it_is_a_local_model_by_the_name_of_the_catalog() -> None:
    assert (INFO.name, INFO.local) == ("builtin/extract", True)


async def test_the_documents_own_marks_are_no_citations(by_words: ExtractiveModel) -> None:
    stone = "The lighthouse was lit in 1874 [3], as the record says [1, 2]."
    request = asking("When was the lighthouse lit?", passages("Nothing of it here.", stone, "No."))
    *deltas, last = [event async for event in by_words.stream(request)]
    assert stone in "".join(d.text for d in deltas if isinstance(d, TextDelta))
    assert isinstance(last, Finished)
    assert last.cited == (2,)


async def test_quotes_in_another_language_say_so_though_a_table_tells_none() -> None:
    async def alike(texts: Sequence[str]) -> list[bytes]:
        everyday = {one for group in UNRELATED for one in group}
        one, other = b"\0\0\x80?\0\0\0\0", b"\0\0\0\0\0\0\x80?"
        return [other if text in everyday else one for text in texts]

    table = "| Poids | 22,8 kg |\n| Batterie | 504 Wh |"
    given = passages("Le poids du vélo est de vingt kilos et il est lourd.", table)
    model = ExtractiveModel(SentenceComparer(alike, alike))
    reply = await answer(model, asking("What is the weight of the bike and is it heavy?", given))
    assert "in French" in reply.splitlines()[0]


async def test_rows_with_foreign_names_are_said_to_be_in_no_language(
    by_words: ExtractiveModel,
) -> None:
    rows = "name,street,city\nJones,Avenue du Maine 3,Paris\nMiller,12 Rue de la Paix,Paris"
    reply = await answer(
        by_words, asking("In which street of Paris does Jones live?", passages(rows))
    )
    assert "Jones" in reply
    assert "in French" not in reply
