"""`chatui ask` with replies that did not end by themselves: each tells how, in words and JSON."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.scripted_server import Exchange, Script, saying

ASK = ("ask", "Go on", "-m", "mine/big")


def ending(word: str, text: str = "Half of it", **delta: object) -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        if text or delta:
            await exchange.delta(**({"content": text} if text else {}), **delta)
        await exchange.finish(word)
        await exchange.usage(prompt_tokens=9, completion_tokens=3)
        await exchange.done()

    return script


@pytest.mark.parametrize(
    ("word", "reason", "told"),
    [
        ("length", "length", "cut off at its limit"),
        ("model_length", "length", "cut off at its limit"),
        ("content_filter", "content_filter", "content filter stopped the reply."),
        ("content_filter: RECITATION", "content_filter", "(content_filter: RECITATION)"),
        ("sensitive", "content_filter", "stopped the reply (sensitive)."),
        ("refusal", "refusal", "The model refused to answer."),
        ("tool_calls", "tool_calls", "wanted to call a tool"),
        ("pause_turn", "pause", "paused the reply before it was whole (pause_turn)."),
        ("moonrise", "other", "for a reason of its own (moonrise)."),
    ],
)
def test_a_reply_that_did_not_end_by_itself_says_how(
    word: str, reason: str, told: str, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(ending(word)) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        plain = shell(*ASK)
        whole = shell(*ASK, "--json").json

    assert (plain.code, plain.out) == (0, "Half of it\n")
    assert told in plain.err
    assert (whole["text"], whole["finish_reason"]) == ("Half of it", reason)
    assert "error" not in whole


@pytest.mark.parametrize(
    ("script", "reason", "error"),
    [
        (ending("stop", ""), "error", ("BadResponse", "answered with nothing")),
        (ending("stop", " \n"), "error", ("BadResponse", "answered with nothing")),
        (
            ending("stop", "", reasoning="Hm."),
            "error",
            ("BadResponse", "only reasoned and answered with nothing"),
        ),
        (
            ending("length", "", reasoning="Hm."),
            "length",
            ("BadResponse", "while it was still reasoning; raise max_output_tokens"),
        ),
        (ending("length", ""), "length", ("BadResponse", "before it said anything")),
        (
            ending("SAFETY", ""),
            "content_filter",
            ("ContentRefused", "withheld the answer of mine/big (SAFETY)"),
        ),
        (
            ending("stop", "", tool_calls=[{"function": {"name": "f"}}]),
            "tool_calls",
            ("BadResponse", "wanted to call a tool and said nothing"),
        ),
        (ending("moonrise", ""), "other", ("BadResponse", "said nothing (moonrise)")),
    ],
)
def test_a_reply_of_nothing_is_a_failure_that_says_why_and_is_booked(
    script: Script,
    reason: str,
    error: tuple[str, str],
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kind, told = error
    with running(script) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        plain = shell(*ASK)
        whole = shell(*ASK, "--json")

    assert plain.code == whole.code == 3
    assert told in plain.err
    assert whole.json["finish_reason"] == reason
    assert whole.json["error"]["kind"] == kind
    assert whole.json["usage"]["output"] == 3


def test_an_error_behind_half_an_answer_fails_with_both_told(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Half of ")
        await exchange.event({"object": "error", "message": "CUDA out of memory", "code": 500})
        await exchange.done()

    with running(script) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        plain = shell(*ASK)
        whole = shell(*ASK, "--json")

    assert (plain.code, whole.code) == (3, 3)
    assert plain.out == "Half of \n"
    assert "CUDA out of memory" in plain.err
    assert (whole.json["text"], whole.json["finish_reason"]) == ("Half of ", "error")
    assert whole.json["error"]["message"].startswith("mine failed with HTTP 500 (CUDA")


def test_reasoning_that_only_its_closing_mark_tells_is_no_part_of_the_answer(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying("Let me ", "see.\n</thi", "nk>\n\nForty-", "two.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        whole = shell(*ASK, "--json").json
        again = shell("ask", "Sure?", "-c", "-m", "mine/big", "--no-stream")

    assert (whole["text"], whole["reasoning"]) == ("Forty-two.", "Let me see.\n")
    assert again.out == "Forty-two.\n"
    sent = [message["content"] for message in server.exchanges[1].json["messages"]]
    assert "Forty-two." in sent
    assert not any("Let me" in text for text in sent)


def test_a_streamed_answer_says_that_what_was_printed_was_reasoning(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying("Let me see.\n</think>\n\nForty-two.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell(*ASK)

    assert done.out.endswith("\n\nForty-two.\n")
    assert "What stands above was reasoning" in done.err
