"""Headers of model files: read back as they were written, or refused with the file's name."""

from __future__ import annotations

import io
import math
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatui.domain.errors import BadModelFile
from chatui.models.files.gguf_fields import MOST_KEPT, Length, Malformed, read_fields
from chatui.models.files.gguf_header import read_header
from chatui.models.local.memory_need import Loading, fits, memory_need
from tests.fuzz.sentences import is_a_sentence
from tests.tiny_gguf import write_tiny_gguf

CODES = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY = 8, 9
SIZES = st.sampled_from([0, 1, 7, 64, 70, 5000])


def packed_text(text: bytes) -> bytes:
    return struct.pack("<Q", len(text)) + text


@st.composite
def fields(draw: st.DrawFn) -> tuple[bytes, Any]:
    """A value with its type as it stands in a file, and as it is read."""
    kind = draw(st.sampled_from([*CODES, STRING, ARRAY]))
    if kind == STRING:
        text = draw(st.text(max_size=20)).encode("utf-8", "replace")
        return struct.pack("<I", STRING) + packed_text(text), text.decode()
    of = draw(st.sampled_from([*CODES, STRING])) if kind == ARRAY else kind
    count = draw(SIZES) if kind == ARRAY else 1
    if of == STRING:
        content = packed_text(draw(st.binary(max_size=90))) * count
        return struct.pack("<IIQ", ARRAY, STRING, count) + content, Length(count)
    code = CODES[of]
    one = struct.pack(f"<{code}", draw(numbers(code)))
    (number,) = struct.unpack(f"<{code}", one)
    if kind != ARRAY:
        return struct.pack("<I", of) + one, number
    read = Length(count) if count > MOST_KEPT else (number,) * count
    return struct.pack("<IIQ", ARRAY, of, count) + one * count, read


def numbers(code: str) -> st.SearchStrategy[Any]:
    if code == "?":
        return st.booleans()
    if code in "fd":
        return st.floats(allow_nan=False, width=32 if code == "f" else 64)
    bits = 8 * struct.calcsize(f"<{code}")
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if code.islower() else (0, 2**bits - 1)
    return st.integers(low, high)


NAMES = st.text(min_size=1, max_size=12).map(lambda text: text.encode("utf-8", "replace").decode())
TENSORS = st.lists(
    st.tuples(st.lists(st.integers(0, 2**20), max_size=4), st.integers(0, 40), st.integers(0, 99)),
    max_size=3,
)


@given(st.dictionaries(NAMES, fields(), max_size=5), TENSORS)
def test_a_header_is_read_as_it_was_written(
    values: dict[str, tuple[bytes, Any]], tensors: list[tuple[list[int], int, int]]
) -> None:
    content = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(values))
    content += b"".join(packed_text(key.encode()) + value for key, (value, _) in values.items())
    for shape, kind, offset in tensors:
        content += packed_text(b"t") + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        content += struct.pack("<IQ", kind, offset)

    found = read_fields(io.BytesIO(content + b"weights"))

    assert found.values == {key: read for key, (_, read) in values.items()}
    assert [(list(t.shape), t.kind, t.offset) for t in found.tensors] == tensors
    assert found.end == len(content)
    assert all(tensor.elements == math.prod(tensor.shape) for tensor in found.tensors)


@given(st.binary(max_size=120), st.integers(0, 4), st.integers(0, 4))
def test_any_bytes_behind_the_beginning_are_fields_or_malformed(
    rest: bytes, tensors: int, count: int
) -> None:
    content = b"GGUF" + struct.pack("<IQQ", 3, tensors, count) + rest
    try:
        found = read_fields(io.BytesIO(content))
    except Malformed as error:
        assert is_a_sentence(f"m.gguf {error}.")
        return
    assert found.end <= len(content)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf")


@given(
    st.lists(
        st.tuples(
            st.integers(0, 7_000),
            st.binary(min_size=1, max_size=9)
            | st.sampled_from([b"\xff" * 4, b"\xff" * 8, b"\0" * 8, struct.pack("<Q", 2**62)]),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_a_damaged_model_is_reckoned_with_or_refused_by_its_name(
    tiny: Path, patches: list[tuple[int, bytes]]
) -> None:
    content = bytearray(tiny.read_bytes())
    for place, patch in patches:
        content[place : place + len(patch)] = patch
    path = tiny.with_name("damaged.gguf")
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    try:
        header = read_header(path)
    except BadModelFile as error:
        assert str(path) in str(error)
        assert is_a_sentence(str(error))
        return
    assert header.parameters >= 0
    need = memory_need(header, Loading(4096))
    assert need.total > 0
    assert fits(header, Loading(4096), 2**31).fits == (need.total <= 2**31)


@given(st.sampled_from(["block_count", "context_length", "embedding_length",
                        "attention.head_count", "attention.head_count_kv",
                        "attention.key_length", "attention.sliding_window", "feed_forward_length"]),
       st.sampled_from([0, 1, 7, 2**31 - 1, 2**32 - 1]))  # fmt: skip
def test_a_number_that_no_model_has_takes_no_time_and_no_memory(
    tiny: Path, key: str, number: int
) -> None:
    content = tiny.read_bytes()
    at = content.find(f"llama.{key}".encode())
    assume(at >= 0)
    place = at + len(f"llama.{key}") + 4
    path = tiny.with_name("odd.gguf")
    path.unlink(missing_ok=True)
    path.write_bytes(content[:place] + struct.pack("<I", number) + content[place + 4 :])
    try:
        header = read_header(path)
    except BadModelFile as error:
        assert is_a_sentence(str(error))
        return
    assert memory_need(header, Loading(4096)).total > 0
