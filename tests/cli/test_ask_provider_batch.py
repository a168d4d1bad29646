"""`chatui ask --provider-batch` and `--collect`, against batch endpoints that a test scripts: in
OpenAI's published form and in Anthropic's."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Outcome, Shell
from tests.cli.hosted import running
from tests.cli.test_run_verb import answering
from tests.otlp_receiver import receiving
from tests.patience import PATIENCE
from tests.scripted_server import Exchange

LIVE = answering(lambda prompt: f"live <{prompt}>")
SPENT = {"prompt_tokens": 1000, "completion_tokens": 100}


@dataclass
class Provider:
    """A provider's batch endpoint, in its memory."""

    status: str = "completed"
    missing: set[str] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)
    refuses: int = 0
    requests: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    headers: list[Any] = field(default_factory=list)
    answer: str = "<{}>"
    without_file: bool = False

    async def __call__(self, exchange: Exchange) -> None:
        path = exchange.path.removeprefix("/v1")
        self.paths.append(f"{exchange.method} {path}")
        self.headers.append(exchange.headers)
        if self.refuses and path in {"/files", "/messages/batches"}:
            await exchange.error(self.refuses, "We do not do this")
        elif path == "/files":
            self.requests = uploaded(exchange)
            await exchange.answer(200, {"id": "file-in", "object": "file"})
        elif path == "/batches":
            assert exchange.json["input_file_id"] == "file-in"
            assert exchange.json["endpoint"] == "/v1/chat/completions"
            await exchange.answer(200, {"id": "batch_1", "status": "validating"})
        elif path == "/batches/batch_1":
            await exchange.answer(200, self.openai_batch())
        elif path == "/files/file-out/content":
            await exchange.answer(200, lines(self.openai_answers(failed=False)))
        elif path == "/files/file-err/content":
            await exchange.answer(200, lines(self.openai_answers(failed=True)))
        elif path == "/messages/batches":
            self.requests = exchange.json["requests"]
            await exchange.answer(200, {"id": "msgbatch_1", "processing_status": "in_progress"})
        elif path == "/messages/batches/msgbatch_1":
            counts = {"processing": 0, "succeeded": len(self.requests)}
            batch = {"id": "msgbatch_1", "processing_status": self.status, "request_counts": counts}
            await exchange.answer(200, batch)
        elif path == "/messages/batches/msgbatch_1/results":
            await exchange.answer(200, lines(self.anthropic_results()))
        else:
            await LIVE(exchange)

    def openai_batch(self) -> dict[str, Any]:
        batch: dict[str, Any] = {"id": "batch_1", "status": self.status}
        batch["request_counts"] = {"total": len(self.requests), "completed": 1, "failed": 0}
        if self.status == "failed":
            batch["errors"] = {"data": [{"code": "bad", "message": "Line 1 is too long"}]}
        elif self.status in {"completed", "expired", "cancelled"} and not self.without_file:
            batch |= {"output_file_id": "file-out", "error_file_id": "file-err"}
        return batch

    def openai_answers(self, *, failed: bool) -> Iterator[dict[str, Any]]:
        # Backwards: no order is promised.
        for one in reversed(self.requests):
            prompt = one["body"]["messages"][-1]["content"]
            if prompt in self.missing or (prompt in self.failing) is not failed:
                continue
            head = {"id": "x", "custom_id": one["custom_id"], "error": None}
            if failed:
                body: dict[str, Any] = {"error": {"message": f"no word on {prompt}"}}
                yield head | {"response": {"status_code": 400, "body": body}}
                continue
            message = {"role": "assistant", "content": self.answer.format(prompt)}
            body = {"choices": [{"message": message, "finish_reason": "stop"}], "usage": SPENT}
            yield head | {"response": {"status_code": 200, "body": body}}
        if failed:
            for one in self.requests if self.status == "expired" else ():
                if one["body"]["messages"][-1]["content"] in self.missing:
                    error = {"code": "batch_expired", "message": "It came too late"}
                    yield {"custom_id": one["custom_id"], "response": None, "error": error}

    def anthropic_results(self) -> Iterator[dict[str, Any]]:
        for one in reversed(self.requests):
            prompt = one["params"]["messages"][-1]["content"]
            result: dict[str, Any] = {"type": "expired"}
            if prompt in self.failing:
                error = {"type": "invalid_request_error", "message": "That is wrong"}
                result = {"type": "errored", "error": {"type": "error", "error": error}}
            elif prompt not in self.missing:
                content = [
                    {"type": "thinking", "thinking": "hm"},
                    {"type": "text", "text": f"<{prompt}>"},
                ]
                usage = {"input_tokens": 1000, "output_tokens": 100}
                message = {"content": content, "stop_reason": "end_turn", "usage": usage}
                result = {"type": "succeeded", "message": message}
            yield {"custom_id": one["custom_id"], "result": result}


