"""What a reply has to fit, asked token by token: the port, and grammars. Runs in the child."""

from __future__ import annotations

from ctypes import byref
from itertools import accumulate
from typing import Any, Protocol

from chatui.domain.errors import BadResponse

END = -1
"""In the place of a token: the reply is whole."""
DEEPEST_GROUP = 500
"""llama.cpp reads a group by a call within a call, and would run out of stack."""


class Form(Protocol):
    """What may stand behind the tokens that were taken. Each method raises BadResponse where that
    can't be told."""

    def allows(self, token: int) -> bool: ...

    def left(self, data: Any) -> Any:
        """Of all tokens, an array of llama_token_data, those that fit; or the same array, in which
        the others have no chance."""
        ...

    def take(self, token: int) -> None:
        """The reply goes on with this one, which fits."""
        ...


class GrammarForm:
    """A grammar of llama.cpp's own kind, GBNF. Raises BadResponse when it is none."""

    def __init__(self, llama: Any, vocabulary: Any, text: str) -> None:
        import numpy as np

        if nesting(text) > DEEPEST_GROUP:
            raise BadResponse("The grammar's groups are too deep for llama.cpp: make rules.")
        self._llama = llama
        self._grammar = llama.llama_sampler_init_grammar(
            vocabulary, text.encode("utf-8", "replace"), b"root"
        )
        if not self._grammar:
            raise BadResponse(
                "llama.cpp can't follow the grammar: chatui.log has its reason, at the end; mend "
                "it there."
            )
        fields = [("id", np.int32), ("logit", np.float32), ("p", np.float32)]
        self._one = np.zeros(1, dtype=fields)

    def allows(self, token: int) -> bool:
        self._one[0] = (token, 1.0, 0.0)
        return bool(self.left(self._one)["logit"][0] == 1.0)

    def left(self, data: Any) -> Any:
        self._llama.llama_sampler_apply(self._grammar, byref(candidates(self._llama, data)))
        return data

    def take(self, token: int) -> None:
        self._llama.llama_sampler_accept(self._grammar, token)

    def free(self) -> None:
        """Gives its memory back; it is of no use any more."""
        self._llama.llama_sampler_free(self._grammar)


def candidates(llama: Any, data: Any) -> Any:
    """A llama_token_data_array over the memory of a numpy array."""
    place = data.ctypes.data_as(llama.llama_token_data_p)
    return llama.llama_token_data_array(place, len(data), -1, False)


def nesting(grammar: str) -> int:
    """How many groups stand in one another at most; brackets in literals count as well."""
    depth = accumulate((sign == "(") - (sign == ")") for sign in grammar)
    return max(depth, default=0)
