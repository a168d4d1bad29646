"""What talks to the collector, in a child process: OpenTelemetry's SDK, and the way out.

So the window loads none of it, and a collector that stalls holds up nothing but this.
"""

from __future__ import annotations

import os
import time
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chatui import __version__
from chatui.assistant.telemetry.conventions import (
    BUCKETS,
    DURATION,
    SCHEMA_URL,
    Record,
    measurements_of,
    span_of,
)
from chatui.domain.errors import UsageError
from chatui.system.environment import OPENTELEMETRY
from chatui.system.network import building_fails, environment_fault
from chatui.text.error_words import error_words
from chatui.text.foreign_json import read_json

if TYPE_CHECKING:
    import httpx2
    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter

MOST_KEPT = 2_000
"""Spans that wait for a collector that can't take them just now; then the oldest are lost."""
LARGEST = 4 << 20
"""Bytes of a request: collectors refuse larger ones, most from 4 or 20 MiB on."""
LONGEST_ANSWER = 64 * 1024
CONNECT_SECONDS = 3.0
PASSING = (429, 502, 503, 504)
"""Answers after which the protocol has the same sent once more."""


class Recorder:
    """Makes spans and measurements of records, and hands them to what OpenTelemetry calls an
    exporter and a reader."""

    def __init__(self, spans: SpanExporter, reader: MetricReader) -> None:
        # What we tell all libraries, and our own process from its parent, is not meant for this.
        os.environ.pop(OPENTELEMETRY, None)
        from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON

        class GivenIds(RandomIdGenerator):
            """Identities that were asked for, and else random ones."""

            trace: int | None = None
            span: int | None = None

            def generate_trace_id(self) -> int:
                return self.trace or super().generate_trace_id()

            def generate_span_id(self) -> int:
                return self.span or super().generate_span_id()

        # Not `Resource.create`, which reads what OTEL_ variables say.
        resource = Resource(
            {
                "service.name": "chatui",
                "service.version": __version__,
                # Its counts go on from its own start, beside those of other processes.
                "service.instance.id": str(uuid.uuid4()),
                "telemetry.sdk.language": "python",
                "telemetry.sdk.name": "opentelemetry",
            }
        )
        self._ids = GivenIds()
        traces = TracerProvider(
            sampler=ALWAYS_ON, resource=resource, id_generator=self._ids, shutdown_on_exit=False
        )
        traces.add_span_processor(SimpleSpanProcessor(spans))
        self._tracer = traces.get_tracer("chatui", __version__, schema_url=SCHEMA_URL)
        metrics = MeterProvider(
            [reader], resource, AlwaysOffExemplarFilter(), shutdown_on_exit=False
        )
        meter = metrics.get_meter("chatui", __version__, schema_url=SCHEMA_URL)
        self._histograms = {
            name: meter.create_histogram(
                name,
                unit="s" if name == DURATION else "{token}",
                explicit_bucket_boundaries_advisory=bounds,
            )
            for name, bounds in BUCKETS.items()
        }

    def record(self, record: Record) -> None:
        from opentelemetry.trace import (
            NonRecordingSpan,
            SpanContext,
            SpanKind,
            Status,
            StatusCode,
            TraceFlags,
            set_span_in_context,
        )

        values = span_of(record)
        self._ids.trace, self._ids.span = values.trace, values.span
        above = None
        if values.trace is not None and values.parent is not None:
            flags = TraceFlags(TraceFlags.SAMPLED)
            parent = SpanContext(values.trace, values.parent, is_remote=True, trace_flags=flags)
            above = set_span_in_context(NonRecordingSpan(parent))
        span = self._tracer.start_span(
            values.name,
            context=above,
            kind=SpanKind.CLIENT if values.client else SpanKind.INTERNAL,
            attributes=values.attributes,
            start_time=values.start,
        )
        if values.failed:
            span.set_status(Status(StatusCode.ERROR))
        span.end(values.end)
        for one in measurements_of(record):
            self._histograms[one.metric].record(one.value, one.attributes)


