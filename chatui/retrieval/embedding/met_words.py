"""How well texts meet the single words of a question, in its own or another language. Runs in the
embedding process only.

Where question and text share no word, one vector for a few sentences tells what they are about, and
little of who and what is asked. Vectors of single words tell that: Google's universal encoder has a
word beside those that mean the same in its other languages, and so it has most names. The words
stand without the marks of beginning and end, which takes a third of the time and is no worse; the
vectors that the model begins with, before its network, are: .71 of the Chinese questions on English
texts for .95.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chatui.text.question_words import ENGLISH
from chatui.text.terms import (
    is_unspaced,
    telling_words,
    whole_words,
    without_question_forms,
)

MOST_ASKED = 16
MOST_HELD = 400
"""Words of a question and of a text: a pasted page or a table would take too long."""
MOST_NEAR = 90
"""Words of a sentence and of those beside it."""
LONGEST = 40
"""Letters; what is longer is no word."""
MOST_KEPT = 8192
"""Words whose vectors are kept for the next question, 2 KB each. Twenty passages have some 1,100,
most of them again and again; when there are more, all are made anew."""

Pieces = Callable[[str], list[str]]
"""A text as the model's tokenizer parts it: so words are told in scripts without spaces."""
Embed = Callable[[list[str]], tuple[list[str], list[bytes]]]
"""Those of the words that have a vector, and these: normalised little-endian float32 numbers."""


class MetWords:
    def __init__(self, pieces: Pieces, embed: Embed) -> None:
        self._pieces = pieces
        self._embed = embed
        self._places: dict[str, int] = {}
        self._vectors: Any = None

    def met(self, question: str, texts: Sequence[str]) -> list[float]:
        """For each text the mean over the question's words of how near its nearest word is, as a
        cosine; 0 for one without words."""
        asked = asked_words(question, self._pieces)
        held = [held_words(text, self._pieces) for text in texts]
        self._learn(list(dict.fromkeys([*asked, *(word for words in held for word in words)])))
        wanted = self._known(asked)
        if not wanted:
            return [0.0] * len(texts)
        found = []
        for words in held:
            own = self._known(words)
            near = self._vectors[wanted] @ self._vectors[own].T if own else None
            found.append(float(near.max(axis=1).mean()) if near is not None else 0.0)
        return found

    def met_each(self, question: str, texts: Sequence[str]) -> list[list[float]]:
        """For each text how near its nearest word is to each of the question's, as cosines, 1 for
        the same word; empty lists for a question without words."""
        asked = asked_words(question, self._pieces)
        held = [_short(_words(text, self._pieces))[:MOST_NEAR] for text in texts]
        self._learn(list(dict.fromkeys([*asked, *(word for words in held for word in words)])))
        asked = [word for word in asked if word in self._places]
        if not asked:
            return [[] for _ in texts]
        wanted, found = self._vectors[self._known(asked)], []
        for words in held:
            own = self._known(words)
            near = (
                (wanted @ self._vectors[own].T).max(axis=1).tolist() if own else [0.0] * len(asked)
            )
            same = {word.casefold() for word in words}
            found.append(
                [1.0 if word.casefold() in same else one
                 for word, one in zip(asked, near, strict=True)]
            )  # fmt: skip
        return found

    def _known(self, words: Sequence[str]) -> list[int]:
        return [self._places[word] for word in words if word in self._places]

    def _learn(self, words: list[str]) -> None:
        import numpy

        new = [word for word in words if word not in self._places]
        if len(self._places) + len(new) > MOST_KEPT:
            self._places, self._vectors, new = {}, None, words
        found, vectors = self._embed(new) if new else ([], [])
        if not found:
            return
        rows = numpy.stack([numpy.frombuffer(vector, "<f4") for vector in vectors])
        self._places |= {word: len(self._places) + at for at, word in enumerate(found)}
        held = self._vectors
        self._vectors = rows if held is None else numpy.concatenate([held, rows])


def asked_words(question: str, pieces: Pieces) -> list[str]:
    """The words that say what a question is about, each once."""
    if is_unspaced(question):
        found = pieces(without_question_forms(question)) or pieces(question)
    else:
        found = telling_words(question) or whole_words(question)
    return _short(found)[:MOST_ASKED]


def held_words(text: str, pieces: Pieces) -> list[str]:
    """The words of a text, each once, without those that only give an English sentence its form."""
    found = _words(text, pieces)
    return [word for word in _short(found) if word.lower() not in ENGLISH][:MOST_HELD]


def _words(text: str, pieces: Pieces) -> list[str]:
    return pieces(text) if is_unspaced(text) else whole_words(text)


def _short(words: Sequence[str]) -> list[str]:
    return [word for word in dict.fromkeys(words) if len(word) <= LONGEST]
