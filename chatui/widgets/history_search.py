"""The prompts of all conversations, to find one again and send it once more."""

from __future__ import annotations

from collections.abc import Sequence

from chatui.widgets.picker import Picker, PickerRow


class HistorySearch(Picker):
    """Answers with the number of the chosen prompt in the sequence given."""

    def __init__(self, prompts: Sequence[str]) -> None:
        rows = [PickerRow(id=str(number), cells=(prompt,)) for number, prompt in enumerate(prompts)]
        super().__init__(
            "Earlier prompts",
            rows,
            placeholder="Type a part of the prompt",
            remark="" if rows else "Nothing was asked yet.",
        )
