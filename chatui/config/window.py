"""The settings that the window needs before its first frame: how it looks, and its keys.

They stand apart, because making the classes of all other settings takes a quarter of the time
until that frame. For the same reason nothing here needs `annotated_types`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

NotifyWay = Literal["off", "bell", "osc9", "osc777"]


class ConfigSection:
    """Makes pydantic refuse keys that a section does not have."""

    __slots__ = ()
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}


class AtLeast(NamedTuple):
    """A bound that pydantic checks, as `annotated_types.Ge` is."""

    least: float

    def __get_pydantic_core_schema__(
        self, source: type, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return {**handler(source), "ge": self.least}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ui(ConfigSection):
    theme: str = "chatui-dark"
    show_reasoning: bool = False
    turns_shown: Annotated[int, AtLeast(2)] = 30
    terminal_title: bool = True
    notify: NotifyWay = "bell"
    """How a long answer is told of when the window isn't in focus."""
    notify_after_seconds: Annotated[float, AtLeast(0)] = 10.0
    motion: bool = True
    """Whether the cursor blinks and what scrolls glides."""
    vim: bool = False
    """Vim's keys in the composer and in the transcript."""
    plain: bool = False
    """Chat in lines that are written once, for screen readers, in place of the window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys(ConfigSection):
    """Action to key, in Textual's notation; several keys are separated by commas."""

    cancel: str = "escape"
    interrupt: str = "ctrl+c"
    quit_when_empty: str = "ctrl+d"
    palette: str = "ctrl+p"
    models: str = "ctrl+l"
    next_model: str = "f2"
    new: str = "ctrl+n"
    sessions: str = "ctrl+s"
    search_history: str = "ctrl+r"
    editor: str = "ctrl+g"
    sources: str = "ctrl+o"
    reasoning: str = "ctrl+t"
    chats: str = "ctrl+b"
    find: str = "ctrl+f"
    help: str = "f1"
    send: str = "enter"
    newline: str = "shift+enter,ctrl+j"
    paste: str = "ctrl+v"
    copy: str = "y"
    edit: str = "e"
    retry: str = "r"
    go_on: str = "c"
    branch: str = "b"
    pin: str = "p"
    version_before: str = "left"
    version_after: str = "right"
    edit_answer: str = "a"
    omit: str = "x"
    copy_code: str = "C,shift+c"
    copy_question: str = "u"
    copy_table: str = "T,shift+t"
    open_link: str = "o"
    find_here: str = "slash"
    times: str = "t"


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSettings:
    """`profile` is the one of `[chat]`, "" where there is none."""

    ui: Ui = Ui()
    keys: Keys = Keys()
    profile: str = ""
