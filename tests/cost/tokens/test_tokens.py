"""Counting tokens for any model's name and any text."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.cost.tokens.slices import well_formed
from chatui.cost.tokens.tokens import TokenCount, TokenCounter
from chatui.cost.tokens.vocabularies import CL100K, O200K
from chatui.domain.conversation import Message, Role

COUNTER = TokenCounter()
MODELS = ["openai/gpt-5-mini", "openai/gpt-4", "openai/davinci"]
# Surrogates included: a broken provider or a file name can bring them in.
ANY = st.text(st.characters(exclude_categories=[]))

MB = 1_000_000
HOSTILE = {
    "a million spaces": " " * MB,
    "a million line ends": "\n" * MB,
    "a million equal letters": "a" * MB,
    "a million digits": "9" * MB,
    "a third of a million characters without a space": "字" * (MB // 3),
    "combining marks": "\u0301" * (MB // 2),
    "special tokens": "<|endoftext|><|im_start|>" * (MB // 25),
    "lone surrogates": "\ud800x" * (MB // 4),
    "runs of surrogates": "\udfff" * (MB // 3),
    "NUL": "\0" * MB,
    "bidi controls": "\u202e" * (MB // 3),
}


def test_r50k_gives_the_published_ids() -> None:
    ids = [piece.id for piece in COUNTER.tokenised("算法工程师", "r50k_base").pieces]
    assert ids == [163, 106, 245, 37345, 243, 32432, 98, 163, 101, 233, 30585, 230]


@pytest.mark.parametrize(
    ("model", "encoding", "exact"),
    [
        ("openai/gpt-5-mini", "o200k_base", True),
        ("openrouter/openai/gpt-4o", "o200k_base", True),
        ("gpt-4.1", "o200k_base", True),
        ("o3", "o200k_base", True),
        ("ollama/gpt-oss:20b", "o200k_base", True),
        ("openai/gpt-4-0613", "cl100k_base", True),
        ("openai/gpt-3.5-turbo", "cl100k_base", True),
        ("openai/davinci", "r50k_base", True),
        ("gpt2", "r50k_base", True),
        ("r50k_base", "r50k_base", True),
        ("cl100k_base", "cl100k_base", True),
        ("text-davinci-003", "r50k_base", False),
        ("openai/gpt-6-mini", "o200k_base", False),
        ("deepseek/deepseek-chat", "o200k_base", False),
        ("builtin/extract", "o200k_base", False),
        ("", "o200k_base", False),
        ("a/", "o200k_base", False),
    ],
)
def test_a_model_is_counted_with_its_own_vocabulary_or_marked_as_not(
    model: str, encoding: str, exact: bool
) -> None:
    assert COUNTER.encoding_name(model) == (encoding, exact)


@pytest.mark.parametrize(
    ("model", "encoding", "exact"),
    [
        ("openai/ft:gpt-3.5-turbo:acme:support:7p4lURel", CL100K, True),
        ("openai/ft:gpt-3.5-turbo-1106:acme::id", CL100K, True),
        ("openai/ft:gpt-4o-mini-2024-07-18:acme::id", O200K, True),
        ("openai/ft:gpt-4.1-nano-2025-04-14:acme:gpt-4-x:id", O200K, True),
        ("azure/gpt-35-turbo-16k", CL100K, True),
        ("openrouter/openai/gpt-4-32k", CL100K, True),
        ("openai/gpt-4-turbo-2024-04-09", CL100K, True),
        ("openai/gpt-4-1106-preview", CL100K, True),
        ("openrouter/openai/gpt-oss-120b:free", O200K, True),
        ("openai/o3-deep-research-2025-06-26", O200K, True),
        ("local/gpt-4-x-alpaca-13b", CL100K, False),
        ("local/gpt-4-x-vicuna", CL100K, False),
        ("ollama/o1-open-reasoner:7b", O200K, False),
        ("openrouter/nousresearch/gpt-4-turbo", CL100K, False),
    ],
)
def test_a_name_that_is_only_like_openais_is_not_counted_exactly(
    model: str, encoding: str, exact: bool
) -> None:
    assert COUNTER.encoding_name(model) == (encoding, exact)


def test_a_count_says_whether_it_is_the_models_own() -> None:
    assert COUNTER.count("hello world", "openai/gpt-5") == TokenCount(2, exact=True)
    assert COUNTER.count("hello world", "deepseek/deepseek-chat") == TokenCount(2, exact=False)


def test_no_text_is_no_tokens() -> None:
    assert COUNTER.count("", "openai/gpt-5") == TokenCount(0, exact=True)
    assert COUNTER.tokenised("", "openai/gpt-5").pieces == []


def test_a_special_tokens_text_is_only_text() -> None:
    pieces = COUNTER.tokenised("<|endoftext|>", "openai/gpt-5").pieces
    assert len(pieces) > 1
    assert "".join(piece.text for piece in pieces) == "<|endoftext|>"


def test_a_character_spread_over_tokens_shows_its_parts_as_unknown() -> None:
    pieces = COUNTER.tokenised("算", "r50k_base").pieces
    assert [piece.bytes.hex() for piece in pieces] == ["e7", "ae", "97"]
    assert {piece.text for piece in pieces} == {"\ufffd"}


@pytest.mark.parametrize("model", MODELS)
@given(text=ANY)
def test_pieces_join_to_the_texts_bytes(model: str, text: str) -> None:
    joined = b"".join(piece.bytes for piece in COUNTER.tokenised(text, model).pieces)
    assert joined == well_formed(text).encode()


@pytest.mark.parametrize("model", MODELS)
@given(text=ANY)
def test_the_count_is_the_number_of_pieces(model: str, text: str) -> None:
    assert COUNTER.count(text, model).tokens == len(COUNTER.tokenised(text, model).pieces)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_counted_within_seconds(name: str) -> None:
    text = HOSTILE[name]
    COUNTER.warm("openai/gpt-5")
    started = time.process_time()
    count = COUNTER.count(text, "openai/gpt-5")
    # A third of this on an idle machine; a quadratic step would take minutes.
    assert time.process_time() - started < 5
    assert 0 < count.tokens <= len(text.encode("utf-8", "surrogatepass"))


def test_a_count_over_a_forced_cut_is_an_estimate() -> None:
    assert not COUNTER.count(" " * 200_000, "openai/gpt-5").exact


def test_long_prose_is_counted_exactly() -> None:
    prose = "It's a long road, they said. " * 10_000
    assert COUNTER.count(prose, "openai/gpt-5") == TokenCount(80_001, exact=True)


def test_a_prompt_costs_marks_around_each_message_and_the_start_of_the_reply() -> None:
    hello = Message(Role.USER, "hello world")
    named = Message(Role.USER, "hello world", name="Ann")
    marks, role, text, name, reply = 3, 1, 2, 1 + 1, 3
    one = marks + role + text
    assert COUNTER.count_messages([], "gpt-4").tokens == reply
    assert COUNTER.count_messages([hello], "gpt-4") == TokenCount(one + reply, exact=False)
    assert COUNTER.count_messages([hello, named], "gpt-4").tokens == one + one + name + reply


def test_the_cookbooks_example_prompt_has_its_published_count() -> None:
    example = [
        (
            "system",
            "You are a helpful, pattern-following assistant that translates corporate "
            "jargon into plain English.",
            None,
        ),
        ("system", "New synergies will help drive top-line growth.", "example_user"),
        ("system", "Things working well together will increase revenue.", "example_assistant"),
        (
            "system",
            "Let's circle back when we have more bandwidth to touch base on opportunities "
            "for increased leverage.",
            "example_user",
        ),
        (
            "system",
            "Let's talk later when we're less busy about how to do better.",
            "example_assistant",
        ),
        (
            "user",
            "This late pivot means we don't have time to boil the ocean for the client "
            "deliverable.",
            None,
        ),
    ]
    messages = [Message(Role(role), text, name) for role, text, name in example]
    assert COUNTER.count_messages(messages, "gpt-4-0613").tokens == 129
    assert COUNTER.count_messages(messages, "gpt-4o").tokens == 124


def test_several_threads_count_the_same() -> None:
    counter = TokenCounter()
    texts = [f"text number {n}, it's long enough " * 50 for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda text: counter.count(text, "gpt-4"), texts))
    assert counts == [counter.count(text, "gpt-4") for text in texts]


def test_counting_is_not_loaded_before_it_is_used() -> None:
    code = (
        "import sys; import chatui.cost.tokens.tokens, chatui.cost.meter, chatui.cost.quote, "
        "chatui.cost.prices.prices, chatui.models.hosted.usage_report; "
        "sys.exit(str([m for m in ('tiktoken', 'genai_prices', 'pydantic', 'openai', 'numpy') "
        "if m in sys.modules] or ''))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
