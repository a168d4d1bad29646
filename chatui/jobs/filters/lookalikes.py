"""Letters and figures that look like a Latin letter, as people use them to get past a filter.

Which look alike is from Unicode's list of confusable characters (UTS 39, confusables.txt), cut
down to letters of living scripts, and the figures of "leet" spelling.
"""

from __future__ import annotations

_ALIKE = {
    "a": "аАαΑ@4ɑᴀɐ∀Ꭺ",
    "b": "вВьЬβΒʙ8ᏴƄ",
    "c": "сСϲϹᴄ¢ⅽᏟ",
    "d": "ԁԀᴅⅾᎠđ",
    "e": "еЕεΕєЄ3ҽɛᴇ€Ꭼ",
    "f": "ϝғƒꞙꜰ",
    "g": "ɡցɢԍԌᏀ9",
    "h": "һҺнНηΗʜᎻ",
    "i": "іІιΙıɩɪӏӀᎥ",
    "j": "јЈϳʝᴊᎫ",
    "k": "кКκΚᴋқᏦ",
    "l": "ⅼʟłᏞ",
    "m": "мМμΜᴍⅿᎷ",
    "n": "пПνɴŋΝո",
    "o": "оОοΟσօՕᴏ0ө०০",
    "p": "рРρΡᴘᏢ",
    "q": "ԛԚգ",
    "r": "гГʀᴦᏒя",
    "s": "ѕЅꜱ5$ᏚՏ",
    "t": "тТτΤᴛ7+†Ꭲ",
    "u": "υцսᴜ",
    "v": "ѵѴᴠⅴᏙ",
    "w": "ԝԜωшᴡᏔ",
    "x": "хХχΧⅹ×",
    "y": "уУγΥўүҮʏᎽ",
    "z": "ᴢΖ2Ꮓ",
}
LETTERS = {look: letter for letter, looks in _ALIKE.items() for look in looks}

STANDING_FOR_I = frozenset("1!|")
"""Each of them stands for an i or for an l."""
