"""Candidates for a question in another language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from chatui.domain.errors import WorkerError
from chatui.retrieval.library.records import ChunkRow
from chatui.retrieval.search.across_languages import asks_across, with_met_words
from chatui.retrieval.search.retriever import Retriever
from tests.retrieval.conftest import Shelf

ENGLISH = (
    "The river rose for three days, and the bridge was closed to all cars until the water fell."
)
GERMAN = "Der Fluss stieg drei Tage lang, und die Brücke war für alle Autos gesperrt."
FRENCH = "Le fleuve est monté pendant trois jours, et le pont était fermé à toutes les voitures."
RUSSIAN = "Река поднималась три дня, и мост был закрыт для всех машин, пока вода не спала."
ARABIC = "ارتفع النهر لمدة ثلاثة أيام وأغلق الجسر أمام جميع السيارات."
JAPANESE = "川は三日間増水し、橋は水が引くまですべての車に閉鎖された。"
CHINESE = "河水上涨了三天，大桥对所有车辆关闭，直到水位下降。"
HINDI = "नदी तीन दिन तक बढ़ती रही और पुल सभी गाड़ियों के लिए बंद था।"

CHUNK = ChunkRow("a", "a.md", "/a.md", "", "", None, 0, 1, 1, 1, "")


def chunks(*texts: str) -> list[ChunkRow]:
    return [replace(CHUNK, text=text) for text in texts]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Wie lange stieg der Fluss?", ENGLISH),
        ("Wie lange stieg der Fluss?", ARABIC),
        ("Combien de jours le fleuve est-il monté ?", GERMAN),
        ("How long did the river rise?", FRENCH),
        ("How long did the river rise?", JAPANESE),
        ("Сколько дней поднималась река?", ENGLISH),
        ("كم يوما ارتفع النهر؟", RUSSIAN),
        ("河水上涨了多久？", ENGLISH),
        ("河水上涨了多久？", JAPANESE),
    ],
)
def test_a_question_in_one_language_asks_across_to_texts_in_another(
    question: str, text: str
) -> None:
    assert asks_across(question, chunks(text))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How long did the river rise?", ENGLISH),
        ("Wie lange stieg der Fluss?", GERMAN),
        ("Combien de jours le fleuve est-il monté ?", FRENCH),
        ("Сколько дней поднималась река?", RUSSIAN),
        ("كم يوما ارتفع النهر؟", ARABIC),
        ("河水上涨了多久？", CHINESE),
        ("川は何日間増水しましたか。", JAPANESE),
        ("ZX-81", ENGLISH),
        ("ZX-81", "0x3f 0x4a 17"),
    ],
)
def test_a_question_in_the_language_of_the_texts_does_not(question: str, text: str) -> None:
    assert not asks_across(question, chunks(text))


def test_what_the_model_cannot_read_is_not_compared() -> None:
    assert not asks_across("नदी कितने दिन बढ़ी?", chunks(ENGLISH))
    assert not asks_across("How long did the river rise?", chunks(HINDI))


def test_the_language_of_most_of_the_best_counts() -> None:
    asked = "Wie lange stieg der Fluss?"
    assert asks_across(asked, chunks(ENGLISH, GERMAN, ENGLISH))
    assert not asks_across(asked, chunks(GERMAN, ENGLISH, GERMAN))
    assert not asks_across(asked, [])


def test_what_meets_more_words_comes_first_and_the_rest_stays_behind() -> None:
    ranking = [("a", 1.0), ("b", 0.9), ("c", 0.8), ("d", 0.7)]
    found = with_met_words(ranking, {"a": 0.3, "b": 0.4, "c": 0.6})
    assert [one for one, _ in found] == ["c", "b", "a", "d"]
    assert all(0 <= score <= 1.0 for _, score in found)


def test_words_that_are_met_alike_change_nothing() -> None:
    ranking = [("a", 1.0), ("b", 0.9)]
    assert with_met_words(ranking, {"a": 0.5, "b": 0.5}) == ranking
    assert with_met_words([], {}) == []


class Comparer:
    """Finds the texts with a word best, in whatever language it is asked."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.asked: list[str] = []

    async def met(self, question: str, texts: Sequence[str]) -> list[float]:
        self.asked.append(question)
        return [float(self.word in text) for text in texts]


async def best(shelf: Shelf, question: str, comparer: Comparer) -> str:
    shelf.write("river.md", ENGLISH)
    shelf.write(
        "flood.md", "A flood is a rise of the water in a river, and the old town knew many."
    )
    await shelf.ingest()
    retriever = Retriever(shelf.library, shelf.embedder, shelf.vectors, met=comparer.met)
    found = await retriever.search(question, collection=shelf.collection, k=2)
    return found[0].source


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(("word", "source"), [("bridge", "river.md"), ("town", "flood.md")])
async def test_a_search_puts_first_what_meets_the_words_of_a_foreign_question(
    shelf: Shelf, word: str, source: str
) -> None:
    comparer = Comparer(word)
    assert await best(shelf, "Wann war die Brücke für Autos gesperrt?", comparer) == source


@pytest.mark.asyncio(loop_scope="session")
async def test_words_are_not_compared_where_the_texts_are_in_the_language_of_the_question(
    shelf: Shelf,
) -> None:
    comparer = Comparer("town")
    assert await best(shelf, "When was the bridge closed to cars?", comparer) == "river.md"
    assert comparer.asked == []


@pytest.mark.asyncio(loop_scope="session")
async def test_a_comparison_that_fails_leaves_the_order_as_it_is(shelf: Shelf) -> None:
    class Broken(Comparer):
        async def met(self, question: str, texts: Sequence[str]) -> list[float]:
            raise WorkerError("The embedding process ended.")

    assert await best(shelf, "Wann war die bridge für cars gesperrt?", Broken("town")) == "river.md"
