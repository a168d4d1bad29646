"""The records of calls, turns and runs, as spans and measurements by OpenTelemetry's conventions
for generative AI. Pure: nothing of OpenTelemetry is imported here.

The names are those of the semantic conventions 1.41, the last release that had this part in it
(the releases since then are a repository of their own, marked as still in development).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Record = Mapping[str, Any]
"""What the request log has of a call, with `run` and `work`; or what it tells of a turn, a chain's
run or an ingest: a `kind` of GROUPS, when and how long, and how it ended."""
Attribute = str | bool | int | float | tuple[str, ...]

SCHEMA_URL = "https://opentelemetry.io/schemas/1.41.0"
GROUPS = ("turn", "chain", "ingest")
TOKENS = "gen_ai.client.token.usage"
DURATION = "gen_ai.client.operation.duration"
BUCKETS: Mapping[str, tuple[float, ...]] = {
    TOKENS: tuple(4.0**step for step in range(14)),
    DURATION: tuple(0.01 * 2**step for step in range(14)),
}
"""The upper bounds that the conventions advise: 1 to 4^13 tokens, 0.01 to 81.92 seconds."""
PROVIDERS = {
    "azure": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "gemini": "gcp.gemini",
    "google": "gcp.gemini",
    "mistral": "mistral_ai",
    "moonshot": "moonshot_ai",
    "vertex": "gcp.vertex_ai",
    "watsonx": "ibm.watsonx.ai",
    "xai": "x_ai",
}
"""Providers whose usual name in a config is not the one that the conventions give them."""
SAMPLING = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "max_output_tokens": "max_tokens",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "seed": "seed",
}
"""Our names of options, and theirs below `gen_ai.request`."""
BUCKETS_OF_USAGE = {
    "cache_read": "cache_read.input",
    "cache_write": "cache_creation.input",
    "reasoning": "reasoning.output",
}
WENT_WELL = ("complete", "interrupted")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanValues:
    """A span to be. Identities are integers, as OpenTelemetry has them; a `trace` or a `span` of
    None is one that nothing else refers to. `start` and `end` are nanoseconds since 1970.
    `client`: another process, or another machine, did the work. `failed` is an error's name."""

    name: str
    client: bool
    trace: int | None
    span: int | None
    parent: int | None
    start: int
    end: int
    attributes: Mapping[str, Attribute]
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """A value of a histogram: tokens or seconds."""

    metric: str
    value: float
    attributes: Mapping[str, Attribute]


def span_of(record: Record) -> SpanValues:
    """The span of a record. A call lies below its turn or ingest, a chain's turn below its run,
    and all of them find each other by what they are called: none waits for another."""
    run, work = str(record.get("run") or ""), str(record.get("work") or "")
    kind = record["kind"]
    of_run = number("run", run, 8) if run else None
    of_work = number("work", work, 8) if work else None
    trace = number("trace", run or work, 16) if run or work else None
    if kind == "turn":
        span, parent = of_work, of_run
    elif kind in GROUPS:
        span, parent = of_run, None
    else:
        span, parent = None, of_work or of_run
    operation, subject = operation_of(record)
    start = round(datetime.fromisoformat(record["time"]).timestamp() * 1e9)
    return SpanValues(
        name=plain(f"{operation} {subject}".rstrip()),
        client=kind not in GROUPS,
        trace=trace,
        span=span,
        parent=parent,
        start=start,
        end=start + max(0, round(float(record["seconds"]) * 1e9)),
        attributes=attributes_of(record),
        failed=failure_of(record),
    )


def number(what: str, name: str, size: int) -> int:
    """An identity of `size` bytes, the same in every process, and never 0, which is none."""
    digest = hashlib.sha256(f"{what}\0{name}".encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:size]) or 1


def operation_of(record: Record) -> tuple[str, str]:
    """What a span is called by: the operation, and the model, the agent or the workflow."""
    match record["kind"]:
        case "turn":
            return "invoke_agent", agent_of(record)
        case "chain":
            return "invoke_workflow", str(record["name"])
        case "ingest":
            return "ingest", ""
        case "embedding":
            return "embeddings", model_of(record)
        case _:
            return "chat", model_of(record)


def agent_of(record: Record) -> str:
    """Who answers: a chain's step, a profile, or chatui as it is."""
    return str(record.get("step") or record.get("profile") or "chatui")


def model_of(record: Record) -> str:
    """The model's name without its provider's."""
    return str(record.get("model") or "").partition("/")[2]