class TelemetryService:
    """Sends to the collector at `endpoint`, its address without the paths of the protocol.
    Raises UsageError where OpenTelemetry is not installed."""

    def __init__(self, endpoint: str, loopback: bool) -> None:
        os.environ.pop(OPENTELEMETRY, None)
        try:
            import opentelemetry.exporter.otlp.proto.common  # noqa: F401
            from opentelemetry.sdk.metrics.export import InMemoryMetricReader
            from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
        except ImportError as error:
            raise UsageError(
                "OpenTelemetry is not installed; run `pip install 'chatui[otel]'`, or empty "
                "telemetry.endpoint"
            ) from error

        waiting: deque[ReadableSpan] = deque(maxlen=MOST_KEPT)

        class Kept(SpanExporter):
            """Keeps the spans until they are sent."""

            def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
                waiting.extend(spans)
                return SpanExportResult.SUCCESS

        self._endpoint = endpoint.rstrip("/")
        self._loopback = loopback
        self._waiting = waiting
        self._reader = InMemoryMetricReader()
        self._recorder = Recorder(Kept(), self._reader)
        self._client: httpx2.Client | None = None

    def send(
        self, records: list[dict[str, Any]], headers: Mapping[str, str], seconds: float
    ) -> str:
        """Sends the records, with what could not be sent before; why it did not work, as a
        clause, or "". It takes about so many seconds at most."""
        for record in records:
            self._recorder.record(record)
        end = time.monotonic() + seconds
        spans = list(self._waiting)
        self._waiting.clear()
        try:
            said = self._send_spans(spans, headers, end)
        except _Passing as error:
            self._waiting.extend(spans)
            return str(error)
        try:
            return self._send_metrics(headers, end) or said
        except _Passing as error:
            # Counts go on from the process's start: the next ones have these in them.
            return str(error)

    def _send_spans(self, spans: list[ReadableSpan], headers: Mapping[str, str], end: float) -> str:
        from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

        if not spans:
            return ""
        body = encode_spans(spans).SerializeToString()
        if len(body) > LARGEST and len(spans) > 1:
            half = len(spans) // 2
            first = self._send_spans(spans[:half], headers, end)
            return self._send_spans(spans[half:], headers, end) or first
        return self._post("/v1/traces", body, headers, end)

    def _send_metrics(self, headers: Mapping[str, str], end: float) -> str:
        from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics

        found = self._reader.get_metrics_data()
        if found is None:
            return ""
        return self._post("/v1/metrics", encode_metrics(found).SerializeToString(), headers, end)

    def _post(self, path: str, body: bytes, headers: Mapping[str, str], end: float) -> str:
        """Why the collector took not all of it, or "". Raises _Passing where that may change."""
        import httpx2

        left = end - time.monotonic()
        if left <= 0:
            raise _Passing("no answer in time")
        given = {
            **headers,
            "content-type": "application/x-protobuf",
            "user-agent": f"chatui/{__version__}",
            "accept-encoding": "identity",
        }
        patience = httpx2.Timeout(left, connect=min(left, CONNECT_SECONDS))
        try:
            client = self._opened()
            with client.stream(
                "POST", self._endpoint + path, content=body, headers=given, timeout=patience
            ) as response:
                status, answer = response.status_code, bytearray()
                for piece in response.iter_raw():
                    answer += piece
                    if len(answer) > LONGEST_ANSWER or time.monotonic() > end:
                        break
        except httpx2.TimeoutException as error:
            raise _Passing("no answer in time") from error
        except httpx2.ConnectError as error:
            raise _Passing("nothing answers there") from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise _Passing("the connection broke") from error
        except building_fails() as error:
            raise _Passing(environment_fault(self._endpoint, error)) from error
        if status in PASSING:
            raise _Passing(f"HTTP {status}")
        key = next(iter(headers.values()), "").rpartition(" ")[2]
        if 200 <= status < 300:
            return rejected(path, bytes(answer), key)
        return f"HTTP {status}{words_of(bytes(answer), key)}"

    def _opened(self) -> httpx2.Client:
        import httpx2

        if self._client is None:
            tls = self._endpoint.startswith("https:")
            # Redirects are not followed: what is sent, and its key, is for that address alone.
            # A proxy named by the environment can't reach this machine's own address.
            self._client = httpx2.Client(
                follow_redirects=False,
                trust_env=not self._loopback,
                verify=tls or not self._loopback,
            )
        return self._client


class _Passing(Exception):
    """The collector could not be reached, or can't take more just now."""


def rejected(path: str, answer: bytes, key: str) -> str:
    """What a collector says that took only some of it, as a clause."""
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
        ExportMetricsServiceResponse,
    )
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
        ExportTraceServiceResponse,
    )

    try:
        if path == "/v1/traces":
            traces = ExportTraceServiceResponse.FromString(answer).partial_success
            count, words = traces.rejected_spans, traces.error_message
        else:
            metrics = ExportMetricsServiceResponse.FromString(answer).partial_success
            count, words = metrics.rejected_data_points, metrics.error_message
    except DecodeError:
        # Something answered with success that speaks another protocol: it has it, as far as it
        # says.
        return ""
    return f"it did not take {count} of what came{in_brackets(words, key)}" if count else ""


def words_of(answer: bytes, key: str) -> str:
    """What a refusal says, in brackets, without the key."""
    try:
        body = read_json(answer.decode("utf-8", "replace"))
    except ValueError:
        return ""
    return in_brackets(body, key)


def in_brackets(said: Any, key: str) -> str:
    words = error_words(said, key)
    return f" ({words})" if words else ""