def uploaded(exchange: Exchange) -> list[dict[str, Any]]:
    """The lines of the file in a form."""
    boundary = re.search(r"boundary=(\w+)", exchange.headers["content-type"])
    assert boundary
    parts = exchange.body.split(b"--" + boundary[1].encode())
    fields = [one.partition(b"\r\n\r\n") for one in parts[1:-1]]
    assert [b'name="purpose"' in head for head, _, _ in fields] == [True, False]
    assert fields[0][2].strip() == b"batch"
    assert b'filename="batch.jsonl"' in fields[1][0]
    return [json.loads(line) for line in fields[1][2].splitlines() if line.strip()]


def lines(values: Iterator[dict[str, Any]]) -> str:
    return "".join(json.dumps(one) + "\n" for one in values)


class Sent:
    """A shell whose provider has a batch endpoint, with a file of prompts."""

    def __init__(self, shell: Shell, provider: Provider, folder: Path, model: str) -> None:
        self.shell = shell
        self.provider = provider
        self.model = model
        self.file = folder / "prompts.txt"
        self.file.write_text("one\ntwo\nthree\n")

    def send(self, *arguments: str) -> Outcome:
        return self.shell(
            "ask", "--batch", str(self.file), "--provider-batch", "-m", self.model, "--no-rag",
            *arguments,
        )  # fmt: skip

    def collect(self, sent: Outcome) -> Outcome:
        return self.shell("ask", "--collect", self.run(sent))

    def run(self, sent: Outcome) -> str:
        found = re.search(r"--(?:collect|resume) (\w+)", sent.err)
        assert found, sent.err
        return found[1]

    @property
    def prompts(self) -> list[str]:
        bodies = [one.get("body") or one["params"] for one in self.provider.requests]
        return [one["messages"][-1]["content"] for one in bodies]

    def booked(self) -> list[tuple[str, str]]:
        with sqlite3.connect(self.shell.data / "chats.db") as db:
            return db.execute("SELECT kind, price FROM ledger").fetchall()


