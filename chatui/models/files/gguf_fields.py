"""The bytes at the beginning of a GGUF file, read as they come.

The `gguf` package's reader makes a numpy array of every string of a vocabulary, which takes
seconds; this one steps over them. A file from anywhere may say anything: lengths and counts are
bounded before memory is taken for them. The format:
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from struct import Struct
from typing import IO

MAGIC = b"GGUF"
VERSIONS = (2, 3)
"""Those that llama.cpp reads. The first had other lengths and has died out."""

LONGEST_HEADER = 64 << 20
"""Bytes. The longest known, of vocabularies with 260,000 pieces and their merges, have 16 MB."""
LONGEST_STRING = 1 << 20
"""Bytes of a string that is kept, such as a chat template; a longer one is stepped over."""
LONGEST_NAME = 1 << 16
MOST_KEPT = 4096
"""Numbers of a list that is kept: one for each layer. Longer lists only tell their length."""
MOST_FIELDS = 1 << 16
MOST_TENSORS = 1 << 16
MOST_STRINGS = 1 << 21
"""Of a list. Vocabularies with their merges have 800,000."""
MOST_HELD = 8 << 20
"""Bytes of all names, strings and numbers that are kept: numbers take four times as much."""
MOST_DIMENSIONS = 4
CHUNK = 1 << 13
"""More bytes than BLOCK short strings."""

_U32, _U64 = Struct("<I"), Struct("<Q")
_STRING, _ARRAY = 8, 9
_NUMBERS = {
    kind: Struct(f"<{code}")
    for kind, code in {
        0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d",
    }.items()
}  # fmt: skip

COMMON_FIRST = sorted(range(64), key=lambda length: abs(length - 7))
"""The lengths of strings in a vocabulary, in bytes; longer ones are rare."""
BLOCK = 64


@cache
def short_strings() -> re.Pattern[bytes]:
    """Matches BLOCK strings, each behind its length. A vocabulary has 300,000 with its merges,
    and this steps over them three times as fast as a loop does. Takes 5 ms to make."""
    alternatives = b"|".join(b"\\x%02x\\0{7}.{%d}" % (long, long) for long in COMMON_FIRST)
    return re.compile(b"(?:%s){%d}+" % (alternatives, BLOCK), re.DOTALL)


class Malformed(Exception):
    """What is wrong with the file, as the end of a sentence that begins with its name."""


@dataclass(frozen=True, slots=True)
class Length:
    """A list that was stepped over."""

    items: int


Number = int | float | bool
Value = Number | str | tuple[Number, ...] | Length


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """`offset` is from the beginning of the weights, in bytes."""

    shape: tuple[int, ...]
    kind: int
    offset: int

    @property
    def elements(self) -> int:
        count = 1
        for length in self.shape:
            count *= length
        return count


@dataclass(frozen=True, slots=True)
class Fields:
    """`end` is where the header ends, in bytes; the weights follow, aligned."""

    values: Mapping[str, Value]
    tensors: tuple[TensorInfo, ...]
    end: int


def read_fields(file: IO[bytes]) -> Fields:
    """Raises Malformed, OSError."""
    return _Reader(file).fields()


def read_first_values(file: IO[bytes], until: str) -> dict[str, Value]:
    """Those before the first key that begins so: a few kilobytes where it is the vocabulary.
    Raises Malformed, OSError."""
    return _Reader(file).first_values(until)


class _Reader:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._held = b""
        self._at = 0
        self._before = 0
        """Bytes of the file before those held."""
        self._ended = False
        self._room = MOST_HELD

    def fields(self) -> Fields:
        tensors, count = self._counts()
        values = dict(self._field() for _ in range(count))
        infos = tuple(self._tensor() for _ in range(tensors))
        return Fields(values, infos, self._before + self._at)

    def first_values(self, until: str) -> dict[str, Value]:
        found: dict[str, Value] = {}
        _, count = self._counts()
        for _ in range(count):
            name = self._string(LONGEST_NAME)
            if name.startswith(until):
                break
            found[name] = self._value(self._number(_U32))
        return found

    def _counts(self) -> tuple[int, int]:
        """Tensors, fields."""
        if self._bytes(4) != MAGIC:
            raise Malformed("is no GGUF file")
        version = self._number(_U32)
        if version not in VERSIONS:
            swapped = int.from_bytes(version.to_bytes(4, "little"), "big")
            if swapped in VERSIONS:
                raise Malformed("was written for big-endian machines")
            raise Malformed(f"is GGUF of version {version}, which llama.cpp doesn't read")
        tensors, count = self._number(_U64), self._number(_U64)
        if count > MOST_FIELDS or tensors > MOST_TENSORS:
            raise Malformed(f"claims {tensors:,} tensors and {count:,} fields, and is damaged")
        return tensors, count

    def _field(self) -> tuple[str, Value]:
        name = self._string(LONGEST_NAME)
        return name, self._value(self._number(_U32))

    def _value(self, kind: int) -> Value:
        if kind == _STRING:
            length = self._number(_U64)
            if length <= LONGEST_STRING and self._has_room(length):
                return self._bytes(length).decode(errors="replace")
            self._skip(length)
            return Length(1)
        if kind == _ARRAY:
            return self._array()
        number: Number = self._number(_number_of(kind))
        return number

    def _array(self) -> Value:
        kind, count = self._number(_U32), self._number(_U64)
        if kind == _STRING:
            self._skip_strings(count)
            return Length(count)
        one = _number_of(kind)
        if count > MOST_KEPT or not self._has_room(count * 8):
            self._skip(count * one.size)
            return Length(count)
        data = self._bytes(count * one.size)
        return tuple(number for (number,) in one.iter_unpack(data))

    def _tensor(self) -> TensorInfo:
        self._string(LONGEST_NAME)
        dimensions = self._number(_U32)
        if dimensions > MOST_DIMENSIONS:
            raise Malformed(f"has a tensor of {dimensions:,} dimensions, and is damaged")
        shape = tuple(self._number(_U64) for _ in range(dimensions))
        return TensorInfo(shape, self._number(_U32), self._number(_U64))

    def _has_room(self, size: int) -> bool:
        """Whether so many bytes more may be kept; they count as kept then."""
        if size > self._room:
            return False
        self._room -= size
        return True

    def _skip_strings(self, count: int) -> None:
        if count > MOST_STRINGS:
            raise Malformed(f"has a list of {count:,} strings, and is damaged")
        step = short_strings().match
        while count:
            if count >= BLOCK:
                self._hold(CHUNK)
                if found := step(self._held, self._at):
                    self._at = found.end()
                    count -= BLOCK
                    continue
            for _ in range(min(BLOCK, count)):
                self._skip(self._number(_U64))
            count -= min(BLOCK, count)

    def _string(self, longest: int) -> str:
        length = self._number(_U64)
        if length > longest or not self._has_room(length):
            raise Malformed(f"has a name of {length:,} bytes, and is damaged")
        return self._bytes(length).decode(errors="replace")

    def _number(self, of: Struct) -> int:
        self._need(of.size)
        found: int = of.unpack_from(self._held, self._at)[0]
        self._at += of.size
        return found

    def _bytes(self, length: int) -> bytes:
        self._need(length)
        self._at += length
        return self._held[self._at - length : self._at]

    def _skip(self, length: int) -> None:
        within = min(length, len(self._held) - self._at)
        self._at += within
        beyond = length - within
        if beyond:
            self._bounded(beyond)
            self._before += len(self._held) + beyond
            self._held, self._at, self._ended = b"", 0, False
            self._file.seek(self._before)

    def _need(self, length: int) -> None:
        """Holds the next `length` bytes."""
        if not self._hold(length):
            raise Malformed("is cut off: its header goes on behind its end")

    def _hold(self, length: int) -> bool:
        """Whether there are so many bytes more; they are held then."""
        missing = self._at + length - len(self._held)
        if missing <= 0 or self._ended:
            return missing <= 0
        self._bounded(missing)
        self._before += self._at
        more = self._file.read(max(missing, 4 * CHUNK))
        self._held = self._held[self._at :] + more
        self._at = 0
        self._ended = len(more) < missing
        return not self._ended

    def _bounded(self, more: int) -> None:
        if self._before + len(self._held) + more > LONGEST_HEADER:
            raise Malformed("has a header of more than 64 MB, and is damaged")


def _number_of(kind: int) -> Struct:
    if kind not in _NUMBERS:
        raise Malformed(f"has a field of the unknown type {kind}, and is damaged")
    return _NUMBERS[kind]
