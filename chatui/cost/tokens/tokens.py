"""Counting tokens on this machine, for any model's name and any text.

Everything here is synchronous and safe to call from several threads. The first use of a
vocabulary reads it (see `vocabularies`), so callers on the event loop use a thread.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from chatui.cost.tokens.edited_counts import EditedCounts
from chatui.cost.tokens.pictures import rule_of
from chatui.cost.tokens.piece import TokenPiece
from chatui.cost.tokens.slices import slices, well_formed
from chatui.cost.tokens.vocabularies import CL100K, O200K, R50K, load_encoding
from chatui.domain.conversation import Message

if TYPE_CHECKING:
    from tiktoken import Encoding

    from chatui.cost.tokens.own_tokenizers import OwnTokenizer, OwnTokenizers

# What a chat costs beside its texts, from OpenAI's cookbook ("How to count tokens with
# tiktoken"): the marks around each message, beside its role, a mark for a name, and the start
# of the reply. The role itself is counted as text.
MESSAGE_TOKENS = 3
NAME_TOKENS = 1
REPLY_TOKENS = 3

OWN_MESSAGE_TOKENS = 5
"""For models with a tokenizer of their own and no chat template beside it: ChatML, Llama 3's
and Gemma's write two marks, two line breaks and at most one more around a message."""

# Vocabularies that tiktoken names and that we have under another name. True: ordinary text
# gives the same tokens. p50k_base differs from r50k_base in its tokens for runs of spaces.
_SAME_TEXT = {
    O200K: (O200K, True),
    CL100K: (CL100K, True),
    R50K: (R50K, True),
    "o200k_harmony": (O200K, True),
    "gpt2": (R50K, True),
    "p50k_base": (R50K, False),
    "p50k_edit": (R50K, False),
}


OPENAIS_WORDS = frozenset(
    (
        "gpt", "chatgpt", "text", "davinci", "curie", "babbage", "ada", "code", "embedding", "o1",
        "o3", "o4", "oss", "turbo", "mini", "nano", "pro", "preview", "latest", "vision", "audio",
        "realtime", "search", "transcribe", "tts", "instruct", "chat", "codex", "max", "deep",
        "research", "image", "small", "large", "safeguard", "cloud", "high", "medium", "low",
        "free", "online", "extended", "diarize", "api", "sol", "terra", "luna", "4o",
    )
)  # fmt: skip
"""What the names of OpenAI's models are made of, beside numbers, dates and sizes, with what sellers
put behind them. Another word is another model that is only called like one."""
OTHER_MAKERS = frozenset(
    ("mistralai", "meta-llama", "qwen", "google", "nousresearch", "anthropic", "deepseek", "x-ai")
)


@dataclass(frozen=True, slots=True)
class TokenCount:
    """`exact` is True when the model's own vocabulary was used, on text alone."""

    tokens: int
    exact: bool

    def __add__(self, other: TokenCount) -> TokenCount:
        return TokenCount(self.tokens + other.tokens, self.exact and other.exact)


@dataclass(frozen=True, slots=True)
class Tokenised:
    """A text as one model sees it. `exact` as in TokenCount; `encoding` names the vocabulary."""

    model: str
    encoding: str
    exact: bool
    pieces: Sequence[TokenPiece]


@lru_cache(maxsize=256)
def _encoding_name(model: str) -> tuple[str, bool]:
    from tiktoken.model import encoding_name_for_model

    bare = model.rsplit("/", 1)[-1].lower()
    if bare in _SAME_TEXT:
        return _SAME_TEXT[bare]
    maker = model.split("/")[-2].lower() if "/" in model else ""
    base = _base_model(bare)
    try:
        published = encoding_name_for_model(base)
    except KeyError:
        return O200K, False
    name, same = _SAME_TEXT.get(published, (O200K, False))
    return name, same and _is_openais(base, maker)


def _base_model(bare: str) -> str:
    """The model that OpenAI has published the encoding of: what was fine-tuned for
    `ft:gpt-4o-mini-2024-07-18:acme::id`, and Azure's spelling of 3.5 in OpenAI's."""
    tuned = bare.removeprefix("ft:").removeprefix("ft-")
    # Ollama's tags follow a colon where others write a dash: gpt-oss:20b.
    base = tuned.partition(":")[0] if tuned != bare else bare.replace(":", "-")
    return base.replace("gpt-35-", "gpt-3.5-")


def _is_openais(base: str, maker: str) -> bool:
    """Whether a name that begins like one of OpenAI's is one of them: gpt-4-x-alpaca is a Llama.
    `maker` stands before the name: the provider, or whose model a provider sells."""
    if maker in OTHER_MAKERS:
        return False
    words = re.split(r"[-_.@]", base)
    return all(word.isdecimal() or word in OPENAIS_WORDS or _is_size(word) for word in words)


