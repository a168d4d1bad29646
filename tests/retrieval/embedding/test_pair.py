"""An English and a multilingual model as one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from chatui.retrieval.embedding.embedder import WorkerEmbedder
from chatui.retrieval.embedding.pair import EmbedderPair
from chatui.retrieval.embedding.similarity import cosine
from chatui.retrieval.embedding.source import UNIVERSAL
from tests.retrieval.conftest import Shelf

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENGLISH, GERMAN = "The river rose for three days.", "Der Fluss stieg drei Tage lang an."


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def universal(embedder_cache: Path) -> AsyncIterator[WorkerEmbedder]:
    made = WorkerEmbedder(UNIVERSAL, embedder_cache)
    yield made
    await made.close()


@pytest.fixture
def pair(shared_embedder: WorkerEmbedder, universal: WorkerEmbedder) -> EmbedderPair:
    return EmbedderPair(shared_embedder, universal)


async def test_texts_and_questions_have_length_one(pair: EmbedderPair) -> None:
    vectors = await pair.embed_documents([ENGLISH, GERMAN])
    vectors += [await pair.embed_query(ENGLISH), await pair.embed_query(GERMAN)]

    assert {len(vector) for vector in vectors} == {4 * await pair.dimensions()}
    for vector in vectors:
        # The distance of a vector from none is its length.
        assert cosine(vector, bytes(len(vector))) == pytest.approx(0.5, abs=1e-3)


async def test_two_english_texts_have_the_mean_of_both_cosines(
    pair: EmbedderPair, universal: WorkerEmbedder
) -> None:
    question = "How long did the water rise?"
    (text,) = await pair.embed_documents([ENGLISH])
    single = [
        cosine(await one.embed_query(question), (await one.embed_documents([ENGLISH]))[0])
        for one in (pair.english, universal)
    ]

    assert cosine(await pair.embed_query(question), text) == pytest.approx(
        sum(single) / 2, abs=0.01
    )


async def test_a_question_in_another_language_compares_with_all_texts_alike(
    pair: EmbedderPair, universal: WorkerEmbedder
) -> None:
    question = "Wie lange stieg das Wasser?"
    asked, alone = await pair.embed_query(question), await universal.embed_query(question)
    both = await pair.embed_documents([ENGLISH, GERMAN])
    for found, text in zip(both, await universal.embed_documents([ENGLISH, GERMAN]), strict=True):
        assert cosine(asked, found) == pytest.approx(cosine(alone, text) * 0.5**0.5, abs=0.01)


async def test_both_models_name_the_vectors(pair: EmbedderPair, universal: WorkerEmbedder) -> None:
    fingerprint = await pair.fingerprint()

    assert await pair.english.fingerprint() in fingerprint
    assert await universal.fingerprint() in fingerprint
    assert await pair.fingerprint_at_hand() == fingerprint


async def test_a_question_in_one_language_finds_a_text_in_another(
    shelf: Shelf, pair: EmbedderPair
) -> None:
    shelf.embedder = pair
    shelf.write("river.md", ENGLISH)
    shelf.write("bread.md", "Bread is baked for forty minutes in a hot oven.")
    shelf.write("ice.md", "Glaciers melt slowly in the mountains.")
    await shelf.ingest()
    for question in (
        "Wie lange ist der Fluss gestiegen?",
        "河水上涨了多久？",
        "Сколько дней росла река?",
    ):
        passages = await shelf.retriever.search(question, collection=shelf.collection, k=1)
        assert passages[0].source == "river.md"


async def test_the_words_of_a_question_are_met_by_what_means_the_same_in_other_languages(
    universal: WorkerEmbedder,
) -> None:
    texts = [
        "The captain of the ship was born in a small village in Norway.",
        "The ship has three engines and was built of steel.",
    ]
    for question in (
        "Wo wurde der Kapitän des Schiffes geboren?",
        "Где родился капитан корабля?",
        "船长出生在哪个村庄？",
        "أين ولد قبطان السفينة؟",
        "船長はどの村で生まれましたか。",
    ):
        right, wrong = await universal.met(question, texts)
        assert right > wrong + 0.05, question


async def test_a_library_of_one_model_is_embedded_anew_by_the_pair(
    shelf: Shelf, pair: EmbedderPair
) -> None:
    shelf.write("river.md", ENGLISH)
    await shelf.ingest()
    shelf.embedder = pair
    report = await shelf.ingest()

    assert (report.unchanged, report.embedded) == (1, 1)
    assert (await shelf.upkeep.check(shelf.collection)).sound
