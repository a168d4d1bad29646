from __future__ import annotations

import json
import os
from pathlib import Path
from typing import BinaryIO

import pytest

from chatui.models.base import ChatModel
from chatui.models.catalog import BUILTIN, Catalog
from chatui.models.files.gguf_fields import read_first_values
from chatui.models.files.model_files import ModelFiles
from chatui.models.files.model_stores import Store, known_stores
from tests.tiny_gguf import write_tiny_gguf

DIGEST = "a1" * 32


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_tiny_gguf(tmp_path_factory.mktemp("tiny") / "tiny.gguf").read_bytes()


class Machine:
    """A home folder in which programs keep models."""

    def __init__(self, home: Path, model: bytes) -> None:
        self.home = home
        self.model = model
        self.environ = {"HOME": str(home)}

    def put(self, path: str, content: bytes | None = None) -> Path:
        target = self.home / path
        target.parent.mkdir(parents=True, exist_ok=True)
        # Models of different names are no copies of each other.
        target.write_bytes(self.model + path.encode() if content is None else content)
        return target

    def ollama(self, model: str, tag: str, digest: str = DIGEST, store: str = "") -> Path:
        folder = store or ".ollama/models"
        layer = "application/vnd.ollama.image."
        layers = [
            {"mediaType": f"{layer}template", "digest": f"sha256:{'0' * 64}"},
            {"mediaType": f"{layer}model", "digest": f"sha256:{digest}"},
        ]
        manifest = json.dumps({"layers": layers}).encode()
        self.put(f"{folder}/manifests/registry.ollama.ai/library/{model}/{tag}", manifest)
        return self.put(f"{folder}/blobs/sha256-{digest}")

    def hub(self, repository: str, file: str, revision: str = "r1") -> Path:
        folder = f".cache/huggingface/hub/models--{repository.replace('/', '--')}"
        blob = self.put(f"{folder}/blobs/{revision}{file.replace('/', '-')}")
        link = self.home / folder / "snapshots" / revision / file
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(blob)
        return link

    def files(self) -> ModelFiles:
        stores = known_stores(self.environ, self.home / "system")
        return ModelFiles(self.home / "data/models", (), stores)

    def found(self) -> dict[str, tuple[Path, str]]:
        return {file.name: (file.path, file.origin) for file in self.files().all()}


@pytest.fixture
def machine(tmp_path: Path, tiny: bytes) -> Machine:
    return Machine(tmp_path, tiny)


def test_every_store_is_found_and_used_in_place(machine: Machine) -> None:
    own = machine.put("data/models/mine-Q4_K_M.gguf")
    blob = machine.ollama("qwen3", "8b")
    studio = machine.put(".lmstudio/models/org/Repo-GGUF/gemma-3-1b-it-Q4_K_M.gguf")
    hub = machine.hub("org/smol-GGUF", "smollm2-360m-q8_0.gguf")
    own_cache = machine.put(".cache/llama.cpp/ggml-org_tiny-GGUF_tiny-q8_0.gguf")

    assert machine.found() == {
        "local/mine-Q4_K_M": (own, "the models folder"),
        "local/qwen3-8b": (blob, "Ollama"),
        "local/gemma-3-1b-it-Q4_K_M": (studio, "LM Studio"),
        "local/smollm2-360m-q8_0": (hub, "Hugging Face"),
        "local/tiny-q8_0": (own_cache, "llama.cpp"),
    }


def test_the_variables_of_the_programs_say_where(machine: Machine) -> None:
    machine.ollama("a", "1b", store="elsewhere/ollama")
    machine.put("hub/models--o--b/snapshots/r/b.gguf")
    machine.put("llama/c.gguf")
    machine.environ |= {
        "OLLAMA_MODELS": str(machine.home / "elsewhere/ollama"),
        "HF_HOME": str(machine.home),
        "LLAMA_CACHE": str(machine.home / "llama"),
    }
    assert set(machine.found()) == {"local/a-1b", "local/b", "local/c"}


def test_the_folder_in_lm_studio_s_settings_is_looked_at(machine: Machine) -> None:
    machine.put("big-disk/org/repo/d.gguf")
    settings = json.dumps({"downloadsFolder": str(machine.home / "big-disk")})
    machine.put("studio/settings.json", settings.encode())
    machine.put(".lmstudio-home-pointer", f"{machine.home}/studio\n".encode())

    assert set(machine.found()) == {"local/d"}


def test_ollama_s_models_of_the_system_are_found(machine: Machine) -> None:
    machine.ollama("qwen3", "latest", store="system")
    assert set(machine.found()) == {"local/qwen3-latest"}


def test_two_files_of_one_name_are_told_apart_by_their_origin(machine: Machine) -> None:
    machine.put("data/models/same.gguf")
    machine.put(".lmstudio/models/a/b/same.gguf")
    machine.put(".lmstudio/models/a/c/same.gguf", machine.model + b"another")
    machine.put(".cache/llama.cpp/Same.gguf", machine.model + b"yet another one")

    assert set(machine.found()) == {
        "local/same",
        "local/same@lm-studio",
        "local/same@lm-studio-2",
        "local/Same@llama.cpp",
    }
    assert machine.found() == machine.found()


