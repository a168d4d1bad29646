"""Parts of a turn as JSON, with the contract's key names, and back.

Reading forgives: a key that is absent takes its default, so that rows of an older chatui
and exports of another one stay readable. A value of the wrong type raises ValueError.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from chatui.domain.passage import Citation, Passage, Ranks
from chatui.domain.usage import Cost, Gaps, Timing, Usage
from chatui.memory.store.database import text_of
from chatui.memory.store.lazy import LazyValues
from chatui.text.citations.marks import MOST_LETTERS
from chatui.text.foreign_json import read_json

Json = Mapping[str, Any]
T = TypeVar("T")

_PREFIX = re.compile(rf'\["([a-z]{{1,{MOST_LETTERS}}})"')

UNREADABLE = (ValueError, TypeError, AttributeError, IndexError, OverflowError)
"""What comes of JSON of another make."""


def usage_to_json(usage: Usage) -> dict[str, Any]:
    return {
        "input": usage.input,
        "cache_read": usage.cache_read,
        "cache_write": usage.cache_write,
        "output": usage.output,
        "reasoning": usage.reasoning,
        "estimated": usage.estimated,
    }


def usage_from_json(data: Json) -> Usage:
    return Usage(
        input=_number(data, "input"),
        cache_read=_number(data, "cache_read"),
        cache_write=_number(data, "cache_write"),
        output=_number(data, "output"),
        reasoning=_number(data, "reasoning"),
        estimated=bool(data.get("estimated", False)),
    )


def cost_to_json(cost: Cost) -> dict[str, Any]:
    return {
        "amount": None if cost.amount is None else str(cost.amount),
        "currency": cost.currency,
        "price_source": cost.source,
        "estimated": cost.estimated,
    }


def cost_from_json(data: Json) -> Cost:
    amount = data.get("amount")
    return Cost(
        amount=None if amount is None else _decimal(amount),
        currency=str(data.get("currency") or "USD"),
        source=str(data.get("price_source") or "unknown"),
        estimated=bool(data.get("estimated", False)),
    )


def amount_of(stored: object) -> Decimal | None:
    """Money; None, which is unknown, for what is no amount."""
    try:
        return None if stored is None else _decimal(stored)
    except ValueError:
        return None


def _decimal(amount: object) -> Decimal:
    try:
        number = Decimal(str(amount))
    except InvalidOperation as error:
        raise ValueError(f"{amount!r} is not an amount of money") from error
    if not number.is_finite():
        raise ValueError(f"{amount!r} is not an amount of money")
    return number


def timing_to_json(timing: Timing) -> dict[str, Any]:
    gaps = timing.gaps
    return {
        "seconds": timing.seconds,
        "first_token": timing.first_token,
        "streamed": timing.streamed,
        "gaps": [gaps.mean, gaps.p95, gaps.longest] if gaps else None,
    }


def timing_from_json(data: Json) -> Timing:
    streamed = _real(data, "streamed")
    return Timing(
        seconds=_real(data, "seconds") or 0.0,
        first_token=_real(data, "first_token"),
        streamed=None if streamed is None else int(streamed),
        gaps=_gaps(data.get("gaps")),
    )


def _gaps(data: object) -> Gaps | None:
    told = data if isinstance(data, list) else ()
    values = [value for one in told if (value := real_of(one)) is not None]
    return Gaps(*values) if len(values) == 3 else None


def passage_to_json(passage: Passage) -> dict[str, Any]:
    return {
        "rank": passage.rank,
        "score": passage.score,
        "source": passage.source,
        "path": passage.path,
        "title": passage.title,
        "heading": passage.heading,
        "page": passage.page,
        "char_start": passage.char_start,
        "char_end": passage.char_end,
        "line_start": passage.line_start,
        "line_end": passage.line_end,
        "text": passage.text,
        "collection": passage.collection,
        "chunk_id": passage.chunk_id,
        "ranks": {"dense": passage.ranks.dense, "lexical": passage.ranks.lexical},
        "similarity": passage.similarity,
        "coverage": passage.coverage,
        "header": passage.header,
        "running_head": passage.running_head,
        "ocr": passage.ocr,
        "incomplete": passage.incomplete,
        **({"summarised": True} if passage.summarised else {}),
    }


def passage_from_json(data: Json) -> Passage:
    ranks = data.get("ranks") or {}
    if not isinstance(ranks, Mapping):
        raise ValueError("the ranks are not an object")
    return Passage(
        rank=_number(data, "rank"),
        score=_real(data, "score") or 0.0,
        source=_text(data, "source"),
        path=_text(data, "path"),
        title=_text(data, "title"),
        heading=_text(data, "heading"),
        page=_optional_number(data, "page"),
        char_start=_number(data, "char_start"),
        char_end=_number(data, "char_end"),
        line_start=_number(data, "line_start"),
        line_end=_number(data, "line_end"),
        text=_text(data, "text"),
        collection=_text(data, "collection"),
        chunk_id=_text(data, "chunk_id"),
        ranks=Ranks(_optional_number(ranks, "dense"), _optional_number(ranks, "lexical")),
        similarity=_real(data, "similarity"),
        coverage=_real(data, "coverage"),
        header=_text(data, "header"),
        running_head=_text(data, "running_head"),
        ocr=data.get("ocr") is True,
        incomplete=_text(data, "incomplete"),
        summarised=data.get("summarised") is True,
    )


def _text(data: Json, key: str) -> str:
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"the {key} is not a text")
    return value or ""


def decoded(text: object, read: Callable[[Any], T]) -> T | None:
    """What the text of a column says; None for none, and for what no chatui has written."""
    if not text:
        return None
    try:
        return read(read_json(text_of(text)))
    except UNREADABLE:
        return None


def _number(data: Json, key: str) -> int:
    return _optional_number(data, key) or 0


def _optional_number(data: Json, key: str) -> int | None:
    value = data.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise ValueError(f"the {key} is not a whole number")
    return value


def _real(data: Json, key: str) -> float | None:
    value = data.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ValueError(f"the {key} is not a number")
    return real_of(value)


def real_of(stored: object) -> float | None:
    """A number that can be reckoned with; None for all else, the infinities among it."""
    return stored if isinstance(stored, int | float) and math.isfinite(stored) else None


def passages_to_text(passages: Sequence[Passage]) -> str | None:
    return json.dumps([passage_to_json(p) for p in passages]) if passages else None


def passages_from_text(text: str | None) -> Sequence[Passage]:
    """Decoded when they are first looked at, as the citations are."""
    if not text:
        return ()
    return LazyValues(lambda: decoded(text, _passages) or ())


def _passages(data: Any) -> tuple[Passage, ...]:
    return tuple(passage_from_json(one) for one in data)


def citations_to_text(
    citations: Sequence[Citation], passages: Sequence[Passage], prefix: str = ""
) -> str | None:
    """The prefix of their marks if they have one, then of each its number, its place in the
    turn's passages, and the rest of it; a passage that is not there is written out."""
    places = {passage: place for place, passage in enumerate(passages)}
    entries: list[Any] = [
        [
            citation.n,
            places.get(citation.passage, passage_to_json(citation.passage)),
            citation_to_json(citation),
        ]
        for citation in citations
    ]
    head = [prefix] if prefix else []
    return json.dumps(head + entries) if entries else None


