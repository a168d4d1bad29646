"""A collector that takes OTLP over HTTP on a real socket, and keeps what the protobufs say."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import HistogramDataPoint

from tests.patience import PATIENCE

TRACES, METRICS = "/v1/traces", "/v1/metrics"


@dataclass(frozen=True)
class Got:
    """A span, as it came. `kind` and `status` are the protocol's numbers, times nanoseconds."""

    name: str
    kind: int
    trace: bytes
    id: bytes
    parent: bytes
    start: int
    end: int
    status: int
    attributes: dict[str, Any]
    resource: dict[str, Any]
    schema: str


@dataclass
class Receiver:
    """`answer` is told the path, and gives a status and a body; it may take its time. What was not
    answered with success is not kept."""

    answer: Callable[[str], tuple[int, bytes]] = lambda _: (200, b"")
    port: int = 0
    location: str = ""
    """Where answers send on to."""
    spans: list[Got] = field(default_factory=list)
    points: dict[tuple[str, tuple[tuple[str, Any], ...]], HistogramDataPoint] = field(
        default_factory=dict
    )
    """The last point of each histogram, by its name and its attributes, sorted."""
    units: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    came: threading.Condition = field(default_factory=threading.Condition)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def named(self, name: str) -> Got:
        [found] = [one for one in self.spans if one.name == name]
        return found

    def point(self, name: str, **attributes: str) -> HistogramDataPoint:
        """That with these among its attributes, with `_` for dots."""
        wanted = {key.replace("__", "."): value for key, value in attributes.items()}
        [found] = [
            point
            for (of, values), point in self.points.items()
            if of == name and wanted.items() <= dict(values).items()
        ]
        return found

    def wait(self, reached: Callable[[], bool]) -> None:
        """Until that is so of what came."""
        with self.came:
            assert self.came.wait_for(reached, PATIENCE)

    def take(self, path: str, body: bytes) -> None:
        if path == TRACES:
            for traces in ExportTraceServiceRequest.FromString(body).resource_spans:
                resource = plain(traces.resource.attributes)
                for scope in traces.scope_spans:
                    for span in scope.spans:
                        self.spans.append(
                            Got(
                                span.name,
                                span.kind,
                                span.trace_id,
                                span.span_id,
                                span.parent_span_id,
                                span.start_time_unix_nano,
                                span.end_time_unix_nano,
                                span.status.code,
                                plain(span.attributes),
                                resource,
                                scope.schema_url,
                            )
                        )
            return
        for metrics in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for of in metrics.scope_metrics:
                for metric in of.metrics:
                    self.units[metric.name] = metric.unit
                    for point in metric.histogram.data_points:
                        key = tuple(sorted(plain(point.attributes).items()))
                        self.points[metric.name, key] = point


def plain(attributes: Any) -> dict[str, Any]:
    def value(of: AnyValue) -> Any:
        kind = of.WhichOneof("value")
        if kind == "array_value":
            return [value(one) for one in of.array_value.values]
        return getattr(of, str(kind))

    pairs: list[KeyValue] = list(attributes)
    return {pair.key: value(pair.value) for pair in pairs}


def refused_some(count: int, words: str) -> bytes:
    """What a collector says that did not take all spans."""
    said = ExportTraceServiceResponse()
    said.partial_success.rejected_spans = count
    said.partial_success.error_message = words
    return bytes(said.SerializeToString())


@contextmanager
def receiving(
    answer: Callable[[str], tuple[int, bytes]] | None = None, port: int = 0
) -> Iterator[Receiver]:
    receiver = Receiver() if answer is None else Receiver(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            with receiver.came:
                receiver.asked.append(self.path)
                receiver.headers.append({k.lower(): v for k, v in self.headers.items()})
                receiver.came.notify_all()
            status, said = receiver.answer(self.path)
            with receiver.came:
                if status < 300:
                    receiver.take(self.path, body)
                receiver.came.notify_all()
            try:
                self.send_response(status)
                self.send_header("content-length", str(len(said)))
                if receiver.location:
                    self.send_header("location", receiver.location)
                self.end_headers()
                self.wfile.write(said)
            except OSError:
                # Who asked has gone.
                return

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