def sent_to(name: str, shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    folder = home / "config"
    folder.mkdir(parents=True)
    monkeypatch.setenv("CHATUI_CONFIG", str(folder / "config.toml"))
    monkeypatch.setenv("A_KEY", "sk-secret")
    provider = Provider(status="ended" if name == "anthropic" else "completed")
    with running(provider) as server:
        (folder / "config.toml").write_text(
            f"[providers.{name}]\nbase_url = '{server.base_url}'\napi_key_env = 'A_KEY'\n"
            f"retries = 0\n[prices.'{name}/m']\ninput = 1\noutput = 10\n"
        )
        yield Sent(shell, provider, folder, f"{name}/m")


@pytest.fixture
def sent(shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    yield from sent_to("mine", shell, home, monkeypatch)


@pytest.fixture
def anthropic(shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    yield from sent_to("anthropic", shell, home, monkeypatch)


def test_the_prompts_are_uploaded_and_the_answers_come_in_their_order(sent: Sent) -> None:
    first = sent.send()
    done = sent.collect(first)

    assert (first.code, first.out) == (0, "")
    assert "Sent to mine/m: 3 lines, as batch_1." in first.err
    assert sent.prompts == ["one", "two", "three"]
    assert [(one["line"], one["text"]) for one in done.lines] == [
        (1, "<one>"), (2, "<two>"), (3, "<three>"),
    ]  # fmt: skip
    assert done.code == 0


def test_a_request_is_a_call_that_does_not_stream(sent: Sent) -> None:
    sent.send("-s", "Be brief.", "-o", "temperature", "0.5")
    request = sent.provider.requests[0]

    assert (request["method"], request["url"]) == ("POST", "/v1/chat/completions")
    assert request["body"]["model"] == "m"
    assert request["body"]["temperature"] == 0.5
    assert request["body"]["messages"][0] == {"role": "system", "content": "Be brief."}
    assert "stream" not in request["body"]
    assert "stream_options" not in request["body"]


def test_answers_are_booked_at_half_the_price(sent: Sent) -> None:
    done = sent.collect(sent.send())

    # 1,000 tokens at 1 and 100 at 10 in a million are 0.002 each.
    assert {Decimal(one["cost"]["amount"]) for one in done.lines} == {Decimal("0.001")}
    assert [kind for kind, _ in sent.booked()] == ["reply"] * 3
    assert all(json.loads(price)["tier"] == "batch" for _, price in sent.booked())
    assert len(sent.shell("logs", "--json").lines) == 3


def test_a_collector_gets_each_answer_below_its_turn_and_no_duration_of_the_call(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as collector:
        monkeypatch.setenv("CHATUI_TELEMETRY__ENDPOINT", collector.endpoint)
        monkeypatch.setattr("chatui.assistant.telemetry.telemetry.CLOSING_SECONDS", PATIENCE)
        sent.collect(sent.send())

    turns = {one.id for one in collector.spans if one.name == "invoke_agent chatui"}
    calls = [one for one in collector.spans if one.name == "chat m"]
    assert len(calls) == 3
    assert {one.parent for one in calls} == turns
    assert "gen_ai.request.stream" not in calls[0].attributes
    assert {metric for metric, _ in collector.points} == {"gen_ai.client.token.usage"}


def test_collecting_again_prints_the_same_and_books_nothing_more(sent: Sent) -> None:
    first = sent.send()
    once, again = sent.collect(first), sent.collect(first)

    assert [one["text"] for one in once.lines] == [one["text"] for one in again.lines]
    assert len(sent.booked()) == 3
    assert sent.provider.paths.count("GET /batches/batch_1") <= 2


@pytest.mark.parametrize("word", ["validating", "in_progress", "finalizing", "cancelling"])
def test_a_batch_that_is_not_over_is_told_and_stays(sent: Sent, word: str) -> None:
    first = sent.send()
    sent.provider.status = word
    early = sent.collect(first)
    sent.provider.status = "completed"
    done = sent.collect(first)

    assert (early.code, early.out) == (1, "")
    assert f"batch_1 at mine/m: {word}, 1 of 3." in early.err
    assert len(done.lines) == 3


def test_a_failed_batch_tells_the_providers_reason_for_each_line(sent: Sent) -> None:
    first = sent.send()
    sent.provider.status = "failed"
    done = sent.collect(first)

    assert done.code == 3
    assert all("Line 1 is too long" in one["error"]["message"] for one in done.lines)
    assert sent.booked() == []


@pytest.mark.parametrize("word", ["expired", "cancelled", "completed"])
def test_what_came_is_kept_and_what_is_missing_is_told(sent: Sent, word: str) -> None:
    first = sent.send()
    sent.provider.status = word
    sent.provider.missing = {"two"}
    done = sent.collect(first)

    assert done.code == 1
    assert [one["text"] for one in done.lines] == ["<one>", "", "<three>"]
    told = done.lines[1]["error"]["message"]
    assert "It came too late" in told if word == "expired" else f"the batch is {word}" in told
    assert len(sent.booked()) == 2


def test_a_batch_without_any_file_of_answers_is_told(sent: Sent) -> None:
    first = sent.send()
    sent.provider.status, sent.provider.without_file = "expired", True

    assert sent.collect(first).code == 3


def test_errors_of_single_lines_come_from_the_other_file(sent: Sent) -> None:
    first = sent.send()
    sent.provider.failing = {"two"}
    done = sent.collect(first)

    assert "no word on two" in done.lines[1]["error"]["message"]
    assert "line 2 (line-2): " in done.err


def test_what_failed_is_asked_line_by_line_or_sent_again(sent: Sent) -> None:
    first = sent.send()
    sent.provider.failing = {"two"}
    failed = sent.collect(first)
    sent.provider.failing = set()
    again = sent.shell("ask", "--resume", sent.run(failed), "--provider-batch")

    assert sent.prompts == ["two"]
    assert [one["text"] for one in sent.collect(again).lines] == ["<one>", "<two>", "<three>"]

    other = sent.send()
    sent.provider.failing = {"two"}
    failed = sent.collect(other)
    done = sent.shell("ask", "--resume", sent.run(failed))
    assert [one["text"] for one in done.lines] == ["<one>", "live <two>", "<three>"]


def test_what_is_with_the_provider_is_not_asked_beside_it(sent: Sent) -> None:
    first = sent.send()
    done = sent.shell("ask", "--resume", sent.run(first))

    assert done.code == 2
    assert "--collect" in done.err


def test_a_provider_without_batches_is_told_and_nothing_is_lost(sent: Sent) -> None:
    sent.provider.refuses = 404
    done = sent.send()

    assert done.code == 3
    assert "leave --provider-batch out" in done.err
    (run,) = sent.shell("run", "--json").json["runs"]
    assert len(sent.shell("ask", "--resume", run["run"]).lines) == 3


def test_a_refused_key_is_told_without_it(sent: Sent) -> None:
    sent.provider.refuses = 401
    done = sent.send()

    assert done.code == 3
    assert "sk-secret" not in done.err


def test_a_model_of_this_machine_has_no_batches(sent: Sent) -> None:
    done = sent.shell("ask", "--batch", str(sent.file), "--provider-batch", "-m", "builtin/extract")

    assert (done.code, sent.provider.paths) == (2, [])
    assert "runs on this machine" in done.err


def test_a_provider_whose_batches_are_not_spoken_is_told_before_anything_is_sent(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "sk-secret")
    model = "google/gemini-2.5-flash"
    done = sent.shell("ask", "--batch", str(sent.file), "--provider-batch", "-m", model)

    assert done.code == 2
    assert "leave --provider-batch out" in done.err


def test_the_limit_is_held_before_anything_is_sent(sent: Sent) -> None:
    refused = sent.send("--max-cost", "0.00001")
    paths = list(sent.provider.paths)
    bounded = sent.send("--max-cost", "0.003")

    assert (refused.code, [one for one in paths if "files" in one]) == (4, [])
    assert bounded.code == 0
    limits = [one["body"]["max_tokens"] for one in sent.provider.requests]
    # A third of 0.003 buys less than 200 tokens at 5 in a million.
    assert all(0 < limit <= 200 for limit in limits)


def test_each_model_gets_a_batch_of_its_own(sent: Sent) -> None:
    sent.file.write_text('{"prompt": "a"}\n{"prompt": "b", "model": "mine/n"}\n')
    done = sent.send()

    assert sent.provider.paths.count("POST /batches") == 2
    assert "Sent to mine/n: 1 line" in done.err


def test_masks_are_put_back_when_the_answer_comes(sent: Sent) -> None:
    config = sent.file.with_name("config.toml")
    config.write_text(
        config.read_text().replace("retries = 0\n", "retries = 0\nfilters = ['f']\n")
        + "[filters.f]\ndetect = ['email']\naction = 'replace'\n"
    )
    sent.file.write_text("Write to ann@example.org\n")
    first = sent.send()
    (line,) = sent.collect(first).lines

    assert "ann@example.org" not in sent.prompts[0]
    assert "ann@example.org" in line["text"]


def test_an_answer_that_does_not_fit_its_schema_is_repaired(sent: Sent) -> None:
    schema = sent.file.with_name("schema.json")
    schema.write_text(json.dumps({"type": "object", "required": ["n"]}))
    sent.file.write_text("one\n")
    sent.provider.answer = "no JSON, {}"
    done = sent.collect(sent.send("--schema", str(schema)))

    assert done.code == 3
    assert done.lines[0]["error"]["kind"] == "BadResponse"
    assert [kind for kind, _ in sent.booked()].count("repair") == 1


def test_an_answer_that_fits_its_schema_is_its_data(sent: Sent) -> None:
    schema = sent.file.with_name("schema.json")
    schema.write_text(json.dumps({"type": "object", "required": ["n"]}))
    sent.file.write_text("one\n")
    sent.provider.answer = '{{"n": "{}"}}'

    assert sent.collect(sent.send("--schema", str(schema))).lines[0]["data"] == {"n": "one"}


def test_anthropics_form_has_its_own_headers_and_parameters(anthropic: Sent) -> None:
    anthropic.send("-s", "Be brief.", "-o", "max_output_tokens", "50", "-o", "stop", "END")
    request, headers = anthropic.provider.requests[0], anthropic.provider.headers[-1]

    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", request["custom_id"])
    assert request["params"] == {
        "model": "m",
        "max_tokens": 50,
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "one"}],
        "stop_sequences": ["END"],
    }
    assert headers["x-api-key"] == "sk-secret"
    assert headers["anthropic-version"] == "2023-06-01"
    assert "authorization" not in headers


def test_anthropics_results_are_read_whatever_became_of_them(anthropic: Sent) -> None:
    first = anthropic.send()
    anthropic.provider.status = "in_progress"
    early = anthropic.collect(first)
    anthropic.provider.status = "ended"
    anthropic.provider.failing, anthropic.provider.missing = {"two"}, {"three"}
    done = anthropic.collect(first)

    assert (early.code, early.out, done.code) == (1, "", 1)
    assert [one["text"] for one in done.lines] == ["<one>", "", ""]
    assert done.lines[0]["reasoning"] == "hm"
    assert "That is wrong" in done.lines[1]["error"]["message"]
    assert "expired" in done.lines[2]["error"]["message"]
    assert Decimal(done.lines[0]["cost"]["amount"]) == Decimal("0.001")


def test_options_that_a_batch_does_not_take_are_told(anthropic: Sent) -> None:
    done = anthropic.send("-o", "seed", "3", "-o", "temperature", "0.5")

    assert done.err.count("don't take seed; it is left out.") == 1
    assert "temperature;" not in done.err
    assert anthropic.provider.requests[0]["params"]["temperature"] == 0.5


def test_anthropics_batch_gets_a_limit_where_nobody_names_one(anthropic: Sent) -> None:
    anthropic.send()

    assert anthropic.provider.requests[0]["params"]["max_tokens"] == 4096


@pytest.mark.parametrize(
    "beside",
    [
        ["--collect", "x", "--resume", "y"],
        ["--provider-batch"],
        ["--collect", "nothing"],
        ["--collect", "x", "-m", "mine/n"],
    ],
)
def test_what_does_not_go_together_is_one_sentence(sent: Sent, beside: list[str]) -> None:
    done = sent.shell("ask", *beside)

    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1


def test_what_filters_with_confirm_changed_is_not_sent_unseen(sent: Sent) -> None:
    config = sent.file.with_name("config.toml")
    filters = "[filters.mails]\ndetect = ['email']\nlocal = true\nconfirm = true\n"
    config.write_text(
        filters + config.read_text().replace("retries", "filters = ['mails']\nretries")
    )
    sent.file.write_text("mail a@b.org\n")
    refused = sent.send()

    assert refused.code != 0
    assert sent.provider.requests == []
    assert "--yes sends it" in refused.out + refused.err
    sent.send("--yes")
    assert sent.prompts == ["mail ⟦EMAIL⟧"]
