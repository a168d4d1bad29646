"""What conversations are called before anyone names them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from chatui.assistant.prompt import attach
from chatui.memory.records import StoredTurn
from chatui.memory.store.store import ChatStore
from chatui.memory.store.titles import title_from

Ask = Callable[..., Awaitable[StoredTurn]]


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Hi, can you explain how a heart works?", "How a heart works"),
        ("Could you please write a poem about cats? Thanks!", "Write a poem about cats"),
        ("Kannst du mir bitte erklären, wie ein Herz schlägt?", "Wie ein Herz schlägt"),
        ("Bonjour, pouvez-vous m'expliquer le prêt à taux zéro ?", "Le prêt à taux zéro"),
        ("¿Puedes explicarme cómo vuela un avión?", "Cómo vuela un avión"),
        ("你好！你能帮我写一首关于春天的诗吗？", "写一首关于春天的诗"),
        ("Pythonでリストを並べ替える方法を教えてください。", "Pythonでリストを並べ替える方法"),
        ("Привет! Как работает сердце?", "Как работает сердце?"),
    ],
)
def test_a_title_leaves_courtesies_out(question: str, title: str) -> None:
    assert title_from(question) == title


@pytest.mark.parametrize("question", ["Hi", "Hello! How are you?", "你好", "Guten Tag!", "Thanks"])
def test_a_greeting_is_no_title(question: str) -> None:
    assert title_from(question) == ""


@pytest.mark.parametrize("question", ["Can you?", "why", "Tell me", "请问"])
def test_where_only_a_courtesy_was_said_it_is_the_title(question: str) -> None:
    assert title_from(question) == question


def test_words_before_and_after_code_are_preferred_to_the_code() -> None:
    code = "```python\ndef parse(number):\n    return number\n```"
    assert title_from(f"{code}\nWhy does this fail?") == "Why does this fail?"
    assert title_from(code) == "def parse(number):".rstrip(":")


def test_the_sentence_that_tells_most_is_the_title() -> None:
    question = "I need help. Why does nginx lose its certificates after a reload?"
    assert title_from(question) == "Why does nginx lose its certificates after a reload?"


def test_attached_files_give_no_title() -> None:
    question = attach("What is in it?", [("x.md", "Otters hold hands while they sleep at sea.")])
    assert title_from(question) == "What is in it?"


def test_a_hostile_question_is_entitled_at_once() -> None:
    assert title_from("please " * 2_000 + " \t" * 5_000 + "," * 5_000)


async def test_a_conversation_that_begins_with_a_greeting_is_named_by_what_follows(
    store: ChatStore, ask: Ask
) -> None:
    conversation = (await store.create()).id
    await ask(conversation, "Hello!")
    assert (await store.load(conversation)).title == ""
    await ask(conversation, "How does a heart work?")
    assert (await store.load(conversation)).title == "How does a heart work?"


async def test_editing_the_first_question_renames_the_conversation(
    store: ChatStore, ask: Ask
) -> None:
    conversation = (await store.create()).id
    await ask(conversation, "What do cats eat?")
    await ask(conversation, "What do dogs eat?", parent=None)
    assert (await store.load(conversation)).title == "What do dogs eat?"


async def test_a_name_that_the_user_gave_stays(store: ChatStore, ask: Ask) -> None:
    conversation = (await store.create()).id
    await ask(conversation, "What do cats eat?")
    await store.rename(conversation, "Felines")
    await ask(conversation, "What do dogs eat?", parent=None)
    assert (await store.load(conversation)).title == "Felines"


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("@docs/lease.pdf What is the notice period?", "What is the notice period?"),
        ("What is the notice period in @docs/lease.pdf?", "What is the notice period?"),
        ("Compare the notice periods of @a.pdf and @b.pdf.", "Compare the notice periods"),
        ('Which clauses matter in @"my papers/lease.pdf"', "Which clauses matter"),
        ("Compare @a.pdf with @b.pdf", "Compare a.pdf with b.pdf"),
        ("Summarise @docs/lease.pdf", "Summarise lease.pdf"),
        ("@docs/lease.pdf", "lease.pdf"),
        ('@"my papers/"', "my papers"),
        ("总结一下 @文件/租约.pdf 的通知期限", "总结一下 的通知期限"),
        ("What did @anna say about the lease?", "What did @anna say about the lease?"),
        ("Write to jane@example.com about the lease", "Write to jane@example.com about the lease"),
    ],
)
def test_a_title_leaves_paths_of_files_out(question: str, title: str) -> None:
    assert title_from(question) == title
