"""Addresses of a reply: each is shown whole, and opened when the user says so a second time."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from chatui.domain.errors import UsageError
from chatui.text.web_address import WebAddress, web_address
from chatui.widgets.scrolled_box import ScrolledBox

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

HINT = "Enter open · y copy · Esc close"


class LinkBox(ScrolledBox[bool]):
    """Answers with True when the address is to be opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "dismiss(True)", "Open"),
        Binding("y", "copy", "Copy"),
        Binding("escape,q,ctrl+c", "dismiss(False)", "Close"),
    ]
    DEFAULT_CSS = """
    LinkBox > VerticalScroll {
        width: 80%; min-width: 40; max-width: 100; height: auto; max-height: 90%;
    }
    LinkBox Static { width: 1fr; height: auto; }
    """

    def __init__(self, address: WebAddress) -> None:
        super().__init__()
        self._address = address

    def compose(self) -> ComposeResult:
        with VerticalScroll() as box:
            box.border_title = "Open this address?"
            box.border_subtitle = HINT
            yield Static(address_content(self._address), markup=False)

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._address.whole)
        self.dismiss(False)


def address_content(address: WebAddress) -> Content:
    """The whole address with the name of its server set off, and what may deceive about it. It is
    a link of the terminal's too (OSC 8): over ssh the browser is where the terminal is."""
    shown = Content.assemble(address.before, (address.host, "bold $primary"), address.behind)
    shown = shown.stylize(Style(link=address.whole))
    remarks = [Content.styled(f"! {remark}", "$text-warning") for remark in address.remarks]
    return Content("\n\n").join([shown, *remarks])


def open_link(widget: Widget, href: str) -> None:
    """Shows the address, which the system gets when the user says so; or, in a toast, why not."""
    try:
        address = web_address(href)
    except UsageError as refused:
        widget.notify(str(refused), severity="warning", markup=False)
        return
    app = widget.app

    def decided(to_open: bool | None) -> None:
        if to_open:
            app.run_worker(lambda: app.open_url(address.whole), thread=True)

    app.push_screen(LinkBox(address), decided)
