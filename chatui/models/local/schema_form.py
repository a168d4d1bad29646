"""Replies that fit a JSON schema token by token, by llguidance. Runs in the child.

It says of every token whether it may stand there; what it can't hold a reply to (`not`, that one
alone of `oneOf` fits, `uniqueItems`, some patterns) is named, for the answer to be checked later.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from chatui.domain.errors import BadResponse
from chatui.models.schema_forms import KEYWORDS, SchemaSubset, closed, loosened
from chatui.text.safety import one_line

OPTIONS: Any = {
    "lenient": True,
    # One space where people write one. Any white space is where models get lost.
    "whitespace_flexible": False,
    "item_separator": ", ?",
    "key_separator": ": ?",
}
EASY = SchemaSubset(
    KEYWORDS - {"pattern", "patternProperties", "format", "multipleOf"}, booleans=True
)
"""What a schema that is beyond llguidance is tried with: expressions are what it stumbles over."""
KINDS = ("object", "array", "string", "number", "integer", "boolean", "null")
BEFORE = ("", "\n")
"""What a text may stand behind while it is cut into tokens, to be as in the middle of one."""
MOST_EXACT = 2**53
MOST_KEPT = 8
"""Schemas that are kept ready."""
LONGEST_REASON = 120

BARE = ("more than JSON of its type",)
NO_VALUE = "The JSON schema has a part that no value fits; take it out."
TOO_DEEP = (
    "The JSON schema is nested too deep for a model on this machine; make definitions of its parts."
)
NOT_HELD = "The JSON schema refers to what it does not hold; put that part into the schema."
MALFORMED = "The JSON schema can't be followed ({reason}); mend it."
HALF = "The JSON schema holds half of a character, which can't be written; mend it."
LOST = (
    "The JSON schema has too many alternatives, or expressions that are too complex, for the "
    "answer to be held to it any further; make it simpler."
)
NOT_BEGUN = "What there is of the answer does not fit the JSON schema; ask for it anew."

REFUSED = (
    (("unsatisfiable", "noextension"), NO_VALUE),
    (("recursion limit",), TOO_DEEP),
    (("registry", "does not exist", "$ref must"), NOT_HELD),
    (("hex escape",), HALF),
    (
        ("must be ", "invalid type", "expected f64", "expected positive", "expected string",
         "expected array", "expected object", "expected value", "unknown specification"),
        MALFORMED,
    ),
)  # fmt: skip
"""What llguidance says of schemas that are to be mended. What else it refuses is beyond it."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """A vocabulary: what each token spells, which of them stand for no text (`special`), which end
    a reply, and how a text is cut into tokens."""

    pieces: Sequence[bytes]
    special: Collection[int]
    ends: Sequence[int]
    tokenise: Callable[[str], list[int]]


@dataclass(frozen=True, slots=True)
class _Ready:
    """`matcher` stands at the beginning, and copies are made of it."""

    matcher: Any
    unheld: tuple[str, ...]


class SchemaGuide:
    """Holds the replies of one model to JSON schemas. Its vocabulary is read with the first, which
    takes half a second and 65 MB for 150,000 tokens (`benchmarks/schemas.py`)."""

    def __init__(self, read: Callable[[], Spelling]) -> None:
        self._read = read
        self._spelling: Spelling | None = None
        self._tokenizer: Any = None
        self._kept: dict[str, _Ready] = {}

    def unheld(self, schema: Any) -> tuple[str, ...]:
        """The words for what a reply is not held to. Raises BadResponse for a schema that can't be
        followed."""
        return self._ready(schema).unheld

    def form(self, schema: Any, begun: str = "") -> SchemaForm:
        """For one reply; it goes on behind the text that is `begun`. Raises BadResponse."""
        ready = self._ready(schema)
        assert self._spelling is not None
        matcher = ready.matcher.deep_copy()
        if begun and not matcher.consume_tokens(self._tokenizer.tokenize_str(begun)):
            raise BadResponse(NOT_BEGUN)
        return SchemaForm(matcher, self._tokenizer.vocab_size, self._spelling.ends)

    def _ready(self, schema: Any) -> _Ready:
        try:
            text = json.dumps(schema, allow_nan=False)
        except RecursionError as error:
            raise BadResponse(TOO_DEEP) from error
        except ValueError as error:
            raise BadResponse(MALFORMED.format(reason=_short(str(error)))) from error
        found = self._kept.pop(text, None) or self._made(json.loads(text, parse_float=_number))
        self._kept[text] = found
        if len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return found

    def _made(self, schema: Any) -> _Ready:
        """Of the whole schema, of what is left without its hard parts, or of its type alone."""
        from llguidance import LLMatcher, LLParserLimits

        if self._tokenizer is None:
            self._spelling = self._read()
            self._tokenizer = _tokenizer(self._spelling)
        limits = LLParserLimits(verbose_errors=False)
        schema = closed(schema)
        easier = loosened(schema, EASY) if isinstance(schema, dict) else None
        tries: list[tuple[Any, tuple[str, ...]]] = [(schema, ())]
        if easier is not None and easier.left_out:
            tries.append((easier.schema, easier.left_out))
        for part, left_out in [*tries, (_kind(schema), BARE)]:
            try:
                source = LLMatcher.grammar_from_json_schema(
                    json.dumps(_plain(part)), overrides=OPTIONS
                )
            except ValueError as error:
                raise refusal(str(error)) or BadResponse(TOO_DEEP) from error
            matcher = LLMatcher(self._tokenizer, source, log_level=0, limits=limits)
            trial = matcher.deep_copy()
            if not matcher.is_error():
                # What is nothing but references is only found out when it is used.
                trial.compute_bitmask()
            if not trial.is_error():
                return _Ready(matcher, (*ignored(matcher.get_grammar_warnings()), *left_out))
            refused = refusal(trial.get_error())
            # Parts with addresses of their own are not found by these, though they are there.
            if refused and not (str(refused) == NOT_HELD and '"$id"' in json.dumps(schema)):
                raise refused
        raise BadResponse(MALFORMED.format(reason="it is beyond what can be held to"))


class SchemaForm:
    """One reply's. `size` counts the tokens that the matcher knows."""

    def __init__(self, matcher: Any, size: int, ends: Sequence[int]) -> None:
        import numpy as np

        self._matcher = matcher
        self._ends = frozenset(ends)
        self._bits = np.zeros((size + 31) // 32, np.uint32)

    def allows(self, token: int) -> bool:
        if token in self._ends:
            return bool(self._matcher.is_accepting())
        return bool(self._matcher.validate_tokens([token]))

    def left(self, data: Any) -> Any:
        import numpy as np

        self._matcher.unsafe_compute_mask_ptr(self._bits.ctypes.data, self._bits.nbytes)
        self._check()
        allowed = np.unpackbits(self._bits.view(np.uint8), bitorder="little")[: len(data)]
        return data[allowed.view(bool)]

    def take(self, token: int) -> None:
        self._matcher.consume_token(token)
        self._check()

    def _check(self) -> None:
        if self._matcher.is_error():
            raise BadResponse(LOST)


class _LlamaTokens:
    """What llguidance asks of a tokenizer of its own kind."""

    is_tokenizer_wrapper = True
    bos_token_id = None
    greedy: Callable[[str], list[int]]
    """Cuts a text at the longest tokens, one after the other."""

    def __init__(self, spelling: Spelling) -> None:
        self.tokens = spelling.pieces
        self.special_token_ids = [*spelling.special]
        self.eos_token_id = next(iter(spelling.ends), None)
        self._tokenise = spelling.tokenise

    def __call__(self, text: str) -> list[int]:
        """The tokens of what has to come next. Tokenizers put a space before a text or write it
        with other characters, which would be another text here."""
        for before in BEFORE:
            start = self._tokenise(before)
            found = self._tokenise(before + text)
            found = found[len(start) :] if found[: len(start)] == start else []
            if b"".join(self.tokens[token] for token in found) == text.encode():
                return found
        return self.greedy(text)


def _tokenizer(spelling: Spelling) -> Any:
    from llguidance import LLTokenizer

    tokens = _LlamaTokens(spelling)
    ends: dict[str, Any] = {"eos_token": [*spelling.ends]} if spelling.ends else {}
    made = LLTokenizer(cast("Any", tokens), **ends)
    tokens.greedy = made.greedy_tokenize
    return made


def ignored(warnings: Iterable[str]) -> tuple[str, ...]:
    """The names of what llguidance says that it left out of a schema."""
    found: set[str] = set()
    for warning in warnings:
        if keys := re.match(r"Unimplemented keys: (\[.*\])$", warning):
            found |= {*json.loads(keys[1])}
        elif form := re.match(r"Unknown format: (.*)$", warning):
            found.add(f"the format {_short(form[1])}")
        elif warning.startswith("oneOf"):
            found.add("oneOf")
        elif warning.startswith("min/maxProperties"):
            found |= {"minProperties", "maxProperties"}
        else:
            found.add(_short(warning))
    return tuple(sorted(found))


def refusal(words: str) -> BadResponse | None:
    """The error for a schema that is to be mended, by llguidance's words; None when it is beyond
    llguidance."""
    for signs, sentence in REFUSED:
        if any(sign in words.lower() for sign in signs):
            return BadResponse(sentence.format(reason=_short(words)))
    return None


def _plain(schema: Any) -> dict[str, Any]:
    """As llguidance takes it: an object, of the draft that answers are checked by, and with no
    options of its own."""
    if not isinstance(schema, dict):
        return {"allOf": [schema]}
    return {key: part for key, part in schema.items() if key not in ("$schema", "x-guidance")}


def _kind(schema: Any) -> dict[str, Any]:
    """The type alone, where it names one."""
    kind = schema.get("type") if isinstance(schema, dict) else None
    return {"type": kind} if kind in KINDS else {}


def _number(text: str) -> float:
    """The number as it is counted with: to JSON 2.0 is a whole one, for llguidance no length."""
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < MOST_EXACT else number


def _short(words: str) -> str:
    return one_line(words.replace("<non-verbose/>", ""), LONGEST_REASON).rstrip(".")
