"""A tokenizer.json, which may come from anybody: opened in a child, with bounds on what it may do
to a text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatui.domain.errors import ChatuiError
from chatui.workers.bounds import watched

if TYPE_CHECKING:
    from tokenizers import Tokenizer

LARGEST_FILE = 64 << 20
"""Bytes. The largest known, of vocabularies with 260,000 pieces, have 33 MB."""
MOST_GROWTH = 250
"""Times that a normalizer may lengthen a text: Unicode's compatibility forms make 11 bytes of one,
and the marks for spaces 3."""
MOST_SPECIAL = 64
"""Tokens that are put around a text; most have two."""
LONGEST_PREPENDED = 1000
SAMPLES = [letter * 200 + "." for letter in ("a", "Z", " ", "7", "-", "ab ", "é", "東")]
OPENING_SECONDS = 60.0
OPENING_MB = 2048

_GROWTH = {
    "NFC": 1.5,
    "NFD": 3.0,
    "NFKC": 11.0,
    "NFKD": 11.0,
    "Precompiled": 11.0,
    "Lowercase": 1.5,
    "Strip": 1.0,
    "StripAccents": 1.0,
    "Nmt": 1.0,
    "Prepend": 1.0,
    "ByteLevel": 2.0,
    "BertNormalizer": 3.0,
}


def open_tokenizer(path: Path, error: Callable[[str], ChatuiError]) -> Tokenizer:
    """It cuts nothing off and pads nothing. `error` makes what is raised out of a clause that says
    what is wrong with the file."""
    from tokenizers import Tokenizer

    try:
        size = path.stat().st_size
    except OSError as wrong:
        raise error(f"it can't be read: {wrong.strerror}") from wrong
    if size > LARGEST_FILE:
        raise error(f"it has more than {LARGEST_FILE >> 20} MB")
    with watched(OPENING_SECONDS, OPENING_MB, error):
        try:
            tokenizer = Tokenizer.from_file(str(path))
        # The library raises plain Exception for whatever it can't read.
        except Exception as wrong:
            said = (str(wrong).splitlines() or [""])[0][:200]
            raise error(f"it is no tokenizer.json: {said}") from wrong
        check_tokenizer(tokenizer, error)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def check_tokenizer(tokenizer: Tokenizer, error: Callable[[str], ChatuiError]) -> None:
    """Raises what `error` makes of a clause where it would make a text far longer than it is, or
    fails on plain text."""
    normalizer = tokenizer.normalizer
    grown = 1.0 if normalizer is None else growth(json.loads(normalizer.__getstate__()))
    if grown > MOST_GROWTH:
        raise error(f"its normalizer makes a text up to {grown:,.0f} times as long")
    if tokenizer.num_special_tokens_to_add(False) > MOST_SPECIAL:
        raise error("it puts too many tokens around a text")
    try:
        tokenizer.encode_batch_fast(SAMPLES)
    # Rust code panics by what is no Exception: where an expression gives up, for one.
    except BaseException as wrong:
        raise error("it fails on plain text") from wrong


def growth(normalizer: Mapping[str, Any]) -> float:
    """How many times as long a text may become, in bytes; infinite where what is put before a text
    is long by itself. Pure."""
    kind = normalizer.get("type")
    if kind == "Sequence":
        return prod(map(growth, normalizer.get("normalizers") or ()))
    if kind == "Replace":
        content = len(str(normalizer.get("content", "")).encode("utf-8", "replace"))
        replaced = (normalizer.get("pattern") or {}).get("String") or ""
        length = len(str(replaced).encode("utf-8", "replace"))
        # An expression may find nothing between any two bytes.
        return max(1.0, content / length) if length else content + 1.0
    if kind == "Prepend" and len(str(normalizer.get("prepend", ""))) > LONGEST_PREPENDED:
        return float("inf")
    return _GROWTH.get(str(kind), 3.0)
