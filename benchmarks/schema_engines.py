"""What holds a local model to a JSON schema: our grammars for llama.cpp beside llguidance.

    python benchmarks/schema_engines.py FOLDER [--tokens 60] [--rounds 3]

FOLDER holds the files of the JSON Schema test suite (draft 2020-12). For each keyword it prints how
many schemas an engine takes, how many of the valid instances of those it lets a model write, and
how many of the invalid ones it keeps a model from writing; then the tokens a second of a tiny
model with a vocabulary of 150,000 under a schema, with each engine by turns. Instances are written
without blanks, their members in every order where they are few: both engines hold to one order.
"""

from __future__ import annotations

import argparse
import ctypes
import itertools
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import random_model
from chatui.domain.errors import BadResponse
from chatui.models.local.sampling import ReplySampler
from chatui.models.local.schema_grammar import grammar_of_schema
from tests.tiny_gguf import write_tiny_gguf

FIRST_BYTE = 3
"""Of the tiny model's vocabulary; the tokens before are special."""
END = 2
MOST_ORDERED = 4
"""Members of an object that are tried in every order."""
STRICT: Any = {"whitespace_flexible": False}
"""It refuses what it does not know."""
LENIENT: Any = STRICT | {"lenient": True}
"""It leaves that out, with a warning, as our grammars do without one."""
TREE = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 40},
        "size": {"type": "integer", "minimum": 0, "maximum": 999},
        "parts": {"type": "array", "items": {"$ref": "#"}, "minItems": 1},
    },
    "required": ["name", "size", "parts"],
    "additionalProperties": False,
}
SPEED_SCHEMAS: dict[str, Any] = {
    "texts": {"type": "array", "items": {"type": "string", "minLength": 20}, "minItems": 500},
    "a tree": TREE,
    "numbers": {
        "type": "array",
        "items": {"type": "integer", "minimum": 3, "maximum": 48_111},
        "minItems": 500,
    },
}


@dataclass
class Counts:
    schemas: int = 0
    taken: int = 0
    valid: int = 0
    accepted: int = 0
    invalid: int = 0
    rejected: int = 0


@dataclass
class Engine:
    """`match` gives None for a schema that is refused."""

    match: Callable[[Any], Callable[[bytes], bool] | None]
    counts: dict[str, Counts] = field(default_factory=dict)


def texts(value: Any) -> Iterator[bytes]:
    """The JSON of a value, with the members of the outermost object in every order."""
    orders: Any = [value]
    if isinstance(value, dict) and len(value) <= MOST_ORDERED:
        orders = map(dict, itertools.permutations(value.items()))
    for one in orders:
        yield json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode()


def load(llama: Any, path: Path, vocabulary_only: bool) -> Any:
    options = llama.llama_model_default_params()
    options.vocab_only = vocabulary_only
    return llama.llama_model_load_from_file(str(path).encode(), options)


def by_grammar(llama: Any, model: Any) -> Callable[[Any], Callable[[bytes], bool] | None]:
    vocabulary = llama.llama_model_get_vocab(model)
    size = llama.llama_vocab_n_tokens(vocabulary)

    def match(schema: Any) -> Callable[[bytes], bool] | None:
        try:
            source = grammar_of_schema(schema).encode()
        except BadResponse:
            return None

        def accepts(text: bytes) -> bool:
            made = llama.llama_sampler_init_grammar(vocabulary, source, b"root")
            sampler = ReplySampler(llama, None, made, size)
            try:
                for token in [*(byte + FIRST_BYTE for byte in text), END]:
                    if not sampler._fits(token):
                        return False
                    llama.llama_sampler_accept(made, token)
            finally:
                llama.llama_sampler_free(made)
            return True

        return accepts

    return match


def by_llguidance(tokenizer: Any, options: Any) -> Callable[[Any], Callable[[bytes], bool] | None]:
    from llguidance import LLMatcher

    def match(schema: Any) -> Callable[[bytes], bool] | None:
        # It takes options with objects alone.
        whole = schema if isinstance(schema, dict) else {"allOf": [schema]}
        source = LLMatcher.grammar_from_json_schema(json.dumps(whole), overrides=options)
        if LLMatcher(tokenizer, source, log_level=0).is_error():
            return None

        def accepts(text: bytes) -> bool:
            matcher = LLMatcher(tokenizer, source, log_level=0)
            return bool(
                matcher.consume_tokens([byte + FIRST_BYTE for byte in text])
                and matcher.is_accepting()
            )

        return accepts

    return match


def cover(engines: dict[str, Engine], folder: Path) -> None:
    for file in sorted(folder.glob("*.json")):
        for group in json.loads(file.read_text()):
            for engine in engines.values():
                counts = engine.counts.setdefault(file.stem, Counts())
                counts.schemas += 1
                accepts = engine.match(group["schema"])
                if accepts is None:
                    continue
                counts.taken += 1
                for test in group["tests"]:
                    accepted = any(map(accepts, texts(test["data"])))
                    counts.valid += test["valid"]
                    counts.accepted += test["valid"] and accepted
                    counts.invalid += not test["valid"]
                    counts.rejected += not test["valid"] and not accepted


def print_coverage(engines: dict[str, Engine]) -> None:
    print(f"{'':22}" + "".join(f"{name:>34}" for name in engines))
    print(f"{'keyword':22}" + f"{'schemas':>12}{'valid':>11}{'invalid':>11}" * len(engines))
    totals = {name: Counts() for name in engines}
    for keyword in next(iter(engines.values())).counts:
        _print_row(keyword, [engine.counts[keyword] for engine in engines.values()])
        for name, engine in engines.items():
            for key, value in vars(engine.counts[keyword]).items():
                setattr(totals[name], key, getattr(totals[name], key) + value)
    _print_row("all", list(totals.values()))


