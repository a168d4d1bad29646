"""What a conversation would have cost elsewhere: the sums are those of the booked buckets."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.cost.cache_rules import cache_rule
from chatui.cost.prices.price import Price, Rate
from chatui.cost.prices.prices import PriceBook
from chatui.cost.recount import Recounter, SpokenTurn
from chatui.cost.tokens.tokens import TokenCounter
from chatui.cost.what_if import Recount, ReplyCall, alternative, cache_savings
from chatui.domain.media import Medium
from chatui.domain.usage import Cost, Usage

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
TINY = Decimal("1e-9")
PRICE = Price(
    "lab/x",
    "config",
    date(2026, 5, 1),
    input=Rate(Decimal(2)),
    output=Rate(Decimal(8)),
    cache_read=Rate(Decimal("0.5")),
)

money = st.decimals(0, 100, places=4)
rates = st.builds(
    lambda base, step: Rate(base, ((1000, step),) if step is not None else ()),
    money,
    st.none() | money,
)
prices = st.builds(
    Price,
    st.just("lab/x"),
    st.just("config"),
    st.just(date(2026, 5, 1)),
    input=rates,
    output=rates,
    cache_read=st.none() | rates,
    cache_write=st.none() | rates,
    reasoning=st.none() | rates,
    request=money,
)
counts = st.integers(0, 5000)
usages = st.builds(
    lambda i, r, w, o, t: Usage(i, r, w, o + t, t), counts, counts, counts, counts, counts
)


def kept(price: Price) -> Price:
    """The price as the ledger gives it back."""
    found = Price.of_row(json.loads(json.dumps(price.row())))
    assert found is not None
    return found


def one_call(usage: Usage, price: Price | None, cost: Cost, model: str = "lab/x") -> ReplyCall:
    return ReplyCall(model=model, started=NOON, usage=usage, cost=cost, price=price, seconds=1.0)


def as_counted(usage: Usage) -> Recount:
    return Recount(usage.prompt, usage.prompt, usage.output, usage.reasoning, True)


@given(st.lists(st.tuples(usages, prices), min_size=1, max_size=6))
def test_on_the_model_that_answered_the_sum_is_the_booked_one(
    booked: list[tuple[Usage, Price]],
) -> None:
    calls = [one_call(usage, kept(price), price.cost(usage)) for usage, price in booked]
    found = alternative("lab/x", calls, [as_counted(one.usage) for one in calls], lambda _: None)
    total = sum((one.cost.amount or Decimal(0) for one in calls), Decimal(0))
    assert found.with_caching[0].amount == pytest.approx(total, abs=TINY)


@given(usages, prices)
def test_savings_are_the_difference_to_the_same_tokens_uncached(usage: Usage, price: Price) -> None:
    call = one_call(usage, price, price.cost(usage))
    saved = cache_savings(usage, price)
    found = alternative("lab/x", [call], [as_counted(usage)], lambda _: None)
    plain, paid = found.without_caching[0].amount, found.with_caching[0].amount
    assert plain is not None
    assert paid is not None
    assert (saved.amount if saved else 0) == pytest.approx(plain - paid, abs=TINY)


def two_turns(*, after: int | None, usage: Usage) -> list[ReplyCall]:
    first = one_call(usage, None, Cost(Decimal(1)), "other/y")
    second = ReplyCall(
        model="other/y", started=NOON, usage=usage, cost=Cost(Decimal(1)), after=after
    )
    return [first, second]


def test_a_prompt_reads_what_the_one_before_began_with_at_the_price_of_the_cache() -> None:
    calls = two_turns(after=0, usage=Usage(input=2000, output=100))
    recounts = [Recount(2000, 2000, 100, 0, True), Recount(3000, 3000, 100, 0, True)]
    found = alternative("lab/x", calls, recounts, lambda _: PRICE)
    # 2,000 + 1,000 at 2, 2,000 at 0.5, 200 at 8, for a million.
    assert found.with_caching == (Cost(Decimal("0.0086"), "USD", "config", estimated=True),)
    assert found.without_caching == (Cost(Decimal("0.0116"), "USD", "config"),)


@pytest.mark.parametrize(
    ("after", "tokens"), [(None, 3000), (0, 1000)], ids=["cold", "too short to be cached"]
)
def test_without_a_cache_both_sums_are_the_same(after: int | None, tokens: int) -> None:
    calls = two_turns(after=after, usage=Usage(input=tokens))
    recounts = [Recount(tokens, tokens, 0, 0, True)] * 2
    found = alternative("lab/x", calls, recounts, lambda _: PRICE)
    assert found.with_caching == found.without_caching


def test_what_is_read_anew_is_written_where_writing_has_a_price() -> None:
    call = one_call(Usage(input=2000), None, Cost(Decimal(1)), "other/y")
    writing = Price(
        "lab/x",
        "config",
        date(2026, 5, 1),
        input=Rate(Decimal(2)),
        cache_read=Rate(Decimal(1)),
        cache_write=Rate(Decimal(3)),
    )
    found = alternative("lab/x", [call], [Recount(2000, 0, 0, 0, True)], lambda _: writing)
    assert found.with_caching[0].amount == Decimal("0.006")
    assert found.without_caching[0].amount == Decimal("0.004")


OPUS = Price(
    "anthropic/claude-opus-5",
    "config",
    date(2026, 5, 1),
    input=Rate(Decimal(5)),
    output=Rate(Decimal(25)),
    cache_read=Rate(Decimal("0.5")),
    cache_write=Rate(Decimal("6.25")),
    cache_write_1h=Rate(Decimal(10)),
)
LONG_TALK = [Recount(18_200 + 400 * n, 18_200 + 400 * n, 200, 0, True, 200) for n in range(5)]
READ, WRITTEN = 18_000 + 18_400 + 18_800 + 19_200, 18_000 + 4 * 400
UNKEPT = 18_200 + 18_600 + 19_000 + 19_400 + 19_800


@pytest.mark.parametrize(
    ("kept", "minutes", "wanted"),
    [
        ("5m", 4, READ * Decimal("0.5") + WRITTEN * Decimal("6.25") + 1000 * 5 + 1000 * 25),
        ("1h", 59, READ * Decimal("0.5") + WRITTEN * Decimal(10) + 1000 * 5 + 1000 * 25),
        # Forgotten each time, and written again.
        ("5m", 6, (UNKEPT - 1000) * Decimal("6.25") + 1000 * 5 + 1000 * 25),
        ("off", 1, Decimal(UNKEPT * 5 + 1000 * 25)),
    ],
)
def test_claude_keeps_what_stands_before_the_question_for_as_long_as_it_is_told(
    kept: str, minutes: int, wanted: Decimal
) -> None:
    calls = [
        replace(
            one_call(Usage(input=20_000, output=200), None, Cost(Decimal(1)), "other/y"),
            started=NOON + timedelta(minutes=minutes * n),
            after=n - 1 if n else None,
        )
        for n in range(5)
    ]
    rule = cache_rule("anthropic/claude-opus-5", kept)
    found = alternative(OPUS.model, calls, LONG_TALK, lambda _: OPUS, rule=rule)
    amount = found.with_caching[0].amount
    assert amount is not None
    assert abs(amount - wanted / 1_000_000) < TINY
    assert found.without_caching[0].amount == Decimal(UNKEPT * 5 + 1000 * 25) / 1_000_000


def test_gemini_is_written_to_for_nothing_whatever_its_seller_lists() -> None:
    listed = replace(OPUS, model="openrouter/google/gemini-3.8-flash", cache_write_1h=None)
    calls = [
        replace(
            one_call(Usage(input=20_000, output=200), None, Cost(Decimal(1)), "other/y"),
            started=NOON + timedelta(minutes=4 * n),
            after=n - 1 if n else None,
        )
        for n in range(5)
    ]
    rule = cache_rule(listed.model, "5m")
    found = alternative(listed.model, calls, LONG_TALK, lambda _: listed, rule=rule)
    read = UNKEPT - 19_800
    assert found.usage == Usage(19_800, cache_read=read, output=1000, estimated=True)


def test_a_prompt_shorter_than_the_model_keeps_is_neither_written_nor_read() -> None:
    rule = cache_rule("anthropic/claude-opus-4-5", "5m")
    calls = two_turns(after=0, usage=Usage(input=4000))
    short = [Recount(4000, 4000, 0, 0, True, 200), Recount(4200, 4200, 0, 0, True, 200)]
    found = alternative(OPUS.model, calls, short, lambda _: OPUS, rule=rule)
    assert found.with_caching == found.without_caching


def test_a_model_without_a_price_costs_nobody_knows_what() -> None:
    call = one_call(Usage(input=2000), None, Cost(Decimal(1)), "other/y")
    found = alternative("lab/x", [call], [Recount(2000, 0, 0, 0, True)], lambda _: None)
    assert found.with_caching[0].amount is None


def test_what_the_provider_reported_stays_and_has_no_rates() -> None:
    reported = {"model": "lab/x", "source": "provider", "day": "2026-05-01", "currency": "USD"}
    assert Price.of_row(reported) is None
    call = one_call(Usage(input=10), None, Cost(Decimal("0.3"), "USD", "provider"))
    found = alternative("lab/x", [call], [Recount(10, 10, 0, 0, True)], lambda _: PRICE)
    assert found.with_caching[0].amount == Decimal("0.3")


def test_prompts_that_do_not_fit_are_counted() -> None:
    call = one_call(Usage(input=2000), None, Cost(Decimal(1)), "other/y")
    found = alternative("lab/x", [call], [Recount(2000, 0, 0, 0, True)], lambda _: PRICE, 1999)
    assert found.too_long == 1


CHINESE = SpokenTurn("a", None, "算法工程师是什么?", "算法工程师设计算法。", "算法工程师设计算法。")


def test_the_same_vocabulary_leaves_the_tokens_as_they_are() -> None:
    call = ReplyCall(
        model="openai/gpt-4o",
        started=NOON,
        usage=Usage(input=50, output=20),
        cost=Cost(None),
        turn_id="a",
    )
    counted = Recounter(TokenCounter(), [CHINESE]).counts([call], "openai/gpt-4o-mini")
    assert counted == [Recount(50, 50, 20, 0, exact=True, question=5)]


def test_another_vocabulary_counts_the_texts_and_marks_the_tokens() -> None:
    call = ReplyCall(
        model="openai/gpt-4o",
        started=NOON,
        usage=Usage(input=50, output=20),
        cost=Cost(None),
        turn_id="a",
    )
    (counted,) = Recounter(TokenCounter(), [CHINESE]).counts([call], "openai/gpt-4")
    assert counted.prompt > 50
    assert counted.output > 20
    assert not counted.exact


def test_a_picture_takes_what_the_other_model_takes_of_it_here_and_in_later_prompts() -> None:
    """1,024 pixels squared are 765 tokens of gpt-4o and 25,501 of gpt-4o-mini."""
    picture = Medium("0" * 64, "image/png", "pic.png", 1000, 1024, 1024)
    turns = [
        SpokenTurn("a", None, "What is it?", "A dot.", "A dot.", media=(picture,)),
        SpokenTurn("b", "a", "Of what colour?", "Teal.", "Teal."),
    ]
    words = [TokenCounter().count(text, "gpt-4o").tokens for text in ("What is it?", "A dot.")]
    more = TokenCounter().count("Of what colour?", "gpt-4o").tokens
    prompts = [words[0] + 765, sum(words) + 765 + more]
    calls = [
        ReplyCall(
            model="openai/gpt-4o",
            started=NOON,
            usage=Usage(input=size, output=4),
            cost=Cost(None),
            turn_id=turn.id,
        )
        for size, turn in zip(prompts, turns, strict=True)
    ]
    counted = Recounter(TokenCounter(), turns).counts(calls, "openai/gpt-4o-mini")
    assert [one.prompt for one in counted] == [size - 765 + 25_501 for size in prompts]
    assert [one.output for one in counted] == [4, 4]
    assert not any(one.exact for one in counted)


def test_passages_and_their_question_are_not_what_the_next_prompt_begins_with() -> None:
    turn = SpokenTurn("a", None, "Which one?", "The first.", "The first.", "A passage of words.")
    call = ReplyCall(
        model="openai/gpt-4o",
        started=NOON,
        usage=Usage(input=500),
        cost=Cost(None),
        turn_id="a",
    )
    (counted,) = Recounter(TokenCounter(), [turn]).counts([call], "openai/gpt-4o")
    tail = sum(TokenCounter().count(t, "gpt-4o").tokens for t in (turn.shown, turn.question))
    assert counted.prefix == 500 - tail


@pytest.mark.parametrize(
    ("reported", "prompt"),
    [(100, 800), (1000, 1000), (20, 1000)],
    ids=["telling", "too far off", "too few"],
)
def test_a_reported_reply_tells_how_an_unknown_vocabulary_counts(
    reported: int, prompt: int
) -> None:
    text = "word " * 80
    assert TokenCounter().count(text.strip(), "openai/gpt-4o").tokens == 80
    turn = SpokenTurn("a", None, "Which one?", text.strip(), text.strip())
    call = ReplyCall(
        model="anthropic/claude-sonnet-4-5",
        started=NOON,
        usage=Usage(input=1000, output=reported),
        cost=Cost(None),
        turn_id="a",
    )
    (counted,) = Recounter(TokenCounter(), [turn]).counts([call], "openai/gpt-4o")
    assert counted.prompt == prompt
    assert not counted.exact


def talk_of_five(question: int = 200, answer: int = 200) -> list[Recount]:
    """18,000 tokens, and then five turns."""
    return [
        Recount(
            18_000 + question + n * (question + answer),
            18_000 + question + n * (question + answer),
            answer,
            0,
            True,
            question,
            answer if n else 0,
        )
        for n in range(5)
    ]


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        # Up to the last question before this one.
        (
            "openai/gpt-5.6",
            Usage(1800, cache_read=73_800, cache_write=19_400, output=1000, estimated=True),
        ),
        # In steps of 128 and of 64 tokens.
        ("openai/gpt-4o", Usage(19_992, cache_read=75_008, output=1000, estimated=True)),
        (
            "deepseek/deepseek-v3.1-terminus",
            Usage(19_928, cache_read=75_072, output=1000, estimated=True),
        ),
    ],
)
def test_a_conversation_is_laid_out_by_the_rule_of_whoever_would_serve_it(
    model: str, wanted: Usage
) -> None:
    book = PriceBook()
    calls = [
        replace(
            one_call(Usage(input=20_000, output=200), None, Cost(Decimal(1)), "other/y"),
            started=NOON + timedelta(minutes=4 * n),
            after=n - 1 if n else None,
        )
        for n in range(5)
    ]
    price = book.price(model)
    rule = book.cache_rule(model)
    found = alternative(model, calls, talk_of_five(), lambda _: price, rule=rule)
    assert found.usage == wanted
