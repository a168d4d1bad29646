"""Short texts of the window: keys, ages, counts, prices."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from chatui.widgets.key_names import key_names
from chatui.widgets.model_picker import ModelRow, price, short_count
from chatui.widgets.sessions import ago


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        ("ctrl+p", "Ctrl+P"),
        ("shift+enter,ctrl+j", "Shift+Enter Ctrl+J"),
        ("escape", "Esc"),
        ("j", "j"),
        ("G", "G"),
        ("f1", "F1"),
        ("question_mark", "?"),
    ],
)
def test_keys_are_written_as_on_a_keyboard(keys: str, names: str) -> None:
    assert key_names(keys) == names


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=-5), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(minutes=60), "1 h"),
        (timedelta(hours=24), "1 d"),
        (timedelta(days=364), "364 d"),
        (timedelta(days=800), "2 y"),
    ],
)
def test_ages_are_short(span: timedelta, text: str) -> None:
    assert ago(span) == text


@pytest.mark.parametrize(
    ("tokens", "text"),
    [(None, "—"), (512, "512"), (128_000, "128k"), (1_048_576, "1.0M")],
)
def test_context_sizes_are_short(tokens: int | None, text: str) -> None:
    assert short_count(tokens) == text


@pytest.mark.parametrize(
    ("amount", "row", "text"),
    [
        (Decimal("0.250"), ModelRow("a/b"), "0.25"),
        (Decimal("20"), ModelRow("a/b"), "20.00"),
        (Decimal("3.5"), ModelRow("a/b", currency="EUR"), "EUR 3.50"),
        (None, ModelRow("a/b"), "—"),
        (None, ModelRow("a/b", local=True), "free"),
    ],
)
def test_an_unknown_price_is_a_dash_and_only_a_local_model_is_free(
    amount: Decimal | None, row: ModelRow, text: str
) -> None:
    assert price(amount, row) == text
