"""Which file a model sees with, of those that lie beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from chatui.models.files.model_files import ModelFile, ModelFiles
from chatui.models.files.model_stores import HUGGING_FACE, LLAMA_CPP, OLLAMA, Store
from chatui.models.files.projectors import may_see, projector_bytes, projector_of
from tests.tiny_gguf import WIDTH, write_tiny_gguf
from tests.tiny_projector import write_tiny_projector


def found(folder: Path, model: str, origin: str = "the models folder") -> str | None:
    file = ModelFile(f"local/{model}", folder / f"{model}.gguf", origin)
    path = projector_of(file)
    return path.name if path else None


def folder_of(folder: Path, *names: str, width: int = WIDTH) -> Path:
    """A folder with these files: projectors by their names, and models."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = folder / f"{name}.gguf"
        if "mmproj" in name:
            write_tiny_projector(path, width=width)
        else:
            write_tiny_gguf(path)
    return folder


def write_ollama_model(store: Path, name: str, layers: Mapping[str, bytes]) -> None:
    told = []
    (store / "blobs").mkdir(parents=True, exist_ok=True)
    for kind, data in layers.items():
        digest = hashlib.sha256(data).hexdigest()
        (store / "blobs" / f"sha256-{digest}").write_bytes(data)
        media = f"application/vnd.ollama.image.{kind}"
        told.append({"mediaType": media, "digest": f"sha256:{digest}"})
    manifest = store / "manifests/registry.ollama.ai/library" / name / "7b"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(json.dumps({"layers": told}))


@pytest.mark.parametrize(
    ("model", "projector"),
    [
        ("gemma-3-4b-it-Q4_K_M", "mmproj-gemma-3-4b-it-f16"),
        ("Qwen2.5-VL-3B-Instruct-Q8_0", "mmproj-Qwen2.5-VL-3B-Instruct-Q8_0"),
        ("llava-v1.5-7b-Q4_K", "llava-v1.5-7b-mmproj-model-f16"),
        ("SmolVLM2-500M-Video-Instruct-UD-Q4_K_XL", "mmproj-BF16"),
        ("gemma-3-4b-it-qat-q4_0", "mmproj-model-f16-4B"),
        ("moondream2-text-model-f16", "moondream2-mmproj-f16"),
        ("Qwen3-VL-30B-A3B-Instruct-IQ4_XS-00001-of-00002", "mmproj-F32"),
    ],
)
def test_a_projector_beside_its_model_is_found_as_repositories_call_it(
    tmp_path: Path, model: str, projector: str
) -> None:
    assert found(folder_of(tmp_path, model, projector), model) == f"{projector}.gguf"


def test_in_a_folder_of_many_each_model_gets_its_own(tmp_path: Path) -> None:
    folder_of(
        tmp_path,
        "gemma-3-4b-it-Q4_K_M", "gemma-3-12b-it-Q4_K_M", "Qwen3-VL-4B-Q8_0", "Qwen3-VL-8B-Q8_0",
        "Llama-3.2-3B-Instruct-Q4_K_M", "mmproj-gemma-3-4b-it-f16", "mmproj-gemma-3-12b-it-f16",
        "mmproj-Qwen3-VL-4B-F16",
    )  # fmt: skip
    assert found(tmp_path, "gemma-3-4b-it-Q4_K_M") == "mmproj-gemma-3-4b-it-f16.gguf"
    assert found(tmp_path, "gemma-3-12b-it-Q4_K_M") == "mmproj-gemma-3-12b-it-f16.gguf"
    assert found(tmp_path, "Qwen3-VL-4B-Q8_0") == "mmproj-Qwen3-VL-4B-F16.gguf"
    assert found(tmp_path, "Qwen3-VL-8B-Q8_0") is None
    assert found(tmp_path, "Llama-3.2-3B-Instruct-Q4_K_M") is None


