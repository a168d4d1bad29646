"""How many tokens texts have: in time by their length, and in memory that doesn't grow with it."""

from __future__ import annotations

import json
import string
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.domain.errors import EmbedderFailed
from chatui.workers.foreign_tokenizer import open_tokenizer

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

CHARACTERS_PER_TOKEN = 6
"""Tokenizers turn a word that is too long for them into one token: such text is measured by
its length. European languages have four to five characters to a token."""

AT_ONCE = 200_000
"""Characters that are given to the tokenizer together. What it says of them takes some hundred
bytes for each."""
WORDS_KEPT = 100_000
LONGEST_KEPT = 40
"""Bytes of a word whose size is kept: what is longer will hardly come again."""

_MARKS = string.punctuation.encode()
_DROPPED = bytes(code for code in (*range(32), 127) if code not in b"\t\n\r")
_PARTED = bytes(32 if code in _MARKS or code in b"\t\n\r" else code for code in range(256))


class TokenSizes:
    """Sizes by one tokenizer. What surely has more tokens than `most` is not looked at closely.
    Raises EmbedderFailed for a file that can't be used."""

    def __init__(self, tokenizer_file: Path, most: int) -> None:
        self._tokenizer = open_tokenizer(tokenizer_file, _fault)
        self._most = most
        self._known: dict[bytes, int] | None = {} if _parts_at_marks(self._tokenizer) else None

    def measure(self, texts: Sequence[str]) -> list[int]:
        """The size of each text in tokens."""
        sizes: list[int] = []
        for group in _groups(texts, self._most * CHARACTERS_PER_TOKEN):
            looked_at = [text if self._is_near(text) else "" for text in group]
            counts = self._count(looked_at)
            sizes += [
                max(count, len(text) // CHARACTERS_PER_TOKEN)
                for count, text in zip(counts, group, strict=True)
            ]
        return sizes

    def _is_near(self, text: str) -> bool:
        return len(text) // CHARACTERS_PER_TOKEN <= self._most

    def _count(self, texts: Sequence[str]) -> list[int]:
        if self._known is None:
            return [len(found) for found in self._encoded(texts)]
        return self._count_words(texts, self._known)

    def _encoded(self, texts: Sequence[str]) -> list[Encoding]:
        return self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)

    def _count_words(self, texts: Sequence[str], known: dict[bytes, int]) -> list[int]:
        """By the words, each of which the tokenizer has to be asked once: ten times as fast."""
        rows: list[tuple[list[bytes], int]] = []
        words: set[bytes] = set()
        for text in texts:
            data = text.encode("utf-8", "replace")
            row = data.translate(_PARTED, _DROPPED).split()
            rows.append((row, len(data) - len(data.translate(None, _MARKS))))
            words.update(row)
        if len(known) > WORDS_KEPT:
            known.clear()
        new = words.difference(known)
        if new:
            self._learn(new, known)
        counts = [sum(map(known.__getitem__, row)) + marks for row, marks in rows]
        for word in new:
            if len(word) > LONGEST_KEPT:
                del known[word]
        return counts

    def _learn(self, words: Iterable[bytes], known: dict[bytes, int]) -> None:
        plain = [word for word in words if word.isalnum()]
        # In one text, which takes the tokenizer less time than many.
        (found,) = self._tokenizer.encode_batch(
            [b" ".join(plain).decode()], add_special_tokens=False
        )
        counts = Counter(found.word_ids)
        known.update((word, counts[at]) for at, word in enumerate(plain))
        others = [word for word in words if not word.isalnum()]
        sizes = map(len, self._encoded([word.decode() for word in others]))
        known.update(zip(others, sizes, strict=True))


def _fault(reason: str) -> EmbedderFailed:
    return EmbedderFailed(
        f"The tokenizer of the embedding model can't be used: {reason}; name another model in "
        "retrieval.embedder.model."
    )


def _groups(texts: Sequence[str], most: int) -> Iterator[list[str]]:
    """The texts in order, together as many as may be looked at at once."""
    group: list[str] = []
    room = AT_ONCE
    for text in texts:
        group.append(text)
        room -= min(len(text), most)
        if room <= 0:
            yield group
            group, room = [], AT_ONCE
    if group:
        yield group


def _parts_at_marks(tokenizer: Tokenizer) -> bool:
    """Whether it reads what lies between spaces and ASCII's marks each by itself, and every mark
    as a token, as the tokenizers of BERT and its many kin do.

    Only where a text spells a token that stands for no text, such as `[SEP]`, the words count
    for more than the tokenizer says.
    """
    normalizer = json.loads(getattr(tokenizer.normalizer, "__getstate__", lambda: b"{}")())
    parter = json.loads(getattr(tokenizer.pre_tokenizer, "__getstate__", lambda: b"{}")())
    return (
        normalizer.get("type") == "BertNormalizer"
        and bool(normalizer.get("clean_text"))
        and parter.get("type") == "BertPreTokenizer"
    )
