"""The tokenizer process: a model's own tokenizer, from its GGUF file or tokenizer.json.

Native code of others reads a file of others here: whatever it does, the window goes on.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
from array import array
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from chatui.domain.errors import BadModelFile
from chatui.text.foreign_json import read_json
from chatui.workers.bounds import watched
from chatui.workers.foreign_tokenizer import open_tokenizer

LONGEST_PIECE = 256
THREADS = min(4, os.cpu_count() or 1)
"""llama.cpp runs without Python's lock and takes 1 to 3 s for a megabyte."""
_BYTE = re.compile(r"<0x([0-9A-F]{2})>")


class Tokenizer(Protocol):
    def ids(self, text: str) -> array[int]:
        """The tokens of plain text: what spells a special token is only text. For several
        threads at a time."""
        ...

    def piece(self, token: int) -> bytes: ...

    def prompt_tokens(self, text: str) -> int:
        """Tokens of a whole prompt, in which special tokens are special."""
        ...

    def template(self) -> str | None:
        """The chat template that came with it."""
        ...


MOST_SECONDS = 100.0
MOST_MB = 1024
"""For the parts of one text, and for a chat template."""


class TokenizerService:
    """Raises BadModelFile for a file that holds no tokenizer, or one that can't be used."""

    def __init__(self, path: str) -> None:
        file = Path(path)
        json_file = file.suffix.lower() == ".json"
        self._tokenizer: Tokenizer = HuggingFace(file) if json_file else Gguf(file)

    def count(self, parts: Sequence[str]) -> int:
        """Tokens of all parts."""
        with _watched():
            known = self._known(parts)
        return sum(len(known[part]) for part in parts)

    def pieces(self, parts: Sequence[str]) -> tuple[bytes, dict[int, bytes]]:
        """The ids, as an array of C integers, and the bytes of each."""
        with _watched():
            known = self._known(parts)
        ids = b"".join(known[part].tobytes() for part in parts)
        different = set[int]().union(*known.values())
        return ids, {token: self._tokenizer.piece(token) for token in different}

    def _known(self, parts: Sequence[str]) -> dict[str, array[int]]:
        """The ids of each part. Equal parts are read once: a megabyte of spaces is one part
        over and over."""
        different = list(dict.fromkeys(parts))
        if len(different) == 1:
            return {different[0]: self._tokenizer.ids(different[0])}
        with ThreadPoolExecutor(THREADS) as threads:
            return dict(zip(different, threads.map(self._tokenizer.ids, different), strict=True))

    def marks(self) -> int | None:
        """Tokens around a message; None when no chat template tells."""
        from chatui.cost.tokens.chat_marks import message_marks

        template = self._tokenizer.template()
        return message_marks(template, self._tokenizer.prompt_tokens) if template else None


def _watched() -> AbstractContextManager[object]:
    return watched(MOST_SECONDS, MOST_MB, lambda reason: BadModelFile(f"{reason}."))


class Gguf:
    """llama.cpp's own reading of a model, without its weights."""

    def __init__(self, path: Path) -> None:
        import llama_cpp

        self._llama: Any = llama_cpp
        options = llama_cpp.llama_model_default_params()
        options.vocab_only = True
        self._model = llama_cpp.llama_model_load_from_file(str(path).encode(), options)
        if not self._model:
            raise BadModelFile(
                "the file is damaged, or of a kind that this llama.cpp does not know."
            )
        self._vocabulary = llama_cpp.llama_model_get_vocab(self._model)
        if llama_cpp.llama_vocab_n_tokens(self._vocabulary) == 0:
            raise BadModelFile("there is no vocabulary in the file.")

    def ids(self, text: str) -> array[int]:
        return self._ids(text, special=False)

    def prompt_tokens(self, text: str) -> int:
        return len(self._ids(text, special=True))

    def template(self) -> str | None:
        found = self._llama.llama_model_chat_template(self._model, None)
        return found.decode(errors="replace") if found else None

    def _ids(self, text: str, *, special: bool) -> array[int]:
        data = text.encode()
        room = len(data) + 8
        for _ in range(2):
            tokens = (self._llama.llama_token * room)()
            count = self._llama.llama_tokenize(
                self._vocabulary, data, len(data), tokens, room, False, special
            )
            if count >= 0:
                found = array("i")
                found.frombytes(memoryview(tokens).cast("B")[: count * found.itemsize])
                return found
            # The room it wants, negated: a space may take three bytes inside.
            room = -count
        raise ValueError("llama.cpp asked for ever more room")

    def piece(self, token: int) -> bytes:
        room = ctypes.create_string_buffer(LONGEST_PIECE)
        size = self._llama.llama_token_to_piece(
            self._vocabulary, token, room, LONGEST_PIECE, 0, True
        )
        if size < 0:
            room = ctypes.create_string_buffer(-size)
            size = self._llama.llama_token_to_piece(self._vocabulary, token, room, -size, 0, True)
        return room.raw[: max(0, size)]


class HuggingFace:
    """A tokenizer.json, as the `tokenizers` library reads it."""

    def __init__(self, path: Path) -> None:
        self._library: Any = open_tokenizer(path, lambda reason: BadModelFile(f"{reason}."))
        self._library.encode_special_tokens = True
        self._path = path
        parts = read_json(path.read_text(encoding="utf-8"))
        self._added = {token["id"] for token in parts.get("added_tokens") or ()}
        self._byte_level = any(
            '"ByteLevel"' in json.dumps(parts.get(part)) for part in ("pre_tokenizer", "decoder")
        )

    def ids(self, text: str) -> array[int]:
        (found,) = self._library.encode_batch_fast([text], add_special_tokens=False)
        return array("i", found.ids)

    def prompt_tokens(self, text: str) -> int:
        self._library.encode_special_tokens = False
        try:
            return len(self.ids(text))
        finally:
            self._library.encode_special_tokens = True

    def template(self) -> str | None:
        """Of the tokenizer_config.json beside it."""
        try:
            config = read_json(self._path.with_name("tokenizer_config.json").read_text())
        except (OSError, ValueError):
            return None
        found = config.get("chat_template") if isinstance(config, dict) else None
        return found if isinstance(found, str) else None

    def piece(self, token: int) -> bytes:
        written: str = self._library.id_to_token(token) or ""
        if token in self._added:
            return written.encode()
        if self._byte_level and all(character in byte_letters() for character in written):
            return bytes(byte_letters()[character] for character in written)
        if byte := _BYTE.fullmatch(written):
            return bytes.fromhex(byte[1])
        return written.removeprefix("##").replace("\u2581", " ").encode()


@cache
def byte_letters() -> dict[str, int]:
    """The letter that stands for each byte in a byte-level vocabulary, as GPT-2 has it:
    printable characters of Latin-1 for themselves, the others in order from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = {chr(byte): byte for byte in printable}
    return letters | {chr(0x100 + place): byte for place, byte in enumerate(others)}
