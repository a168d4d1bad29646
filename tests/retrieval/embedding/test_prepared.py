"""The cache of prepared models, and how texts are put into batches."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.domain.errors import EmbedderFailed
from chatui.retrieval.embedding import prepared as files
from chatui.retrieval.embedding.service import TEXTS_PER_BATCH, batches
from chatui.retrieval.embedding.source import check_weights

TOKENS = 1024
WANTED = files.Wanted("m")


@given(st.lists(st.integers(min_value=0, max_value=512), max_size=300))
def test_batches_hold_every_text_once_and_keep_to_their_bounds(lengths: list[int]) -> None:
    made = list(batches(lengths, TOKENS))
    assert sorted(index for batch in made for index in batch) == list(range(len(lengths)))
    for batch in made:
        longest = max(lengths[index] for index in batch)
        assert len(batch) <= TEXTS_PER_BATCH
        assert len(batch) == 1 or longest * len(batch) <= TOKENS


def staged(cache: Path, content: bytes = b"weights") -> files.PreparedModel:
    folder = files.stage(cache)
    (folder / files.MODEL_FILE).write_bytes(content)
    sums = {files.MODEL_FILE: files.checksum(folder / files.MODEL_FILE)}
    manifest = files.Manifest("m", "print", "onnx", "fp32", 4, 8, 0, "", "", sums)
    return files.write_manifest(folder, manifest)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path


def test_a_published_model_is_found_by_its_name_runtime_and_precision(cache: Path) -> None:
    files.publish(cache, staged(cache), WANTED)
    found = files.find(cache, WANTED)
    assert found is not None
    assert found.manifest.fingerprint == "print"
    assert files.find(cache, files.Wanted("m", "onnx")) is None
    assert files.find(cache, files.Wanted("m", precision="int8")) is None
    assert files.find(cache, files.Wanted("other")) is None


@pytest.mark.parametrize("damage", ["cut", "gone", "manifest", "pointer"])
def test_a_damaged_cache_is_not_found(cache: Path, damage: str) -> None:
    published = files.publish(cache, staged(cache), WANTED)
    if damage == "cut":
        (published.folder / files.MODEL_FILE).write_bytes(b"weigh")
    elif damage == "gone":
        (published.folder / files.MODEL_FILE).unlink()
    elif damage == "manifest":
        (published.folder / files.MANIFEST_FILE).write_text('{"model": "m"')
    else:
        next((cache / "names").iterdir()).write_text("[]")
    assert files.find(cache, WANTED) is None


def test_what_a_killed_preparation_left_is_removed_by_the_next(cache: Path) -> None:
    left = staged(cache).folder
    staged(cache)
    assert not left.exists()


def test_a_changed_model_folder_is_prepared_afresh(cache: Path, tmp_path: Path) -> None:
    model = tmp_path / "own-model"
    model.mkdir()
    (model / "weights").write_bytes(b"1")
    files.publish(cache, staged(cache), files.Wanted(str(model)))
    assert files.find(cache, files.Wanted(str(model))) is not None
    (model / "weights").write_bytes(b"12")
    assert files.find(cache, files.Wanted(str(model))) is None


def test_weights_other_than_the_published_ones_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"something else")
    with pytest.raises(EmbedderFailed, match="are not the published ones"):
        check_weights(path, "53aa51")
    with pytest.raises(EmbedderFailed, match="cannot be read"):
        check_weights(tmp_path / "absent", "53aa51")
