"""The colours of the window. All text meets WCAG AA on its background; some are for readers who
need more contrast or a light screen.

The last ones are of the terminal's own palette, which may be anybody's. They name only those of the
sixteen colours that stand out by 3 to 1 from the background in the palettes of xterm, Solarized,
Windows, Linux's console and GNOME: no more can be asked where Solarized's plain text itself has
4.1 to 1. Text is in the terminal's own colour on its own background; see `widgets.own_colours`.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

from chatui.system.terminal import Terminal

DEFAULT = "chatui-dark"
COLOURLESS = "chatui-mono"
"""Bold, italic, underlined and reversed text, and no colours."""


def _quiet(primary: str) -> dict[str, str]:
    """Words that keep in the background, and the row that is chosen in a list: as quiet as AA lets
    them be, the one upon the other too. It is bold besides, for whoever sees no shades."""
    return {
        "text-muted": "auto 72%",
        "text-disabled": "auto 68%",
        "block-cursor-blurred-background": f"{primary} 15%",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-text-style": "bold",
    }


_OWN = {
    "ansi-background": "ansi_default",
    "ansi-foreground": "ansi_default",
    "block-cursor-background": "ansi_cyan",
    "block-cursor-blurred-background": "ansi_cyan",
    "border-blurred": "ansi_default",
    "input-cursor-background": "ansi_default",
    "input-cursor-foreground": "ansi_default",
    "input-cursor-text-style": "reverse",
    "input-selection-background": "ansi_cyan",
    "input-selection-foreground": "ansi_default",
    "screen-selection-background": "ansi_cyan",
    "screen-selection-foreground": "ansi_default",
}

THEMES = (
    Theme(
        name="chatui-dark",
        primary="#7cb7d9",
        secondary="#9d9ae0",
        accent="#e0b074",
        foreground="#d5dae1",
        background="#101418",
        surface="#161b21",
        panel="#212831",
        success="#86c08b",
        warning="#e0b074",
        error="#e58184",
        variables=_quiet("#7cb7d9")
        | {"border-blurred": "#3a4450", "block-cursor-text-style": "none"},
    ),
    Theme(
        name="chatui-light",
        primary="#1a6799",
        secondary="#5b54b0",
        accent="#95560a",
        foreground="#22292f",
        background="#fbfbf9",
        surface="#f2f2ee",
        panel="#e4e4de",
        success="#2d7036",
        warning="#8f5300",
        error="#ab2f35",
        dark=False,
        variables=_quiet("#1a6799")
        | {"border-blurred": "#b9bcb8", "block-cursor-text-style": "none"},
    ),
    Theme(
        name="chatui-contrast",
        primary="#6fd3ff",
        secondary="#d0b8ff",
        accent="#ffd75f",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#262626",
        success="#7dff8a",
        warning="#ffd75f",
        error="#ff8f8f",
        variables=_quiet("#6fd3ff") | {"border-blurred": "#a8a8a8", "text-muted": "#d0d0d0"},
    ),
    Theme(
        name="chatui-ember",
        primary="#e8a167",
        secondary="#c98a8a",
        accent="#d9c27e",
        foreground="#e2d8cc",
        background="#191513",
        surface="#201b18",
        panel="#2d2622",
        success="#a3b97c",
        warning="#d9c27e",
        error="#e58070",
        variables=_quiet("#e8a167")
        | {"border-blurred": "#4b4039", "block-cursor-text-style": "none"},
    ),
    Theme(
        name="chatui-moss",
        primary="#8fc28a",
        secondary="#7fb8ad",
        accent="#d8c37a",
        foreground="#d6dccf",
        background="#121612",
        surface="#181d18",
        panel="#232a23",
        success="#8fc28a",
        warning="#d8c37a",
        error="#e0877f",
        variables=_quiet("#8fc28a")
        | {"border-blurred": "#3c463c", "block-cursor-text-style": "none"},
    ),
    Theme(
        name="chatui-paper",
        primary="#7a4a1d",
        secondary="#5a5a8c",
        accent="#8a5a00",
        foreground="#2c2319",
        background="#f5eedd",
        surface="#ede4cf",
        panel="#e6dcc4",
        success="#456a2b",
        warning="#855200",
        error="#a13228",
        dark=False,
        variables=_quiet("#7a4a1d")
        | {"border-blurred": "#bfae8c", "block-cursor-text-style": "none"},
    ),
    Theme(
        name="ansi-dark",
        ansi=True,
        primary="ansi_cyan",
        secondary="ansi_bright_magenta",
        accent="ansi_yellow",
        warning="ansi_yellow",
        error="ansi_bright_red",
        success="ansi_green",
        foreground="ansi_default",
        background="ansi_default",
        variables=_OWN,
    ),
    Theme(
        name=COLOURLESS,
        ansi=True,
        primary="ansi_cyan",
        foreground="ansi_default",
        background="ansi_default",
        variables=_OWN,
    ),
    Theme(
        name="ansi-light",
        ansi=True,
        primary="ansi_blue",
        secondary="ansi_magenta",
        accent="ansi_magenta",
        warning="ansi_magenta",
        error="ansi_red",
        success="ansi_blue",
        foreground="ansi_default",
        background="ansi_default",
        dark=False,
        variables=_OWN,
    ),
)


def fitting_theme(wanted: str, themes: Mapping[str, Theme], terminal: Terminal) -> str:
    """The wanted theme, or one that the terminal can show. Where nobody says what its colours would
    stand on, it is none of them that is right."""
    theme = themes.get(wanted)
    if not terminal.colours:
        return COLOURLESS
    if terminal.colours >= 256 or (theme and theme.ansi):
        return wanted if theme else DEFAULT
    return {True: "ansi-dark", False: "ansi-light", None: COLOURLESS}[terminal.dark]
