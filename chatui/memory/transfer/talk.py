"""A conversation as people read it: what a terminal would obey is taken out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from chatui.domain.conversation import Role, Turn, TurnState
from chatui.domain.media import Medium, with_marks
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
from chatui.text.tags import told

NO_DATA: Mapping[str, bytes] = MappingProxyType({})
_SPEAKERS = {"user": "You", "assistant": "Assistant", "system": "System"}


@dataclass(frozen=True, slots=True)
class SpokenSection:
    """One message. `text` and `notes`, what follows it, are Markdown; `heading` is "" where it
    needs none."""

    role: Role
    heading: str
    text: str
    notes: tuple[str, ...] = ()
    media: tuple[Medium, ...] = ()
    """The pictures and PDFs that it has with it, with their bytes where those are to be shown."""

    @property
    def named(self) -> str:
        """The text with the names of the media, for a form that shows none."""
        return drawable(with_marks(self.text, self.media))


@dataclass(frozen=True, slots=True)
class Talk:
    """`when` is "" where that is not told."""

    title: str
    when: str
    sections: tuple[SpokenSection, ...]

    def changed(self, change: Callable[[str], str]) -> Talk:
        """With each of its texts changed."""
        sections = tuple(
            replace(
                one,
                heading=change(one.heading),
                text=change(one.text),
                notes=tuple(map(change, one.notes)),
                media=tuple(replace(each, name=change(each.name)) for each in one.media),
            )
            for one in self.sections
        )
        return Talk(change(self.title), change(self.when), sections)


def talk_of(
    conversation: StoredConversation,
    messages: Sequence[StoredMessage],
    data: Mapping[str, bytes] = NO_DATA,
    tags: Sequence[str] = (),
) -> Talk:
    """The messages, each reply with the sources that it cites. `data` are the bytes of pictures and
    PDFs, by their hashes."""
    return Talk(
        one_line(conversation.title) or "Conversation",
        f"{conversation.created.astimezone():%Y-%m-%d %H:%M}  {told(tags)}".rstrip(),
        tuple(
            SpokenSection(
                Role(message.role),
                one_line(_speaker(message)),
                drawable(_said(message)),
                tuple(map(drawable, (*_limit(message), *_ending(message)))),
                _media(message, data),
            )
            for message in messages
        ),
    )


def talk_of_answer(turn: Turn, question: str) -> Talk:
    """One answer with the sources that it cites, under its question if that is given."""
    reply = turn.reply
    text = with_added(reply.text, reply.citations, MarkForm(reply.mark_prefix)).strip()
    notes = tuple(map(drawable, _sources(turn)))
    section = SpokenSection(Role.ASSISTANT, "", drawable(text), notes)
    return Talk(one_line(question), "", (section,))


def _media(message: StoredMessage, data: Mapping[str, bytes]) -> tuple[Medium, ...]:
    if message.id != message.turn.question_id:
        return ()
    return tuple(
        replace(one, name=one_line(one.name), data=data.get(one.hash, b""))
        for one in message.turn.turn.media
    )


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
    edited = message.id == message.turn.reply_id and message.turn.turn.reply.edited
    remarks = [message.model] * bool(message.model) + ["edited"] * edited
    return f"{name} ({', '.join(remarks)})" if remarks else name


def _limit(message: StoredMessage) -> list[str]:
    """Which files alone a question was looked for in."""
    names = message.turn.turn.limited
    if not names or message.id != message.turn.question_id:
        return []
    return [f"*Looked only into {one_line(', '.join(names))}.*"]


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