def provider_of(record: Record) -> str:
    name = str(record.get("model") or "").partition("/")[0]
    return PROVIDERS.get(name, name)


def failure_of(record: Record) -> str:
    outcome = str(record.get("outcome") or "complete")
    return "" if outcome in WENT_WELL else outcome


def attributes_of(record: Record) -> dict[str, Attribute]:
    kind = record["kind"]
    found: dict[str, Any] = {
        "gen_ai.conversation.id": record.get("conversation"),
        "error.type": failure_of(record) or None,
        "chatui.outcome": record.get("outcome"),
        "chatui.profile": record.get("profile"),
        "chatui.step": record.get("step"),
        "chatui.turn": record.get("turn"),
    }
    if kind != "ingest":
        found["gen_ai.operation.name"] = operation_of(record)[0]
    if kind == "turn":
        found["gen_ai.agent.name"] = agent_of(record)
    elif kind == "chain":
        found["gen_ai.workflow.name"] = record["name"]
    if record.get("model"):
        found["gen_ai.provider.name"] = provider_of(record)
        found["gen_ai.request.model"] = model_of(record)
    if record.get("finish_reason"):
        found["gen_ai.response.finish_reasons"] = (str(record["finish_reason"]),)
    if kind not in GROUPS:
        found |= dict(_of_call(record))
    return {name: plain(value) for name, value in found.items() if value is not None}


def plain(value: Any) -> Any:
    """The value as it can be sent: half a character can't."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _of_call(record: Record) -> Iterator[tuple[str, Any]]:
    usage, cost, options = record["usage"], record["cost"], record["options"]
    yield "chatui.kind", record["kind"]
    yield "chatui.passages", record["passages"]
    yield "gen_ai.usage.input_tokens", input_tokens(usage)
    for bucket, name in BUCKETS_OF_USAGE.items():
        if usage[bucket]:
            yield f"gen_ai.usage.{name}_tokens", usage[bucket]
    yield "chatui.usage.estimated", usage["estimated"]
    if cost["amount"] is not None:
        yield "chatui.cost.amount", float(cost["amount"])
        yield "chatui.cost.currency", cost["currency"]
    if record["kind"] == "embedding":
        return
    yield "gen_ai.usage.output_tokens", usage["output"]
    yield "gen_ai.response.model", record.get("response_model")
    if record["ttft_ms"] is not None:
        yield "gen_ai.request.stream", True
        yield "gen_ai.response.time_to_first_chunk", record["ttft_ms"] / 1000
    for ours, theirs in SAMPLING.items():
        yield f"gen_ai.request.{theirs}", options.get(ours)
    if content := record.get("content"):
        yield (
            "gen_ai.input.messages",
            json.dumps(
                [spoken(one["role"], text=one["content"]) for one in content["messages"]],
                ensure_ascii=False,
            ),
        )
        said = spoken("assistant", reasoning=content["reasoning"], text=content["text"])
        ended = {"finish_reason": record.get("finish_reason") or "error"}
        yield "gen_ai.output.messages", json.dumps([said | ended], ensure_ascii=False)


def spoken(role: str, **texts: str) -> dict[str, Any]:
    """A message in the conventions' own form; what says nothing is no part of it."""
    parts = [{"type": kind, "content": text} for kind, text in texts.items() if text]
    return {"role": role, "parts": parts}


def input_tokens(usage: Mapping[str, int]) -> int:
    """All of the prompt, cached or not: the conventions count so."""
    return usage["input"] + usage["cache_read"] + usage["cache_write"]


def measurements_of(record: Record) -> list[Measurement]:
    """What a call adds to the histograms; turns and runs add nothing, their calls do."""
    if record["kind"] in GROUPS:
        return []
    common: dict[str, Attribute] = {
        "gen_ai.operation.name": operation_of(record)[0],
        "gen_ai.provider.name": provider_of(record),
        "gen_ai.request.model": model_of(record),
    }
    if answered := record.get("response_model"):
        common["gen_ai.response.model"] = str(answered)
    usage, failed = record["usage"], failure_of(record)
    counts = {"input": input_tokens(usage), "output": usage["output"]}
    ended = common | ({"error.type": failed} if failed else {})
    found = [
        Measurement(TOKENS, count, common | {"gen_ai.token.type": kind})
        for kind, count in counts.items()
        if count
    ]
    # How long a provider worked at a line of a batch is not known.
    if seconds := float(record["seconds"]):
        found.append(Measurement(DURATION, seconds, ended))
    return found
