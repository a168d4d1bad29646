"""What goes wrong with a model in a file: one sentence, and the next reply works."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from chatui.domain.errors import BadResponse, ChatuiError, ModelError, ModelUnavailable
from chatui.models.base import TextDelta
from chatui.models.local.faults import context_fault, death, load_fault
from tests.models.local_workshop import chat, hosting, said
from tests.models.replies import assert_fit_to_show, text_of
from tests.tiny_gguf import write_tiny_gguf


def noise(path: Path) -> None:
    path.write_bytes(b"not a model" * 100)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    write_tiny_gguf(path)
    path.write_bytes(path.read_bytes()[:100_000])


def damaged(path: Path) -> None:
    write_tiny_gguf(path)
    path.write_bytes(path.read_bytes().replace(b"blk.1.ffn_gate", b"blk.1.ffn_gbte"))


def foreign(path: Path) -> None:
    write_tiny_gguf(path)
    content = path.read_bytes()
    place = content.index(b"llama", content.index(b"general.architecture"))
    path.write_bytes(content[:place] + b"lemma" + content[place + 5 :])


def raising(path: Path) -> None:
    write_tiny_gguf(path, template="{{ raise_exception('no such luck') }}")


def broken(path: Path) -> None:
    write_tiny_gguf(path, template="{% for %}")


@pytest.mark.parametrize(
    ("spoil", "kind", "sentence"),
    [
        (noise, ModelUnavailable, r"no GGUF file"),
        (empty, ModelUnavailable, r"no GGUF file"),
        (cut, ModelUnavailable, r"damaged or incomplete"),
        (damaged, ModelUnavailable, r"damaged or incomplete"),
        (foreign, ModelUnavailable, r"architecture lemma"),
        (Path.unlink, ModelUnavailable, r"can't be opened"),
        (raising, BadResponse, r"chat template .* failed \(no such luck\)"),
        (broken, BadResponse, r"chat template .* failed"),
    ],
)
async def test_a_file_that_is_spoilt_is_a_sentence_and_a_good_one_works_then(
    tmp_path: Path, spoil: Callable[[Path], None], kind: type[ModelError], sentence: str
) -> None:
    path = tmp_path / "model.gguf"
    path.touch()
    spoil(path)
    async with hosting() as (_, make):
        with pytest.raises(kind, match=sentence) as caught:
            await said(make(path), chat("Hello?"))
        assert_fit_to_show(caught.value)
        write_tiny_gguf(path)
        assert text_of(await said(make(path), chat("Hello?")))


async def test_a_kill_in_mid_reply_is_a_sentence_and_the_next_reply_works(tmp_path: Path) -> None:
    path = write_tiny_gguf(tmp_path / "tiny.gguf", context=8192)
    async with hosting() as (host, make):
        model = make(path)
        came = ""
        with pytest.raises(BadResponse, match="when memory runs out") as caught:
            async for event in model.stream(chat("Hello?", max_output_tokens=8000)):
                if isinstance(event, TextDelta):
                    came += event.text
                    os.kill(host.pids()["local/tiny"], signal.SIGKILL)
        assert_fit_to_show(caught.value)
        assert came
        assert text_of(await said(model, chat("Hello?")))


NO_END = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        (NO_END, "it takes more than 5 s"),
        ("{{ 'x' * 10 ** 10 }}", "it takes more than 256 MB of memory"),
        ("{{ 'x' * 10 ** 7 }}", "it writes more than"),
    ],
)
async def test_a_template_without_an_end_costs_its_model_alone(
    tmp_path: Path, template: str, reason: str
) -> None:
    path = write_tiny_gguf(tmp_path / "tiny.gguf", template=template)
    async with hosting() as (_, make):
        with pytest.raises(ModelError, match=f"The chat template of .*{reason}"):
            await said(make(path), chat("Hello?"))


async def test_memory_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    path = write_tiny_gguf(tmp_path / "tiny.gguf")
    async with hosting(memory_mb=40) as (_, make):
        with pytest.raises(ModelError) as caught:
            await said(make(path), chat("Hello?"))
        assert_fit_to_show(caught.value)


async def test_what_llama_cpp_says_goes_to_the_log_only(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path, log = tmp_path / "model.gguf", tmp_path / "chatui.log"
    foreign(path)
    async with hosting(log=log) as (_, make):
        with pytest.raises(ModelUnavailable):
            await said(make(path), chat("Hello?"))
    assert "unknown model architecture" in log.read_text()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "sentence",
    [
        load_fault("local/m", Path("m.gguf"), ["failed to allocate buffer"]),
        load_fault("local/m", Path("m.gguf"), ["something new"]),
        context_fault("local/m", 4096, ["failed to allocate buffer for kv cache"]),
        context_fault("local/m", 4096, ["V cache quantization requires flash_attn"]),
        context_fault("local/m", 4096, []),
        death("local/m", True, "was killed by signal 6"),
        death("local/m", False, "ended with exit code 1"),
    ],
)
def test_each_fault_is_one_plain_sentence(sentence: str) -> None:
    assert_fit_to_show(ChatuiError(sentence))
    assert re.search(r"[;,] (see|set|ask|free|delete|choose)|see chatui\.log", sentence)
