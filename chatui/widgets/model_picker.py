"""The models to choose from, with what decides between them: context, price, place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from chatui.widgets.picker import Picker, PickerRow

TITLE = "Models · $ per million tokens"
HEADS = ("", "context", "$ in", "$ out")
NUMBERS = frozenset({1, 2, 3})
CONTEXT = 1
CENT = Decimal("0.01")
RECENT, LOCAL, HOSTED, KEYLESS = "Recent", "Local", "Hosted", "Without a key"


@dataclass(frozen=True, slots=True)
class ModelRow:
    """Prices are per million tokens in `currency`; None is unknown, as for `context_size`.
    `lacking` is what has to be done before it can answer: "set OPENAI_API_KEY"."""

    name: str
    context_size: int | None = None
    input_price: Decimal | None = None
    output_price: Decimal | None = None
    currency: str = "USD"
    local: bool = False
    description: str = ""
    lacking: str = ""


class ModelPicker(Picker):
    """`recent` are the names of the models used last, the newest first: they stand above all
    others, and the cursor starts on the `current` one."""

    def __init__(
        self,
        models: Sequence[ModelRow],
        current: str,
        remark: str = "",
        recent: Sequence[str] = (),
    ) -> None:
        self._current = current
        self._recent = tuple(recent)
        super().__init__(
            TITLE,
            picker_rows(models, current, recent),
            placeholder="Type a part of a name",
            remark=remark,
            heads=HEADS,
            right=NUMBERS,
            yields=(CONTEXT,),
        )

    def show_models(
        self, models: Sequence[ModelRow], remark: str = "", recent: Sequence[str] | None = None
    ) -> None:
        self._recent = self._recent if recent is None else tuple(recent)
        self.show_rows(picker_rows(models, self._current, self._recent), remark)


def picker_rows(
    models: Sequence[ModelRow], current: str, recent: Sequence[str] = ()
) -> list[PickerRow]:
    """Those used last, then those of this machine, then the others, those that can't answer yet
    behind them, each in the order given."""
    known = {model.name: model for model in models}
    used = [known[name] for name in dict.fromkeys(recent) if name in known]
    rest = [model for model in models if model not in used]
    sections = (
        (RECENT, used),
        (LOCAL, [model for model in rest if model.local]),
        (HOSTED, [model for model in rest if not model.local and not model.lacking]),
        (KEYLESS, [model for model in rest if model.lacking]),
    )
    return [
        PickerRow(
            id=model.name,
            cells=(
                model.name,
                short_count(model.context_size),
                price(model.input_price, model),
                price(model.output_price, model),
            ),
            search=f"{model.description} {model.lacking}".strip(),
            # Below the name: beside it, the prices would cut the ends of what has to be set.
            below=model.lacking,
            mark="●" if model.name == current else "",
            section=section,
        )
        for section, rows in sections
        for model in rows
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
    """In dollars as the head says, else with its currency; at least two places, so that points
    stand below each other, and more where they matter."""
    if model.local:
        return "free"
    if amount is None:
        return "—"
    exact, rounded = amount.normalize(), amount.quantize(CENT)
    figure = rounded if rounded == exact else exact
    return f"{figure:f}" if model.currency == "USD" else f"{model.currency} {figure:f}"
