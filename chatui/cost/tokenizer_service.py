"""The tokenizer process: a model's own tokenizer, from its GGUF file or tokenizer.json.

Native code of others reads a file of others here: whatever it does, the window goes on.
"""

from __future__ import annotations

import ctypes
import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

LONGEST_PIECE = 256
_BYTE = re.compile(r"<0x([0-9A-F]{2})>")


class Tokenizer(Protocol):
    def ids(self, text: str) -> list[int]:
        """The tokens of plain text: what spells a special token is only text."""
        ...

    def piece(self, token: int) -> bytes: ...


class TokenizerService:
    """Raises ValueError for a file that holds no tokenizer."""

    def __init__(self, path: str) -> None:
        file = Path(path)
        json_file = file.suffix.lower() == ".json"
        self._tokenizer: Tokenizer = HuggingFace(file) if json_file else Gguf(file)

    def count(self, parts: Sequence[str]) -> int:
        """Tokens of all parts."""
        return sum(len(self._tokenizer.ids(part)) for part in parts)

    def pieces(self, parts: Sequence[str]) -> tuple[list[int], dict[int, bytes]]:
        """The ids, and the bytes of each."""
        ids = [token for part in parts for token in self._tokenizer.ids(part)]
        return ids, {token: self._tokenizer.piece(token) for token in set(ids)}


class Gguf:
    """llama.cpp's own reading of a model, without its weights."""

    def __init__(self, path: Path) -> None:
        import llama_cpp

        self._llama: Any = llama_cpp
        options = llama_cpp.llama_model_default_params()
        options.vocab_only = True
        self._model = llama_cpp.llama_model_load_from_file(str(path).encode(), options)
        if not self._model:
            raise ValueError(f"llama.cpp can't read {path}")
        self._vocabulary = llama_cpp.llama_model_get_vocab(self._model)
        if llama_cpp.llama_vocab_n_tokens(self._vocabulary) == 0:
            raise ValueError(f"{path} has no vocabulary")

    def ids(self, text: str) -> list[int]:
        data = text.encode()
        room = len(data) + 8
        found = self._tokenize(data, room)
        # A negative answer is the room it wants: spaces may take three bytes inside.
        return found if isinstance(found, list) else self._fitted(data, -found)

    def _fitted(self, data: bytes, room: int) -> list[int]:
        found = self._tokenize(data, room)
        if isinstance(found, list):
            return found
        raise ValueError("llama.cpp asked for ever more room")

    def _tokenize(self, data: bytes, room: int) -> list[int] | int:
        tokens = (self._llama.llama_token * room)()
        count = self._llama.llama_tokenize(
            self._vocabulary, data, len(data), tokens, room, False, False
        )
        return int(count) if count < 0 else list(tokens[:count])

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
        from tokenizers import Tokenizer as Library

        text = path.read_text(encoding="utf-8")
        try:
            self._library: Any = Library.from_str(text)
        # The library raises plain Exception for whatever it can't read.
        except Exception as error:
            raise ValueError(f"{path} is no tokenizer.json: {error}") from error
        self._library.no_truncation()
        self._library.no_padding()
        self._library.encode_special_tokens = True
        parts = json.loads(text)
        self._added = {token["id"] for token in parts.get("added_tokens") or ()}
        self._byte_level = any(
            '"ByteLevel"' in json.dumps(parts.get(part)) for part in ("pre_tokenizer", "decoder")
        )

    def ids(self, text: str) -> list[int]:
        (found,) = self._library.encode_batch_fast([text], add_special_tokens=False)
        return list(found.ids)

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
