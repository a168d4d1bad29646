"""The models to choose from, with what decides between them: context, price, place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from chatui.widgets.picker import Picker, PickerRow

NUMBERS = frozenset({1, 2, 3})


@dataclass(frozen=True, slots=True)
class ModelRow:
    """Prices are per million tokens in `currency`; None is unknown, as for `context_size`."""

    name: str
    context_size: int | None = None
    input_price: Decimal | None = None
    output_price: Decimal | None = None
    currency: str = "USD"
    local: bool = False
    description: str = ""


class ModelPicker(Picker):
    def __init__(self, models: Sequence[ModelRow], current: str, remark: str = "") -> None:
        super().__init__(
            "Models",
            picker_rows(models, current),
            placeholder="Type a part of a name",
            remark=remark,
            right=NUMBERS,
        )
        self._current = current

    def show_models(self, models: Sequence[ModelRow], remark: str = "") -> None:
        self.show_rows(picker_rows(models, self._current), remark)


def picker_rows(models: Sequence[ModelRow], current: str) -> list[PickerRow]:
    return [
        PickerRow(
            id=model.name,
            cells=(
                model.name,
                short_count(model.context_size),
                price(model.input_price, model),
                price(model.output_price, model),
                "local" if model.local else "",
            ),
            search=model.description,
            mark="●" if model.name == current else "",
        )
        for model in models
    ]


def short_count(tokens: int | None) -> str:
    """128000 → 128k, 1048576 → 1.0M, None → a dash."""
    if tokens is None:
        return "—"
    if tokens < 1000:
        return str(tokens)
    if tokens < 1_000_000:
        return f"{tokens / 1000:.0f}k"
    return f"{tokens / 1_000_000:.1f}M"


def price(amount: Decimal | None, model: ModelRow) -> str:
    if model.local:
        return "free"
    if amount is None:
        return "—"
    sign = "$" if model.currency == "USD" else f"{model.currency} "
    return f"{sign}{amount.normalize():f}"
