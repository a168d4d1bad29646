"""The chat in lines, as a pipe drives it: what is written, once and in order."""

from __future__ import annotations

import io
import random
import string
import threading
from collections.abc import Callable

import pytest

from chatui.cli.plain_commands import COMMANDS
from chatui.cli.plain_reply import LONGEST, Sentences
from chatui.cli.verbs import VERBS
from tests.cli.conftest import Outcome, Shell
from tests.cli.hosted import running
from tests.scripted_server import Exchange, Script, saying

USAGE = {"prompt_tokens": 40, "completion_tokens": 2, "total_tokens": 42}
Chat = Callable[..., Outcome]


@pytest.fixture
def chat(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Chat:
    """Runs `chatui --plain` over lines that are piped in."""

    def run(*lines: str, arguments: tuple[str, ...] = ("-m", "mine/m")) -> Outcome:
        piped = io.BytesIO("".join(f"{line}\n" for line in lines).encode())
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(piped))
        return shell("--plain", *arguments)

    return run


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    def over(url: str) -> None:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", url)
        monkeypatch.setenv("CHATUI_RETRIEVAL__ENABLED", "false")

    return over


def test_each_line_is_asked_and_each_answer_written_once(
    chat: Chat, served: Callable[[str], None]
) -> None:
    with running(saying("One. ", "Two."), saying("Three.")) as server:
        served(server.base_url)
        done = chat("First?", "", "Second?")

    assert done.code == 0
    assert done.out.count("One. Two.\n") == 1
    assert done.out.index("One. Two.") < done.out.index("Three.")
    assert [one.json["messages"][-1]["content"] for one in server.exchanges] == [
        "First?",
        "Second?",
    ]
    assert "\x1b" not in done.out + done.err


def test_the_price_is_told_before_and_the_figures_behind(
    shell: Shell, chat: Chat, served: Callable[[str], None]
) -> None:
    config = shell.home / "priced.toml"
    config.write_text('[prices."mine/*"]\ninput = 100.0\noutput = 1000.0\n')
    with running(saying("Yes.", usage=USAGE)) as server:
        served(server.base_url)
        done = chat("Is it?", arguments=("-m", "mine/m", "--config", str(config)))

    lines = done.out.splitlines()
    at = lines.index("Yes.")
    assert lines[at - 1].startswith("Sending about ")
    assert lines[at - 1].count("$") == 1
    assert lines[at + 1].startswith("mine/m: 40 tokens in, 2 out, $0.0060; this chat $0.0060")


def test_a_line_that_ends_with_a_backslash_goes_on(
    chat: Chat, served: Callable[[str], None]
) -> None:
    with running(saying("Yes.")) as server:
        served(server.base_url)
        chat("First\\", "second")

    assert server.exchanges[0].json["messages"][-1]["content"] == "First\nsecond"


def test_a_reply_that_fails_is_told_and_the_chat_goes_on(
    chat: Chat, served: Callable[[str], None]
) -> None:
    async def refusing(exchange: Exchange) -> None:
        await exchange.head(400, {"Content-Type": "application/json"})
        await exchange.raw(b'{"error": {"message": "no such thing"}}')
        await exchange.end()

    scripts: tuple[Script, ...] = (refusing,)
    with running(*scripts, saying("Now it does.")) as server:
        served(server.base_url)
        done = chat("Try.", "/retry")

    assert "no such thing" in done.err
    assert "Now it does." in done.out
    assert done.code == 0


