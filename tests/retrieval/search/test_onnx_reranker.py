"""Rerankers in ONNX: a tiny one that the tests make, and the packaged one where it is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatui.domain.errors import RerankerFailed
from chatui.retrieval.search import packaged_reranker
from chatui.retrieval.search.onnx_reranker import MOST_TOKENS, OnnxReranker
from chatui.retrieval.search.reranker import WorkerReranker
from tests.patience import PATIENCE
from tests.retrieval.tiny_reranker import write_reranker

QUESTION = "Which tree is the tallest?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_reranker(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def tiny(folder: Path) -> OnnxReranker:
    return OnnxReranker(str(folder))


def test_scores_are_the_models_in_the_order_of_the_texts(tiny: OnnxReranker) -> None:
    texts = ["bread", "The redwood is a tree.", "", "tree " * 40, "a river"]

    assert tiny.score(QUESTION, texts) == [-3.0, 7.0, 0.0, 80.0, 0.0]


def test_no_texts_have_no_scores(tiny: OnnxReranker) -> None:
    assert tiny.score(QUESTION, []) == []


def test_a_long_text_is_cut_where_the_model_ends(tiny: OnnxReranker) -> None:
    (score,) = tiny.score(QUESTION, ["tree " * 5000])

    assert 0 < score < 2 * MOST_TOKENS


def test_a_long_question_leaves_room_for_the_text(tiny: OnnxReranker) -> None:
    (score,) = tiny.score("why " * 5000, ["tree " * 200])

    assert score == 400.0


def test_lone_surrogates_are_no_fault(tiny: OnnxReranker) -> None:
    assert tiny.score("\ud800", ["tree \udfff"]) == [2.0]


def test_a_cancelled_call_gives_nothing(tiny: OnnxReranker) -> None:
    assert tiny.score(QUESTION, ["tree"] * 5, lambda: True) == []


def test_a_model_with_more_than_one_score_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RerankerFailed, match=r"one number.*retrieval\.reranker\.model"):
        OnnxReranker(str(write_reranker(tmp_path, outputs=3)))


def test_a_model_whose_scores_are_no_numbers_is_refused(tmp_path: Path) -> None:
    worths = dict.fromkeys(("[UNK]", "[CLS]", "[SEP]"), float("nan"))

    with pytest.raises(RerankerFailed, match="not numbers"):
        OnnxReranker(str(write_reranker(tmp_path, worths)))


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_damaged_file_is_told_in_a_sentence(tmp_path: Path, name: str) -> None:
    (write_reranker(tmp_path) / name).write_bytes(b"\x00 nonsense")

    with pytest.raises(RerankerFailed, match=r"retrieval\.reranker\.model"):
        OnnxReranker(str(tmp_path))


async def test_a_folder_with_an_onnx_model_runs_in_a_process_without_torch(folder: Path) -> None:
    reranker = WorkerReranker(str(folder), loading_seconds=PATIENCE, answer_seconds=PATIENCE)

    scores = await reranker.score(QUESTION, ["bread", "redwood"])
    await reranker.close()

    assert scores == [-3.0, 5.0]


def test_a_reranker_for_english_reads_nothing_else(folder: Path) -> None:
    reranker = WorkerReranker(str(folder), english_only=True)

    assert reranker.reads(QUESTION)
    assert not reranker.reads("Welcher Baum ist der höchste?")
    assert not reranker.reads("哪棵树最高？")


def test_a_packaged_model_that_is_not_the_published_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RerankerFailed, match="not the published file"):
        packaged_reranker.check(write_reranker(tmp_path))


@pytest.mark.skipif(packaged_reranker.packaged_folder() is None, reason="without chatui[rerank]")
def test_the_packaged_model_tells_an_answer_from_what_is_near_it() -> None:
    answer, near, other = OnnxReranker(str(packaged_reranker.packaged_folder())).score(
        "How tall is the tallest redwood?",
        ["At 116 m, Hyperion is the tallest.", "Redwoods grow in fog.", "Bread needs flour."],
    )

    assert answer > near > other
