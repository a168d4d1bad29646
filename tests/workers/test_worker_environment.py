"""What a child is told of the user's environment."""

from __future__ import annotations

import pytest

from chatui.system.environment import SILENT
from chatui.workers.environment import COMPUTING, HUB, NETWORK, child_environment
from tests.workers.conftest import MakeWorker

KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "GH_TOKEN")
USERS = {
    "PATH": "/bin",
    "HOME": "/home/me",
    "LC_ALL": "C.UTF-8",
    "TMPDIR": "/tmp/mine",
    "XDG_CACHE_HOME": "/home/me/.cache",
    "PYTHONPATH": "/src",
    "OMP_NUM_THREADS": "2",
    "CUDA_VISIBLE_DEVICES": "",
    "HTTPS_PROXY": "http://me:password@proxy.example",
    "SSL_CERT_FILE": "/etc/ours.pem",
    "HF_HOME": "/models",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "CHROMA_API_IMPL": "chromadb.api.fastapi.FastAPI",
    "CHATUI_CHAT__MODEL": "a/b",
    **dict.fromkeys(KEYS, "sk-secret"),
}
HUBS = {"HF_HOME", "HF_TOKEN", "HF_HUB_DISABLE_IMPLICIT_TOKEN"}
ALWAYS = {"PATH", "HOME", "LC_ALL", "TMPDIR", "XDG_CACHE_HOME", "PYTHONPATH"}


@pytest.mark.parametrize(
    ("needs", "also"),
    [
        ((), set()),
        (COMPUTING, {"OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES"}),
        (NETWORK, {"HTTPS_PROXY", "SSL_CERT_FILE"}),
        (HUB, {"HTTPS_PROXY", "SSL_CERT_FILE", *HUBS}),
    ],
    ids=["nothing", "computing", "network", "hub"],
)
def test_a_child_gets_what_it_needs_and_nothing_else(
    needs: tuple[str, ...], also: set[str]
) -> None:
    assert child_environment(needs, {}, USERS).keys() == ALWAYS | also | SILENT.keys()


@pytest.mark.parametrize(
    "name", ["NVIDIA_API_KEY", "LLAMA_API_KEY", "VK_ACCESS_TOKEN", "TORCH_PASSWORD", "XDG_SECRET"]
)
def test_no_group_of_names_takes_a_secret_along(name: str) -> None:
    assert name not in child_environment((*COMPUTING, *HUB), {}, {name: "secret"})


def test_what_libraries_are_told_holds_whatever_the_user_and_the_child_say() -> None:
    loud = {"HF_HUB_DISABLE_TELEMETRY": "0", "ORT_DISABLE_TELEMETRY": "0"}

    made = child_environment((*COMPUTING, *HUB), loud, loud)

    assert SILENT.items() <= made.items()


@pytest.mark.parametrize(
    ("given", "kept_back"),
    [
        ({"HF_ENDPOINT": "https://mirror.example"}, True),
        ({"HF_ENDPOINT": "https://mirror.example", "HF_TOKEN": "hf_x"}, False),
        ({"HF_ENDPOINT": "https://huggingface.co/"}, False),
        ({}, False),
    ],
)
def test_the_stored_token_of_the_public_hub_goes_to_no_mirror(
    given: dict[str, str], kept_back: bool
) -> None:
    assert ("HF_HUB_DISABLE_IMPLICIT_TOKEN" in child_environment(HUB, {}, given)) == kept_back


async def test_a_real_child_has_no_key_and_is_told_to_keep_silent(
    make_worker: MakeWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in KEYS:
        monkeypatch.setenv(name, "sk-secret")

    found = await make_worker("Plain", needs=COMPUTING).call("environment")

    assert "sk-secret" not in found.values()
    assert SILENT.items() <= found.items()