def test_one_without_a_name_goes_to_the_only_model_or_to_those_of_its_width(tmp_path: Path) -> None:
    alone = folder_of(tmp_path / "alone", "eyes-7b-Q4_0", "eyes-7b-Q8_0", "mmproj-F16", width=128)
    assert found(alone, "eyes-7b-Q4_0") == found(alone, "eyes-7b-Q8_0") == "mmproj-F16.gguf"
    other = folder_of(tmp_path / "other", "eyes-7b", "text-3b", "mmproj-F16", width=128)
    assert found(other, "eyes-7b") is None
    own = folder_of(tmp_path / "own", "eyes-7b", "text-3b", "mmproj-F16", width=WIDTH)
    assert found(own, "eyes-7b") == "mmproj-F16.gguf"


def test_of_several_kinds_of_numbers_the_plainest_is_taken(tmp_path: Path) -> None:
    folder_of(tmp_path, "eyes-Q4_0", "mmproj-BF16", "mmproj-F16", "mmproj-F32", "mmproj-Q8_0")
    assert found(tmp_path, "eyes-Q4_0") == "mmproj-F16.gguf"


def test_llama_cpps_own_folder_is_one_of_many_repositories(tmp_path: Path) -> None:
    folder_of(
        tmp_path,
        "ggml-org_gemma-3-4b-it-GGUF_gemma-3-4b-it-Q4_K_M",
        "ggml-org_gemma-3-4b-it-GGUF_mmproj-model-f16",
        "someone_blind-GGUF_blind-7b-Q4_0",
    )
    model = "ggml-org_gemma-3-4b-it-GGUF_gemma-3-4b-it-Q4_K_M"
    eyes = "ggml-org_gemma-3-4b-it-GGUF_mmproj-model-f16.gguf"
    assert found(tmp_path, model, LLAMA_CPP) == eyes
    assert found(tmp_path, "someone_blind-GGUF_blind-7b-Q4_0", LLAMA_CPP) is None


def test_ollama_says_itself_what_a_model_sees_with(tmp_path: Path) -> None:
    eyes = write_tiny_projector(tmp_path / "eyes.gguf").read_bytes()
    write_ollama_model(
        tmp_path / "store",
        "llava",
        {"model": write_tiny_gguf(tmp_path / "a.gguf").read_bytes(), "projector": eyes},
    )
    write_ollama_model(
        tmp_path / "store",
        "blind",
        {"model": write_tiny_gguf(tmp_path / "b.gguf", seed=2).read_bytes()},
    )
    files = ModelFiles(tmp_path / "none", stores=[Store(OLLAMA, tmp_path / "store")])
    seeing, blind = files.find("local/llava-7b"), files.find("local/blind-7b")
    assert seeing is not None
    assert blind is not None
    path = projector_of(seeing)
    assert path is not None
    assert path.read_bytes() == eyes
    assert projector_of(blind) is None


def test_the_hubs_cache_has_both_in_one_snapshot(tmp_path: Path) -> None:
    snapshot = tmp_path / "models--x--eyes-GGUF" / "snapshots" / "abc"
    folder_of(snapshot, "eyes-4b-Q4_K_M", "mmproj-F16")
    files = ModelFiles(tmp_path / "none", stores=[Store(HUGGING_FACE, tmp_path)])
    (file,) = files.all()
    path = projector_of(file)
    assert path is not None
    assert path.name == "mmproj-F16.gguf"


def test_one_that_only_hears_is_none_and_a_damaged_one_is_told_when_it_is_used(
    tmp_path: Path,
) -> None:
    assert may_see(write_tiny_projector(tmp_path / "sees.gguf"))
    assert not may_see(write_tiny_projector(tmp_path / "hears.gguf", has_vision_encoder=False))
    assert not may_see(write_tiny_projector(tmp_path / "model.gguf", architecture="llama"))
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(b"GGUF")
    assert may_see(damaged)


def test_its_memory_is_its_weights_and_what_it_calculates_in(tmp_path: Path) -> None:
    small = write_tiny_projector(tmp_path / "small.gguf")
    large = write_tiny_projector(tmp_path / "large.gguf", image_size=1400)
    assert projector_bytes(small) > small.stat().st_size / 2
    assert projector_bytes(large) > 10 * projector_bytes(small)
    assert projector_bytes(tmp_path / "none.gguf") == 0
