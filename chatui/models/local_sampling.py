"""Sampling options as llama.cpp's chain of samplers. Runs in the child."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from chatui.errors import BadResponse

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


@contextmanager
def sampling(llama: Any, model: Any, options: Mapping[str, Any]) -> Iterator[Any]:
    """A chain for one reply, freed at the end. `options` has the names of SamplingOptions, less
    those that are None. Raises BadResponse for a grammar or a schema that can't be used."""
    vocabulary = llama.llama_model_get_vocab(model)
    chain = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
    try:
        for sampler in _samplers(llama, vocabulary, {**DEFAULTS, **own(llama, model), **options}):
            llama.llama_sampler_chain_add(chain, sampler)
        yield chain
    finally:
        llama.llama_sampler_free(chain)


def _samplers(llama: Any, vocabulary: Any, values: Mapping[str, Any]) -> Iterator[Any]:
    penalties = values["repeat_penalty"], values["frequency_penalty"], values["presence_penalty"]
    if penalties != (1.0, 0.0, 0.0):
        tokens = llama.llama_vocab_n_tokens(vocabulary)
        yield llama.llama_sampler_init_penalties(tokens, PENALTY_TOKENS, *penalties)
    if grammar := grammar_of(values):
        made = llama.llama_sampler_init_grammar(vocabulary, grammar.encode(), b"root")
        if not made:
            raise BadResponse(
                "llama.cpp can't read the grammar; see chatui.log for the place, and mend it there."
            )
        yield made
    if values["temperature"] == 0:
        yield llama.llama_sampler_init_greedy()
        return
    yield llama.llama_sampler_init_top_k(int(values["top_k"]))
    yield llama.llama_sampler_init_top_p(values["top_p"], 1)
    yield llama.llama_sampler_init_min_p(values["min_p"], 1)
    yield llama.llama_sampler_init_temp(values["temperature"])
    yield llama.llama_sampler_init_dist(int(values.get("seed", RANDOM_SEED)) & 0xFFFFFFFF)


def own(llama: Any, model: Any) -> dict[str, float]:
    """What the model's file recommends (`general.sampling.*`)."""
    import ctypes

    names = {
        "temperature": "temp",
        "top_k": "top_k",
        "top_p": "top_p",
        "min_p": "min_p",
        "repeat_penalty": "penalty_repeat",
    }
    room = ctypes.create_string_buffer(64)
    found = {}
    for name, key in names.items():
        full = f"general.sampling.{key}".encode()
        if llama.llama_model_meta_val_str(model, full, room, len(room)) > 0:
            try:
                found[name] = float(room.value)
            except ValueError:
                continue
    return found


def grammar_of(options: Mapping[str, Any]) -> str:
    """The GBNF text that a reply must fit, "" for none."""
    schema = options.get("json_schema")
    if schema is None:
        return str(options.get("grammar") or "")
    from llama_cpp.llama_grammar import json_schema_to_gbnf

    try:
        return str(json_schema_to_gbnf(json.dumps(schema)))
    # Whatever the library raises for a schema that it has no rules for.
    except Exception as error:
        raise BadResponse(
            f"llama.cpp can't follow this JSON schema ({error}); make it simpler."
        ) from error
