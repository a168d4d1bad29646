"""The token vocabularies that ship with chatui, so that counting never asks the network.

They are the three that OpenAI publishes with tiktoken: o200k_base (GPT-4o and later),
cl100k_base (GPT-3.5 and GPT-4) and r50k_base (GPT-3). A file in `chatui/data` holds the
byte strings of one vocabulary in the order of their ids: less than half the size of the
published text, and read in less than half its time.

Reading o200k_base takes about half a second and 45 MB, once: do it in a thread.
"""

from __future__ import annotations

import zlib
from functools import cache
from importlib.resources import files
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiktoken import Encoding

O200K = "o200k_base"
CL100K = "cl100k_base"
R50K = "r50k_base"

# How each vocabulary cuts text into the pieces that are then merged into tokens: regular
# expressions published with it. One letter changed here makes every count wrong.
SPLIT_PATTERNS = {
    R50K: (r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"""),
    CL100K: (
        r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+"""
        r"""| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"""
    ),
    O200K: (
        r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"""
        r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)?"""
        r"""|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"""
        r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)?"""
        r"""|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
    ),
}


def unpack(packed: bytes) -> dict[bytes, int]:
    """Each token's bytes with its id, which is also its rank in merging. A file is compressed
    by zlib: a byte with each token's length, 1 to 255, a zero byte, then the tokens themselves."""
    data = zlib.decompress(packed)
    count = data.index(0)
    ends = accumulate(data[:count], initial=count + 1)
    # A plain loop, because it lets other threads run; a chain of C functions would hold the
    # interpreter for a quarter of a second.
    return {data[start:end]: rank for rank, (start, end) in enumerate(pairwise(ends))}


def read_vocabulary(name: str) -> dict[bytes, int]:
    """The tokens of one of the shipped vocabularies, from the package's data."""
    return unpack((files("chatui") / "data" / f"{name}.vocabulary").read_bytes())


@cache
def load_encoding(name: str) -> Encoding:
    """The tokeniser of a shipped vocabulary. It knows no special tokens: text that spells
    one is only text. Reads it once per process."""
    from tiktoken import Encoding

    encoding = Encoding(
        name,
        pat_str=SPLIT_PATTERNS[name],
        mergeable_ranks=read_vocabulary(name),
        special_tokens={},
    )
    # tiktoken keeps them to be pickled, beside a copy to count with: a third of its memory.
    encoding._mergeable_ranks = {}
    return encoding
