from __future__ import annotations

import pytest

from chatui.domain.errors import UnknownModel, UsageError
from chatui.models.files.curated import FIRST, curated_models
from chatui.models.files.hub.names import HubSource, chosen, models_among, parse, set_of, stem

FILES = ["README.md", "m-Q4_K_M.gguf", "m-Q8_0.gguf", "mmproj-m-f16.gguf"]
SPLIT = [f"big/m-Q8_0-0000{n}-of-00003.gguf" for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("hf:Qwen/Qwen3-0.6B-GGUF", HubSource("Qwen/Qwen3-0.6B-GGUF")),
        ("hf:o/r:m-Q8_0.gguf", HubSource("o/r", "m-Q8_0.gguf")),
        ("hf:o/r:folder/m.gguf", HubSource("o/r", "folder/m.gguf")),
        ("hf://o/r:Q8_0", HubSource("o/r", "Q8_0")),
    ],
)
def test_a_source_names_a_repository_and_a_file(text: str, source: HubSource) -> None:
    assert parse(text) == source


@pytest.mark.parametrize("text", ["hf:", "hf:owner", "hf:a/b/c", "hf:a/b:../../x.gguf", "hf:a b/c"])
def test_what_names_no_file_says_how_it_is_written(text: str) -> None:
    with pytest.raises(UsageError, match="hf:OWNER/REPO:FILE"):
        parse(text)


def test_files_beside_the_model_and_later_parts_are_no_models() -> None:
    assert models_among([*FILES, *SPLIT]) == (SPLIT[0], "m-Q4_K_M.gguf", "m-Q8_0.gguf")


def test_a_split_model_is_all_its_files() -> None:
    assert set_of(SPLIT[1]) == tuple(SPLIT)
    assert stem(SPLIT[0]) == "m-Q8_0"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("m-Q8_0.gguf", "m-Q8_0.gguf"),
        ("M-q8_0.GGUF", "m-Q8_0.gguf"),
        ("q4_k_m", "m-Q4_K_M.gguf"),
    ],
)
def test_a_file_is_found_by_its_name_or_its_quantisation(wanted: str, found: str) -> None:
    assert chosen(HubSource("o/r", wanted), FILES) == found


def test_any_part_of_a_split_model_names_it() -> None:
    assert chosen(HubSource("o/r", SPLIT[2]), SPLIT) == SPLIT[0]


def test_the_only_file_of_a_repository_needs_no_name() -> None:
    assert chosen(HubSource("o/r"), ["README.md", "m.gguf"]) == "m.gguf"


def test_of_several_files_all_are_named() -> None:
    with pytest.raises(UnknownModel, match=r"m-Q4_K_M\.gguf, m-Q8_0\.gguf"):
        chosen(HubSource("o/r"), FILES)


def test_a_file_that_is_not_there_brings_the_nearest_first() -> None:
    with pytest.raises(UnknownModel, match=r"there is m-Q8_0\.gguf, m-Q4_K_M\.gguf"):
        chosen(HubSource("o/r", "m-Q8.gguf"), FILES)


def test_a_repository_without_models_says_so() -> None:
    with pytest.raises(UnknownModel, match="no GGUF file"):
        chosen(HubSource("o/r"), ["model.safetensors"])


def test_the_curated_list_is_whole_and_in_the_order_of_size() -> None:
    models = list(curated_models().values())

    assert [m.bytes for m in models] == sorted(m.bytes for m in models)
    assert models[0].name == FIRST
    assert all(m.bytes < m.memory < 3 * m.bytes for m in models)
    assert all(len(m.sha256) == 64 and m.licence and m.quantisation for m in models)
    assert all(parse(m.source) == HubSource(m.repo, m.file) for m in models)
    assert len({m.sha256 for m in models}) == len({m.file for m in models}) == len(models)
