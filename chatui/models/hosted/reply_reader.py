"""The JSON of a streamed reply into events, whichever server's habits it follows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from chatui.domain.conversation import FinishReason
from chatui.domain.usage import Usage
from chatui.models.base import (
    Finished,
    ModelEvent,
    ReasoningDelta,
    TextDelta,
    TextTakenBack,
    UsageReported,
)
from chatui.models.hosted.event_stream import StreamEvent
from chatui.models.hosted.translation import ErrorInStream
from chatui.models.hosted.usage_report import read_cost, read_usage, report_of
from chatui.models.reasoning_tags import ReasoningSplitter
from chatui.models.reply_ends import reason_of
from chatui.text.error_words import is_error
from chatui.text.foreign_json import read_json
from chatui.text.safety import ControlStripper, one_line

DONE = "[DONE]"
ERROR = "error"
"""The name of an event that Anthropic and others have for it."""
LONGEST_NAME = 200

CommonForm = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""One event of another protocol in the form of a chunk of chat completions, with "done" where
nothing follows; what is none of that protocol's own is handed on as it is."""


def as_it_is(chunk: Mapping[str, Any]) -> Mapping[str, Any]:
    return chunk


class ReplyReader:
    """Reads the data of events in order. Text and reasoning come out stripped of control
    sequences, whole characters only. `common` makes them chunks where the protocol has another
    form; it is set before the first one is read."""

    def __init__(self, provider: str, common: CommonForm = as_it_is) -> None:
        self._provider = provider
        self.common = common
        self._text = ControlStripper()
        self._reasoning = ControlStripper()
        self._tags = ReasoningSplitter()
        self._reason: FinishReason | None = None
        self._word = ""
        self.said = False
        """Whether any of the answer has come."""
        self.owes_reason = False
        """Whether its chunks have a place for the reason."""
        self._refused = self._wants_tool = False
        self._trusted = False
        self._reasons = 0
        """How many chunks told a reason."""
        self._usage: Usage | None = None
        self._raw_usage: Mapping[str, Any] | None = None
        self._cost: Decimal | None = None
        self._tier = ""
        self._model = ""
        self.ended = False
        """Whether the stream said that nothing more follows."""

    @property
    def finished(self) -> bool:
        """Whether the reply is known to be whole (its usage may still follow). Some servers tell a
        reason with their first chunk, or with each: that one is taken at its word when the
        stream ends."""
        return self.ended or self._trusted

    @property
    def may_be_whole(self) -> bool:
        """Whether it is, if nothing more comes."""
        return self.finished or (self._reason is not None and self.said)

    @property
    def told_reason(self) -> bool:
        return self._reason is not None

    def read(self, event: StreamEvent) -> list[ModelEvent]:
        """The events of one chunk. Raises json.JSONDecodeError and ErrorInStream."""
        data = event.data
        if data.strip() == DONE:
            self.ended = True
            return []
        try:
            chunk = read_json(data)
        except json.JSONDecodeError:
            # Cut JSON is one thing, the plain words of a server that fell over another.
            if event.name != ERROR and data.lstrip()[:1] in ("{", "["):
                raise
            raise ErrorInStream(data) from None
        if is_error(chunk) or event.name == ERROR:
            raise ErrorInStream(chunk)
        if not isinstance(chunk, Mapping):
            return []
        chunk = self.common(chunk)
        events: list[ModelEvent] = []
        choice, said = _first_choice(chunk), self.said
        if choice is not None:
            self.owes_reason = self.owes_reason or "finish_reason" in choice
            # A server that does not stream sends "message" where others send "delta".
            events += self._delta(choice.get("delta") or choice.get("message"))
            self._end(choice, said, bool(events))
        events += self._report(chunk)
        if chunk.get("done") is True and self._reason is not None:
            self.ended = True
        return events

    def _end(self, choice: Mapping[str, Any], said: bool, came: bool) -> None:
        """`said`: some of the answer was there before this chunk; `came`: it brought more."""
        word = choice.get("finish_reason")
        if not isinstance(word, str) or not word.strip():
            self._trusted = self._trusted and not came
            return
        self._reasons += 1
        self._reason, self._word = reason_of(word), one_line(word, LONGEST_NAME)
        if self._reasons == 1:
            self._trusted = said or (self._reason is not FinishReason.STOP and not came)
        else:
            self._trusted = self._trusted and not came

    def flush(self) -> list[ModelEvent]:
        """What was held back at the end, whether the reply is whole or was cut."""
        reasoning = self._reasoning.finish()
        events: list[ModelEvent] = [ReasoningDelta(reasoning)] if reasoning else []
        return [*events, *self._tags.feed(self._text.finish()), *self._tags.finish()]

    def outcome(self) -> Finished:
        """The last event of a reply that came to its end."""
        reason = self._reason or FinishReason.STOP
        word = "" if self._word == reason.value else self._word
        if reason is FinishReason.STOP:
            word = ""
            if self._refused:
                reason = FinishReason.REFUSAL
            elif self._wants_tool and not self.said:
                reason = FinishReason.TOOL
        return Finished(
            reason,
            self._usage,
            self._raw_usage,
            self._cost,
            self._tier,
            model=self._model,
            word=word,
        )

    def _delta(self, delta: Any) -> Iterator[ModelEvent]:
        if not isinstance(delta, Mapping):
            return
        if (thought := _thought(delta)) and (clean := self._reasoning.feed(thought)):
            yield ReasoningDelta(clean)
        if delta.get("tool_calls") or delta.get("function_call"):
            self._wants_tool = True
        content = delta.get("content")
        if not content and (content := delta.get("refusal")):
            self._refused = True
        for is_thought, text in _parts(content):
            if is_thought:
                if clean := self._reasoning.feed(text):
                    yield ReasoningDelta(clean)
            else:
                for event in self._tags.feed(self._text.feed(text)):
                    said = self.said and not isinstance(event, TextTakenBack)
                    self.said = said or isinstance(event, TextDelta)
                    yield event

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


def _thought(delta: Mapping[str, Any]) -> str:
    """The reasoning beside the answer. Some servers send it under several names at once."""
    for name in ("reasoning_content", "reasoning", "thinking", "thought"):
        value = delta.get(name)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, Mapping | list) and value:
            return "".join(text for _, text in _parts(value))
    details = delta.get("reasoning_details")
    return "".join(text for _, text in _parts(details)) if isinstance(details, list) else ""


def _parts(content: Any) -> Iterator[tuple[bool, str]]:
    """(is it reasoning, text) of a content that is a string, or a list of typed parts."""
    if isinstance(content, str):
        yield False, content
    elif isinstance(content, Mapping | list):
        for part in content if isinstance(content, list) else [content]:
            if not isinstance(part, Mapping):
                continue
            kind = str(part.get("type") or "")
            thought = any(kind.startswith(one) for one in ("thinking", "reasoning", "thought"))
            thought = thought or "thinking" in part
            for name in ("thinking", "text", "summary", "content"):
                if inner := part.get(name):
                    yield from ((thought or deeper, text) for deeper, text in _parts(inner))
                    break
