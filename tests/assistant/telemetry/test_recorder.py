"""Records as OpenTelemetry's own SDK has them in memory."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chatui.assistant.request_log import CallDetails, line_of
from chatui.assistant.telemetry.service import Recorder
from chatui.domain.conversation import FinishReason, Message, Role
from chatui.domain.usage import Cost, Usage
from chatui.memory.records import LedgerRow

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Recorded:
    """A recorder, and what it has made."""

    def __init__(self) -> None:
        self._spans = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self._recorder = Recorder(self._spans, self._reader)

    def of(self, record: Mapping[str, Any]) -> ReadableSpan:
        self._recorder.record(record)
        return self._spans.get_finished_spans()[-1]

    def sums(self, metric: str) -> dict[str, float]:
        """By the type of token, or by the error."""
        data = self._reader.get_metrics_data()
        assert data is not None
        found = {}
        for one in data.resource_metrics[0].scope_metrics[0].metrics:
            if one.name == metric:
                for point in one.data.data_points:
                    key = (point.attributes or {}).get("gen_ai.token.type") or (
                        point.attributes or {}
                    ).get("error.type")
                    found[str(key)] = point.sum  # type: ignore[union-attr]
        return found


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    return Recorded()


def call(
    kind: str = "reply",
    model: str = "openai/gpt-5-mini",
    *,
    run: str = "",
    work: str = "t1",
    content: bool = False,
    details: CallDetails | None = None,
    **row: Any,
) -> dict[str, Any]:
    values = {"usage": Usage(input=3, output=5), "seconds": 2.5, "turn_id": "t1", **row}
    made = LedgerRow(kind=kind, model=model, started=BEGAN, conversation_id="c1", **values)
    line = line_of(made, details or CallDetails(), content=content)
    return line | {"run": run, "work": work}


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_cached_tokens_are_a_part_of_the_input(recorded: Recorded) -> None:
    usage = Usage(input=10, cache_read=200, cache_write=30, output=7, reasoning=4)
    found = attributes(recorded.of(call(usage=usage)))

    assert found["gen_ai.usage.input_tokens"] == 240
    assert found["gen_ai.usage.cache_read.input_tokens"] == 200
    assert found["gen_ai.usage.cache_creation.input_tokens"] == 30
    assert found["gen_ai.usage.output_tokens"] == 7
    assert found["gen_ai.usage.reasoning.output_tokens"] == 4
    assert recorded.sums("gen_ai.client.token.usage") == {"input": 240, "output": 7}


def test_times_are_those_of_the_call_and_not_of_the_sending(recorded: Recorded) -> None:
    span = recorded.of(call(ttft=0.25))
    start = round(BEGAN.timestamp() * 1e9)
    assert (span.start_time, span.end_time) == (start, start + 2_500_000_000)
    assert attributes(span)["gen_ai.response.time_to_first_chunk"] == 0.25
    assert recorded.sums("gen_ai.client.operation.duration") == {"None": 2.5}


def test_what_is_not_known_is_not_said(recorded: Recorded) -> None:
    found = attributes(recorded.of(call(usage=Usage(), turn_id=None)))
    absent = {
        "gen_ai.response.time_to_first_chunk",
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.response.finish_reasons",
        "gen_ai.response.model",
        "gen_ai.request.temperature",
        "chatui.cost.amount",
        "error.type",
    }
    assert not absent & found.keys()
    assert recorded.sums("gen_ai.client.token.usage") == {}


def test_who_answered_and_how_it_was_asked_are_told(recorded: Recorded) -> None:
    options = {"temperature": 0.5, "max_output_tokens": 9, "top_k": 3, "seed": 2**63 - 1}
    details = CallDetails(
        options=options | {"stop": ("secret",)},
        finish_reason=FinishReason.LENGTH,
        response_model="gpt-5-mini-2026",
    )
    cost = Cost(Decimal("0.01"), "EUR")
    found = attributes(recorded.of(call(details=details, cost=cost)))

    assert found["gen_ai.response.model"] == "gpt-5-mini-2026"
    assert found["gen_ai.response.finish_reasons"] == ("length",)
    assert found["gen_ai.request.temperature"] == 0.5
    assert found["gen_ai.request.max_tokens"] == 9
    assert found["gen_ai.request.top_k"] == 3
    assert found["gen_ai.request.seed"] == 2**63 - 1
    assert (found["chatui.cost.amount"], found["chatui.cost.currency"]) == (0.01, "EUR")
    assert "secret" not in str(found)


@pytest.mark.parametrize(
    ("kind", "model", "name", "provider"),
    [
        ("reply", "openai/gpt-5", "chat gpt-5", "openai"),
        ("summary", "openrouter/deepseek/r1", "chat deepseek/r1", "openrouter"),
        ("embedding", "mistral/embed", "embeddings embed", "mistral_ai"),
        ("notes", "local/q", "chat q", "local"),
        ("reply", "xai/grok", "chat grok", "x_ai"),
        ("reply", "gemini/pro", "chat pro", "gcp.gemini"),
        ("anything", "builtin/extract", "chat extract", "builtin"),
    ],
)
def test_a_call_of_any_kind_is_called_by_its_operation_and_model(
    recorded: Recorded, kind: str, model: str, name: str, provider: str
) -> None:
    span = recorded.of(call(kind, model))
    assert span.name == name
    assert attributes(span)["gen_ai.provider.name"] == provider
    assert attributes(span)["chatui.kind"] == kind


@pytest.mark.parametrize("outcome", ["complete", "interrupted"])
def test_a_reply_that_was_stopped_is_no_error(recorded: Recorded, outcome: str) -> None:
    span = recorded.of(call(outcome=outcome))
    assert span.status.is_unset
    assert attributes(span)["chatui.outcome"] == outcome
    assert "error.type" not in attributes(span)


def test_calls_find_their_turn_in_whatever_order_they_come(recorded: Recorded) -> None:
    turn = call(run="r", work="t1") | {"kind": "turn"}
    before = recorded.of(call(run="r", work="t1"))
    span = recorded.of(turn)
    after = recorded.of(call("notes", run="r", work="t1"))
    elsewhere = recorded.of(call(run="", work="t1"))

    assert span.context is not None
    for one in (before, after):
        assert one.parent is not None
        assert (one.parent.trace_id, one.parent.span_id) == (
            span.context.trace_id,
            span.context.span_id,
        )
    assert elsewhere.parent is not None
    assert elsewhere.parent.trace_id != span.context.trace_id
    assert before.context is not None
    assert after.context is not None
    assert before.context.span_id != after.context.span_id


def test_a_call_for_no_turn_stands_by_itself(recorded: Recorded) -> None:
    first, second = (recorded.of(call(work="", turn_id=None)) for _ in range(2))
    assert first.parent is second.parent is None
    assert first.context is not None
    assert second.context is not None
    assert first.context.trace_id != second.context.trace_id


def test_a_clock_that_was_put_back_makes_no_span_that_ends_before_it_began(
    recorded: Recorded,
) -> None:
    span = recorded.of(call() | {"kind": "turn", "seconds": -3.0})
    assert span.end_time == span.start_time


def test_texts_are_messages_and_half_a_character_harms_nothing(recorded: Recorded) -> None:
    message = Message(Role.USER, "Hi \ud800")
    details = CallDetails(messages=[message], text="漢字", reasoning="Hm.")
    found = attributes(recorded.of(call(details=details, content=True)))

    assert found["gen_ai.input.messages"] == (
        '[{"role": "user", "parts": [{"type": "text", "content": "Hi ?"}]}]'
    )
    assert found["gen_ai.output.messages"] == (
        '[{"role": "assistant", "parts": [{"type": "reasoning", "content": "Hm."}, '
        '{"type": "text", "content": "漢字"}], "finish_reason": "error"}]'
    )
    assert not any("messages" in name for name in attributes(recorded.of(call(details=details))))
