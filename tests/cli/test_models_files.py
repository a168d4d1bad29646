"""`chatui models` of models in files: what they are, and whether memory holds them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Shell
from tests.models.sparse_gguf import write_sparse_gguf
from tests.tiny_gguf import write_tiny_gguf
from tests.tiny_projector import write_tiny_projector


@pytest.fixture
def filed(shell: Shell) -> Shell:
    """A shell with a model of 0.3 B parameters."""
    folder = shell.data / "models"
    folder.mkdir(parents=True)
    write_sparse_gguf(folder / "small.gguf", text={"general.name": "Small"})
    return shell


def test_a_file_is_shown_with_its_memory_and_a_verdict(filed: Shell) -> None:
    shown = filed("models", "show", "small", "--context", "8192").out

    assert "parameters    271 M" in shown
    assert "quantisation  Q8_0" in shown
    assert "weights       288 MB" in shown
    assert "KV cache      25 kB a token" in shown
    assert "201 MB at 8,192 tokens, asked for of 131,072" in shown
    assert "verdict       fits: " in shown


def test_the_same_as_json(filed: Shell) -> None:
    found = filed("models", "show", "local/small", "--context", "8192", "--json").json

    assert found["file"]["title"] == "Small"
    assert found["file"]["architecture"] == "llama"
    assert found["file"]["path"] == str(filed.data / "models/small.gguf")
    memory = found["memory"]
    assert memory["context"] == 8192
    assert memory["kv_cache"] == 8192 * memory["kv_cache_per_token"]
    assert memory["total"] == sum(
        memory[part] for part in ("weights", "kv_cache", "compute", "process", "projector")
    )
    assert memory["fits"] is True


def test_a_context_that_memory_can_t_hold_is_refused_with_one_that_it_can(filed: Shell) -> None:
    found = filed("models", "show", "small", "--context", "900000000", "--json").json["memory"]

    assert found["fits"] is False
    assert 0 < found["largest_context"] < 900_000_000
    assert f"with a context of {found['largest_context']:,} it would fit" in found["verdict"]


def test_quantised_keys_take_half(filed: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = filed("models", "show", "small", "--json").json["memory"]["kv_cache_per_token"]
    monkeypatch.setenv("CHATUI_LOCAL__TYPE_K", "q8_0")
    monkeypatch.setenv("CHATUI_LOCAL__TYPE_V", "q8_0")
    half = filed("models", "show", "small", "--json").json["memory"]["kv_cache_per_token"]

    assert half == plain * 34 // 64


def test_files_are_listed_with_size_quantisation_and_where_they_are_from(
    filed: Shell, tmp_path: Path
) -> None:
    studio = filed.home / ".lmstudio/models/org/repo/other.gguf"
    studio.parent.mkdir(parents=True)
    write_tiny_gguf(studio)
    (filed.data / "models/broken.gguf").write_bytes(b"GGUF")

    listed = {model["name"]: model for model in filed("models", "--json").json}

    assert listed["local/small"]["description"].startswith("Q8_0 · ")
    assert listed["local/small"]["description"].endswith(" · the models folder")
    assert listed["local/small"]["context_size"] == 131_072
    assert listed["local/other"]["description"].endswith(" · LM Studio")
    assert listed["local/broken"]["description"].startswith("damaged")


def test_stores_of_others_can_be_left_alone(filed: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    studio = filed.home / ".lmstudio/models/org/repo/other.gguf"
    studio.parent.mkdir(parents=True)
    write_tiny_gguf(studio)
    monkeypatch.setenv("CHATUI_LOCAL__STORES", "false")

    assert "local/other" not in filed("models", "--json").out


def test_a_damaged_file_is_one_sentence(filed: Shell) -> None:
    (filed.data / "models/broken.gguf").write_bytes(b"GGUF")
    done = filed("models", "show", "broken")

    assert done.code == 3
    assert "broken.gguf is cut off" in done.err


def test_a_context_is_only_for_files(filed: Shell) -> None:
    done = filed("models", "show", "builtin/extract", "--context", "4096")
    assert (done.code, "is in none" in done.err) == (2, True)


def test_a_model_of_ollama_is_counted_by_its_own_file(filed: Shell) -> None:
    digest = "b2" * 32
    store = filed.home / ".ollama/models"
    (store / "blobs").mkdir(parents=True)
    write_tiny_gguf(store / f"blobs/sha256-{digest}")
    manifest = store / "manifests/registry.ollama.ai/library/tiny/1b"
    manifest.parent.mkdir(parents=True)
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}"}
    manifest.write_text(json.dumps({"layers": [layer]}))

    found = filed("tokens", "-m", "local/tiny-1b", "amber birch", "--json").json

    assert (found["encoding"], found["exact"]) == ("local/tiny-1b", True)


def test_what_a_model_sees_with_is_told_and_counted(filed: Shell) -> None:
    blind = filed("models", "show", "small", "--json").json
    assert (blind["sees"], blind["file"]["projector"]) == ([], None)
    eyes = write_tiny_projector(filed.data / "models/mmproj-small-f16.gguf")
    shown = filed("models", "show", "small").out
    assert "sees          pictures" in shown
    assert f"sees with     {eyes}, ≈ " in shown
    found = filed("models", "show", "small", "--json").json
    assert (found["sees"], found["file"]["projector"]) == (["picture"], str(eyes))
    more = found["memory"]["total"] - blind["memory"]["total"]
    assert more == found["memory"]["projector"] > 0
    assert "sees pictures" in filed("models").out


def test_a_picture_is_shown_to_a_model_in_a_file(shell: Shell, home: Path) -> None:
    folder = shell.data / "models"
    folder.mkdir(parents=True)
    write_tiny_gguf(folder / "tiny.gguf", context=8192)
    Image.new("RGB", (90, 60), "teal").save(home / "pic.png")
    asked = (
        "ask",
        "-m",
        "local/tiny",
        "--no-rag",
        "-o",
        "max_output_tokens",
        "8",
        "-f",
        "pic.png",
        "colour?",
    )
    told = shell(*asked)
    assert told.code != 0
    assert "local/tiny doesn't see pictures" in told.err
    assert "its projector (a file called mmproj) beside it" in told.err

    write_tiny_projector(folder / "mmproj.gguf")
    counted = shell("ask", "--dry-run", "--count", "--json", *asked[1:]).json
    assert counted["usage"]["estimated"] is False
    done = shell(*asked, "--json")
    assert done.code == 0, done.err
    assert (
        done.json["usage"]["input"] + done.json["usage"]["cache_read"] == counted["usage"]["input"]
    )