def test_thoughts_are_told_to_be_there_and_kept_apart(
    chat: Chat, served: Callable[[str], None]
) -> None:
    async def thinking(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.delta(reasoning_content="Let me see.")
        await exchange.text("Yes.")
        await exchange.finish()
        await exchange.done()

    with running(thinking) as server:
        served(server.base_url)
        done = chat("Is it?")

    assert "Thinking …\nThe answer:\nYes.\n" in done.out
    assert "Let me see." not in done.out


def test_a_question_can_be_asked_anew_in_the_place_of_the_last(
    chat: Chat, served: Callable[[str], None]
) -> None:
    with running(saying("One."), saying("Two.")) as server:
        served(server.base_url)
        done = chat("First?", "/edit Another?", "/undo")

    sent = server.exchanges[1].json["messages"]
    assert [one["content"] for one in sent if one["role"] == "user"] == ["Another?"]
    assert done.out.rstrip().endswith("You: First?\nOne.")


def test_conversations_are_named_by_numbers_and_gone_on_with(
    chat: Chat, served: Callable[[str], None]
) -> None:
    with running(saying("One."), saying("Two.")) as server:
        served(server.base_url)
        chat("First?")
        done = chat("/resume", "/resume 1", "Second?")

    assert "1. First?, 1 turn, " in done.out
    said = [
        one["content"] for one in server.exchanges[1].json["messages"] if one["role"] != "system"
    ]
    assert said == ["First?", "One.", "Second?"]


def test_what_was_chosen_comes_back_with_the_conversation(
    chat: Chat, served: Callable[[str], None]
) -> None:
    with running(saying("Yes.")) as server:
        served(server.base_url)
        chat("/system Be kind.", "First?")
        chat("Second?", arguments=("-m", "mine/m", "-c"))

    first = [one.json["messages"][0]["content"] for one in server.exchanges]
    assert first == ["Be kind.", "Be kind."]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("/nosuch", "There is no command /nosuch"),
        ("/modle", "did you mean /model?"),
        ("/retry", "Nothing was asked yet."),
        ("/edit", "Nothing was asked yet."),
        ("/continue", "Nothing was asked yet."),
        ("/sources", "Nothing was asked yet."),
        ("/undo", "There is nothing to take back."),
        ("/title Name", "There is nothing to rename yet"),
        ("/rag nowhere", "There is no collection nowhere"),
        ("/resume nowhere", "nowhere"),
        ("/profile nosuch", "nosuch"),
    ],
)
def test_what_a_command_cannot_do_is_a_sentence(chat: Chat, line: str, sentence: str) -> None:
    done = chat(line, arguments=())

    assert sentence in done.err
    assert done.code == 0


def test_help_says_every_command_and_every_verb(chat: Chat) -> None:
    done = chat("/help", arguments=())

    assert all(f"/{name}" in done.out for name in [*COMMANDS, *VERBS, "quit"])


def test_commands_of_the_chat_are_none_of_the_shell() -> None:
    assert not COMMANDS.keys() & VERBS.keys()


def test_quit_leaves_what_follows_unasked(chat: Chat, served: Callable[[str], None]) -> None:
    with running(saying("One.")) as server:
        served(server.base_url)
        done = chat("/quit", "Never asked.")

    assert (done.code, server.exchanges) == (0, [])


def test_nothing_of_it_stays_behind(chat: Chat) -> None:
    chat(arguments=())

    assert "chatui-loop" not in {thread.name for thread in threading.enumerate()}


def test_sentences_come_whole_and_nothing_is_lost() -> None:
    draw = random.Random(7)
    text = "".join(draw.choice(string.ascii_letters + " .\n。!?") for _ in range(4_000))
    sentences, given, at = Sentences(), [], 0
    while at < len(text):
        size = draw.randrange(1, 12)
        given.append(sentences.feed(text[at : at + size]))
        at += size
    given.append(sentences.finish())

    assert "".join(given) == text
    assert all(piece.endswith(("\n", " ", "。", "！", "？")) for piece in given[:-1] if piece)


def test_a_text_without_ends_is_not_held_back_for_ever() -> None:
    sentences = Sentences()
    given = [sentences.feed("word ") for _ in range(1 + LONGEST // 5)]

    assert given[-1]


def test_a_model_without_its_key_is_told_at_the_start_and_at_the_switch(
    chat: Chat, served: Callable[[str], None]
) -> None:
    served("http://127.0.0.1:1/v1")
    lacking = "can't answer yet: openai needs an API key; set OPENAI_API_KEY"
    done = chat("/model openai/gpt-5-nano", arguments=("-m", "openai/gpt-5-mini"))

    assert f"openai/gpt-5-mini {lacking}" in done.out
    assert f"openai/gpt-5-nano {lacking}" in done.out


def test_documents_are_limited_to_a_file_which_ask_heeds_when_it_goes_on(
    library: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = b"/rag only lease.txt\nHow long is the notice?\n/rag\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines)))
    done = library("--plain", "-m", "builtin/extract")
    assert done.out.count("Answers look only into lease.txt; /rag all ends that.") == 2

    monkeypatch.setattr("sys.stdin", None)
    asked = library("ask", "-c", "--json", "How is the help screen opened?")
    assert {one["source"] for one in asked.json["sources"]} <= {"lease.txt"}
    anywhere = library("ask", "-c", "--collection", "default", "--json", "How is help opened?")
    assert "keys.md" in {one["source"] for one in anywhere.json["sources"]}
