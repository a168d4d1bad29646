"""Slash commands of the chat in lines. What is about this conversation is here; everything else is
the command line's own verb, in a process of its own, so that nothing is told in two ways."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from chatui.cli.output import print_line, print_text
from chatui.cli.verbs import VERBS
from chatui.domain.conversation import TurnState
from chatui.domain.errors import UsageError
from chatui.text.citations.written import place
from chatui.text.figures import counted, money

if TYPE_CHECKING:
    from chatui.app.session import ChatSession
    from chatui.domain.media import Medium
    from chatui.memory.records import ConversationRow

LISTED = 15
"""Conversations that `/resume` names."""
SHOWN = 300
"""Characters of a passage that `/sources` writes of each."""


class PlainWindow(Protocol):
    """What a command may ask of the chat in lines."""

    session: ChatSession
    listed: Sequence[ConversationRow]

    async def ask(self, typed: str, parent: str | None, media: Sequence[Medium] = ()) -> None: ...

    async def go_on(self, key: str) -> None: ...

    async def confirmed(self, question: str) -> bool: ...


Run = Callable[[PlainWindow, str], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class PlainCommand:
    """`run` gets what followed the name, stripped; it raises ChatuiError with the sentence to
    say."""

    name: str
    usage: str
    summary: str
    run: Run


async def model(chat: PlainWindow, name: str) -> None:
    """Tells what a switch costs, and asks, where something was said already."""
    session, services = chat.session, await chat.session.services()
    old = await services.assistant.model_name(session.settings)
    if not name:
        print_line(f"{old} answers. /models names all of them; /model NAME switches.")
        return
    new = await services.catalog.resolve(name)
    cid = session.conversation_id
    said = any(turn.reply.text for _, turn in session.path.turns)
    if cid is not None and said and new != old:
        from chatui.app.switch_quote import quote_switch

        quote = await quote_switch(services, cid, "", session.settings, (old, new))
        if quote.new.fault:
            print_line(quote.new.fault)
        costs = [money(side.costs.next_turn) for side in (quote.old, quote.new)]
        left = quote.new.turns - quote.new.kept
        gone = f" {left} of {quote.new.turns} turns leave the prompt." if left > 0 else ""
        print_line(f"The next turn costs {costs[0]} on {old} and {costs[1]} on {new}.{gone}")
        dearer = costs[0] != costs[1] or gone or quote.new.fault
        if dearer and not await chat.confirmed(f"Switch to {new}?"):
            print_line(f"{old} answers as before.")
            return
    name = await session.choices.use_model(new)
    print_line(await services.catalog.lacking(name) or f"{name} answers.")


async def profile(chat: PlainWindow, argument: str) -> None:
    from chatui.bootstrap.profiles import NO_PROFILE

    choices = chat.session.choices
    if not argument:
        print_line(f"{_holding(choices.profile)}. /profiles names all; /profile NAME takes one.")
        return
    if argument == NO_PROFILE:
        choices.leave_profile()
    else:
        name, *words = argument.split()
        wrong = next((word for word in words if "=" not in word), None)
        if wrong is not None:
            raise UsageError(f"{wrong} sets no variable: write NAME=VALUE behind the profile.")
        await choices.use_profile(name, dict(word.split("=", 1) for word in words))
    print_line(f"{_holding(choices.profile)} for the questions from now on.")
    if lacking := await chat.session.lacking():
        print_line(lacking)


def _holding(profile: str) -> str:
    return f"The profile {profile} holds" if profile else "No profile holds"


async def system(chat: PlainWindow, text: str) -> None:
    if text:
        chat.session.choices.set_system(text)
        print_line("This system prompt holds for the questions from now on.")
        return
    from chatui.jobs.profiles import settings_on

    services = await chat.session.services()
    name = await services.assistant.model_name(chat.session.settings)
    print_text((await settings_on(chat.session.settings, name)).system)


async def rag(chat: PlainWindow, argument: str) -> None:
    from chatui.app.rag_choice import choose_rag

    print_line(await choose_rag(chat.session, argument))


async def new(chat: PlainWindow, _: str) -> None:
    chat.session.new()
    print_line("A new conversation begins.")


async def resume(chat: PlainWindow, argument: str) -> None:
    """By the number of the list that was told last, or by the id."""
    session = chat.session
    if not argument:
        store = (await session.services()).store
        chat.listed = await store.rows(LISTED, 0, "chats")
        if not chat.listed:
            raise UsageError("There is no conversation yet: ask something first.")
        for number, row in enumerate(chat.listed, start=1):
            turns = f"{row.turns} turn{'s' * (row.turns != 1)}"
            print_line(f"{number}. {row.title or row.preview}, {turns}, {row.updated:%Y-%m-%d}")
        print_line("/resume NUMBER goes on with one of them.")
        return
    number = int(argument) if argument.isdecimal() and len(argument) < 4 else 0
    if number and number <= len(chat.listed):
        argument = chat.listed[number - 1].id
    await session.resume(argument)
    turns = counted(len(session.path.turns), "turn")
    print_line(f"{session.title or 'The conversation'}: {turns}.")
    tell_last(session)


async def retry(chat: PlainWindow, _: str) -> None:
    key, question = last_question(chat.session)
    media = chat.session.kept_media(key, question)
    await chat.ask(question, chat.session.path.parent_of(key), media)


async def edit(chat: PlainWindow, text: str) -> None:
    key, question = last_question(chat.session)
    if not text:
        print_text(question)
        raise UsageError("Write the question anew behind /edit.")
    media = chat.session.kept_media(key, text)
    await chat.ask(text, chat.session.path.parent_of(key), media)


async def go_on(chat: PlainWindow, _: str) -> None:
    key, _question = last_question(chat.session)
    await chat.go_on(key)


async def undo(chat: PlainWindow, _: str) -> None:
    if not await chat.session.undo():
        raise UsageError("There is nothing to take back.")
    tell_last(chat.session)


async def redo(chat: PlainWindow, _: str) -> None:
    if not await chat.session.redo():
        raise UsageError("There is nothing to bring back.")
    tell_last(chat.session)


async def title(chat: PlainWindow, text: str) -> None:
    if text:
        await chat.session.rename(text)
    print_line(chat.session.title or "The conversation has no title yet.")


async def sources(chat: PlainWindow, argument: str) -> None:
    """All passages of the last answer in short, or one of them whole."""
    key, _ = last_question(chat.session)
    turn = chat.session.path.turn(key)
    passages = turn.passages if turn else ()
    if not passages:
        raise UsageError("The last answer was not drawn from documents.")
    if argument:
        number = int(argument) if argument.isdecimal() and len(argument) < 4 else 0
        if not 1 <= number <= len(passages):
            raise UsageError(f"There is no source {argument}; there are 1 to {len(passages)}.")
        print_line(f"{number}. {place(passages[number - 1])}")
        print_text(passages[number - 1].text)
        return
    for number, passage in enumerate(passages, start=1):
        text = " ".join(passage.text.split())
        short = text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
        print_line(f"{number}. {place(passage)}: {short}")


async def say_help(chat: PlainWindow, _: str) -> None:
    print_line("What is typed is asked. A line that ends with a backslash goes on in the next one.")
    print_line("Ctrl+C stops a reply. @FILE attaches a file, #NAME asks another collection.")
    for command in COMMANDS.values():
        usage = f" {command.usage}" if command.usage else ""
        print_line(f"/{command.name}{usage}: {command.summary}.")
    print_line("/quit: Leave.")
    verbs = ", ".join(f"/{name}" for name in sorted(VERBS) if name not in COMMANDS)
    print_line(f"Commands of the shell, as chatui has them: {verbs}. /VERB --help tells of one.")


def last_question(session: ChatSession) -> tuple[str, str]:
    """The key and the question of the last turn. Raises UsageError before the first."""
    from chatui.assistant.prompt import without_attachments

    head = session.path.head
    turn = session.path.turn(head) if head else None
    if head is None or turn is None:
        raise UsageError("Nothing was asked yet.")
    return head, without_attachments(turn.question)


def tell_last(session: ChatSession) -> None:
    """The last turn, to know where the conversation stands."""
    if session.path.head is None:
        print_line("The conversation is empty.")
        return
    key, question = last_question(session)
    turn = session.path.turn(key)
    print_line(f"You: {question}")
    if turn is not None and turn.reply.text:
        print_text(turn.reply.text)
    if turn is not None and turn.state is not TurnState.COMPLETE:
        print_line("The answer was not finished; /continue goes on with it.")


COMMANDS = {
    command.name: command
    for command in (
        PlainCommand("help", "", "Say every command", say_help),
        PlainCommand("model", "[NAME]", "Say what answers, or switch, with the price first", model),
        PlainCommand("profile", "[NAME|none]", "Use a profile, or leave it", profile),
        PlainCommand("system", "[TEXT]", "Say the system prompt, or change it", system),
        PlainCommand("rag", "[on|off|COLLECTION|only FILE]", "Answer from documents, or not", rag),
        PlainCommand("sources", "[NUMBER]", "Say what the last answer was drawn from", sources),
        PlainCommand("new", "", "Begin another conversation", new),
        PlainCommand("resume", "[NUMBER|ID]", "Name earlier conversations, or go on", resume),
        PlainCommand("title", "[TEXT]", "Say the title of the conversation, or change it", title),
        PlainCommand("retry", "", "Ask the last question again", retry),
        PlainCommand("edit", "TEXT", "Ask this in the place of the last question", edit),
        PlainCommand("continue", "", "Go on with an answer that was cut off", go_on),
        PlainCommand("undo", "", "Take back the last turn", undo),
        PlainCommand("redo", "", "Bring it back", redo),
    )
}


def found(name: str) -> PlainCommand | None:
    """The command of that name; None for a verb of the command line. Raises UsageError for what is
    neither."""
    command = COMMANDS.get(name)
    if command is None and name not in VERBS:
        near = difflib.get_close_matches(name, [*COMMANDS, *VERBS], n=1, cutoff=0.4)
        hint = f"did you mean /{near[0]}?" if near else "/help says all of them."
        raise UsageError(f"There is no command /{name}; {hint}")
    return command