def mark_prefix_in(text: object) -> str:
    """The prefix, without decoding the citations behind it."""
    found = _PREFIX.match(text) if isinstance(text, str) else None
    return found[1] if found else ""


def mark_prefix(value: object) -> str:
    """What may stand before the numbers in marks; "" for anything else."""
    if not isinstance(value, str) or not value.isascii() or not value.isalpha():
        return ""
    return value.lower() if len(value) <= MOST_LETTERS else ""


def citations_from_text(text: str | None, passages: Sequence[Passage]) -> Sequence[Citation]:
    if not text:
        return ()

    def decode(data: Any) -> tuple[Citation, ...]:
        return tuple(
            citation_from_json(
                rest[0] if rest else {},
                int(n),
                passages[where] if isinstance(where, int) else passage_from_json(where),
            )
            for n, where, *rest in (one for one in data if not isinstance(one, str))
        )

    return LazyValues(lambda: decoded(text, decode) or ())


def citation_to_json(citation: Citation) -> dict[str, Any]:
    """What a citation has beside its number and its passage."""
    return {
        "marked": citation.marked,
        "added": list(citation.added),
        "support": [list(span) for span in citation.support],
    }


def citation_from_json(data: Json, n: int, passage: Passage) -> Citation:
    try:
        return Citation(
            n=n,
            passage=passage,
            marked=data.get("marked") is not False,
            added=tuple(int(place) for place in data.get("added") or ()),
            support=tuple((int(start), int(end)) for start, end in data.get("support") or ()),
        )
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"citation {n} has no list of places") from error


def numbers_to_text(numbers: Sequence[int]) -> str | None:
    return json.dumps(list(numbers)) if numbers else None


def numbers_from_text(text: str | None) -> tuple[int, ...]:
    return decoded(text, lambda data: tuple(int(number) for number in data)) or ()
