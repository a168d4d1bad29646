"""Whatever a server streams: the events that the standard says, text that is only text, and counts
that can be booked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chatui.models.base import ModelEvent, ReasoningDelta, TextDelta, UsageReported
from chatui.models.hosted.event_stream import EventParser, StreamEvent
from chatui.models.hosted.reply_reader import ReplyReader
from chatui.models.hosted.translation import ErrorInStream
from chatui.models.hosted.usage_report import read_cost, read_usage
from chatui.system.http_retry import LONGEST_ASKED, retry_after
from chatui.text.foreign_json import LARGEST, read_json
from chatui.text.safety import strip_controls
from tests.models.hosted.test_usage_report import DETAIL_KEYS, KEYS

LINES = st.lists(
    st.binary(max_size=6)
    | st.sampled_from([b"data:", b"data: ", b"data: x", b"data", b"id: 1", b"event: y", b":", b""]),
    max_size=10,
)
ENDS = st.sampled_from([b"\n", b"\r", b"\r\n"])
COUNTS: st.SearchStrategy[Any] = st.one_of(
    st.integers(0, 10**7),
    st.integers(-LARGEST, LARGEST),
    st.sampled_from([LARGEST, -1, 0, 1.0, 1e300, 2.5, "7", True, None, [], {}]),
)
DETAILS = st.dictionaries(DETAIL_KEYS, COUNTS, max_size=3)
REPORTS = st.builds(
    lambda flat, nested: flat | nested,
    st.dictionaries(KEYS | st.sampled_from(["cost", "total_tokens"]), COUNTS, max_size=6),
    st.dictionaries(
        st.sampled_from(
            ["prompt_tokens_details", "completion_tokens_details", "input_tokens_details"]
        ),
        DETAILS,
        max_size=2,
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
WORDS = st.text(max_size=12) | st.sampled_from(
    ["<think>", "</think>", "\x1b[31m", "\x1b]52;c;", "\x07", "\ud83d", "\udca9", "\u202e", "a b"]
)
DELTAS = st.fixed_dictionaries(
    {},
    optional={
        "content": WORDS | st.lists(st.fixed_dictionaries({"text": WORDS})),
        "reasoning_content": WORDS,
        "reasoning": WORDS,
        "refusal": WORDS | st.none(),
        "role": st.just("assistant"),
    },
)
CHUNKS = st.fixed_dictionaries(
    {},
    optional={
        "choices": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "delta": DELTAS | JSON,
                    "message": DELTAS,
                    "finish_reason": st.sampled_from(["stop", "length", None, 3, {}, "x"]),
                },
            )
            | JSON,
            max_size=2,
        )
        | JSON,
        "usage": REPORTS | JSON,
        "timings": st.dictionaries(st.sampled_from(["prompt_n", "predicted_n", "cache_n"]), COUNTS),
        "service_tier": JSON,
    },
)


def by_the_standard(stream: bytes) -> list[str]:
    """The data of the events of a stream, read a line at a time once all of it is there."""
    events: list[str] = []
    data: list[bytes] = []
    lines = stream.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    for line in [*lines, b""]:
        field, _, value = line.partition(b":")
        if field == b"data":
            data.append(value.removeprefix(b" "))
        elif not line and data:
            text = b"\n".join(data).decode("utf-8", "replace")
            events += [text] if text else []
            data = []
    return events


def cut(content: bytes, places: Iterable[int]) -> list[bytes]:
    cuts = sorted({0, len(content), *(place % (len(content) + 1) for place in places)})
    return [content[start:end] for start, end in pairwise(cuts)]


def parsed(pieces: Iterable[bytes]) -> list[str]:
    parser = EventParser()
    events = [event for piece in pieces for event in parser.feed(piece)] + parser.finish()
    return [event.data for event in events]


@given(LINES, ENDS, st.lists(st.integers(0, 200), max_size=6))
def test_a_stream_cut_anywhere_has_the_events_of_the_standard(
    lines: list[bytes], end: bytes, places: list[int]
) -> None:
    stream = end.join(lines)

    assert parsed(cut(stream, places)) == by_the_standard(stream)


def read(chunks: list[Any]) -> list[ModelEvent]:
    reader = ReplyReader("a provider")
    events: list[ModelEvent] = []
    for chunk in chunks:
        events += reader.read(StreamEvent(json.dumps(chunk)))
    events += reader.flush()
    reader.outcome()
    return events


def texts(events: list[ModelEvent], kind: type[TextDelta] | type[ReasoningDelta]) -> str:
    return "".join(event.text for event in events if isinstance(event, kind))


@given(st.lists(CHUNKS | JSON, max_size=5))
def test_any_chunks_are_events_whose_text_is_only_text(chunks: list[Any]) -> None:
    try:
        events = read(chunks)
    except ErrorInStream:
        return
    for kind in (TextDelta, ReasoningDelta):
        text = texts(events, kind)
        assert strip_controls(text) == text
        text.encode()
    for event in events:
        if isinstance(event, UsageReported):
            assert event.usage.total <= LARGEST


@given(st.text(max_size=60), st.lists(st.integers(0, 60), max_size=5))
def test_a_text_is_the_same_however_it_is_cut_into_deltas(text: str, places: list[int]) -> None:
    cuts = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    deltas = [text[start:end] for start, end in pairwise(cuts)]

    pieces = read([{"choices": [{"delta": {"content": delta}}]} for delta in deltas])
    whole = read([{"choices": [{"delta": {"content": text}}]}])

    assert texts(pieces, TextDelta) == texts(whole, TextDelta)
    assert texts(pieces, ReasoningDelta) == texts(whole, ReasoningDelta)


@given(
    st.text(max_size=80) | st.binary(max_size=80).map(lambda each: each.decode(errors="replace"))
)
def test_what_is_no_json_is_told_as_that(data: str) -> None:
    try:
        ReplyReader("a provider").read(StreamEvent(data))
    except (json.JSONDecodeError, ErrorInStream):
        return


@given(REPORTS | JSON, REPORTS | JSON)
def test_any_report_can_be_booked_and_added_up(first: Any, second: Any) -> None:
    """The sums of a ledger are whole numbers of 64 bits: no report may use them up."""
    reports = [read_json(json.dumps(each)) for each in (first, second)]
    counts = [usage for report in reports if (usage := read_usage(report)) is not None]

    assert sum(usage.total for usage in counts) * 1_000 <= LARGEST
    for usage in counts:
        buckets = (usage.input, usage.cache_read, usage.cache_write, usage.output)
        assert min(buckets) >= 0
        assert 0 <= usage.reasoning <= usage.output
    for report in reports:
        cost = read_cost(report)
        assert cost is None or (cost.is_finite() and 0 <= cost < 10**9)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_the_parts_of_a_report_add_up_to_the_whole(prompt: int, cached: int, output: int) -> None:
    report = {
        "prompt_tokens": prompt + cached,
        "completion_tokens": output,
        "total_tokens": prompt + cached + output,
        "prompt_tokens_details": {"cached_tokens": cached},
    }
    usage = read_usage(report)

    if prompt + cached + output == 0:
        assert usage is None
    else:
        assert usage is not None
        assert (usage.input, usage.cache_read, usage.output) == (prompt, cached, output)


@given(st.text(max_size=40))
def test_json_is_read_as_the_standard_reads_it(text: str) -> None:
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError):
        plain = ValueError
    try:
        found = read_json(text)
    except ValueError:
        found = ValueError

    if isinstance(plain, int) and abs(plain) > LARGEST:
        assert abs(found) == LARGEST
    elif not isinstance(plain, float) or abs(plain) < 1e308:
        assert found == plain


@given(st.integers(0, 10**6))
def test_a_date_to_wait_for_is_as_far_away_as_the_seconds(seconds: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    date = format_datetime(now + timedelta(seconds=seconds), usegmt=True)

    assert retry_after({"retry-after": date}, now) == retry_after(
        {"retry-after": str(seconds)}, now
    )


@given(st.text(max_size=30) | st.floats().map(str), st.text(max_size=30))
def test_no_word_of_a_server_makes_a_wait_without_bounds(exact: str, given_seconds: str) -> None:
    found = retry_after({"retry-after-ms": exact, "retry-after": given_seconds})

    assert found is None or 0 <= found <= LONGEST_ASKED
