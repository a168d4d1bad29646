"""The JSON of a streamed reply into events, whichever server's habits it follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from chatui.domain.conversation import FinishReason
from chatui.domain.usage import Usage
from chatui.models.base import Finished, ModelEvent, ReasoningDelta, UsageReported
from chatui.models.hosted.translation import ErrorInStream
from chatui.models.hosted.usage_report import read_cost, read_usage, report_of
from chatui.models.reasoning_tags import ReasoningSplitter
from chatui.text.foreign_json import read_json
from chatui.text.safety import ControlStripper, one_line

DONE = "[DONE]"
LONGEST_NAME = 200

FINISH_REASONS = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "content_filter": FinishReason.FILTER,
    "error": FinishReason.ERROR,
    "insufficient_system_resource": FinishReason.ERROR,
}
"""Names that servers use; any other one is an ordinary stop."""


class ReplyReader:
    """Reads the data of events in order. Text and reasoning come out stripped of control
    sequences, whole characters only."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._text = ControlStripper()
        self._reasoning = ControlStripper()
        self._tags = ReasoningSplitter()
        self._reason: FinishReason | None = None
        self._usage: Usage | None = None
        self._raw_usage: Mapping[str, Any] | None = None
        self._cost: Decimal | None = None
        self._tier = ""
        self._model = ""
        self.ended = False
        """Whether the stream said that nothing more follows."""

    @property
    def finished(self) -> bool:
        """Whether the reply is known to be whole (its usage may still follow)."""
        return self._reason is not None or self.ended

    def read(self, data: str) -> list[ModelEvent]:
        """The events of one chunk. Raises json.JSONDecodeError and ErrorInStream."""
        if data.strip() == DONE:
            self.ended = True
            return []
        chunk = read_json(data)
        if not isinstance(chunk, Mapping):
            return []
        if chunk.get("error"):
            raise ErrorInStream(chunk)
        events: list[ModelEvent] = []
        choice = _first_choice(chunk)
        if choice is not None:
            # A server that does not stream sends "message" where others send "delta".
            events += self._delta(choice.get("delta") or choice.get("message"))
            if reason := choice.get("finish_reason"):
                self._reason = FINISH_REASONS.get(str(reason), FinishReason.STOP)
        return events + self._report(chunk)

    def flush(self) -> list[ModelEvent]:
        """What was held back at the end, whether the reply is whole or was cut."""
        reasoning = self._reasoning.finish()
        events: list[ModelEvent] = [ReasoningDelta(reasoning)] if reasoning else []
        return [*events, *self._tags.feed(self._text.finish()), *self._tags.finish()]

    def outcome(self) -> Finished:
        """The last event of a reply that came to its end."""
        reason = self._reason or FinishReason.STOP
        return Finished(
            reason, self._usage, self._raw_usage, self._cost, self._tier, model=self._model
        )

    def _delta(self, delta: Any) -> Iterator[ModelEvent]:
        if not isinstance(delta, Mapping):
            return
        # Some servers send both names with the same text.
        thought = delta.get("reasoning_content") or delta.get("reasoning")
        if isinstance(thought, str) and (clean := self._reasoning.feed(thought)):
            yield ReasoningDelta(clean)
        for is_thought, text in _parts(delta.get("content") or delta.get("refusal")):
            if is_thought:
                if clean := self._reasoning.feed(text):
                    yield ReasoningDelta(clean)
            else:
                yield from self._tags.feed(self._text.feed(text))

    def _report(self, chunk: Mapping[str, Any]) -> list[ModelEvent]:
        report, timings = report_of(chunk), chunk.get("timings")
        # "auto" in a request is answered with the class that was chosen, at the latest here.
        if isinstance(tier := chunk.get("service_tier"), str):
            self._tier = tier
        if isinstance(model := chunk.get("model"), str) and model:
            self._model = one_line(model, LONGEST_NAME)
        usage = read_usage(report, timings)
        if usage is None:
            return []
        self._usage = usage
        self._cost = read_cost(report)
        # Each report replaces the one before: they are cumulative.
        self._raw_usage = report if isinstance(report, Mapping) else {}
        if isinstance(timings, Mapping):
            self._raw_usage = {**self._raw_usage, "timings": timings}
        return [UsageReported(usage)]


def _first_choice(chunk: Mapping[str, Any]) -> Mapping[str, Any] | None:
    choices = chunk.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
        return choices[0]
    return None


def _parts(content: Any) -> Iterator[tuple[bool, str]]:
    """(is it reasoning, text) of a content that is a string, or a list of typed parts."""
    if isinstance(content, str):
        yield False, content
    elif isinstance(content, list):
        for part in content:
            if not isinstance(part, Mapping):
                continue
            inner = part.get("thinking")
            if inner is not None:
                yield from ((True, text) for _, text in _parts(inner))
            elif isinstance(part.get("text"), str):
                yield False, part["text"]
