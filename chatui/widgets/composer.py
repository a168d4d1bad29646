"""Where the user writes: grows with the text, sends it, completes it and remembers it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import TextArea

from chatui.text.dropped_path import dropped
from chatui.text.safety import strip_controls
from chatui.widgets.completion import Completion, CompletionList
from chatui.widgets.pastes import Pastes
from chatui.widgets.prompt_history import PromptHistory
from chatui.widgets.quiet import scroll_bar
from chatui.widgets.terminal_input import InputBehind, is_text
from chatui.widgets.triggers import Trigger, trigger_at

if TYPE_CHECKING:
    from chatui.widgets.modal_keys import ModalKeys

PLACEHOLDER = "Ask anything · / commands · @ files · # collections"


class Composer(TextArea):
    """A TextArea where Enter sends. Everything it can't do itself it posts as a message."""

    DEFAULT_CSS = f"""
    Composer {{
        height: auto; min-height: 3; max-height: 33.4vh; padding: 0 1;
        border: round $border-blurred; background: $background;
        border-title-color: $text-warning; border-subtitle-color: $text-muted;
        {scroll_bar("$background")}
        &:focus {{ border: round $primary; }}
        &.-editing {{ border: round $warning; }}
        & .text-area--placeholder {{ color: $text-muted; }}
        & .text-area--cursor-line {{ background: $background; }}
        &.-inserting .text-area--cursor {{
            color: $foreground; background: $foreground 25%; text-style: underline;
        }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", "Send", id="send"),
        Binding("shift+enter,ctrl+j", "newline", "New line", id="newline"),
        Binding("ctrl+v", "paste_any", "Paste", id="paste"),
        Binding("tab", "complete", "Complete", show=False),
        # TextArea has it for a letter back.
        Binding("ctrl+b", "app.slash('chats')", show=False),
        # TextArea would take it for a word to be deleted.
        Binding("ctrl+f", "app.find", show=False),
        Binding("alt+b", "cursor_word_left", show=False),
        Binding("alt+f", "cursor_word_right", show=False),
        Binding("alt+d", "delete_word_right", show=False),
        Binding("ctrl+y", "yank", show=False),
        Binding("ctrl+shift+z,super+shift+z", "redo", show=False),
    ]

    mode_told: reactive[str] = reactive("", init=False)
    """The mode of Vim's keys, where they are on."""

    class Submitted(Message):
        """The user sends `text`, its pastes unfolded."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Resized(Message):
        """What stands on its edge may have another length now."""

    class PasteWanted(Message):
        """The user wants what is on the clipboard, a picture or a text."""

    class CompletionWanted(Message):
        def __init__(self, trigger: Trigger) -> None:
            super().__init__()
            self.trigger = trigger

    def __init__(self, completions: CompletionList, id: str | None = None) -> None:
        super().__init__(
            id=id, placeholder=PLACEHOLDER, soft_wrap=True, tab_behavior="focus", compact=False
        )
        self.completions = completions
        self.pastes = Pastes()
        self.past_prompts = PromptHistory()
        self._killed = ""
        self.waits = False
        """Whether a question waits for its turn, which keys in an empty composer are for."""
        self.vim: ModalKeys | None = None
        self.behind = InputBehind(self)
        self._handling = False
        self._hurried = False
        """Whether the next key was there when the one before it was handled."""
        self._lines_came = False
        """Whether the keys that come in one burst have ended a line."""
        self._filled: str | None = None
        """What was put here by the window: it is neither a draft nor to be completed."""

    @property
    def draft(self) -> str:
        """What would be sent."""
        return self.pastes.expand(self.text)

    @property
    def takes_text(self) -> bool:
        """Whether letters are text, and not commands."""
        return self.vim is None or self.vim.takes_text

    def has_own(self, key: str) -> bool:
        """Whether that key never comes to the window, because letters are commands now."""
        return self.has_focus and self.vim is not None and self.vim.has(key)

    def leaving(self, key: str) -> str:
        """What has to be pressed for what `key` means to the window: in insert mode it leads to
        normal mode first."""
        return f"{key} {key}" if self.vim is not None and self.takes_text else key

    def use_vim(self, keys: ModalKeys | None) -> None:
        self.vim = keys
        self.show_mode()

    def show_mode(self) -> None:
        self.set_class(self.vim is not None and self.takes_text, "-inserting")
        self.mode_told = self.vim.told if self.vim is not None else ""

    def insert_mode(self) -> None:
        """Letters are text from now on."""
        if self.vim is not None:
            self.vim.insert()
            self.show_mode()

    @property
    def is_behind(self) -> bool:
        """Whether there are keys that it has not handled yet."""
        return self._handling or self.behind.is_there

    def fill(self, text: str, *, whole: bool = False) -> None:
        """Replaces the text; the cursor goes behind it and nothing is offered. A long text is
        folded, and one that is to be edited as a `whole` only if it would make keys slow."""
        whole = whole and self.pastes.may_stand(text)
        self.text = self._filled = strip_controls(text) if whole else self._shown(text)
        self.move_cursor(self.document.end)
        self.completions.close()
        if self.vim is not None:
            self.vim.forget()
            self.show_mode()

    def offer(self, trigger: Trigger, items: Sequence[Completion], usage: str = "") -> None:
        """Shows completions and what a command takes, unless the user has typed on meanwhile."""
        if trigger == self._trigger():
            self.completions.offer(trigger, items, usage)

    # Sending

    def action_send(self) -> None:
        if self.completions.is_open and not self._is_complete():
            self.action_complete()
            return
        self.completions.close()
        row, column = self.cursor_location
        if column and self.document.get_line(row)[column - 1] == "\\":
            self.replace("\n", (row, column - 1), (row, column))
            return
        if self.text.strip():
            # At once, so that what comes next can neither go with it nor be lost with it.
            draft = self.draft
            self.put_aside()
            self.insert_mode()
            self.post_message(self.Submitted(draft))

    def put_aside(self) -> None:
        """Empties the composer; what was written is the newest prompt of its history."""
        if self.text.strip():
            self.past_prompts.add(self.draft)
        self.fill("")

    async def _enter(self) -> None:
        """Sends, where a hand pressed the key. Within a burst it is a part of the text: all of a
        paste that comes as keys must arrive, and its last Enter is for the user to press."""
        behind = await self.behind.all()
        if not behind and self._hurried and not self._lines_came:
            behind = await self.behind.next_piece()
        if behind and isinstance(behind[0], events.Key) and behind[0].key == "ctrl+j":
            return  # A line that ends in both characters ends once.
        if not self.takes_text and any(map(is_text, behind)):
            return  # Letters are commands: what comes faster than a hand must not be sent.
        if any(map(is_text, behind)) or self._lines_came:
            self.completions.close()
            self._lines_came = True
            self.insert("\n")
        elif not any(isinstance(each, events.Key) and each.key == "enter" for each in behind):
            self.action_send()
        # Else the key has bounced, or was pressed again: the last one sends.

    def _is_complete(self) -> bool:
        """Whether the chosen completion would add nothing to what is typed, or was offered
        for what stood there before: keys that come in one burst are faster than the list."""
        chosen, trigger = self.completions.chosen, self._trigger()
        if trigger != self.completions.trigger:
            return True
        if chosen is None or trigger is None:
            return True
        # The slash at an absolute path's start is a part of it, the one behind a folder is not.
        return chosen.insert.strip('"').rstrip("/") == trigger.text.rstrip("/")

    def action_paste_any(self) -> None:
        self.post_message(self.PasteWanted())

    def put(self, text: str) -> None:
        """A text that is pasted."""
        self.insert(self._shown(text, beside=len(self.text)))

    def put_chip(self, chip: str) -> None:
        """What stands for a picture; Backspace takes it off as a whole."""
        self.pastes.know(chip)
        row, column = self.cursor_location
        before = self.document.get_line(row)[:column]
        self.insert(f"{' ' if before and not before[-1].isspace() else ''}{chip} ")

    def action_newline(self) -> None:
        self.insert("\n")

    # Completion

    def on_text_area_changed(self) -> None:
        if self.text == self._filled:
            return
        self._filled = None
        self.past_prompts.rest()
        self._ask_for_completions()

    def _ask_for_completions(self) -> None:
        trigger = self._trigger()
        if trigger is None or not self.takes_text:
            self.completions.close()
        else:
            self.post_message(self.CompletionWanted(trigger))

    def _trigger(self) -> Trigger | None:
        row, column = self.cursor_location
        return trigger_at(self.document.get_line(row), column, row)

    def action_complete(self) -> None:
        chosen, trigger = self.completions.chosen, self._trigger()
        if chosen is None or trigger is None:
            # Nothing to complete: Tab goes on to the next panel.
            raise SkipAction
        if trigger != self.completions.trigger:
            return
        if chosen.insert == trigger.text and len(self.completions.items) > 1:
            # What is typed may be taken as it is; Tab goes on from it.
            self.completions.move(1)
            chosen = self.completions.chosen or chosen
        self.completions.close()
        insert = chosen.insert + (" " if chosen.ends else "")
        row, column = self.cursor_location
        self.replace(insert, (row, trigger.start), (row, column))

    # Moving, and the history behind the edges

    def action_cursor_up(self, select: bool = False) -> None:
        if self.completions.is_open:
            self.completions.move(-1)
        elif self.waits and not self.text:
            raise SkipAction
        elif select or not self.navigator.is_first_wrapped_line(self.cursor_location):
            super().action_cursor_up(select)
        else:
            self.recall(-1)

    def action_cursor_down(self, select: bool = False) -> None:
        if self.completions.is_open:
            self.completions.move(1)
        elif select or not self.navigator.is_last_wrapped_line(self.cursor_location):
            super().action_cursor_down(select)
        else:
            self.recall(1)

    def action_cursor_page_up(self) -> None:
        # The pages are the transcript's: the composer is never taller than a third of it.
        raise SkipAction

    def action_cursor_page_down(self) -> None:
        raise SkipAction

    def action_cursor_line_end(self, select: bool = False) -> None:
        if not self.text:
            raise SkipAction
        super().action_cursor_line_end(select)

    def recall(self, step: int) -> None:
        """The prompt before what stands there, or the one behind."""
        past = self.past_prompts
        prompt = past.older(self.text) if step < 0 else past.newer()
        if prompt is not None:
            self.fill(prompt)

    # Killing and yanking

    def action_delete_left(self) -> None:
        row, column = self.cursor_location
        chip = self.pastes.chip_before(self.document.get_line(row), column)
        if chip and self.selection.is_empty:
            self.delete((row, column - len(chip)), (row, column))
        else:
            super().action_delete_left()

    def action_delete_to_start_of_line(self) -> None:
        row, column = self.cursor_location
        self._killed = self.document.get_line(row)[:column] or self._killed
        super().action_delete_to_start_of_line()

    async def action_delete_to_end_of_line_or_delete_line(self) -> None:
        row, column = self.cursor_location
        self._killed = self.document.get_line(row)[column:] or self._killed
        await super().action_delete_to_end_of_line_or_delete_line()

    def action_delete_word_left(self) -> None:
        if self.selection.is_empty:
            end = self.cursor_location
            self._killed = self.get_text_range(self.get_cursor_word_left_location(), end)
        super().action_delete_word_left()

    def action_yank(self) -> None:
        if self._killed:
            self.insert(self._killed)

    def action_delete_right(self) -> None:
        # Ctrl+D: where there is nothing to delete, the app may take it.
        if not self.text:
            raise SkipAction
        super().action_delete_right()

    async def _on_key(self, event: events.Key) -> None:
        """Runs the composer's own keys here and now. Left to Textual, a binding runs a few
        hops later (or, with priority, earlier) than the letters around it are typed, and
        keys that come in one burst change places: the Enter behind a text finds it empty."""
        if not self._hurried:
            self._lines_came = False
        self._handling = True
        await self._handle(event)
        self._handling = False
        self._hurried = self.behind.is_there

    async def _handle(self, event: events.Key) -> None:
        if self.vim is not None and await self.vim.takes(event):
            event.stop()
            event.prevent_default()
            return
        if event.is_printable and not event.key.startswith("alt+"):
            return
        bound = self.screen.active_bindings.get(event.key)
        if bound is not None and bound.node is self and bound.enabled:
            if bound.binding.action == "send":
                event.stop()
                event.prevent_default()
                await self._enter()
                return
            if event.key == "tab" and any(map(is_text, await self.behind.all())):
                event.stop()
                event.prevent_default()
                self.insert("\t")
                return
            # False when the action passes the key on, as Tab does with nothing to complete.
            if await self.app.run_action(bound.binding.action, self):
                event.stop()
                event.prevent_default()
        elif event.key.startswith("alt+"):
            # TextArea would type the letter; alt is for readline keys here.
            event.prevent_default()

    async def _on_mouse_down(self, event: events.MouseDown) -> None:
        if event.button != 1:
            # Neither moves the cursor nor marks: the right one pastes where the cursor is.
            event.prevent_default()

    def on_resize(self) -> None:
        # It has grown or shrunk around the cursor, which was in sight before.
        self.scroll_cursor_visible()
        self.post_message(self.Resized())

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        if self.vim is not None:
            self.vim.about_to_change()
        if not event.text:
            # What terminals send for a clipboard without text.
            self.post_message(self.PasteWanted())
        elif mention := dropped(event.text):
            row, column = self.cursor_location
            before = self.document.get_line(row)[:column]
            self.insert(f"{' ' if before and not before[-1].isspace() else ''}{mention} ")
        else:
            self.put(event.text)

    def _shown(self, text: str, beside: int = 0) -> str:
        """The text without what a terminal would obey, folded when it is long."""
        return self.pastes.fold(strip_controls(text), beside)
