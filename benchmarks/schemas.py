"""How much of JSON Schema is a model on this machine held to, and what does that take of its speed?

    python benchmarks/schemas.py [FOLDER] [--tokens 60] [--rounds 3]

FOLDER holds the files of the JSON Schema test suite (draft 2020-12); without it the part of it that
is among the tests is taken. Prints for each keyword how many schemas are followed, and how many of
those whole, how many of the valid instances a model may write, and how many of the invalid ones it
is kept from. Then the tokens a second of a tiny model with a vocabulary of 150,000, which waits for
little else, under a schema and free, by turns.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import random_model
from chatui.domain.errors import BadResponse
from chatui.models.local.llama import Llama
from chatui.models.local.schema_form import SchemaGuide
from chatui.models.local.settings import LocalSettings
from tests.models.local.walks import byte_guide, lets_through

SUITE = Path(__file__).parent.parent / "tests" / "models" / "local" / "json_schema_suite"
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
    followed: int = 0
    whole: int = 0
    valid: int = 0
    written: int = 0
    invalid: int = 0
    kept_out: int = 0


def covered(guide: SchemaGuide, groups: Any) -> Counts:
    counts = Counts()
    for group in groups:
        counts.schemas += 1
        try:
            unheld = guide.unheld(group["schema"])
        except BadResponse:
            continue
        counts.followed += 1
        counts.whole += not unheld
        for test in group["tests"]:
            written = lets_through(guide, group["schema"], test["data"])
            counts.valid += test["valid"]
            counts.written += test["valid"] and written
            counts.invalid += not test["valid"]
            counts.kept_out += not test["valid"] and not written
    return counts


def cover(folder: Path) -> None:
    guide, all_of_them = byte_guide(), Counts()
    print(f"{'keyword':24}{'followed':>11}{'whole':>7}{'valid let in':>16}{'invalid out':>18}")
    for file in sorted(folder.glob("*.json")):
        counts = covered(guide, json.loads(file.read_text()))
        _print_row(file.stem, counts)
        for name, count in vars(counts).items():
            setattr(all_of_them, name, getattr(all_of_them, name) + count)
    _print_row("all", all_of_them)


def _print_row(name: str, counts: Counts) -> None:
    followed = f"{counts.followed}/{counts.schemas}"
    written = f"{counts.written}/{counts.valid}"
    kept_out = f"{counts.kept_out}/{counts.invalid}"
    print(f"{name:24}{followed:>11}{counts.whole:>7}{written:>16}{kept_out:>18}")


def generate(llama: Llama, options: Mapping[str, Any], tokens: int) -> float:
    """Tokens a second."""
    llama.keep(0)
    start, count, token = time.perf_counter(), 0, 10
    with llama.sampling({"temperature": 0.8, "top_p": 1.0, "min_p": 0.0, **options}) as sampler:
        while count < tokens and not llama.vocabulary.ends(token):
            llama.evaluate([token])
            token = llama.sample(sampler)
            count += 1
    return count / (time.perf_counter() - start)


def speed(folder: Path, tokens: int, rounds: int) -> None:
    random_model.WIDTH, random_model.LAYERS, random_model.INNER = 64, 2, 128
    random_model.HEADS = random_model.KV_HEADS = 2
    path = random_model.write_random_model(folder / "wide.gguf", random_model.Q8_0)
    settings = LocalSettings(context=tokens + 16, threads=1, batch_threads=1)
    llama = Llama("wide", path, settings)
    start = time.perf_counter()
    llama.unheld(True)
    print(f"a vocabulary of {random_model.VOCABULARY:,} is read in {_since(start)}")
    start = time.perf_counter()
    llama.unheld(TREE)
    print(f"a schema is made ready in {_since(start)}")
    for name, schema in SPEED_SCHEMAS.items():
        found = [
            (generate(llama, {"seed": at}, tokens),
             generate(llama, {"seed": at, "json_schema": schema}, tokens))
            for at in range(rounds)
        ]  # fmt: skip
        free, held = (median(one) for one in zip(*found, strict=True))
        ratio = median(one / other for other, one in found)
        print(f"{name}: free {free:.1f} tokens/s, held {held:.1f}, {ratio:.2f} times")
    llama.close()


def _since(start: float) -> str:
    return f"{1000 * (time.perf_counter() - start):,.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=SUITE)
    parser.add_argument("--tokens", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    cover(given.folder)
    with tempfile.TemporaryDirectory() as folder:
        speed(Path(folder), given.tokens, given.rounds)


if __name__ == "__main__":
    main()
