"""Text that tries to act on a terminal or to hide from the eye, and text that only looks so.

`HOSTILE` holds every kind of control there is, each in several surroundings. `WHOLE` holds
emoji and scripts that are made of joiners, which must come through as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

BEL, ST, ST8 = "\x07", "\x1b\\", "\x9c"

_STRINGS = {
    "clipboard": "52;c;aGVsbG8=",
    "title": "0;owned",
    "window title": "2;owned",
    "hyperlink": "8;;file:///etc/passwd",
    "notification": "9;look here",
    "palette": "4;1;rgb:ff/00/00",
    "working folder": "7;file://host/tmp",
    "shell integration": "133;A",
    "iTerm file": "1337;File=inline=1:AAAA",
    "empty": "",
    "long": "52;c;" + "QUFB" * 700,
    "with letters": "0;заголовок 標題",
}
_CSI = ("2J", "H", "31m", "8m", "?1049h", "?1000h", "?1003;1006h", "?2004l", "?25l", "6n", "c",
        ">c", "5i", "21t", "20t", "!p", "1;1H", "999C", "3J", "?5h",
        "38:2::1:2:3m", " q")  # fmt: skip
_ESCAPES = (*"c78DEMNO=>Zn", "(0", ")B", "#8", "%G", " F")
_FORMAT = (
    *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0x200B, 0x2060,
    0xFEFF, 0x00AD, 0x034F, 0x180E, *range(0x2061, 0x2065), *range(0x206A, 0x2070), 0x115F,
    0x1160, 0x3164, 0xFFA0, 0x17B4, 0x17B5, *range(0xFFF9, 0xFFFC), 0x1D173, 0x1D17A, 0x1BCA0,
    0x13430, 0x2028, 0x2029, 0xE0001, *range(0xE0020, 0xE0080), 0x200C, 0x200D,
    0xD800, 0xDBFF, 0xDC00, 0xDFFF,
)  # fmt: skip


def _controls() -> Iterator[str]:
    """Each by itself."""
    yield from (chr(code) for code in [*range(0x20), *range(0x7F, 0xA0)] if chr(code) not in "\n\t")
    for payload in _STRINGS.values():
        for start in ("\x1b]", "\x9d"):
            yield from (start + payload + end for end in (BEL, ST, ST8))
    for start in ("\x1bP", "\x1b_", "\x1b^", "\x1bX", "\x90", "\x9f", "\x9e", "\x98"):
        yield from (start + "q#0;1" + end for end in (BEL, ST, ST8))
    yield from (start + each for start in ("\x1b[", "\x9b") for each in _CSI)
    yield from ("\x1b" + each for each in _ESCAPES)
    yield from (chr(code) for code in _FORMAT)
    # Nested, doubled, cut.
    yield from (
        "\x1b]0;a\x1b]52;c;YQ==\x07\x07", "\x1b\x1b[2J", "\x1b[\x1b[31mm", "\x9b\x9b2J",
        "\x1b]52;c;\x1b[31m\x07", "\x1b[3\n1m", "\x1b]0;a\nb\x07", "\x1bP\x1b]0;a\x07\x1b\\",
        "\x1b]", "\x1b[", "\x1b", "\x1b]52;c;YQ==", "\x1bPq#0", "\x9d0;never ended", "\x9b31",
        "\x1b]0;" + "x" * 5000 + "\x07", "\x1b[" + "1;" * 500 + "m", "\x1b[200~paste\x1b[201~",
        "\ud83d\udb40", "\udb40\udc67", "\ud834\udd73", "\u202e\u202e\u2066", "\u200d\u200d\u200c",
        "\u200b\x1b\u200b]\u200b0;a\x07", "\U000e0067" * 40, "\ufe0f" * 40, "a\u200db\u200cc",
        "x\ufe00\ufe0fy", "y\U000e0100z",
        "\U0001f3f4\U000e0068\U000e0069\U000e007f", "\x1b\u200d[31m", "\r\n\r", "\x0b\x0c\x85",
    )  # fmt: skip


CONTROLS = tuple(dict.fromkeys(_controls()))

_AROUND = ("{}", "before {} after", "日本{}語", "😀{}!")

HOSTILE = tuple(dict.fromkeys(around.format(control) for control in CONTROLS for around in _AROUND))

WHOLE = (
    "👩‍👩‍👧‍👦", "👨🏽‍🚀", "🏳️‍🌈", "🏴‍☠️", "❤️‍🔥", "🙂‍↔️", "👩🏻‍❤️‍💋‍👨🏿", "🧑‍🦽‍➡️", "👁️‍🗨️", "🐻‍❄️",
    "1️⃣ #️⃣ *️⃣", "☎︎ ☎️ ©️", "🇩🇪🇯🇵", "🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🏴󠁧󠁢󠁷󠁬󠁳󠁿",
    "می‌خواهم به خانه‌ام بروم", "کتاب‌ها و PDF‌ها", "ه‍.ش.", "ہم‌آہنگ", "ئۇيغۇر‌چە",
    "क्‍ष और क्‌ष", "श्री‌मान हिन्दी", "ശ്രീ‍ ന്‍", "ශ්‍රී ලංකා", "র‍্যাব", "ಕ್‌ನ", "ர‌ஜ", "ᠨᠢᠭᠡ᠋ᠨ", "ክርስቶስ",
    "ខ្មែរ", "မြန်မာ", "葛󠄀城市 辻󠄁", "דַּבֵּר עברית", "naïve — “quotes” … ñ", "ภาษาไทย", "한국어 각",
    "tab\tand\nline", "brackets [31m]0;not a sequence", "",
)  # fmt: skip

_FLAGS = re.compile("\U0001f3f4[\U000e0061-\U000e007a]{5}\U000e007f")
_RAW = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u034f\u115f\u1160\u17b4\u17b5\u2028\u2029\u3164\uffa0\ud800-\udfff]"
    "|(?<![^ -~])[\u200c\u200d](?![^ -~])|(?<=[A-Za-z ])\ufe0f|[\ufe00-\ufe0f]{2}"
)
# Format characters that are drawn, as Arabic's number signs are, or that join.
_STANDING = frozenset(
    map(chr, (0x200C, 0x200D, *range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD,
              0x110CD, 0x180E))
)  # fmt: skip


def raw(text: str) -> list[str]:
    """What of the text a terminal could obey, or the eye could miss; empty for safe text."""
    text = _FLAGS.sub("", text)
    format_characters = (one for one in text if unicodedata.category(one) == "Cf")
    found = [*_RAW.findall(text), *(one for one in format_characters if one not in _STANDING)]
    return [ascii(one) for one in found]
