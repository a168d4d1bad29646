"""Telemetry: what a collector gets of the command line's calls, over a real socket."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.otlp_receiver import METRICS, TRACES, receiving, refused_some
from tests.patience import PATIENCE
from tests.scripted_server import Exchange, saying

SECRET = "the moon is made of basalt"
USAGE = {
    "prompt_tokens": 40,
    "completion_tokens": 7,
    "total_tokens": 47,
    "prompt_tokens_details": {"cached_tokens": 30},
    "completion_tokens_details": {"reasoning_tokens": 5},
}
INTERNAL, CLIENT = 1, 3
FAILED = 2
TOKENS, DURATION = "gen_ai.client.token.usage", "gen_ai.client.operation.duration"


@pytest.fixture(autouse=True)
def config(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = home / "config.toml"
    path.write_text('[prices."mistral/big"]\ninput = 2\noutput = 8\n')
    monkeypatch.setenv("CHATUI_CONFIG", str(path))
    # However busy the machine is.
    monkeypatch.setattr("chatui.assistant.telemetry.telemetry.START_SECONDS", PATIENCE)
    monkeypatch.setattr("chatui.assistant.telemetry.telemetry.SEND_SECONDS", PATIENCE)
    monkeypatch.setattr("chatui.assistant.telemetry.telemetry.CLOSING_SECONDS", PATIENCE)
    return path


def name_collector(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATUI_TELEMETRY__ENDPOINT", endpoint)


def test_a_reply_is_a_call_below_its_turn_by_the_conventions(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying("Hel", "lo", usage=USAGE)) as server, receiving() as collector:
        monkeypatch.setenv("CHATUI_PROVIDERS__MISTRAL__BASE_URL", server.base_url)
        monkeypatch.setenv("MISTRAL_API_KEY", "none")
        name_collector(collector.endpoint, monkeypatch)
        done = shell("ask", SECRET, "-m", "mistral/big", "-o", "temperature", "0.5", "--json")
        answer = done.json

    assert done.err == ""
    turn, call = collector.named("invoke_agent chatui"), collector.named("chat big")
    assert (turn.parent, turn.kind) == (b"", INTERNAL)
    assert (call.trace, call.parent, call.kind) == (turn.trace, turn.id, CLIENT)
    # What the documents have to say was looked up before.
    assert turn.start < call.start
    assert call.end <= turn.end
    expected = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "mistral_ai",
        "gen_ai.conversation.id": answer["conversation"],
        "gen_ai.request.model": "big",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.stream": True,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.time_to_first_chunk": answer["ttft_ms"] / 1000,
        "gen_ai.usage.input_tokens": 40,
        "gen_ai.usage.cache_read.input_tokens": 30,
        "gen_ai.usage.output_tokens": 7,
        "gen_ai.usage.reasoning.output_tokens": 5,
        "chatui.cost.amount": float(answer["cost"]["amount"]),
    }
    assert expected.items() <= call.attributes.items()
    assert turn.attributes["gen_ai.operation.name"] == "invoke_agent"
    assert call.resource["service.name"] == "chatui"
    assert SECRET not in str(collector.spans)
    assert "Hello" not in str(collector.spans)


def test_the_metrics_are_histograms_with_the_bounds_that_are_advised(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying("Hello", usage=USAGE)) as server, receiving() as collector:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        name_collector(collector.endpoint, monkeypatch)
        shell("ask", "a", "-m", "mine/m")

    assert collector.units == {TOKENS: "{token}", DURATION: "s"}
    sent = collector.point(TOKENS, gen_ai__token__type="input", gen_ai__request__model="m")
    came = collector.point(TOKENS, gen_ai__token__type="output", gen_ai__provider__name="mine")
    took = collector.point(DURATION, gen_ai__operation__name="chat")
    assert (sent.count, sent.sum, came.sum) == (1, 40, 7)
    assert list(sent.explicit_bounds) == [4**power for power in range(14)]
    assert list(took.explicit_bounds) == pytest.approx([0.01 * 2**power for power in range(14)])
    assert took.sum == pytest.approx(
        (collector.named("chat m").end - collector.named("chat m").start) / 1e9
    )


def test_a_failed_call_says_which_error_and_no_more(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.error(401, "No, sk-secret.")

    with running(refuse) as server, receiving() as collector:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        name_collector(collector.endpoint, monkeypatch)
        assert shell("ask", "a", "-m", "mine/m").code == 3

    for one in collector.spans:
        assert (one.status, one.attributes["error.type"]) == (FAILED, "AuthenticationFailed")
    assert {one.name for one in collector.spans} == {"invoke_agent chatui", "chat m"}
    assert collector.point(DURATION, error__type="AuthenticationFailed").count == 1
    assert "sk-secret" not in str(collector.spans)


def test_a_call_beside_the_reply_lies_below_the_same_turn(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "schema.json").write_text('{"type": "object"}')
    with running(saying("words"), saying("{}")) as server, receiving() as collector:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        name_collector(collector.endpoint, monkeypatch)
        shell("ask", "two", "-m", "mine/m", "--schema", "schema.json", "-p", "concise")

    turn = collector.named("invoke_agent concise")
    calls = [one for one in collector.spans if one.name == "chat m"]
    assert {one.attributes["chatui.kind"] for one in calls} == {"reply", "repair"}
    assert {(one.trace, one.parent) for one in calls} == {(turn.trace, turn.id)}


def test_a_chain_is_a_run_with_steps_with_calls(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "chains").mkdir()
    (home / "chains" / "art.toml").write_text(
        '[steps.one]\nprompt = "A"\n[steps.two]\nprompt = "B {{ steps.one }}"\n'
    )
    with running(saying("x")) as server, receiving() as collector:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        monkeypatch.setenv("CHATUI_CHAT__MODEL", "mine/m")
        name_collector(collector.endpoint, monkeypatch)
        for _ in range(2):
            assert shell("run", "art").code == 0

    runs = [one for one in collector.spans if one.name == "invoke_workflow art"]
    assert len({one.trace for one in runs}) == 2
    for run in runs:
        assert (run.parent, run.attributes["gen_ai.workflow.name"]) == (b"", "art")
        below = [one for one in collector.spans if one.trace == run.trace and one is not run]
        steps = {one.id: one.name for one in below if one.parent == run.id}
        assert sorted(steps.values()) == ["invoke_agent art/one", "invoke_agent art/two"]
        calls = [one for one in below if one.id not in steps]
        assert {one.parent for one in calls} == steps.keys()
        assert [one.name for one in calls] == ["chat m"] * 2


def test_what_an_ingest_has_embedded_lies_below_it(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def embed(exchange: Exchange) -> None:
        texts = exchange.json["input"]
        vectors = [{"index": at, "embedding": [1.0, float(at)]} for at in range(len(texts))]
        await exchange.answer(200, {"data": vectors, "usage": {"prompt_tokens": 9}})

    (home / "data" / "cache" / "embedders").unlink()
    (home / "note.md").write_text("# A note\n\nIts text.\n")
    with running(embed) as server, receiving() as collector:
        monkeypatch.setenv("CHATUI_RETRIEVAL__EMBEDDER__PROVIDER", "openai-compatible")
        monkeypatch.setenv("CHATUI_RETRIEVAL__EMBEDDER__MODEL", "e")
        monkeypatch.setenv("CHATUI_RETRIEVAL__EMBEDDER__BASE_URL", server.base_url)
        name_collector(collector.endpoint, monkeypatch)
        done = shell("ingest", "note.md")

    assert done.code == 0, done.err
    ingest = collector.named("ingest")
    calls = [one for one in collector.spans if one is not ingest]
    assert {one.attributes["gen_ai.operation.name"] for one in calls} == {"embeddings"}
    assert {(one.trace, one.parent) for one in calls} == {(ingest.trace, ingest.id)}
    assert "gen_ai.usage.output_tokens" not in calls[0].attributes
    assert collector.point(TOKENS, gen_ai__operation__name="embeddings").sum > 0


def test_going_on_with_a_reply_is_work_of_its_own(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut_off(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("It begins")
        await exchange.finish("length")
        await exchange.done()

    with running(cut_off, saying("It begins and ends.")) as server, receiving() as collector:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        name_collector(collector.endpoint, monkeypatch)
        shell("ask", "a", "-m", "mine/m", "--no-rag")
        shell("ask", "-c", "-m", "mine/m", "--no-rag")

    turns = {one.id: one for one in collector.spans if one.name == "invoke_agent chatui"}
    calls = [one for one in collector.spans if one.name == "chat m"]
    assert len(turns) == len(calls) == 2
    assert {one.parent for one in calls} == turns.keys()
    assert len({one.attributes["chatui.turn"] for one in turns.values()}) == 1


def test_texts_go_only_where_the_log_may_have_them(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATUI_LOGS__CONTENT", "true")
    with running(saying("Hello")) as server, receiving() as collector:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        name_collector(collector.endpoint, monkeypatch)
        shell("ask", f"{SECRET} \ud800", "-m", "mine/m")

    attributes = collector.named("chat m").attributes
    assert (
        f'"role": "user", "parts": [{{"type": "text", "content": "{SECRET}'
        in (attributes["gen_ai.input.messages"])
    )
    assert attributes["gen_ai.output.messages"] == (
        '[{"role": "assistant", "parts": [{"type": "text", "content": "Hello"}], '
        '"finish_reason": "stop"}]'
    )


def test_the_key_goes_in_the_header_that_is_named_and_to_that_address_alone(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLECTORS_KEY", "hc-secret")
    monkeypatch.setenv("CHATUI_TELEMETRY__API_KEY_ENV", "COLLECTORS_KEY")
    monkeypatch.setenv("CHATUI_TELEMETRY__KEY_HEADER", "x-team: {key}")
    with (
        running(saying("Hello")) as server,
        receiving() as collector,
        receiving(lambda _: (307, b"")) as sends_on,
    ):
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        name_collector(collector.endpoint, monkeypatch)
        shell("ask", "a", "-m", "mine/m")
        name_collector(sends_on.endpoint, monkeypatch)
        with receiving() as elsewhere:
            sends_on.location = elsewhere.endpoint + TRACES
            moved = shell("ask", "a", "-m", "mine/m")

    assert elsewhere.asked == []
    assert {one["x-team"] for one in collector.headers} == {"hc-secret"}
    assert not any("authorization" in one for one in collector.headers)
    assert f"{sends_on.endpoint} (HTTP 307)" in moved.err


def test_what_other_programs_are_told_of_collectors_is_none_of_ours(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying("Hello")) as server, receiving() as collector, receiving() as theirs:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", theirs.endpoint)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=theirs")
        monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
        monkeypatch.setenv("OTEL_SERVICE_NAME", "theirs")
        shell("ask", "a", "-m", "mine/m")
        assert collector.asked == []
        name_collector(collector.endpoint, monkeypatch)
        shell("ask", "a", "-m", "mine/m")

    assert theirs.asked == []
    assert {TRACES, METRICS} == set(collector.asked)
    assert collector.named("chat m").resource["service.name"] == "chatui"
    assert "theirs" not in str(collector.headers)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((503, b""), "HTTP 503"),
        ((400, b'{"message": "Bad things, hc-secret."}'), "HTTP 400 (Bad things, …)"),
        ((404, b"<html>no such page"), "HTTP 404"),
        ((200, refused_some(3, "hc-secret is old")), "it did not take 3 of what came (… is old)"),
    ],
)
def test_a_collector_that_refuses_costs_one_warning_and_no_answer(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, answer: tuple[int, bytes], reason: str
) -> None:
    monkeypatch.setenv("COLLECTORS_KEY", "hc-secret")
    monkeypatch.setenv("CHATUI_TELEMETRY__API_KEY_ENV", "COLLECTORS_KEY")
    with running(saying("Hello")) as server, receiving(lambda _: answer) as collector:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        name_collector(collector.endpoint, monkeypatch)
        done = shell("ask", "a", "-m", "mine/m", "-m", "mine/n")

    assert done.code == 0
    assert done.out.count("Hello") == 2
    told = [line for line in done.err.splitlines() if "Telemetry" in line]
    assert len(told) == 1
    assert f"{collector.endpoint} ({reason}); nothing else is affected" in told[0]
    assert "hc-secret" not in done.err


def test_an_address_where_nobody_listens_costs_one_warning(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying("Hello")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        name_collector("http://127.0.0.1:1", monkeypatch)
        done = shell("ask", "a", "-m", "mine/m", "--json")

    assert done.json["text"] == "Hello"
    assert done.err.count("Telemetry does not reach http://127.0.0.1:1 (nothing answers") == 1


def test_a_collector_that_stalls_is_left_at_the_end_and_the_answer_came_before(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()

    def stall(_: str) -> tuple[int, bytes]:
        over.wait()
        return 200, b""

    monkeypatch.setattr("chatui.assistant.telemetry.telemetry.CLOSING_SECONDS", 0.3)
    with running(saying("Hello")) as server, receiving(stall) as collector:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        name_collector(collector.endpoint, monkeypatch)
        done = shell("ask", "a", "-m", "mine/m", "--json")
        assert not over.is_set()
        over.set()

    assert (done.code, done.json["text"]) == (0, "Hello")
    assert done.err.count("no answer in time") == 1


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("ENDPOINT", "localhost:4317", "begins with http:// or https://"),
        ("KEY_HEADER", "x-team", "the header's name, a colon, and a value with {key}"),
        ("KEY_HEADER", "x: {key}\r\nHost: other", "a value with {key}"),
    ],
)
def test_a_wrong_setting_is_told_before_anything_is_asked(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, key: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(f"CHATUI_TELEMETRY__{key}", value)
    done = shell("ask", "a")
    assert (done.code, done.out) == (2, "")
    assert sentence in done.err


def test_without_the_packages_the_sentence_says_how_to_get_them(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "without" / "opentelemetry").mkdir(parents=True)
    (home / "without" / "opentelemetry" / "__init__.py").write_text("raise ImportError\n")
    monkeypatch.setenv("PYTHONPATH", str(home / "without"), prepend=":")
    with running(saying("Hello")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        name_collector("http://127.0.0.1:1", monkeypatch)
        done = shell("ask", "a", "-m", "mine/m")

    assert (done.code, done.out) == (0, "Hello\n")
    assert "pip install 'chatui[otel]'" in done.err
