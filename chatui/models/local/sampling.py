"""Sampling options as llama.cpp's chain of samplers. Runs in the child."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ctypes import byref, create_string_buffer
from itertools import accumulate
from typing import Any

from chatui.domain.errors import BadResponse
from chatui.models.local.schema_grammar import grammar_of_schema

PENALTY_TOKENS = 64
"""How far back penalties look, as llama.cpp has it by default."""
RANDOM_SEED = 0xFFFFFFFF
DEEPEST_GROUP = 500
"""llama.cpp reads a group by a call within a call, and would run out of stack."""

DEFAULTS: Mapping[str, float] = {
    "temperature": 0.8,
    "top_k": 40,
    "top_p": 0.95,
    "min_p": 0.05,
    "repeat_penalty": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
}
"""llama.cpp's own, for what neither the user nor the model's file says."""


class ReplySampler:
    """Chooses the tokens of one reply: by a chain of samplers, and a grammar if there is one.

    The grammar is asked for the token that the chain has chosen, and only where that does not
    fit for all others: looking at every token of a large vocabulary takes longer than a small
    model takes to compute the next one. llama.cpp's own programs do the same.
    """

    def __init__(self, llama: Any, chain: Any, grammar: Any, tokens: int) -> None:
        self._llama = llama
        self._chain = chain
        self._grammar = grammar
        if grammar is None:
            return
        import numpy as np

        # The fields of llama_token_data, in llama.cpp's own memory layout.
        fields = [("id", np.int32), ("logit", np.float32), ("p", np.float32)]
        self._data = np.zeros(tokens, dtype=fields)
        self._one = np.zeros(1, dtype=fields)
        self._ids = np.arange(tokens, dtype=np.int32)

    def sample(self, context: Any, row: int = -1) -> int:
        """The token after those that the context holds; without a grammar also the one after
        that row of what it has computed last."""
        llama, chain, grammar = self._llama, self._chain, self._grammar
        if grammar is None:
            return int(llama.llama_sampler_sample(chain, context, row))
        token = self._choose(context)
        if not self._fits(token):
            token = self._choose(context, grammar)
        llama.llama_sampler_accept(grammar, token)
        llama.llama_sampler_accept(chain, token)
        return token

    def _choose(self, context: Any, grammar: Any = None) -> int:
        from numpy.ctypeslib import as_array

        logits = self._llama.llama_get_logits_ith(context, -1)
        self._data["id"] = self._ids
        self._data["logit"] = as_array(logits, (len(self._ids),))
        candidates = self._candidates(self._data)
        if grammar is not None:
            self._llama.llama_sampler_apply(grammar, byref(candidates))
        self._llama.llama_sampler_apply(self._chain, byref(candidates))
        # Samplers order the candidates anew and may leave most of them out.
        return int(candidates.data[candidates.selected].id)

    def _fits(self, token: int) -> bool:
        self._one[0] = (token, 1.0, 0.0)
        self._llama.llama_sampler_apply(self._grammar, byref(self._candidates(self._one)))
        return bool(self._one["logit"][0] == 1.0)

    def _candidates(self, data: Any) -> Any:
        kind = self._llama.llama_token_data_p
        return self._llama.llama_token_data_array(data.ctypes.data_as(kind), len(data), -1, False)


@contextmanager
def sampling(llama: Any, model: Any, options: Mapping[str, Any]) -> Iterator[ReplySampler]:
    """A sampler for one reply, freed at the end. `options` has the names of SamplingOptions, less
    those that are None. Raises BadResponse for a grammar or a schema that can't be used."""
    vocabulary = llama.llama_model_get_vocab(model)
    tokens = llama.llama_vocab_n_tokens(vocabulary)
    grammar = _grammar(llama, vocabulary, options)
    chain = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
    try:
        for sampler in _samplers(llama, tokens, {**DEFAULTS, **own(llama, model), **options}):
            llama.llama_sampler_chain_add(chain, sampler)
        yield ReplySampler(llama, chain, grammar, tokens)
    finally:
        llama.llama_sampler_free(chain)
        if grammar is not None:
            llama.llama_sampler_free(grammar)


def _samplers(llama: Any, tokens: int, values: Mapping[str, Any]) -> Iterator[Any]:
    penalties = values["repeat_penalty"], values["frequency_penalty"], values["presence_penalty"]
    if penalties != (1.0, 0.0, 0.0):
        yield llama.llama_sampler_init_penalties(tokens, PENALTY_TOKENS, *penalties)
    if values["temperature"] == 0:
        yield llama.llama_sampler_init_greedy()
        return
    yield llama.llama_sampler_init_top_k(int(values["top_k"]))
    yield llama.llama_sampler_init_top_p(values["top_p"], 1)
    yield llama.llama_sampler_init_min_p(values["min_p"], 1)
    yield llama.llama_sampler_init_temp(values["temperature"])
    yield llama.llama_sampler_init_dist(seed_of(values))


def seed_of(values: Mapping[str, Any]) -> int:
    """The seed as llama.cpp has it: 32 bits, of which the largest would mean a random one."""
    seed = values.get("seed")
    return RANDOM_SEED if seed is None else int(seed) % RANDOM_SEED


def _grammar(llama: Any, vocabulary: Any, options: Mapping[str, Any]) -> Any:
    """A sampler that leaves no token but those that fit, None when any do."""
    schema = options.get("json_schema")
    text = options.get("grammar") if schema is None else grammar_of_schema(schema)
    if text is None:
        return None
    if nesting(str(text)) > DEEPEST_GROUP:
        raise BadResponse("The grammar's groups are too deep for llama.cpp; make rules of them.")
    made = llama.llama_sampler_init_grammar(
        vocabulary, str(text).encode("utf-8", "replace"), b"root"
    )
    if not made:
        what = "the grammar" if schema is None else "this JSON schema"
        raise BadResponse(
            f"llama.cpp can't follow {what}: chatui.log has its reason, at the end; mend it there."
        )
    return made


def nesting(grammar: str) -> int:
    """How many groups stand in one another at most; brackets in literals count as well."""
    depth = accumulate((sign == "(") - (sign == ")") for sign in grammar)
    return max(depth, default=0)


def own(llama: Any, model: Any) -> dict[str, float]:
    """What the model's file recommends (`general.sampling.*`)."""
    names = {
        "temperature": "temp",
        "top_k": "top_k",
        "top_p": "top_p",
        "min_p": "min_p",
        "repeat_penalty": "penalty_repeat",
    }
    room = create_string_buffer(64)
    found = {}
    for name, key in names.items():
        full = f"general.sampling.{key}".encode()
        if llama.llama_model_meta_val_str(model, full, room, len(room)) > 0:
            try:
                found[name] = float(room.value)
            except ValueError:
                continue
    return found
