"""The conversation that recall is measured on: facts said once, then 500 turns of other talk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chatui.domain.conversation import Role
from chatui.memory.imported import ImportedConversation, ImportedMessage

CASES = Path(__file__).with_name("recall_cases.json")
HELD_OUT = Path(__file__).with_name("recall_held_out.json")
"""Cases that nothing was tuned on."""
TURNS_BETWEEN = 500

_TOPICS = """
    a sourdough loaf|a vegetable garden|a road trip through Portugal|a cover letter|a bookshelf
    a morning routine|a spreadsheet of expenses|a photo album|a board game evening|a podcast
    a balcony in winter|an essay on trade|a wedding speech|a puppy's training|a used camera
    a compost heap|a reading club|a newsletter|a budget for a flat|a small web shop
    a Python script|a database migration|a unit test|a shell alias|a REST interface
    a statistics course|a presentation|a job interview|a garden pond|a bicycle repair
    a picnic for twelve|a language exchange|a home office|a stretching programme|a short story
    a data pipeline|a colour scheme|a birthday present|a charity run|a recipe collection
"""
_ASKED = (
    "How should I begin with {}?",
    "What do people usually get wrong about {}?",
    "Can you list the steps for {}?",
    "How long does {} take?",
    "What would make {} cheaper?",
    "Is it worth planning {} on paper first?",
    "Which tools help with {}?",
    "How do I explain {} to a beginner?",
    "What is a good goal for {}?",
    "How do I keep {} simple?",
    "Give me three ideas for {}.",
    "When should I stop working on {}?",
    "What could go wrong with {} in the last week?",
)
_SAID = (
    "Start small with {}: write down what you want from it and drop what you can't say in a line.",
    "Most people plan {} too far ahead; decide on the next step and look again after it.",
    "For {} the first hour matters most, because it shows what is missing.",
    "Ask somebody who has done it before to look at {} with you, and take notes.",
    "A short list is enough for {}. Cross out a point each day and don't add new ones.",
    "You can leave out half of what you read about {}; the rest comes with practice.",
    "Set an end for {} before you begin, or it will fill every evening.",
)


@dataclass(frozen=True, slots=True)
class Case:
    """A question about the message with that id; `reworded` ones share few words with it."""

    question: str
    message: str
    reworded: bool


def cases(file: Path) -> list[Case]:
    return [
        Case(fact[key], f"fact-{number}", key == "reworded")
        for number, fact in enumerate(_facts(file))
        for key in ("asked", "reworded")
    ]


def unrelated(file: Path) -> list[str]:
    """Questions that nothing in the conversation is about."""
    found: list[str] = json.loads(file.read_text(encoding="utf-8"))["unrelated"]
    return found


def conversation(file: Path) -> ImportedConversation:
    """All facts, each with an acknowledgement and a turn of talk behind it, then the talk."""
    others = talk()
    said: list[tuple[str, str, str]] = []
    for number, fact in enumerate(_facts(file)):
        said += [(f"fact-{number}", fact["said"], "Good to know, thank you for telling me.")]
        said += [next(others)]
    said += [next(others) for _ in range(TURNS_BETWEEN)]
    began = datetime(2026, 1, 5, 9, tzinfo=UTC)
    messages: list[ImportedMessage] = []
    for place, (identity, question, reply) in enumerate(said):
        time = began + timedelta(minutes=11 * place)
        before = len(messages) - 1 if messages else None
        messages.append(ImportedMessage(Role.USER, question, time, before, identity))
        reply_id, asked_at = f"{identity}-reply", len(messages) - 1
        messages.append(ImportedMessage(Role.ASSISTANT, reply, time, asked_at, reply_id))
    return ImportedConversation("Facts and talk", began, tuple(messages), len(messages) - 1)


def talk() -> Iterator[tuple[str, str, str]]:
    """An id, a question and its answer, about nothing in particular."""
    topics = [topic.strip() for line in _TOPICS.split("\n") for topic in line.split("|")]
    topics = [topic for topic in topics if topic]
    number = 0
    for round_ in range(10 * len(_ASKED)):
        for place, topic in enumerate(topics):
            asked = _ASKED[(round_ + place) % len(_ASKED)].format(topic)
            replies = (_SAID[(round_ + 2 * place + shift) % len(_SAID)] for shift in range(2))
            yield f"talk-{number}", asked, " ".join(reply.format(topic) for reply in replies)
            number += 1


def _facts(file: Path) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))["facts"]
    return found
