"""`chatui ask --batch`: many prompts, against a server that tells what it was asked."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Outcome, Shell
from tests.cli.hosted import running
from tests.cli.test_run_verb import USAGE, answering, prompt_of
from tests.llama_server import llama_running
from tests.patience import PATIENCE
from tests.scripted_server import Exchange, Script, ScriptedServer
from tests.tiny_gguf import write_tiny_gguf

ANSWERS = answering(lambda prompt: f"<{prompt}>")


class Batch:
    """A shell with a file of prompts, which a scripted server answers."""

    def __init__(self, shell: Shell, server: ScriptedServer, folder: Path) -> None:
        self.server = server
        self.file = folder / "prompts.jsonl"
        self.shell = shell

    def write(self, *prompts: str | dict[str, Any]) -> None:
        lines = [{"prompt": one} if isinstance(one, str) else one for one in prompts]
        self.file.write_text("".join(json.dumps(one) + "\n" for one in lines))

    def ask(self, *arguments: str) -> Outcome:
        return self.shell("ask", "--batch", str(self.file), *arguments)

    def resume(self, stopped: Outcome, *arguments: str) -> Outcome:
        found = re.search(r"--resume (\w+)", stopped.err)
        assert found, stopped.err
        return self.shell("ask", "--resume", found[1], *arguments)

    @property
    def asked(self) -> list[str]:
        return [prompt_of(one) for one in self.server.exchanges if one.method == "POST"]


@pytest.fixture
def batch(shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Batch]:
    folder = home / "config"
    folder.mkdir(parents=True)
    monkeypatch.setenv("CHATUI_CONFIG", str(folder / "config.toml"))
    with running(ANSWERS) as server:
        (folder / "config.toml").write_text(
            f"[chat]\nmodel = 'mine/m'\n[providers.mine]\nbase_url = '{server.base_url}'\n"
            "retries = 0\n[prices.'mine/m']\ninput = 1\noutput = 10\n"
        )
        yield Batch(shell, server, folder)


def failing(*words: str, status: int = 400, times: int = 10**6) -> Script:
    """Refuses prompts with one of the words in them, so many times."""
    left = [times]

    async def script(exchange: Exchange) -> None:
        if exchange.method == "POST" and left[0] and any(w in prompt_of(exchange) for w in words):
            left[0] -= 1
            await exchange.error(status, "That was too much")
        else:
            await ANSWERS(exchange)

    return script


def test_answers_come_in_the_order_of_the_file(batch: Batch) -> None:
    held = threading.Event()

    async def script(exchange: Exchange) -> None:
        if exchange.method == "POST" and prompt_of(exchange) == "one":
            await asyncio.to_thread(held.wait, PATIENCE)
        await ANSWERS(exchange)
        if exchange.method == "POST" and prompt_of(exchange) == "three":
            held.set()

    batch.server.script(script)
    batch.write("one", {"id": "b", "prompt": "two"}, "three")
    done = batch.ask()

    assert [(one["id"], one["line"], one["text"]) for one in done.lines] == [
        ("line-1", 1, "<one>"), ("b", 2, "<two>"), ("line-3", 3, "<three>"),
    ]  # fmt: skip
    assert done.code == 0
    assert batch.asked != ["one", "two", "three"] or held.is_set()


def test_a_line_has_the_object_of_ask(batch: Batch) -> None:
    batch.write("one")
    (line,) = batch.ask().lines

    assert line["model"] == "mine/m"
    assert line["usage"]["output"] == USAGE["completion_tokens"]
    assert (line["cost"]["amount"], line["finish_reason"]) == ("0.0002", "stop")


def test_a_file_without_braces_has_a_prompt_in_each_line(batch: Batch) -> None:
    plain = batch.file.with_suffix(".txt")
    plain.write_text("first thing\n\n  second thing\r\n", encoding="utf-8-sig")
    done = batch.shell("ask", "--batch", str(plain))

    assert [(one["line"], one["text"]) for one in done.lines] == [
        (1, "<first thing>"), (3, "<second thing>"),
    ]  # fmt: skip


def test_prompts_may_be_piped_in(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"prompt": "piped"}\n')))
    done = batch.shell("ask", "--batch", "-")

    assert [one["text"] for one in done.lines] == ["<piped>"]


def test_no_more_than_the_jobs_are_asked_at_a_time(batch: Batch) -> None:
    under_way, most = 0, 0

    async def script(exchange: Exchange) -> None:
        nonlocal under_way, most
        under_way += exchange.method == "POST"
        most = max(most, under_way)
        await ANSWERS(exchange)
        under_way -= exchange.method == "POST"

    batch.server.script(script)
    batch.write(*(f"p{n}" for n in range(12)))
    batch.ask("--jobs", "1")
    alone, most = most, 0
    batch.ask("--jobs", "3")

    assert alone == 1
    assert most <= 3


def test_progress_tells_how_far_it_is_what_it_cost_and_what_is_left(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A log gets a line every few seconds; here all of them.
    monkeypatch.setattr("chatui.cli.progress.PLAIN_SECONDS", -1.0)
    batch.write("one", "two", "three")
    told = batch.ask("--jobs", "1").err.splitlines()

    assert re.fullmatch(r"1/3 · \$0\.0002 · \d+ s left", told[0])
    assert told[2] == "3/3 · $0.0006"
    assert told[3] == "3 of 3 answered · $0.0006"


def test_a_line_names_its_own_system_prompt_profile_and_model(batch: Batch) -> None:
    profiles = batch.file.parent / "profiles"
    profiles.mkdir()
    (profiles / "job.toml").write_text('system = "Speak {{ language }}."\n[vars]\nlanguage = "x"\n')
    batch.write(
        {"prompt": "a", "system": "Be brief."},
        {"prompt": "b", "profile": "job", "vars": {"language": "French"}},
        {"prompt": "c", "model": "mine/other"},
    )
    batch.ask("--no-rag", "--jobs", "1")

    sent = [one.json for one in batch.server.exchanges if one.method == "POST"]
    first = [one["messages"][0]["content"] for one in sent]
    assert first[:2] == ["Be brief.", "Speak French."]
    assert first[2] not in first[:2]
    assert [one["model"] for one in sent] == ["m", "m", "other"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"prompt": "a"', "this is no JSON"),
        ("[1]", "this is no object"),
        ("{}", "there is no prompt"),
        ('{"prompt": " "}', "there is no prompt"),
        ('{"prompt": 3}', "prompt is no text"),
        ('{"promt": "a"}', "there is no key promt; did you mean prompt?"),
        ('{"prompt": "a", "vars": []}', "vars is no object"),
        ('{"prompt": "a", "id": 1.5}', "the id is neither"),
        ('{"prompt": "a", "id": "first"}', "the id first is that of line 1 too"),
        ('{"custom_id": "x", "body": {}}', "OpenAI's batch files"),
        ('{"prompt": "a", "profile": "nobody"}', "nobody"),
        ('{"prompt": "a", "model": "nowhere/m"}', "nowhere"),
        ('{"prompt": "a", "vars": {"x": "1"}}', "name the profile"),
    ],
)
def test_a_bad_line_is_told_with_its_place_before_anything_is_asked(
    batch: Batch, line: str, reason: str
) -> None:
    batch.file.write_text('{"id": "first", "prompt": "one"}\n' + line + "\n")
    done = batch.ask()

    assert (done.code, done.out, batch.asked) == (2, "", [])
    assert "prompts.jsonl, line 2: " in done.err
    assert reason in done.err


@pytest.mark.parametrize(
    "prompt",
    [
        "a lone \\ud800 surrogate",
        "a zero \\u0000 byte",
        "an escape \\u001b]52;c;aGk=\\u0007 sequence",
        "an end of a line \u2028 that JSON may hold",
        "long " * 2_000,
    ],
    ids=["surrogate", "zero", "escape", "separator", "long"],
)
def test_whatever_a_prompt_holds_is_asked_answered_and_kept(batch: Batch, prompt: str) -> None:
    batch.server.script(failing("bad"))
    batch.file.write_text(f'{{"prompt": "{prompt}"}}\n{{"prompt": "bad"}}\n', encoding="utf-8")
    stopped = batch.ask()
    before = len(batch.asked)
    again = batch.resume(stopped)

    assert stopped.lines[0]["text"]
    assert again.lines[0]["text"] == stopped.lines[0]["text"]
    assert set(batch.asked[before:]) == {"bad"}
    assert "\x1b" not in stopped.out + stopped.err


def test_what_auto_means_is_settled_once_for_a_batch(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = batch.file.with_name("config.toml")
    config.write_text(config.read_text().replace("[chat]\nmodel = 'mine/m'\n", "")
                      .replace("retries = 0", "retries = 0\napi_key_env = 'A_KEY'"))  # fmt: skip
    monkeypatch.setenv("A_KEY", "k")
    batch.shell("ask", "-m", "mine/m", "something", "--no-rag")
    batch.server.script(failing("bad"))
    batch.write("one", "bad")
    stopped = batch.ask()
    batch.server.script(ANSWERS)
    batch.shell("ask", "-m", "mine/other", "something else", "--no-rag")
    before = len(batch.asked)
    batch.resume(stopped)

    assert batch.asked[before:] == ["bad"]


def test_a_file_that_is_not_there_empty_or_no_text_is_told(batch: Batch) -> None:
    assert "There is no file" in batch.ask().err
    batch.file.write_text("\n \n")
    assert "has no prompts" in batch.ask().err
    batch.file.write_bytes(b'{"prompt": "a"}\n{"prompt": "\xff"}\n')
    assert "prompts.jsonl, line 2: this is no UTF-8" in batch.ask().err


@pytest.mark.parametrize("beside", [["hello"], ["-c"], ["-x"], ["--last"], ["-m", "a", "-m", "b"]])
def test_what_has_no_meaning_for_a_batch_is_refused(batch: Batch, beside: list[str]) -> None:
    batch.write("one")
    done = batch.ask(*beside)

    assert (done.code, batch.asked) == (2, [])


def test_a_line_that_fails_is_asked_once_more_behind_the_others(batch: Batch) -> None:
    batch.server.script(failing("bad", times=1))
    batch.write("bad", "good")
    done = batch.ask("--jobs", "1")

    assert batch.asked == ["bad", "good", "bad"]
    assert [one["text"] for one in done.lines] == ["<bad>", "<good>"]
    assert done.code == 0


def test_what_fails_twice_is_listed_and_the_rest_is_answered(batch: Batch) -> None:
    batch.server.script(failing("bad"))
    batch.write("one", {"id": "x", "prompt": "bad"}, "three")
    done = batch.ask()

    assert done.code == 1
    assert [one["text"] for one in done.lines] == ["<one>", "", "<three>"]
    assert "That was too much" in done.lines[1]["error"]["message"]
    assert "line 2 (x): " in done.err
    assert "2 of 3 answered · 1 failed" in done.err


def test_a_provider_that_answers_nothing_is_given_up(batch: Batch) -> None:
    batch.server.script(failing("p"))
    batch.write(*(f"p{n}" for n in range(40)))
    done = batch.ask("--jobs", "1")

    assert done.code == 3
    assert len(batch.asked) < 20
    assert "not asked to the end" in done.err


def test_a_refused_key_ends_the_batch_at_once(batch: Batch) -> None:
    batch.server.script(failing("p", status=401))
    batch.write(*(f"p{n}" for n in range(9)))
    done = batch.ask("--jobs", "1")

    assert (done.code, len(batch.asked)) == (3, 1)


def test_going_on_asks_what_is_missing_alone_and_prints_all(batch: Batch) -> None:
    batch.server.script(failing("bad"))
    batch.write("one", "bad", "three")
    stopped = batch.ask()
    batch.server.script(ANSWERS)
    before = len(batch.asked)
    batch.file.unlink()
    done = batch.resume(stopped)

    assert batch.asked[before:] == ["bad"]
    assert [one["text"] for one in done.lines] == ["<one>", "<bad>", "<three>"]
    assert (done.code, "(2 of them before)" in done.err) == (0, True)


def test_a_changed_file_asks_the_changed_lines_alone(batch: Batch) -> None:
    batch.server.script(failing("bad"))
    batch.write("one", "bad", "three")
    stopped = batch.ask()
    batch.server.script(ANSWERS)
    before = len(batch.asked)
    batch.write("new", "one", "mended", "three")
    done = batch.resume(stopped, "--batch", str(batch.file))

    assert sorted(batch.asked[before:]) == ["mended", "new"]
    assert [one["text"] for one in done.lines] == ["<new>", "<one>", "<mended>", "<three>"]


def test_other_settings_ask_anew(batch: Batch) -> None:
    batch.server.script(failing("bad"))
    batch.write("one", "bad")
    stopped = batch.ask()
    batch.server.script(ANSWERS)
    before = len(batch.asked)
    batch.resume(stopped, "-s", "Be brief.")

    assert sorted(batch.asked[before:]) == ["bad", "one"]


def test_an_interrupted_batch_says_how_to_go_on(batch: Batch) -> None:
    async def script(exchange: Exchange) -> None:
        if exchange.method == "POST" and prompt_of(exchange) == "two":
            await exchange.head()
            await exchange.text("half")
            os.kill(os.getpid(), signal.SIGINT)
            await exchange.until_the_client_leaves()
        else:
            await ANSWERS(exchange)

    batch.server.script(script)
    batch.write("one", "two", "three")
    stopped = batch.ask("--jobs", "1")
    batch.server.script(ANSWERS)
    before = len(batch.asked)
    done = batch.resume(stopped)

    assert stopped.code == 130
    assert [one["text"] for one in stopped.lines] == ["<one>"]
    assert sorted(batch.asked[before:]) == ["three", "two"]
    assert [one["text"] for one in done.lines] == ["<one>", "<two>", "<three>"]


def test_a_killed_batch_pays_no_finished_line_again(batch: Batch) -> None:
    reached = threading.Event()

    async def script(exchange: Exchange) -> None:
        if exchange.method == "POST" and prompt_of(exchange) == "two":
            await exchange.head()
            await exchange.text("half")
            reached.set()
            await exchange.until_the_client_leaves()
        else:
            await ANSWERS(exchange)

    batch.server.script(script)
    batch.write("one", "two")
    command = [sys.executable, "-m", "chatui", "ask", "--batch", str(batch.file), "--jobs", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    assert reached.wait(PATIENCE)
    first = json.loads(process.stdout.readline())
    process.kill()
    process.communicate()
    batch.server.script(ANSWERS)
    (run,) = batch.shell("run", "--json").json["runs"]
    before = len(batch.asked)
    done = batch.shell("ask", "--resume", run["run"])

    assert (first["text"], run["batch"]) == ("<one>", True)
    assert batch.asked[before:] == ["two"]
    assert [one["text"] for one in done.lines] == ["<one>", "<two>"]


def test_the_limit_holds_for_calls_at_the_same_time_and_for_earlier_tries(batch: Batch) -> None:
    batch.write(*(f"p{n}" for n in range(12)))
    stopped = batch.ask("--max-cost", "0.0011", "--jobs", "4", "-o", "max_output_tokens", "20")
    again = batch.resume(stopped)
    spent = sum(Decimal(one["cost"]["amount"]) for one in again.lines if one.get("text"))
    done = batch.resume(stopped, "--max-cost", "1")

    assert (stopped.code, again.code, done.code) == (4, 4, 0)
    assert 0 < spent <= Decimal("0.0011")
    assert [one["text"] for one in done.lines] == [f"<p{n}>" for n in range(12)]


def test_every_line_is_a_booked_call_with_its_record(batch: Batch) -> None:
    batch.write("one", "two")
    batch.ask()

    logged = batch.shell("logs", "--json").lines
    assert [(one["kind"], one["outcome"]) for one in logged] == [("reply", "complete")] * 2
    with sqlite3.connect(batch.shell.data / "chats.db") as db:
        assert db.execute("SELECT count(*) FROM ledger").fetchone() == (2,)


def test_a_batch_is_one_conversation_in_the_list(batch: Batch) -> None:
    batch.write("one", "two", "three")
    batch.ask()

    assert batch.shell("sessions", "list").out.count("\n") <= 2


def test_removing_its_conversation_removes_what_is_kept(batch: Batch) -> None:
    batch.write("one")
    (line,) = batch.ask().lines
    batch.shell("sessions", "remove", line["conversation"], "--yes")
    batch.write("two")
    batch.ask()

    assert len(list(batch.shell.data.rglob("runs/*.lines"))) == 1


def test_dry_run_tells_the_number_the_tokens_and_both_prices(batch: Batch) -> None:
    batch.write("one two three", "four")
    done = batch.ask("--dry-run", "-o", "max_output_tokens", "1000", "--json").json

    assert (batch.asked, done["prompts"], done["models"]) == ([], 2, {"mine/m": 2})
    now, batched = Decimal(done["cost"]["amount"]), Decimal(done["batch_cost"]["amount"])
    assert Decimal("0.02") < now < Decimal("0.021")
    assert batched * 2 == now
    assert "2 prompts: 2 for mine/m" in batch.ask("--dry-run").out


def test_answers_are_held_to_a_schema(batch: Batch) -> None:
    batch.server.script(answering(lambda prompt: '{"n": 1}'))
    schema = batch.file.with_name("schema.json")
    schema.write_text(json.dumps({"type": "object", "properties": {"n": {"type": "integer"}}}))
    batch.write("one")

    (line,) = batch.ask("--schema", str(schema)).lines
    assert line["data"] == {"n": 1}


def test_a_chain_and_a_batch_are_gone_on_with_by_their_own_verbs(batch: Batch) -> None:
    batch.server.script(failing("bad"))
    batch.write("bad", "good")
    stopped = batch.ask()
    found = re.search(r"--resume (\w+)", stopped.err)
    assert found

    assert "chatui ask --resume" in batch.shell("run", "--resume", found[1]).err
    assert "(batch) prompts.jsonl" in batch.shell("run").out


def test_filters_hold_for_each_line(batch: Batch) -> None:
    config = batch.file.with_name("config.toml")
    (batch.file.parent / "words.txt").write_text("secret\n")
    config.write_text(
        config.read_text().replace("retries = 0\n", "retries = 0\nfilters = ['f']\n")
        + "[filters.f]\nwords = ['words.txt']\naction = 'block'\n"
    )
    batch.write("a secret", "fine")
    done = batch.ask()

    assert batch.asked == ["fine"]
    assert (done.code, done.lines[0]["error"]["kind"]) == (1, "FilterBlocked")


def test_a_real_server_answers_a_batch(
    shell: Shell, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts = home / "prompts.txt"
    prompts.write_text("\n".join(f"number {n}" for n in range(6)))
    # By default this server ends a reply as soon as another one is asked for.
    tiny = write_tiny_gguf(tmp_path / "tiny.gguf")
    with llama_running(tiny, "--interrupt_requests", "false") as url:
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        done = shell("ask", "--batch", str(prompts), "-m", "openai/tiny", "-o",
                     "max_output_tokens", "8", "--no-rag")  # fmt: skip

    assert (done.code, [one["line"] for one in done.lines]) == (0, [1, 2, 3, 4, 5, 6])
    assert {one["finish_reason"] for one in done.lines} <= {"stop", "length"}


def test_a_batch_runs_on_a_model_of_this_machine(shell: Shell, home: Path) -> None:
    models = shell.data / "models"
    models.mkdir(parents=True)
    write_tiny_gguf(models / "tiny.gguf")
    prompts = home / "prompts.txt"
    prompts.write_text("a\nb\nc\n")
    done = shell("ask", "--batch", str(prompts), "-m", "local/tiny", "-o",
                 "max_output_tokens", "8", "--no-rag")  # fmt: skip

    assert (done.code, len(done.lines)) == (0, 3)


def test_what_is_kept_is_for_the_user_alone(batch: Batch) -> None:
    batch.write("one")
    batch.ask()

    files = [one for one in batch.shell.data.rglob("runs/*") if one.is_file()]
    assert {one.suffix for one in files} >= {".json", ".lines", ".calls"}
    assert {one.stat().st_mode & 0o777 for one in files} == {0o600}
    with sqlite3.connect(batch.shell.data / "chats.db") as db:
        assert db.execute("SELECT count(*) FROM turns").fetchone() == (1,)


def test_a_line_whose_model_lacks_its_key_is_told_before_any_is_asked(batch: Batch) -> None:
    batch.write("one", {"prompt": "two", "model": "openai/gpt-5-mini"})
    done = batch.ask()

    assert done.code == 3
    assert "prompts.jsonl, line 2: openai/gpt-5-mini can't answer yet" in done.err
    assert "set OPENAI_API_KEY" in done.err
    assert batch.asked == []


def test_what_a_line_without_its_key_would_cost_is_foretold_all_the_same(batch: Batch) -> None:
    batch.write({"prompt": "two", "model": "openai/gpt-5-mini"})

    assert batch.ask("--dry-run").code == 0
