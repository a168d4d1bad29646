"""Sampling options as llama.cpp's chain of samplers. Runs in the child."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ctypes import byref, create_string_buffer
from typing import Any

from chatui.models.local.forms import END, Form, GrammarForm, candidates
from chatui.models.local.schema_form import SchemaGuide

PENALTY_TOKENS = 64
"""How far back penalties look, as llama.cpp has it by default."""
RANDOM_SEED = 0xFFFFFFFF

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
    """Chooses the tokens of one reply: by a chain of samplers, and a form if it has to fit one.

    The form is asked for the token that the chain has chosen, and only where that does not
    fit for all others: looking at every token of a large vocabulary takes longer than a small
    model takes to compute the next one. llama.cpp's own programs do the same.
    """

    def __init__(self, llama: Any, chain: Any, form: Form | None, tokens: int) -> None:
        self._llama = llama
        self._chain = chain
        self._form = form
        if form is None:
            return
        import numpy as np

        # The fields of llama_token_data, in llama.cpp's own memory layout.
        fields = [("id", np.int32), ("logit", np.float32), ("p", np.float32)]
        self._data = np.zeros(tokens, dtype=fields)
        self._ids = np.arange(tokens, dtype=np.int32)

    def sample(self, context: Any, row: int = -1) -> int:
        """The token behind that row of what was computed last; END where nothing more fits and the
        model has no token that says so. Raises BadResponse where the form can't be followed."""
        llama, chain, form = self._llama, self._chain, self._form
        if form is None:
            return int(llama.llama_sampler_sample(chain, context, row))
        token = self._chosen(context, row, None)
        if not form.allows(token):
            token = self._chosen(context, row, form)
        if token == END:
            return END
        form.take(token)
        llama.llama_sampler_accept(chain, token)
        return token

    def _chosen(self, context: Any, row: int, form: Form | None) -> int:
        from numpy.ctypeslib import as_array

        logits = self._llama.llama_get_logits_ith(context, row)
        self._data["id"] = self._ids
        self._data["logit"] = as_array(logits, (len(self._ids),))
        left = self._data if form is None else form.left(self._data)
        if not len(left):
            return END
        found = candidates(self._llama, left)
        self._llama.llama_sampler_apply(self._chain, byref(found))
        # Samplers order the candidates anew and may leave most of them out.
        return int(found.data[found.selected].id)


@contextmanager
def sampling(
    llama: Any, model: Any, guide: SchemaGuide, options: Mapping[str, Any]
) -> Iterator[ReplySampler]:
    """A sampler for one reply, freed at the end. `options` has the names of SamplingOptions, less
    those that are None, and `begun` for a text that the reply goes on behind. Raises BadResponse
    for a grammar or a schema that can't be used."""
    vocabulary = llama.llama_model_get_vocab(model)
    tokens = llama.llama_vocab_n_tokens(vocabulary)
    grammar: GrammarForm | None = None
    form: Form | None = None
    if (schema := options.get("json_schema")) is not None:
        form = guide.form(schema, options.get("begun") or "")
    elif (text := options.get("grammar")) is not None:
        form = grammar = GrammarForm(llama, vocabulary, str(text))
    chain = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
    try:
        for sampler in _samplers(llama, tokens, {**DEFAULTS, **own(llama, model), **options}):
            llama.llama_sampler_chain_add(chain, sampler)
        yield ReplySampler(llama, chain, form, tokens)
    finally:
        llama.llama_sampler_free(chain)
        if grammar is not None:
            grammar.free()


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
