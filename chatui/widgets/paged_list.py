"""A list of options that takes page keys at any moment."""

from __future__ import annotations

from textual.visual import VisualType
from textual.widgets import OptionList
from textual.widgets.option_list import Option


class PagedList(OptionList):
    """Textual's own looks a page up in lines that it makes when it is laid out: a key that comes
    before that, or while the list is not shown, ends the whole program with a KeyError."""

    def __init__(self, *options: Option | VisualType, id: str | None = None) -> None:
        super().__init__(*options, id=id, markup=False)

    def action_page_up(self) -> None:
        if self.scrollable_content_region:
            super().action_page_up()  # type: ignore[no-untyped-call]
            if self.highlighted is None:
                # What stands above can't be chosen: the head of a section.
                self.action_first()

    def action_page_down(self) -> None:
        if self.scrollable_content_region:
            super().action_page_down()  # type: ignore[no-untyped-call]
            if self.highlighted is None:
                self.action_last()
