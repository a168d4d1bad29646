"""A conversation as a Markdown document, for people to read: what a terminal would obey is
taken out."""

from __future__ import annotations

from collections.abc import Sequence

from chatui.domain.conversation import Turn, TurnState
from chatui.memory.records import StoredConversation, StoredMessage
from chatui.text.citations.marks import MarkForm
from chatui.text.citations.written import (
    dangling_sentence,
    incomplete_sentences,
    sources_markdown,
    with_added,
)
from chatui.text.endings import ending
from chatui.text.safety import drawable, one_line

_SPEAKERS = {"user": "You", "assistant": "Assistant", "system": "System"}


def write(conversation: StoredConversation, messages: Sequence[StoredMessage]) -> str:
    """The messages as sections, each reply with the sources that it cites."""
    title = one_line(conversation.title) or "Conversation"
    created = conversation.created.astimezone().strftime("%Y-%m-%d %H:%M")
    parts = [f"# {title}", f"*{created}*"]
    for message in messages:
        parts += [f"## {_speaker(message)}", _said(message), *_ending(message)]
    return drawable("\n\n".join(parts)) + "\n"


def answer(turn: Turn, question: str = "") -> str:
    """One answer with the sources that it cites, under its question if that is given."""
    title = [f"# {one_line(question)}"] if question else []
    reply = turn.reply
    text = with_added(reply.text, reply.citations, MarkForm(reply.mark_prefix)).strip()
    return drawable("\n\n".join([*title, text, *_sources(turn)])) + "\n"


def _said(message: StoredMessage) -> str:
    reply = message.turn.turn.reply
    cited = reply.citations if message.id == message.turn.reply_id else ()
    return with_added(message.content, cited, MarkForm(reply.mark_prefix)).strip()


def _sources(turn: Turn) -> list[str]:
    parts = []
    if turn.reply.citations:
        form = MarkForm(turn.reply.mark_prefix)
        parts += ["**Sources**", sources_markdown(turn.reply.citations, form)]
    if turn.reply.dangling:
        parts.append(f"*{dangling_sentence(len(turn.reply.dangling))}.*")
    parts += [f"*{sentence}.*" for sentence in incomplete_sentences(turn.reply.citations)]
    return parts


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
    parts = _sources(stored.turn)
    if stored.turn.state is TurnState.FAILED:
        parts.append(f"*The reply failed: {reply.error or 'no reason is known'}*")
    elif stored.turn.state is TurnState.INTERRUPTED:
        parts.append("*The reply was interrupted.*")
    elif clause := ending(reply):
        parts.append(f"*{clause[0].upper()}{clause[1:]}.*")
    return parts
