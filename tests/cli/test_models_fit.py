"""`chatui models fit`: of sizes, of files that are here, of models on the hub."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Shell
from tests.hub_server import Hub, gguf, tiny_hub
from tests.models.files.test_model_shape import LLAMA_8B
from tests.models.sparse_gguf import write_sparse_gguf


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with tiny_hub(monkeypatch, gguf(1000)) as hub:
        yield hub


def test_a_size_is_told_for_a_card_by_format(shell: Shell) -> None:
    done = shell("models", "fit", "8B", "--memory", "A10G", "--context", "16384", "--batch", "2")

    lines = done.out.splitlines()
    assert lines[0] == "8B: 8.0 B parameters, 32 layers, ≈ 131 kB of cache a token"
    assert lines[1] == "24.2 GB usable; 16,384 tokens for each of 2 replies:"
    assert lines[3].split()[:7] == ["bf16", "16.0", "GB", "4.3", "GB", "20.8", "GB"]


def test_a_size_without_memory_is_told_for_common_cards(shell: Shell) -> None:
    done = shell("models", "fit", "70B")

    rows = {line.split()[0]: line.split()[1:] for line in done.out.splitlines()[3:]}
    assert rows["A10G"] == ["—"] * 6
    assert rows["B200"][0] != "—"
    assert {"V100", "A100", "H100"} <= rows.keys()


def test_without_a_name_it_tells_which_sizes_a_card_holds(shell: Shell) -> None:
    found = shell("models", "fit", "--memory", "V100", "--json").json

    fits = {(one["model"], one["quantisation"]): one["fits"] for one in found["fits"]}
    assert fits["3B", "bf16"] is True
    assert fits["14B", "bf16"] is False
    assert fits["14B", "q4_k_m"] is True
    assert len(found["models"]) == 8


def test_a_file_that_is_here_is_read(shell: Shell) -> None:
    folder = shell.data / "models"
    folder.mkdir(parents=True)
    write_sparse_gguf(folder / "small.gguf")
    shown = shell("models", "show", "small", "--context", "8192", "--json").json["memory"]

    found = shell("models", "fit", "small", "--memory", "24GB", "--context", "8192", "--json").json

    assert found["fits"][0]["kv_cache"] == shown["kv_cache"]
    assert found["models"][0]["exact"] is True


def test_the_hub_is_asked_for_a_model_that_is_not_here(shell: Shell, hub: Hub) -> None:
    hub.repos["owner/big"] = {"config.json": json.dumps(LLAMA_8B).encode()}

    found = shell("models", "fit", "owner/big", "--memory", "H100", "--json").json

    assert found["models"] == [
        {
            "name": "owner/big",
            "parameters": 8_030_261_248,
            "layers": 32,
            "kv_cache_per_token": 131_072,
            "trained_context": 131_072,
            "exact": True,
        }
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("owner/none",), "has no repository owner/none"),
        (("owner/bare",), "has no config.json"),
        (("owner/broken",), "can't be read"),
        (("owner/empty",), "tells no layers"),
        (("nothing",), "no model in a file here"),
        (("8B", "--memory", "much"), "takes a size"),
    ],
)
def test_what_can_not_be_told_is_said_in_a_sentence(
    shell: Shell,
    hub: Hub,
    arguments: tuple[str, ...],
    words: str,
) -> None:
    hub.repos |= {
        "owner/bare": {"a.gguf": b"GGUF"},
        "owner/broken": {"config.json": b"{"},
        "owner/empty": {"config.json": b"[]"},
    }

    done = shell("models", "fit", *arguments)

    assert done.code != 0
    assert words in done.err
