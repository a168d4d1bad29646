"""Terminals' sixteen colours as they are published, and what can be read on what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """`colours` are in the order of their numbers."""

    colours: tuple[Rgb, ...]
    foreground: Rgb
    background: Rgb


def rgb(text: str) -> Rgb:
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)


def palette(colours: str, foreground: str, background: str) -> Palette:
    return Palette(tuple(map(rgb, colours.split())), rgb(foreground), rgb(background))


XTERM = (
    "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5 "
    "7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff"
)
SOLARIZED = (
    "073642 dc322f 859900 b58900 268bd2 d33682 2aa198 eee8d5 "
    "002b36 cb4b16 586e75 657b83 839496 6c71c4 93a1a1 fdf6e3"
)
WINDOWS_CONSOLE = (
    "000000 800000 008000 808000 000080 800080 008080 c0c0c0 "
    "808080 ff0000 00ff00 ffff00 0000ff ff00ff 00ffff ffffff"
)
CAMPBELL = (
    "0c0c0c c50f1f 13a10e c19c00 0037da 881798 3a96dd cccccc "
    "767676 e74856 16c60c f9f1a5 3b78ff b4009e 61d6d6 f2f2f2"
)
ONE_HALF_LIGHT = (
    "383a42 e45649 50a14f c18301 0184bc a626a4 0997b3 fafafa "
    "4f525d df6c75 98c379 e4c07a 61afef c577dd 56b5c1 ffffff"
)
VGA = (
    "000000 aa0000 00aa00 aa5500 0000aa aa00aa 00aaaa aaaaaa "
    "555555 ff5555 55ff55 ffff55 5555ff ff55ff 55ffff ffffff"
)
TANGO = (
    "2e3436 cc0000 4e9a06 c4a000 3465a4 75507b 06989a d3d7cf "
    "555753 ef2929 8ae234 fce94f 729fcf ad7fa8 34e2e2 eeeeec"
)
DARK: Mapping[str, Palette] = {
    "xterm": palette(XTERM, "e5e5e5", "000000"),
    "Solarized Dark": palette(SOLARIZED, "839496", "002b36"),
    "Windows Console": palette(WINDOWS_CONSOLE, "c0c0c0", "000000"),
    "Windows Terminal, Campbell": palette(CAMPBELL, "cccccc", "0c0c0c"),
    "Linux console": palette(VGA, "aaaaaa", "000000"),
    "GNOME, Tango": palette(TANGO, "d3d7cf", "2e3436"),
}
LIGHT: Mapping[str, Palette] = {
    "xterm": palette(XTERM, "000000", "ffffff"),
    "Solarized Light": palette(SOLARIZED, "657b83", "fdf6e3"),
    "Windows Console": palette(WINDOWS_CONSOLE, "000000", "ffffff"),
    "Windows Terminal, One Half Light": palette(ONE_HALF_LIGHT, "383a42", "fafafa"),
    "GNOME, Tango": palette(TANGO, "2e3436", "ffffff"),
}


def contrast(one: Rgb, other: Rgb) -> float:
    """WCAG's ratio of two colours, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: Rgb) -> float:
    red, green, blue = (linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(part: float) -> float:
    return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
