"""The tokens of a model, and what they spell, as llama.cpp has them."""

from __future__ import annotations

import ctypes
from typing import Any

from chatui.domain.errors import BadResponse
from chatui.models.local.forms import END
from chatui.models.local.schema_form import Spelling

LONGEST_PIECE = 256
CONTROL = 1 << 3 | 1 << 0
"""Attributes of tokens that stand for no text: control tokens, and the unknown one."""


class Vocabulary:
    """`control` are the tokens that only a template may write, with their text. `first` are
    those that stand before every prompt, unless its text has them. With `space_first` every
    text between control tokens gets a space in front. `size` is how many there are."""

    def __init__(self, name: str, llama_cpp: Any, model: Any) -> None:
        self._name, self._llama, self._model = name, llama_cpp, model
        self._own = llama_cpp.llama_model_get_vocab(model)
        self._pieces: dict[int, bytes] = {}
        self.size: int = llama_cpp.llama_vocab_n_tokens(self._own)
        self.control = {
            token: self._spell(token).decode(errors="replace")
            for token in range(self.size)
            if llama_cpp.llama_vocab_get_attr(self._own, token) & CONTROL
        }
        bos, eos = llama_cpp.llama_vocab_bos(self._own), llama_cpp.llama_vocab_eos(self._own)
        begins = llama_cpp.llama_vocab_get_add_bos(self._own) and bos >= 0
        self.first: tuple[int, ...] = (bos,) if begins else ()
        self.bos, self.eos = self.control.get(bos, ""), self.control.get(eos, "")
        told = self._said("tokenizer.ggml.add_space_prefix")
        self.space_first = told == "true" if told else self._said("tokenizer.ggml.model") == "llama"

    def tokenise(self, text: str, *, special: bool) -> list[int]:
        """With `special`, what spells a control token is that token."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        for _ in range(2):
            found = (self._llama.llama_token * room)()
            count = self._llama.llama_tokenize(
                self._own, data, len(data), found, room, False, special
            )
            if count >= 0:
                return list(found[:count])
            # The room it wants, negated: a space may take three bytes inside.
            room = -count
        raise BadResponse(f"{self._name} can't read this text as tokens; ask something else.")

    def piece(self, token: int) -> bytes:
        """What the token spells, control tokens too; nothing for one of a picture."""
        if token < 0:
            return b""
        found = self._pieces.get(token)
        if found is None:
            found = self._pieces[token] = self._spell(token)
        return found

    def ends(self, token: int) -> bool:
        """Whether it ends a reply."""
        return token == END or bool(self._llama.llama_vocab_is_eog(self._own, token))

    def spelling(self) -> Spelling:
        """All tokens. Those of control stand for no text, whatever they are written as."""
        return Spelling(
            [self._spell(token) for token in range(self.size)],
            self.control.keys(),
            [token for token in range(self.size) if self.ends(token)],
            lambda text: self.tokenise(text, special=False),
        )

    def _said(self, key: str) -> str:
        """A short value that the model's file has under that key."""
        room = ctypes.create_string_buffer(64)
        size = self._llama.llama_model_meta_val_str(self._model, key.encode(), room, len(room))
        return room.value.decode(errors="replace") if size > 0 else ""

    def _spell(self, token: int) -> bytes:
        room = ctypes.create_string_buffer(LONGEST_PIECE)
        spell = self._llama.llama_token_to_piece
        size = spell(self._own, token, room, LONGEST_PIECE, 0, True)
        if size < 0:
            room = ctypes.create_string_buffer(-size)
            size = spell(self._own, token, room, -size, 0, True)
        return room.raw[: max(0, size)]
