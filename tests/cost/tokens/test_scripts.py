"""What a text's script says of the tokens of a vocabulary that is not at hand."""

from __future__ import annotations

import pytest

from chatui.cost.tokens.calibration import Calibration
from chatui.cost.tokens.scripts import FAMILIES, TOKENS, UNKNOWN, factors

ENGLISH = "The first railways changed the life of towns within a few years. " * 20
CODE = "def total(rows: list[int]) -> int:\n    return sum(row for row in rows if row > 0)\n" * 20
GERMAN = "Die ersten Züge veränderten das Leben der Städte in wenigen Jahren. " * 20
HINDI = "पहली रेलगाड़ियों ने कुछ ही वर्षों में शहरों का जीवन बदल दिया। " * 20
ARABIC = "غيرت السكك الحديدية الأولى حياة المدن في غضون سنوات قليلة. " * 20
CHINESE = "最早的铁路在几年之内改变了城市的生活，货物只需几天就能送达。" * 20
JAPANESE = "最初の鉄道は数年のうちに都市の生活を変えた。" * 20

TEXTS = {
    "arabic": ARABIC, "hindi": HINDI, "german": GERMAN, "chinese": CHINESE, "japanese": JAPANESE,
}  # fmt: skip

# True tokens for each of o200k_base's, of whole articles, measured with the vocabularies:
# the mean and the largest of pieces of 3,000 characters.
MEASURED = [
    ("llama-3.1-8b", "arabic", 1.20, 1.28),
    ("deepseek-chat", "arabic", 1.17, 1.24),
    ("claude-x", "arabic", 2.84, 3.14),
    ("gemma-3-4b", "hindi", 0.85, 0.90),
    ("qwen3-8b", "hindi", 1.99, 2.27),
    ("deepseek-chat", "hindi", 1.76, 1.94),
    ("claude-x", "german", 1.33, 1.41),
    ("mistral-small", "chinese", 1.19, 1.24),
    ("claude-x", "chinese", 1.37, 1.43),
    ("deepseek-chat", "chinese", 0.79, 0.83),
    ("deepseek-chat", "japanese", 0.86, 0.89),
]


@pytest.mark.parametrize("text", [ENGLISH, "", "1234 + 5678 = 6912", "🙂🙂🙂"])
@pytest.mark.parametrize("model", ["gemma-3-4b", "claude-x", "another"])
def test_english_and_signs_are_left_to_the_fixed_margin(model: str, text: str) -> None:
    assert factors(model, text) == (1.0, 1.0)


@pytest.mark.parametrize(("model", "language", "mean", "largest"), MEASURED)
def test_a_prompt_is_estimated_near_and_never_below_what_was_measured(
    model: str, language: str, mean: float, largest: float
) -> None:
    usual, most = factors(model, TEXTS[language])
    assert usual == pytest.approx(mean, rel=0.3)
    assert most >= largest


@pytest.mark.parametrize(("model", "language", "mean", "largest"), MEASURED)
def test_the_first_prompt_of_an_unknown_vocabulary_stays_within_the_cap(
    model: str, language: str, mean: float, largest: float
) -> None:
    first = Calibration(margin=1.2).for_text(model, TEXTS[language])
    assert first.largest_count(8000) * largest <= 8000


@pytest.mark.parametrize("text", [CODE, '{"a": [1, 2], "b": {"c": null}}' * 20])
def test_code_and_data_leave_room_for_the_vocabulary_that_takes_the_most(text: str) -> None:
    usual, most = factors("another", text)
    assert usual == 1.0
    # Gemma's took 1.26 for each of o200k_base's in a file of JSON.
    assert most == pytest.approx(1.3)


def test_of_a_mixed_text_each_script_counts_by_its_tokens() -> None:
    mixed = factors("claude-x", ENGLISH + HINDI)
    assert factors("claude-x", ENGLISH) < mixed < factors("claude-x", HINDI)


def test_what_was_learnt_counts_more_than_the_script() -> None:
    learnt = Calibration(margin=1.05, factor=1.1, learnt=True)
    assert learnt.for_text("claude-x", HINDI) is learnt


def test_a_vocabulary_of_the_models_own_needs_no_factor() -> None:
    exact = Calibration(margin=1.0)
    assert exact.for_text("gpt-5-mini", HINDI) is exact


def test_every_family_tells_of_every_script() -> None:
    for table in (*FAMILIES.values(), UNKNOWN):
        assert set(table) | {"latin", "code"} == set(TOKENS)
        assert all(0 < usual <= most for usual, most in table.values())