def _is_size(word: str) -> bool:
    return word[:-1].isdecimal() and word[-1] in "bkom"


class TokenCounter:
    """Tokens of text for a model. Models whose vocabulary is not published with tiktoken
    are counted with o200k_base and marked as not exact: true counts of other families lie
    within about 0.8 to 1.5 times that."""

    def __init__(self, own: OwnTokenizers | None = None) -> None:
        self._own = own
        self._edited = EditedCounts()
        self._loading = Lock()
        # A megabyte has up to a million tokens, few of them different.
        self._known: dict[str, dict[int, TokenPiece]] = {}

    def encoding_name(self, model: str) -> tuple[str, bool]:
        """The vocabulary used for a model (`provider/model`, a bare name, or a vocabulary's
        own name) and whether it is that model's own."""
        own = self._own_tokenizer(model)
        return (own.label, True) if own else _encoding_name(model)

    def warm(self, model: str) -> None:
        """Reads the model's vocabulary now, so that the first count is quick."""
        if self._own_tokenizer(model):
            self.count("", model)
        else:
            self._encoding(_encoding_name(model)[0])

    def close(self) -> None:
        """Ends the child processes of own tokenizers; there may be none."""
        if self._own:
            self._own.close()

    def count(self, text: str, model: str) -> TokenCount:
        """Tokens of plain text. Any string is accepted; special tokens' text counts as text."""
        if own := self._own_tokenizer(model):
            counted = own.count(text)
            if counted is not None:
                return TokenCount(counted, own.exact(text))
        name, exact = _encoding_name(model)
        tokens = 0
        for ids, sure in self._encoded(text, name):
            tokens += len(ids)
            exact = exact and sure
        return TokenCount(tokens, exact)

    def counting(self, model: str) -> Callable[[str], int]:
        """`count` for one model, as the number alone."""
        return lambda text: self.count(text, model).tokens

    def count_messages(self, messages: Sequence[Message], model: str) -> TokenCount:
        """Tokens of a whole prompt, pictures and PDFs among them. Never exact: providers
        add marks and tokens of their own to what a message holds, and their number is known from
        the reported usage only. Of a long message that was counted before, only what was edited is
        counted anew."""
        tokens = REPLY_TOKENS
        own = self._own_tokenizer(model)
        measured = own.marks() if own else None
        marks = OWN_MESSAGE_TOKENS if own else MESSAGE_TOKENS
        for message in messages:
            if measured is None:
                tokens += marks + self.count(message.role, model).tokens
            else:
                tokens += measured
            tokens += self.count_again(message.content, model)
            if message.media:
                tokens += sum(map(rule_of(model).of, message.media))
            if message.name is not None:
                tokens += NAME_TOKENS + self.count(message.name, model).tokens
        return TokenCount(tokens, exact=False)

    def count_again(self, text: str, model: str) -> int:
        """Tokens of a text of which a version was counted before: of a long one only what was
        edited since is counted anew. For our own vocabularies it is what `count` gives."""
        return self._edited.count(
            text, self.encoding_name(model)[0], lambda part: self.count(part, model).tokens
        )

    def tokenised(self, text: str, model: str) -> Tokenised:
        """The tokens themselves. Their bytes joined are the text in UTF-8, with U+FFFD in
        place of lone surrogates, which have no UTF-8 form. (Not those of own tokenizers:
        many put a space before a text or fold letters.)"""
        if own := self._own_tokenizer(model):
            pieces = own.pieces(text)
            if pieces is not None:
                return Tokenised(model, own.label, own.exact(text), pieces)
        name, exact = _encoding_name(model)
        encoding, known = self._encoding(name), self._known.setdefault(name, {})
        found = []
        for ids, sure in self._encoded(text, name):
            exact = exact and sure
            for token in ids:
                piece = known.get(token)
                if piece is None:
                    raw = encoding.decode_single_token_bytes(token)
                    piece = known[token] = TokenPiece(token, raw.decode(errors="replace"), raw)
                found.append(piece)
        return Tokenised(model, name, exact, found)

    def _own_tokenizer(self, model: str) -> OwnTokenizer | None:
        return self._own.of(model, shipped=_encoding_name(model)[1]) if self._own else None

    def _encoded(self, text: str, name: str) -> Iterator[tuple[list[int], bool]]:
        encoding = self._encoding(name)
        for part, sure in slices(well_formed(text)):
            yield encoding.encode_ordinary(part), sure

    def _encoding(self, name: str) -> Encoding:
        with self._loading:
            return load_encoding(name)
