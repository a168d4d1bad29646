"""A conversation as a Markdown document, for people to read."""

from __future__ import annotations

from collections.abc import Sequence

from chatui.conversation import TurnState
from chatui.memory.records import StoredConversation, StoredMessage
from chatui.passage import Citation

_SPEAKERS = {"user": "You", "assistant": "Assistant", "system": "System"}


def write(conversation: StoredConversation, messages: Sequence[StoredMessage]) -> str:
    """The messages as sections, each reply with the sources that it cites."""
    title = conversation.title or "Conversation"
    created = conversation.created.astimezone().strftime("%Y-%m-%d %H:%M")
    parts = [f"# {title}", f"*{created}*"]
    for message in messages:
        parts += [f"## {_speaker(message)}", message.content.strip(), *_ending(message)]
    return "\n\n".join(parts) + "\n"


def _speaker(message: StoredMessage) -> str:
    name = message.name or _SPEAKERS.get(message.role, message.role)
    return f"{name} ({message.model})" if message.model else name


def _ending(message: StoredMessage) -> list[str]:
    """What follows a turn's last message: its sources, and why it ended early."""
    stored = message.turn
    last = stored.reply_id if stored.turn.reply.text else stored.question_id
    if message.id != last:
        return []
    reply = stored.turn.reply
    ending = ["\n".join(_source(citation) for citation in reply.citations)]
    if stored.turn.state is TurnState.FAILED:
        ending.append(f"*The reply failed: {reply.error or 'no reason is known'}*")
    elif stored.turn.state is TurnState.INTERRUPTED:
        ending.append("*The reply was interrupted.*")
    return [part for part in ending if part]


def _source(citation: Citation) -> str:
    passage = citation.passage
    place = f"lines {passage.line_start}–{passage.line_end}"
    if passage.page is not None:
        place = f"page {passage.page}"
    return f"- [{citation.n}] {passage.source}, {place}"
