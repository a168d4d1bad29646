"""Which reranker the config and what is installed stand for."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatui.bootstrap import documents
from chatui.bootstrap.documents import choose_reranker
from chatui.config.paths import resolve
from chatui.config.schema import Config, RerankerSettings, Retrieval

GERMAN = "Welcher Baum ist der höchste?"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "packaged_folder", lambda: tmp_path)


def named(model: str) -> Config:
    return Config(retrieval=Retrieval(reranker=RerankerSettings(model=model)))


@pytest.mark.usefixtures("installed")
def test_the_packaged_reranker_is_on_for_english_where_it_is_installed(tmp_path: Path) -> None:
    found = choose_reranker(Config(), resolve(data_dir=tmp_path), None)

    assert found is not None
    assert found.reads("Which tree is the tallest?")
    assert not found.reads(GERMAN)


def test_where_it_is_not_installed_nothing_reranks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "packaged_folder", lambda: None)

    assert choose_reranker(Config(), resolve(data_dir=tmp_path), None) is None


@pytest.mark.usefixtures("installed")
def test_it_can_be_switched_off(tmp_path: Path) -> None:
    assert choose_reranker(named(""), resolve(data_dir=tmp_path), None) is None


@pytest.mark.usefixtures("installed")
def test_one_that_the_config_names_reads_every_language(tmp_path: Path) -> None:
    found = choose_reranker(named("BAAI/bge-reranker-base"), resolve(data_dir=tmp_path), None)

    assert found is not None
    assert found.reads(GERMAN)
