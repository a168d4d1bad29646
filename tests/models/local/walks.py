"""Texts that a schema lets a model write, found by a walk at random over a vocabulary of bytes."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np

from chatui.models.local.schema_form import SchemaForm, SchemaGuide, Spelling

END = 256
LONGEST = 400
"""Bytes of a walk that may still come to an end."""
CLOSING = b'"]},:'
MOST_ORDERED = 4
"""Members of an object that are tried in every order."""


def byte_guide() -> SchemaGuide:
    """Its tokens are the bytes, and one that ends the reply."""
    pieces = [*(bytes((byte,)) for byte in range(256)), b"</s>"]
    return SchemaGuide(lambda: Spelling(pieces, (END,), (END,), lambda text: [*text.encode()]))


def fitting(form: SchemaForm) -> list[int]:
    """The tokens that may come next."""
    data = np.zeros(END + 1, dtype=[("id", np.int32), ("logit", np.float32), ("p", np.float32)])
    data["id"] = np.arange(END + 1)
    return [int(token) for token in form.left(data)["id"]]


def walk(guide: SchemaGuide, schema: Any, seed: int) -> str | None:
    """A text, None where it came to no end. Ends and what closes are taken where they may be, more
    often than not, or most walks would never end."""
    chance, form, text = Random(seed), guide.form(schema), b""
    for _ in range(LONGEST):
        tokens = fitting(form)
        likely = [token for token in tokens if token == END or token in CLOSING]
        token = chance.choice(likely if likely and chance.random() < 0.7 else tokens)
        assert form.allows(token)
        form.take(token)
        if token == END:
            return text.decode()
        text += bytes((token,))
    return None


def lets_through(guide: SchemaGuide, schema: Any, value: Any) -> bool:
    """Whether it lets a model write the value, with the members of the outermost object in some
    order: a schema holds them to one."""
    return any(_accepts(guide.form(schema), text) for text in _texts(value))


def _texts(value: Any) -> Iterator[bytes]:
    """With whole numbers as they came, and without a fraction: to JSON 1.0 is 1."""
    for same in (value, _whole(value)):
        orders: Any = [same]
        if isinstance(same, dict) and len(same) <= MOST_ORDERED:
            orders = map(dict, itertools.permutations(same.items()))
        for one in orders:
            yield json.dumps(one, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _whole(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_whole(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _accepts(form: SchemaForm, text: bytes) -> bool:
    for token in [*text, END]:
        if not form.allows(token):
            return False
        form.take(token)
    return True
