"""The request log: a line of JSON for each call of a model, whatever it was for.

It has sizes, times, costs and fingerprints. Texts are in it only where the user asked for that,
and keys never: a line is made of what chatui knows of a call, not of what was sent over the wire.
A collector of telemetry, where the user named one, gets the same, and what calls have in common.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from chatui.domain.conversation import shared_beginning
from chatui.system.fault_log import add_to_log
from chatui.text.json_text import json_text

if TYPE_CHECKING:
    from chatui.cost.charges import Charge
    from chatui.domain.conversation import FinishReason, Message
    from chatui.domain.usage import Gaps
    from chatui.memory.records import LedgerRow

FINGERPRINT = 16
"""Hexadecimal digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDetails:
    """What the ledger does not keep of a call: what was sent, or embedded, and what came."""

    messages: Sequence[Message] = ()
    texts: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    reasoning: str = ""
    finish_reason: FinishReason | None = None
    gaps: Gaps | None = None
    passages: int = 0
    profile: str | None = None
    """None: what the ledger calls it, profile and step in one."""
    step: str = ""
    """The chain and the step that it was for."""
    response_model: str = ""
    """Who answered, by the server's own word."""
    began: datetime | None = None
    """When the call was made, where the ledger has when its turn was asked."""


class Fingerprints:
    """Of rows of messages. The last one is kept: where a row goes on from there, only what is new
    is looked at. Fit for threads."""

    def __init__(self) -> None:
        self._last: tuple[tuple[Message, ...], hashlib._Hash] = (), hashlib.sha256()

    def of(self, messages: Sequence[Message]) -> str:
        before, digest = self._last
        goes_on = len(before) == shared_beginning(before, messages)
        digest = digest.copy() if goes_on else hashlib.sha256()
        for message in messages[len(before) if goes_on else 0 :]:
            # Lengths, so that no text can look like the end of one message and the next one's
            # start.
            shown = (one.hash for one in message.media)
            for part in (message.role.value, message.name or "", message.content, *shown):
                encoded = part.encode("utf-8", "surrogatepass")
                digest.update(len(encoded).to_bytes(8))
                digest.update(encoded)
        self._last = tuple(messages), digest
        return digest.hexdigest()[:FINGERPRINT]


class Collector(Protocol):
    """Whom records are sent to. It keeps nobody waiting."""

    def wake(self) -> None: ...

    def send(self, record: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True, slots=True)
class RequestLog:
    """Adds lines to `path`; None keeps none. A file of `limit` bytes becomes the one before,
    `requests.jsonl.1`. `content` has the texts written too. The `collector` gets the same, whether
    or not lines are kept."""

    path: Path | None = None
    limit: int = 10 << 20
    content: bool = False
    collector: Collector | None = None
    fingerprints: Fingerprints = field(default_factory=Fingerprints)

    def begins(self) -> None:
        """There will soon be something to note."""
        if self.collector is not None:
            self.collector.wake()

    async def note(self, row: LedgerRow, details: CallDetails, charge: Charge) -> None:
        """Adds the line of a call. What can't be written is left out: no reply fails for it."""
        if self.path is None and self.collector is None:
            return
        line = await asyncio.to_thread(self.write, row, details)
        began = (details.began or row.started).isoformat()
        self.tell({**line, "time": began}, charge)

    def tell(self, record: Mapping[str, Any], charge: Charge) -> None:
        """Has the collector know of a call, or of what calls have in common: a turn, a run, an
        ingest."""
        if self.collector is not None:
            place = {"conversation": charge.conversation_id, "turn": charge.turn_id}
            self.collector.send({**place, **record, "run": charge.run, "work": charge.work})

    def write(self, row: LedgerRow, details: CallDetails) -> dict[str, Any]:
        """The object of the call, and its line where there is to be one."""
        told = line_of(row, details, content=self.content, fingerprints=self.fingerprints)
        if self.path is None:
            return told
        add_to_log(self.path, json_text(told, indent=None) + "\n", self.limit)
        return told


def line_of(
    row: LedgerRow,
    details: CallDetails,
    *,
    content: bool,
    fingerprints: Fingerprints | None = None,
) -> dict[str, Any]:
    """The object of a call; the manual says what its keys are."""
    sent = [message.content for message in details.messages] or list(details.texts)
    usage = row.usage.figures()
    line: dict[str, Any] = {
        "time": row.started.isoformat(),
        "kind": row.kind,
        "model": row.model,
        "response_model": details.response_model or None,
        "profile": (row.profile if details.profile is None else details.profile) or None,
        "step": details.step or None,
        "conversation": row.conversation_id,
        "turn": row.turn_id,
        "messages": len(sent),
        "characters": {"sent": sum(map(len, sent)), "text": len(details.text),
                       "reasoning": len(details.reasoning)},
        "passages": details.passages,
        "options": {name: value for name, value in details.options.items()
                    if name not in FORMS and value is not None},
        "usage": usage,
        "cost": {
            "amount": None if row.cost.amount is None else format(row.cost.amount, "f"),
            "currency": row.cost.currency,
            "price_source": row.cost.source,
            "estimated": row.cost.estimated,
        },
        "ttft_ms": milliseconds(row.ttft),
        "seconds": round(row.seconds, 3),
        "gap_ms": {name: milliseconds(value) for name, value in asdict(details.gaps).items()}
        if details.gaps else None,
        "finish_reason": details.finish_reason,
        "outcome": row.outcome,
        "prefix": prefixes(details.messages, fingerprints or Fingerprints()),
    }  # fmt: skip
    if content:
        line["content"] = {
            "messages": [
                {"role": message.role, "content": message.content} for message in details.messages
            ],
            "texts": list(details.texts),
            "text": details.text,
            "reasoning": details.reasoning,
        }
    return line


FORMS = ("json_schema", "grammar", "stop")
"""Options that are texts of the user's."""


def milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)


def prefixes(messages: Sequence[Message], fingerprints: Fingerprints) -> dict[str, str] | None:
    """Fingerprints of what a provider may have cached: the first message, and all but the last
    one. Two calls that share one were sent the same beginning."""
    if not messages:
        return None
    first = Fingerprints().of(messages[:1])
    return {"first": first, "history": fingerprints.of(messages[:-1])}