def _print_row(name: str, rows: list[Counts]) -> None:
    cells = ""
    for row in rows:
        cells += f"{row.taken}/{row.schemas}".rjust(12)
        cells += f"{row.accepted}/{row.valid}".rjust(11)
        cells += f"{row.rejected}/{row.invalid}".rjust(11)
    print(f"{name:22}{cells}")


class GuidedSampler(ReplySampler):
    """As the other: the chain chooses, and llguidance is asked for all where that doesn't fit."""

    def __init__(self, llama: Any, chain: Any, matcher: Any, tokens: int) -> None:
        super().__init__(llama, chain, matcher, tokens)
        import numpy as np

        self._matcher = matcher
        self._bits = np.zeros((tokens + 31) // 32, np.int32)

    def sample(self, context: Any, row: int = -1) -> int:
        token = self._choose(context)
        if not self._matcher.validate_tokens([token]):
            token = self._chosen(context)
        assert self._matcher.consume_token(token), self._matcher.get_error()
        self._llama.llama_sampler_accept(self._chain, token)
        return token

    def _chosen(self, context: Any) -> int:
        import numpy as np
        from numpy.ctypeslib import as_array

        self._matcher.unsafe_compute_mask_ptr(self._bits.ctypes.data, self._bits.nbytes)
        allowed = np.unpackbits(self._bits.view(np.uint8), bitorder="little")[: len(self._ids)]
        ids = np.flatnonzero(allowed)
        logits = as_array(self._llama.llama_get_logits_ith(context, -1), (len(self._ids),))
        few = self._data[: len(ids)]
        few["id"], few["logit"] = ids, logits[ids]
        candidates = self._candidates(few)
        self._llama.llama_sampler_apply(self._chain, ctypes.byref(candidates))
        return int(candidates.data[candidates.selected].id)


def generate(llama: Any, context: Any, make: Callable[[], ReplySampler], tokens: int) -> float:
    """Tokens a second."""
    llama.llama_memory_clear(llama.llama_get_memory(context), True)
    start = time.perf_counter()
    sampler, token, count = make(), 10, 0
    for _ in range(tokens):
        batch = (llama.llama_token * 1)(token)
        llama.llama_decode(context, llama.llama_batch_get_one(batch, 1))
        token = sampler.sample(context)
        count += 1
        if token == random_model.VOCABULARY - 1:
            break
    return count / (time.perf_counter() - start)


def speed(llama: Any, folder: Path, tokens: int, rounds: int) -> None:
    from llguidance import LLMatcher
    from llguidance.llamacpp import lltokenizer_from_vocab

    random_model.WIDTH, random_model.LAYERS, random_model.INNER = 64, 2, 128
    random_model.HEADS = random_model.KV_HEADS = 2
    path = random_model.write_random_model(folder / "wide.gguf", random_model.Q8_0)
    model = load(llama, path, False)
    options = llama.llama_context_default_params()
    options.n_ctx = tokens + 16
    options.n_threads = 1
    context = llama.llama_init_from_model(model, options)
    vocabulary = llama.llama_model_get_vocab(model)
    start = time.perf_counter()
    tokenizer = lltokenizer_from_vocab(vocabulary)
    print(f"llguidance reads the vocabulary in {time.perf_counter() - start:.2f} s")
    for name, schema in SPEED_SCHEMAS.items():

        def chain() -> Any:
            made = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
            for sampler in (
                llama.llama_sampler_init_top_k(40),
                llama.llama_sampler_init_temp(0.8),
                llama.llama_sampler_init_dist(1),
            ):
                llama.llama_sampler_chain_add(made, sampler)
            return made

        def ours(schema: Any = schema) -> ReplySampler:
            text = grammar_of_schema(schema).encode()
            grammar = llama.llama_sampler_init_grammar(vocabulary, text, b"root")
            return ReplySampler(llama, chain(), grammar, random_model.VOCABULARY)

        def guided(schema: Any = schema) -> ReplySampler:
            text = LLMatcher.grammar_from_json_schema(json.dumps(schema), overrides=LENIENT)
            matcher = LLMatcher(tokenizer, text, log_level=0)
            return GuidedSampler(llama, chain(), matcher, random_model.VOCABULARY)

        found = [
            (generate(llama, context, ours, tokens), generate(llama, context, guided, tokens))
            for _ in range(rounds)
        ]
        grammar_speed, other = (median(one) for one in zip(*found, strict=True))
        ratio = median(theirs / own for own, theirs in found)
        print(
            f"{name}: grammar {grammar_speed:.1f} tokens/s, llguidance {other:.1f}, "
            f"{ratio:.2f} times"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tokens", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    import llama_cpp
    from llguidance.llamacpp import lltokenizer_from_vocab

    # Of llama.cpp's words none is needed: a schema that it refuses is counted.
    silent = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(silent, None)
    with tempfile.TemporaryDirectory() as folder:
        tiny = write_tiny_gguf(Path(folder) / "tiny.gguf")
        model = load(llama_cpp, tiny, True)
        tokenizer = lltokenizer_from_vocab(llama_cpp.llama_model_get_vocab(model))
        engines = {
            "grammar": Engine(by_grammar(llama_cpp, model)),
            "llguidance": Engine(by_llguidance(tokenizer, STRICT)),
            "llguidance, lenient": Engine(by_llguidance(tokenizer, LENIENT)),
        }
        cover(engines, given.folder)
        print_coverage(engines)
        speed(llama_cpp, Path(folder), given.tokens, given.rounds)


if __name__ == "__main__":
    main()
