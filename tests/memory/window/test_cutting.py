from __future__ import annotations

import random
import re

import pytest

from chatui.cost.tokens.tokens import TokenCounter
from chatui.memory.window.cutting import cut_middle


def words(text: str) -> int:
    return len(text.split())


def test_a_text_that_fits_is_left_as_it_is() -> None:
    assert cut_middle("one two", 2, words) == ("one two", 0)


def test_the_middle_goes_and_a_mark_says_how_much() -> None:
    text = " ".join(str(number) for number in range(12_445))
    shown, lost = cut_middle(text, 110, words)
    assert shown.startswith("0 1 2 ")
    assert shown.endswith(" 12443 12444")
    assert f"… [{lost:,} tokens left out here] …" in shown
    assert 12_300 < lost < 12_445
    kept = [int(word) for word in re.findall(r"\d+", shown.replace(f"{lost:,}", ""))]
    assert len(kept) + lost == 12_445


@pytest.mark.parametrize("seed", range(20))
def test_no_cut_is_larger_than_its_room(seed: int) -> None:
    dice = random.Random(seed)
    alphabet = dice.choice(["ab \n", "日本語の文", "🙂é ", "x"])
    text = "".join(dice.choices(alphabet, k=dice.randint(1, 3000)))
    room = dice.randint(25, 200)
    tokens = TokenCounter()
    shown, lost = cut_middle(text, room, lambda part: tokens.count(part, "gpt-4o").tokens)
    assert tokens.count(shown, "gpt-4o").tokens <= room
    assert (lost > 0) == (shown != text)


def test_a_room_too_small_for_anything_holds_the_mark_alone() -> None:
    assert cut_middle("word " * 100, 0, words)[0].strip() == "… [100 tokens left out here] …"
