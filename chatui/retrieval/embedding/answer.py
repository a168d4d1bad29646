"""What an embedding endpoint sends, as vectors of our form: pure rules.

OpenAI documents the form at platform.openai.com/docs/api-reference/embeddings; servers that
do not know `encoding_format` send lists of numbers instead of base64.
"""

from __future__ import annotations

import base64
import math
import sys
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from chatui.domain.usage import Usage


class BadVectors(ValueError):
    """The answer is not what was asked for; the message is a clause that says why."""


def vectors_of(answer: Any, expected: int) -> list[bytes]:
    """`expected` vectors in the order of the texts, each of length 1, all of one size.

    Raises BadVectors for another number of them, numbers that are none, vectors of different
    sizes, and vectors without a direction.
    """
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, list):
        raise BadVectors("it sent no list of vectors")
    if len(data) != expected:
        raise BadVectors(f"it sent {len(data)} vectors for {expected} texts")
    found = [b""] * expected
    for place, item in enumerate(data):
        if not isinstance(item, dict):
            raise BadVectors("it sent something else than vectors")
        index = item.get("index", place)
        if not isinstance(index, int) or not 0 <= index < expected or found[index]:
            raise BadVectors("it numbered the vectors in no order")
        found[index] = _unit(_numbers(item.get("embedding")))
    if len({len(vector) for vector in found}) > 1:
        raise BadVectors("its vectors are of different sizes")
    return found


def usage_of(answer: Any) -> Usage | None:
    """The tokens that the endpoint counted, None when it tells none."""
    usage = answer.get("usage") if isinstance(answer, dict) else None
    if not isinstance(usage, dict):
        return None
    tokens = usage.get("prompt_tokens", usage.get("total_tokens"))
    return Usage(input=tokens) if isinstance(tokens, int) and tokens > 0 else None


def batches(texts: Sequence[str], most: int, characters: int) -> Iterator[Sequence[str]]:
    """The texts in runs of at most `most`, and of at most so many characters in sum, if only
    one text is not longer by itself."""
    start = size = 0
    for at, text in enumerate(texts):
        if at > start and (at - start >= most or size + len(text) > characters):
            yield texts[start:at]
            start, size = at, 0
        size += len(text)
    if len(texts) > start:
        yield texts[start:]


def _numbers(embedding: Any) -> array[float]:
    try:
        if isinstance(embedding, str):
            found = array("f", base64.b64decode(embedding, validate=True))
            if sys.byteorder == "big":
                found.byteswap()
            return found
        return array("f", embedding)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadVectors("it sent a vector that is no list of numbers") from error


def _unit(numbers: array[float]) -> bytes:
    """Length 1, as little-endian float32."""
    length = math.sqrt(math.fsum(number * number for number in numbers))
    if not math.isfinite(length) or length == 0:
        raise BadVectors("it sent a vector without a direction")
    unit = array("f", [number / length for number in numbers])
    if sys.byteorder == "big":
        unit.byteswap()
    return unit.tobytes()
