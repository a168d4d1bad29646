"""Google's exports of Gemini.

Takeout's "My Activity", as JSON: a list of what was done, the newest first, {"header":"Gemini
Apps","title":"Prompted TEXT","time","safeHtmlItem":[{"html"}]}, without a word of which belong
together. Takeout's "Conversation History": a file for each conversation, {"title","creation_time",
"conversation_turns":[{"user_turn":{"prompt"}},{"system_turn":{"text":[{"data"}],"model_thoughts":[
{"headline","description"}]}}]}. AI Studio: {"runSettings":{"model"},"systemInstruction",
"chunkedPrompt":{"chunks":[{"role","text","isThought","tokenCount"}]}}. None says which model
answered but the last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from chatui.domain.conversation import Role
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.store.database import now
from chatui.memory.transfer.answer_html import markdown_of
from chatui.memory.transfer.attachments import attachment
from chatui.memory.transfer.fields import digest, identity, joined, mapping, mappings, moment, text

TOGETHER = timedelta(minutes=30)
"""Between two prompts of one conversation at most, where an export doesn't say which are one."""

_PROMPTED = re.compile(
    r"(?:Prompted(?: with:)?|Asked(?: Gemini:| Bard:)?|Said|Eingegebener Prompt:|"
    r"Prompt saisi :|提示：) "
)
_DONE = re.compile(
    r"(?:Created|Used|Added|Gave|Selected|Shared|Deleted|Viewed|Visited|Searched|Edited|Pinned|"
    r"Renamed|Exported|Updated) "
)
"""What was done without a prompt, as the title begins."""
_ROLES = {"user": Role.USER, "model": Role.ASSISTANT}


def recognises_activity(entry: object) -> bool:
    """Takeout lists what was done with other products in the same form."""
    return isinstance(entry, Mapping) and {"header", "title", "time"} <= entry.keys()


class Activity:
    """Prompts with their answers, put together again as they come."""

    def __init__(self) -> None:
        self._held: list[Mapping[str, Any]] = []
        self._time: datetime | None = None

    def add(self, entry: Any) -> ImportedConversation | None:
        """A conversation that has ended with the entry, which is not in it."""
        time = moment(entry["time"])
        if time is None or not _prompt(entry):
            return None
        apart = self._time is None or abs(self._time - time) > TOGETHER
        ended = self.rest() if apart else None
        self._held.append(entry)
        self._time = time
        return ended

    def rest(self) -> ImportedConversation | None:
        held, self._held = self._held, []
        held.sort(key=lambda entry: moment(entry["time"]) or now())
        messages: list[ImportedMessage] = []
        for entry in held:
            _add(messages, Role.USER, _prompt(entry), entry["time"])
            answer = joined([text(one.get("html")) for one in mappings(entry.get("safeHtmlItem"))])
            _add(messages, Role.ASSISTANT, markdown_of(answer), entry["time"])
        if not messages:
            return None
        # Later exports hold the same beginning, whatever was said after it.
        origin = digest([messages[0].created.isoformat(), messages[0].content])
        return _conversation("", messages, f"gemini:{origin}")


def _prompt(entry: Mapping[str, Any]) -> str:
    """Its text; "" for all that was done but asking."""
    title = text(entry.get("title"))
    products = entry.get("products")
    named = [entry["header"], *(products if isinstance(products, list) else [])]
    if _DONE.match(title) or not any("gemini" in text(name).lower() for name in named):
        return ""
    prompted = _PROMPTED.match(title)
    # In other languages the verb is another one: what was answered was a prompt.
    if prompted is None and not entry.get("safeHtmlItem"):
        return ""
    attached = entry.get("attachedFiles")
    files = [
        attachment(text(file) or text(mapping(file).get("name")))
        for file in (attached if isinstance(attached, list) else [])
    ]
    return joined([*files, title[prompted.end() :] if prompted else title])


def recognises_history(entry: object) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get("conversation_turns"), list)


def read_history(entry: Any) -> ImportedConversation | None:
    """One conversation of "Conversation History"; None when it holds no messages."""
    messages: list[ImportedMessage] = []
    created = entry.get("creation_time")
    for turn in mappings(entry["conversation_turns"]):
        asked, answered = mapping(turn.get("user_turn")), mapping(turn.get("system_turn"))
        time = asked.get("turn_last_modified") or answered.get("turn_last_modified") or created
        _add(messages, Role.USER, text(asked.get("prompt")), time)
        said: list[str] = []
        for part in mappings(answered.get("text")):
            said.append(text(part.get("data")))
            said += [text(card.get("content")) for card in mappings(part.get("cards"))]
        thoughts = [
            joined([text(one.get("headline")), text(one.get("description"))])
            for one in mappings(answered.get("model_thoughts"))
        ]
        _add(messages, Role.ASSISTANT, joined(said), time, reasoning=joined(thoughts))
    if not messages:
        return None
    title = text(entry.get("title"))
    return _conversation(
        title, messages, f"gemini:{digest([identity(created), messages[0].content])}"
    )


def recognises_studio(entry: object) -> bool:
    prompt = mapping(entry.get("chunkedPrompt")) if isinstance(entry, Mapping) else {}
    return isinstance(prompt.get("chunks"), list)


def read_studio(entry: Any, name: str, created: datetime) -> ImportedConversation | None:
    """One prompt of AI Studio, which is a file `name`; None when it holds no messages."""
    model = text(mapping(entry.get("runSettings")).get("model")).removeprefix("models/")
    messages: list[ImportedMessage] = []
    told = mapping(entry.get("systemInstruction"))
    told_parts = [text(part.get("text")) for part in mappings(told.get("parts"))]
    _add(messages, Role.SYSTEM, text(told.get("text")) or joined(told_parts), created)
    for role, chunks in groupby(mappings(entry["chunkedPrompt"]["chunks"]), _role_of):
        of_one = list(chunks)
        said = joined([_chunk(one) for one in of_one if one.get("isThought") is not True])
        thoughts = joined([_chunk(one) for one in of_one if one.get("isThought") is True])
        if role is not None:
            time = of_one[0].get("createTime") or created
            _add(messages, role, said, time, reasoning=thoughts, model=model)
    if not any(message.role is not Role.SYSTEM for message in messages):
        return None
    origin = digest([name, *(m.content for m in messages[:2])])
    return _conversation(name, messages, f"ai-studio:{origin}")


def _role_of(chunk: Mapping[str, Any]) -> Role | None:
    return _ROLES.get(text(chunk.get("role")))


def _chunk(chunk: Mapping[str, Any]) -> str:
    """What it says, or that it is a file: of Drive, or one that stands within."""
    if any(key.startswith(("drive", "inline")) for key in chunk):
        return attachment("")
    parts = [text(part.get("text")) for part in mappings(chunk.get("parts"))]
    return text(chunk.get("text")) or joined(parts)


def _add(
    messages: list[ImportedMessage],
    role: Role,
    content: str,
    time: object,
    *,
    reasoning: str = "",
    model: str = "",
) -> None:
    if not content.strip():
        return
    created = time if isinstance(time, datetime) else moment(time)
    before = messages[-1].created if messages else now()
    messages.append(
        ImportedMessage(
            role=role,
            content=content,
            created=created or before,
            parent=len(messages) - 1 if messages else None,
            model=model if role is Role.ASSISTANT else "",
            reasoning=reasoning,
        )
    )


def _conversation(title: str, messages: list[ImportedMessage], origin: str) -> ImportedConversation:
    return ImportedConversation(
        title, messages[0].created, tuple(messages), len(messages) - 1, origin
    )
