"""Answers that were cut off at their limit: said so, and gone on with without a seam."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chatui.models.base import GO_ON
from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.scripted_server import Exchange, Script, saying
from tests.smollm2 import NAME, put_into
from tests.tiny_gguf import CHATML, CHATML_MARKS, write_tiny_gguf

USAGE = {"prompt_tokens": 40, "completion_tokens": 2, "total_tokens": 42}


def cut_off(text: str) -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text(text)
        await exchange.finish("length")
        await exchange.usage(**USAGE)
        await exchange.done()

    return script


def test_an_answer_is_gone_on_with_as_one_turn_and_both_calls_are_booked(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(cut_off("It begins and"), saying("It begins and ends.", usage=USAGE)) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        first = shell("ask", "Tell me.", "-m", "mine/m", "--no-rag")
        done = shell("ask", "-c", "-m", "mine/m", "--no-rag", "--json")

    assert first.out == "It begins and\n"
    assert "cut off at its limit; `chatui ask -c` goes on" in first.err
    assert done.json["text"] == "It begins and ends."
    assert done.json["finish_reason"] == "stop"
    assert (done.json["usage"]["input"], done.json["usage"]["output"]) == (80, 4)
    sent = server.exchanges[1].json["messages"]
    assert [one["role"] for one in sent[-3:]] == ["user", "assistant", "user"]
    assert sent[-2]["content"] == "It begins and"
    with closing(sqlite3.connect(shell.data / "chats.db")) as chats:
        assert chats.execute("SELECT count(*) FROM turns").fetchone() == (1,)
        assert chats.execute("SELECT count(*) FROM ledger").fetchone() == (2,)


def test_what_ended_by_itself_is_left_alone(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "The question is empty" in shell("ask", "-c").err
    with running(saying("All of it.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        shell("ask", "Tell me.", "-m", "mine/m")
        done = shell("ask", "-c", "-m", "mine/m")

    assert done.code == 2
    assert "The answer ended by itself" in done.err
    assert len(server.exchanges) == 1


def test_a_call_that_is_refused_leaves_the_answer_as_it_was(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.error(401, "No.")

    with running(cut_off("Half"), refuse, saying(" and half.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        shell("ask", "Tell me.", "-m", "mine/m")
        failed = shell("ask", "-c", "-m", "mine/m")
        done = shell("ask", "-c", "-m", "mine/m")

    assert failed.code == 3
    assert done.out == "Half and half.\n"


def test_a_local_model_goes_on_as_if_it_had_not_been_cut_off(shell: Shell, smollm2: Path) -> None:
    put_into(shell.data / "models", smollm2)
    asked = ("-m", NAME, "--no-rag", "-o", "temperature", "0", "-o", "repeat_penalty", "1")

    whole = shell("ask", "Name the seasons.", *asked, "-o", "max_output_tokens", "40", "--json")
    shell("ask", "Name the seasons.", *asked, "-o", "max_output_tokens", "17")
    joined = shell("ask", "-c", *asked, "-o", "max_output_tokens", "23", "--json")

    assert joined.json["text"] == whole.json["text"]


class Prefilling:
    """Answers with `whole`, up to each of the `cuts`, from where the beginning that it is given
    ends. Told in words, it says `said` and goes on from `back` characters before."""

    def __init__(self, whole: str, cuts: list[int], *, back: int = 0, said: str = "") -> None:
        self.whole = whole
        self.cuts = [*cuts, len(whole)]
        self.back = back
        self.said = said

    async def __call__(self, exchange: Exchange) -> None:
        last = exchange.json["messages"][-2:]
        begun = last[-1]["content"] if last[-1]["role"] == "assistant" else ""
        start, before = len(begun), ""
        if last[-1]["content"] == GO_ON:
            start, before = len(last[0]["content"]) - self.back, self.said
        end = self.cuts.pop(0)
        await exchange.head()
        for piece in pieces(before + self.whole[start:end]):
            await exchange.text(piece)
        await exchange.finish("length" if end < len(self.whole) else "stop")
        await exchange.usage(**USAGE)
        await exchange.done()


def pieces(text: str) -> list[str]:
    return [text[at : at + 3] for at in range(0, len(text), 3)]


SEAMS = [
    ("The first part and the second.", 14),
    ("The first part and the second.", 13),
    ("A half-said sentence is whole.", 17),
    ("Code:\n\n```python\nprint(1)\n```\nDone.", 9),
    ("Code:\n\n```python\nprint(1)\n```\nDone.", 13),
    ("Code:\n\n```python\nif x:\n    y = 1\n```\n", 26),
    ("Code:\n\n```python\nprint(1)\n```\nDone.", 27),
    ("桌子在房间的中间，旁边有两把椅子。", 6),
    ("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |", 24),
    ("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |", 14),
    ("1. one\n2. two\n3. three", 7),
    ("One paragraph.\n\nAnother.", 15),
    ("ha ha ha ha ha ha ha ha.", 11),
    ("👩‍🚀 flies to 🇫🇷 and back.", 2),
]


@pytest.mark.parametrize(("whole", "cut"), SEAMS)
def test_a_server_that_goes_on_behind_a_beginning_leaves_no_seam(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, whole: str, cut: int
) -> None:
    with running(Prefilling(whole, [cut])) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__VLLM__BASE_URL", server.base_url)
        asked = ("-m", "vllm/m", "--no-rag")
        shell("ask", "Tell me.", *asked)
        done = shell("ask", "--continue", *asked, "--json")
        again = shell("ask", "--last")

    assert done.json["text"] == whole
    assert again.out == whole.rstrip("\n") + "\n"
    assert (done.json["usage"]["input"], done.json["usage"]["output"]) == (80, 4)
    first, second = (one.json for one in server.exchanges)
    assert second["messages"][:-1] == first["messages"]
    assert second["messages"][-1] == {"role": "assistant", "content": whole[:cut]}
    assert second["continue_final_message"] is True
    with closing(sqlite3.connect(shell.data / "chats.db")) as chats:
        assert chats.execute("SELECT kind, outcome FROM ledger").fetchall() == [
            ("reply", "complete"),
            ("reply", "complete"),
        ]


def test_an_answer_is_gone_on_with_as_often_as_it_is_cut_off(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = "One, two, three, four."
    with running(Prefilling(whole, [3, 8, 14])) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__VLLM__BASE_URL", server.base_url)
        shell("ask", "Count.", "-m", "vllm/m")
        for _ in range(3):
            done = shell("ask", "-c", "-m", "vllm/m")

    assert done.out == whole + "\n"
    assert "cut off" not in done.err
    with closing(sqlite3.connect(shell.data / "chats.db")) as chats:
        assert chats.execute("SELECT count(*) FROM ledger").fetchone() == (4,)


@pytest.mark.parametrize(("back", "said"), [(0, ""), (12, ""), (12, "Sure, continuing:\n\n")])
def test_a_server_that_is_told_in_words_leaves_no_seam_either(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, back: int, said: str
) -> None:
    whole = "It begins somewhere, and in the end it ends."
    with running(Prefilling(whole, [30], back=back, said=said)) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        shell("ask", "Tell me.", "-m", "mine/m")
        done = shell("ask", "-c", "-m", "mine/m")

    assert done.out == whole + "\n"


def test_half_a_character_at_the_limit_is_said_whole(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(cut_off("It costs 5 \ud83d"), saying("💶.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__VLLM__BASE_URL", server.base_url)
        shell("ask", "Tell me.", "-m", "vllm/m")
        done = shell("ask", "-c", "-m", "vllm/m")

    assert done.out == "It costs 5 💶.\n"
    assert server.exchanges[1].json["messages"][-1]["content"] == "It costs 5 "


def test_what_is_thought_before_and_behind_the_seam_stands_apart(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def thinking(thought: str, text: str, reason: str) -> Script:
        async def script(exchange: Exchange) -> None:
            await exchange.head()
            await exchange.delta(reasoning_content=thought)
            await exchange.text(text)
            await exchange.finish(reason)
            await exchange.done()

        return script

    scripts = thinking("First this.", "One,", "length"), thinking("Then that.", " two.", "stop")
    with running(*scripts) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__VLLM__BASE_URL", server.base_url)
        shell("ask", "Count.", "-m", "vllm/m")
        done = shell("ask", "-c", "-m", "vllm/m", "--json").json

    assert (done["text"], done["reasoning"]) == ("One, two.", "First this.\n\nThen that.")
    assert server.exchanges[1].json["messages"][-1] == {"role": "assistant", "content": "One,"}


def test_thoughts_that_took_the_whole_limit_leave_nothing_to_go_on_with(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def thinking(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.delta(reasoning_content="Hm, ")
        await exchange.finish("length")
        await exchange.done()

    with running(thinking) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__VLLM__BASE_URL", server.base_url)
        shell("ask", "Count.", "-m", "vllm/m")
        done = shell("ask", "-c", "-m", "vllm/m")

    assert done.code == 2
    assert "before its first word" in done.err
    assert len(server.exchanges) == 1


def test_a_form_is_not_gone_on_with(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "schema.json").write_text('{"type": "object"}')
    with running(cut_off('{"a": ')) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__VLLM__BASE_URL", server.base_url)
        shell("ask", "Tell me.", "-m", "vllm/m")
        done = shell("ask", "-c", "-m", "vllm/m", "--schema", "schema.json")

    assert done.code == 2
    assert "has to fit a form" in done.err
    assert len(server.exchanges) == 1


def test_a_local_model_goes_on_within_the_schema(shell: Shell, home: Path) -> None:
    way = {"enum": ["north by east", "south by west"]}
    schema = {"type": "object", "properties": {"way": way}, "required": ["way"]}
    (home / "schema.json").write_text(json.dumps(schema))
    folder = shell.data / "models"
    folder.mkdir(parents=True)
    write_tiny_gguf(folder / "tiny.gguf", context=4096, template=CHATML, marks=CHATML_MARKS)
    form = ("-m", "local/tiny", "--no-rag", "--schema", "schema.json", "--json")

    cut = shell("ask", "Which way?", *form, "-o", "max_output_tokens", "9")
    assert cut.code == 3
    assert cut.json["text"].startswith('{"way"')
    done = shell("ask", "-c", *form)

    assert done.code == 0
    assert done.json["data"]["way"] in way["enum"]
    assert done.json["text"].startswith(cut.json["text"])
    (home / "schema.json").write_text('{"type": "array", "minItems": 3}')
    again = shell("ask", "Which way?", *form, "-o", "max_output_tokens", "2")
    (home / "schema.json").write_text('{"type": "object"}')
    other = shell("ask", "-c", *form)

    assert again.code == other.code == 3
    assert "does not fit the JSON schema; ask for it anew" in other.err


def test_an_answer_whose_connection_broke_is_gone_on_with(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Half")
        await exchange.cut()

    with running(breaks, saying(" and half.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__VLLM__BASE_URL", server.base_url)
        broken = shell("ask", "Tell me.", "-m", "vllm/m")
        done = shell("ask", "-c", "-m", "vllm/m")

    assert broken.code == 3
    assert done.out == "Half and half.\n"


def test_a_dry_run_of_going_on_shows_nothing_that_is_not_sent(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(cut_off("Half")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        shell("ask", "Tell me.", "-m", "mine/m")
        done = shell("ask", "-c", "--dry-run", "-m", "mine/m")

    assert (done.code, done.out) == (2, "")
    assert "give a PROMPT" in done.err