def test_a_copy_and_a_link_are_the_same_model(machine: Machine) -> None:
    original = machine.put("data/models/same.gguf")
    machine.put(".lmstudio/models/a/b/same.gguf", original.read_bytes())
    (machine.home / "data/models/linked.gguf").symlink_to(machine.hub("o/r", "x.gguf"))

    assert set(machine.found()) == {"local/same", "local/linked"}


def test_the_newest_revision_of_a_repository_counts(machine: Machine) -> None:
    machine.hub("o/r", "x.gguf", "old")
    newest = machine.hub("o/r", "x.gguf", "new")
    machine.put(".cache/huggingface/hub/models--o--r/refs/main", b"new\n")

    assert machine.found() == {"local/x": (newest, "Hugging Face")}


def test_what_can_t_chat_is_left_out(machine: Machine, tmp_path: Path) -> None:
    folder = ".lmstudio/models/org/repo"
    machine.put(f"{folder}/model.gguf")
    machine.put(f"{folder}/mmproj-model-f16.gguf")
    machine.put(f"{folder}/ggml-vocab-qwen2.gguf")
    machine.put(f"{folder}/half.gguf.part", b"GGUF")
    machine.put(f"{folder}/damaged.gguf", b"GGUF")
    machine.put(f"{folder}/.hidden.gguf")
    machine.put(f"{folder}/fetched.gguf")
    machine.put(f"{folder}/fetched.gguf.aria2", b"")
    vectors = write_tiny_gguf(tmp_path / "vectors.gguf", pooled=True).read_bytes()
    machine.put(f"{folder}/embedding.gguf", vectors)

    assert set(machine.found()) == {"local/model"}


def test_a_damaged_file_of_the_user_s_own_is_listed_to_be_told_of(machine: Machine) -> None:
    machine.put("data/models/damaged.gguf", b"GGUF")
    assert set(machine.found()) == {"local/damaged"}


def test_a_split_model_is_one_and_as_large_as_its_parts(machine: Machine) -> None:
    for number in (1, 2, 3):
        machine.put(f"data/models/big-0000{number}-of-00003.gguf", machine.model)

    (only,) = machine.files().all()
    assert (only.name, only.path.name) == ("local/big", "big-00001-of-00003.gguf")
    assert only.size == 3 * len(machine.model)


def test_a_hostile_manifest_leads_nowhere(machine: Machine) -> None:
    machine.put("secret")
    blob = machine.ollama("a", "x")
    manifests = blob.parents[1] / "manifests/registry.ollama.ai/library/a"
    for name, content in {
        "outside": {"layers": [{"mediaType": MODEL, "digest": "../../../secret"}]},
        "list": [],
        "numbers": {"layers": 7},
        "more": {"layers": [7, {"mediaType": MODEL}]},
    }.items():
        (manifests / name).write_text(json.dumps(content))
    (manifests / "broken").write_bytes(b"\xff{")
    os.mkfifo(manifests / "pipe")

    assert set(machine.found()) == {"local/a-x"}


MODEL = "application/vnd.ollama.image.model"


def test_loops_and_dead_links_are_harmless(machine: Machine) -> None:
    machine.put(".lmstudio/models/a/b/c.gguf")
    folder = machine.home / ".lmstudio/models"
    (folder / "a/again").symlink_to(folder)
    (folder / "self.gguf").symlink_to(folder / "self.gguf")
    (folder / "dead.gguf").symlink_to(folder / "nothere")
    (folder / "zero.gguf").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.gguf")

    assert set(machine.found()) == {"local/c"}


def test_a_home_without_any_store_has_none(machine: Machine) -> None:
    assert machine.found() == {}
    assert ModelFiles(machine.home / "nothere").all() == ()


def test_a_file_is_read_once_however_often_it_is_looked_at(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def noted(file: BinaryIO, until: str) -> object:
        read.append(file.name)
        return read_first_values(file, until)

    monkeypatch.setattr("chatui.models.files.gguf_header.read_first_values", noted)
    for number in range(50):
        machine.put(f".lmstudio/models/org/repo{number}/m{number}.gguf", machine.model[:4096])
    files = machine.files()

    assert len(files.all()) == len(files.all()) == len(read) == 50


def test_a_store_is_one_folder_once() -> None:
    stores = known_stores({"HOME": "/h", "OLLAMA_MODELS": "/m"}, Path("/m"))
    assert stores.count(Store("Ollama", Path("/m"))) == 1


async def test_auto_takes_no_model_of_another_program(machine: Machine) -> None:
    machine.put(".lmstudio/models/a/b/huge.gguf")
    catalog = Catalog([], machine.files(), never, open_local=never)
    assert await catalog.auto() == BUILTIN.name

    machine.put("data/models/own.gguf")
    assert await catalog.auto() == "local/own"
    await catalog.close()


def never(*given: object) -> ChatModel:
    raise AssertionError("no model is opened")
