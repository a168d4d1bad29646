"""Counting with a model's own tokenizer, in a real child process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from chatui.cost.tokens.chat_marks import message_marks
from chatui.cost.tokens.own_tokenizers import OwnTokenizers
from chatui.cost.tokens.tokenizer_files import MODEL_LAYER, TokenizerFiles, ollama_blob
from chatui.cost.tokens.tokenizer_service import byte_letters
from chatui.cost.tokens.tokens import TokenCount, TokenCounter
from chatui.domain.conversation import Message, Role
from tests.retrieval.tokenizer import tokenizer_file
from tests.tiny_gguf import write_tiny_gguf


def write_byte_level(path: Path) -> Path:
    """A byte-level tokenizer of single bytes and one merge, with a special token."""
    letters = byte_letters()
    vocabulary = {**letters, "hi": 256}
    library = Tokenizer(models.BPE(vocab=vocabulary, merges=[("h", "i")]))
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    library.decoder = decoders.ByteLevel()
    library.add_special_tokens(["<|end|>"])
    path.parent.mkdir(parents=True, exist_ok=True)
    library.save(str(path))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_tiny_gguf(folder / "tiny.gguf")
    write_byte_level(folder / "bytes" / "tokenizer.json")
    (folder / "broken.gguf").write_bytes(b"GGUF but no more")
    (folder / "broken.tokenizer.json").write_text("{}")
    return folder


@pytest.fixture(scope="module")
def warnings() -> list[str]:
    return []


@pytest.fixture(scope="module")
def counter(folder: Path, warnings: list[str]) -> Iterator[TokenCounter]:
    """One for all tests: a child takes a second to start."""
    files = TokenizerFiles(folder, {"openai/gpt-4": str(folder / "tiny.gguf")})
    counter = TokenCounter(OwnTokenizers(files, on_warning=warnings.append))
    yield counter
    counter.close()


def test_a_gguf_models_own_tokenizer_counts_its_text(counter: TokenCounter) -> None:
    # It has no token between a byte and a word, so its merges never get to a word; a space is
    # "▁", three bytes, and it puts one before the text.
    assert counter.count("amber birch", "mine/tiny") == TokenCount(3 + 5 + 3 + 5, exact=True)
    assert counter.encoding_name("mine/tiny") == ("tiny.gguf", True)


def test_the_pieces_of_a_gguf_model_have_its_ids_and_bytes(counter: TokenCounter) -> None:
    found = counter.tokenised("amber 算", "mine/tiny.gguf")

    assert [piece.id for piece in found.pieces[-3:]] == [3 + 0xE7, 3 + 0xAE, 3 + 0x97]
    assert b"".join(piece.bytes for piece in found.pieces) == "▁amber▁算".encode()
    assert (found.encoding, found.exact) == ("tiny.gguf", True)


def test_a_tokenizer_json_counts_by_itself(counter: TokenCounter) -> None:
    found = counter.tokenised("hi 算", "mine/org/bytes")

    assert [piece.id for piece in found.pieces] == [256, 0x20, 0xE7, 0xAE, 0x97]
    assert b"".join(piece.bytes for piece in found.pieces) == "hi 算".encode()
    assert counter.count("hi 算", "mine/org/bytes") == TokenCount(5, exact=True)
    assert found.encoding == "bytes/tokenizer.json"


@pytest.mark.parametrize("model", ["mine/tiny", "mine/bytes"])
@pytest.mark.parametrize(
    "text", ["", "<|end|></s>", "\ud800\udfff", "\0\u202e", " " * 2000], ids=repr
)
def test_no_text_breaks_an_own_tokenizer(counter: TokenCounter, model: str, text: str) -> None:
    counted = counter.count(text, model)

    assert counted.exact
    assert counted.tokens == len(counter.tokenised(text, model).pieces) or not text


def test_a_special_tokens_text_is_only_text(counter: TokenCounter) -> None:
    pieces = counter.tokenised("<|end|>", "mine/bytes").pieces

    assert b"".join(piece.bytes for piece in pieces) == b"<|end|>"
    assert len(pieces) == len("<|end|>")


@pytest.mark.parametrize(("model", "one"), [("mine/bytes", 2), ("mine/tiny", 5)])
def test_a_text_beyond_a_slice_is_an_estimate(counter: TokenCounter, model: str, one: int) -> None:
    counted = counter.count("hi " * 40_000, model)

    assert not counted.exact
    assert counted.tokens == pytest.approx(40_000 * one, rel=0.01)


def test_slices_of_equal_text_are_read_once_and_stay_in_their_places(
    counter: TokenCounter,
) -> None:
    text = ("amber" * 3200 + "birch" * 1600) * 3
    pieces = counter.tokenised(text, "mine/tiny").pieces

    assert b"".join(piece.bytes for piece in pieces).replace("▁".encode(), b"") == text.encode()
    assert len(pieces) == counter.count(text, "mine/tiny").tokens


def test_a_shipped_vocabulary_gives_way_to_a_configured_file_only(
    counter: TokenCounter, folder: Path
) -> None:
    write_byte_level(folder / "gpt-4o" / "tokenizer.json")

    assert counter.encoding_name("openai/gpt-4")[0] == "tiny.gguf"
    assert counter.encoding_name("mine/gpt-4o")[0] == "o200k_base"


@pytest.mark.parametrize("name", ["broken", "missing"])
def test_a_file_that_is_no_tokenizer_gives_estimates_and_is_told_once(
    folder: Path, name: str
) -> None:
    told: list[str] = []
    files = TokenizerFiles(folder, {"mine/*": str(folder / f"{name}.gguf")})
    counter = TokenCounter(OwnTokenizers(files, on_warning=told.append))

    assert counter.count("hello world", "mine/x") == TokenCount(2, exact=False)
    assert counter.count("hello again", "mine/x") == TokenCount(2, exact=False)
    assert counter.encoding_name("mine/x") == ("o200k_base", False)
    assert len(told) == 1
    assert "can't be used, so tokens are estimated" in told[0]
    counter.close()


def test_a_json_that_is_no_tokenizer_gives_estimates(folder: Path) -> None:
    told: list[str] = []
    files = TokenizerFiles(folder, {"mine/x": str(folder / "broken.tokenizer.json")})
    counter = TokenCounter(OwnTokenizers(files, on_warning=told.append))

    assert not counter.count("hello", "mine/x").exact
    assert len(told) == 1


def test_a_json_that_makes_texts_far_longer_gives_estimates_and_says_why(folder: Path) -> None:
    growing = {"type": "Replace", "pattern": {"String": "e"}, "content": "e" * 10_000}
    parts = json.loads(tokenizer_file().read_text()) | {"normalizer": growing}
    (folder / "growing.tokenizer.json").write_text(json.dumps(parts))
    told: list[str] = []
    files = TokenizerFiles(folder, {"mine/x": str(folder / "growing.tokenizer.json")})
    counter = TokenCounter(OwnTokenizers(files, on_warning=told.append))

    assert not counter.count("hello", "mine/x").exact
    (warning,) = told
    assert "its normalizer makes a text up to 10,000 times as long" in warning
    counter.close()


def test_a_prompt_has_room_for_the_marks_of_any_template(counter: TokenCounter) -> None:
    message = Message(Role.USER, "hi")

    # ChatML: <|im_start|> user \n hi <|im_end|> \n <|im_start|> assistant \n
    assert counter.count_messages([message], "mine/bytes").tokens == 1 + len("user") + 5 + 3


def test_the_models_own_template_tells_what_stands_around_a_message(counter: TokenCounter) -> None:
    def prompt(*texts: str) -> int:
        messages = [Message(Role.USER, text) for text in texts]
        return counter.count_messages(messages, "mine/tiny").tokens

    # "user: x\n" is 10 tokens of a byte, with three for the space; "assistant: x\n" is 15.
    assert prompt("x", "x") - prompt("x") == 13


@pytest.mark.parametrize("template", ["{{ raise_exception('no') }}", "{% for %}", "", "{{ 1/0 }}"])
def test_a_template_that_fails_tells_nothing(template: str) -> None:
    assert message_marks(template, len) in (None, 0)


def test_marks_are_the_tokens_of_one_message() -> None:
    chatml = "{% for m in messages %}<s>{{ m.role }}:{{ m.content }}</s>{% endfor %}<s>assistant:"

    assert message_marks(chatml, lambda text: len(text.split("<")) - 1) == 2


def test_the_files_of_ollama_are_found(tmp_path: Path) -> None:
    manifest = {"layers": [{"mediaType": MODEL_LAYER, "digest": "sha256:abc"}]}
    blob = tmp_path / "blobs" / "sha256-abc"
    blob.parent.mkdir()
    blob.touch()
    for place in ("registry.ollama.ai/library/llama3.2/latest", "hf.co/org/model/q4"):
        file = tmp_path / "manifests" / place
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(manifest))
    here = {"OLLAMA_MODELS": str(tmp_path)}

    assert ollama_blob("llama3.2", here) == blob
    assert ollama_blob("llama3.2:latest", here) == blob
    assert ollama_blob("hf.co/org/model:q4", here) == blob
    assert ollama_blob("llama3.2:1b", here) is None
    assert ollama_blob("../../llama3.2", here) == blob
    assert ollama_blob("", here) is None


def test_a_manifest_leads_nowhere_but_into_the_blobs(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    (tmp_path / "blobs").mkdir()
    file = tmp_path / "manifests/registry.ollama.ai/library/bad/latest"
    file.parent.mkdir(parents=True)
    digest = {"mediaType": MODEL_LAYER, "digest": "../secret"}
    file.write_text(json.dumps({"layers": [digest]}))

    assert ollama_blob("bad", {"OLLAMA_MODELS": str(tmp_path)}) is None


def test_a_manifest_without_an_end_leads_nowhere(tmp_path: Path) -> None:
    manifest = tmp_path / "manifests" / "registry.ollama.ai" / "library" / "deep" / "latest"
    manifest.parent.mkdir(parents=True)
    for content in ('{"layers": ' * 100_000, " " * (2 << 20)):
        manifest.write_text(content)
        assert ollama_blob("deep", {"OLLAMA_MODELS": str(tmp_path), "HOME": str(tmp_path)}) is None
