"""Whether the title in a file's properties tells what the file is about: many programs put there
what they please. Pure."""

from __future__ import annotations

import re

_BLANK = frozenset(
    (
        "", "untitled", "(anonymous)", "(unspecified)", "none", "unknown", "title", "document",
        "document1", "new document", "word document", "presentation", "presentation1",
        "powerpoint presentation", "slide 1", "layout 1", "print", "scan", "image",
    )
)  # fmt: skip
"""What programs write when nobody has given a title."""
_PROGRAM = re.compile(
    r"(?:microsoft (?:office )?)?(?:word|excel|powerpoint|publisher|visio|outlook) - ",
    re.IGNORECASE,
)
_ENDING = re.compile(
    r"\.(?:docx?|docm|dotx?|xls[xmb]?|pptx?|pdf|indd|qxd|qxp|pub|pmd|odt|ods|odp|rtf|txt|tex|dvi|e?ps"
    r"|fm|ai|cdr|html?|wpd|tiff?|jpe?g|png)$",
    re.IGNORECASE,
)
MOST_DIGITS = 2
"""In a title of one word: what has more is a number that some system gave."""


def telling(title: str) -> str:
    """The title, without the name of the program and the ending that it was printed with; "" where
    it is blank, a number ("0001018724-18-000005") or a bare file name ("x_final_v2.doc"), so that
    the name that the file has now tells more."""
    bare = _PROGRAM.sub("", title.strip(), count=1) if _PROGRAM.match(title.strip()) else title
    name = _ENDING.sub("", bare.strip())
    if name.lower() in _BLANK or not any(letter.isalpha() for letter in name):
        return ""
    was_named = name != title.strip()
    is_one_word = len(name.split()) == 1 and name.isascii()
    digits = sum(letter.isdigit() for letter in name)
    if is_one_word and (was_named or "_" in name or digits > MOST_DIGITS):
        return ""
    return name
