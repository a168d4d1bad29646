"""How a model in a file is set up by the settings and the memory that is free."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from chatui.bootstrap.local_models import USUAL_CONTEXT, info, memory_report, settings
from chatui.config.schema import Config, Local, ModelTable
from chatui.domain.errors import BadModelFile, ModelUnavailable
from chatui.models.files.model_files import ModelFile
from chatui.models.files.projectors import projector_bytes
from chatui.models.local import free_memory as memory
from chatui.models.local.threads import cores
from chatui.models.sighted import NOTHING, PICTURES
from tests.tiny_gguf import write_tiny_gguf
from tests.tiny_projector import write_tiny_projector

LONG = 1 << 20


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    path = write_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf", context=LONG)
    return ModelFile("local/tiny", path, "the models folder")


def with_free(monkeypatch: pytest.MonkeyPatch, megabytes: int) -> None:
    free = memory.FreeMemory(megabytes * 10**6, 10**12)
    monkeypatch.setattr(memory, "free_memory", lambda: free)


def config(**local: object) -> Config:
    return replace(Config(), local=Local(**local))  # type: ignore[arg-type]


def test_the_context_is_what_a_processor_reads_in_minutes(file: ModelFile) -> None:
    assert info(Config(), file).context_size == USUAL_CONTEXT
    assert settings(Config(), file).context == USUAL_CONTEXT


def test_the_context_is_never_longer_than_the_model_was_trained_for(tmp_path: Path) -> None:
    short = ModelFile("local/short", write_tiny_gguf(tmp_path / "short.gguf", context=512), "x")
    assert info(Config(), short).context_size == 512
    assert settings(config(context_size=4096), short).context == 512


def test_the_user_sets_a_longer_context(file: ModelFile) -> None:
    assert settings(config(context_size=50_000), file).context == 50_000
    assert info(config(context_size=50_000), file).context_size == 50_000


def test_little_memory_makes_the_context_smaller(
    file: ModelFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_free(monkeypatch, 55)
    chosen = settings(Config(), file).context
    assert 512 <= chosen < USUAL_CONTEXT
    assert info(Config(), file).context_size == chosen


def test_memory_of_a_model_that_makes_room_counts_as_free(
    file: ModelFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_free(monkeypatch, 55)
    assert info(Config(), file, taken=10**9).context_size == USUAL_CONTEXT


def test_what_does_not_fit_is_refused_with_the_figures(
    file: ModelFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_free(monkeypatch, 55)
    with pytest.raises(ModelUnavailable, match=r"needs .* with a context of 50,.* would fit"):
        settings(config(context_size=50_000), file)
    with_free(monkeypatch, 1)
    with pytest.raises(ModelUnavailable, match=r"smaller model"):
        settings(Config(), file)


def test_a_file_that_is_none_is_told_when_it_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"no model")
    file = ModelFile("local/broken", path, "the models folder")
    assert info(Config(), file).context_size is None
    with pytest.raises(BadModelFile):
        settings(Config(), file)


def test_a_chat_format_is_named_with_or_without_the_provider(file: ModelFile) -> None:
    for name in ("local/tiny", "tiny"):
        assert settings(config(chat_formats={name: "gemma"}), file).chat_format == "gemma"


def test_a_core_is_left_to_the_window_while_a_reply_is_written(
    file: ModelFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.models.local.threads.cores", lambda: 8)
    chosen = settings(Config(), file)
    assert (chosen.threads, chosen.batch_threads) == (7, 8)
    own = settings(config(threads=3), file)
    assert (own.threads, own.batch_threads) == (3, 3)


def test_a_machine_of_one_core_writes_with_it(
    file: ModelFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.models.local.threads.cores", lambda: 1)
    assert settings(Config(), file).threads == 1


def test_two_threads_of_one_core_count_once(tmp_path: Path) -> None:
    for number in range(os.cpu_count() or 1):
        folder = tmp_path / f"cpu{number}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text("0-999\n")
    assert cores(tmp_path) == 1
    assert cores(tmp_path / "nothing here") == len(os.sched_getaffinity(0))


def test_a_model_with_a_projector_beside_it_sees_and_is_counted_with_it(
    file: ModelFile,
) -> None:
    assert info(Config(), file).takes == NOTHING
    alone = memory_report(Config(), file)
    eyes = write_tiny_projector(file.path.with_name("mmproj.gguf"))
    try:
        assert info(Config(), file).takes == PICTURES
        assert settings(Config(), file).projector == str(eyes)
        report = memory_report(Config(), file)
        assert report.projector == eyes
        assert report.need.total == alone.need.total + projector_bytes(eyes)
    finally:
        eyes.unlink()


def test_the_users_word_on_what_a_model_sees_with_goes_before_all(
    file: ModelFile, tmp_path: Path
) -> None:
    beside = write_tiny_projector(file.path.with_name("mmproj.gguf"))
    other = write_tiny_projector(tmp_path / "other.gguf")
    try:
        named = Config(models={file.name: ModelTable(mmproj=str(other))})
        assert settings(named, file).projector == str(other)
        blind = Config(models={"local/*": ModelTable(vision=False)})
        assert settings(blind, file).projector == ""
        assert info(blind, file).takes == NOTHING
    finally:
        beside.unlink()


def test_a_projector_that_memory_does_not_hold_makes_the_context_smaller(
    file: ModelFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_free(monkeypatch, 55)
    without = info(Config(), file).context_size
    eyes = write_tiny_projector(file.path.with_name("mmproj.gguf"), image_size=280)
    try:
        context = info(Config(), file).context_size
        assert context is not None
        assert without is not None
        assert context < without
    finally:
        eyes.unlink()
