"""Every regular expression of the program takes time linear in the text that it is given."""

from __future__ import annotations

import re
from itertools import chain

import pytest

from chatui.models.files.gguf_fields import short_strings
from chatui.models.hosted.refusals import RULES
from chatui.models.hosted.responses import REFUSED
from chatui.models.hosted.too_long import LIMIT, PROMPT, TOO_LONG, WAITING_IS_NO_USE
from chatui.text.abbreviations import _forms
from chatui.text.citations.marks import _pattern
from chatui.text.safety import _DRAWING, _ENTERING
from chatui.text.time_expressions import FORMS
from tests.regex_attacks import Found, find_patterns, slow

ATTACKS = 140
"""On each pattern; those that had been slow were found by fewer than 105."""

# Patterns that are put together at run time: where, by what, and what they look like then.
MADE_AT_RUN_TIME: dict[tuple[str, str], list[re.Pattern[str] | re.Pattern[bytes]]] = {
    ("chatui/models/files/gguf_fields.py", "b'(?:%s){%d}+' % (alternatives, BLOCK)"): [
        short_strings()
    ],
    ("chatui/models/hosted/dialect.py", "word"): [
        re.compile(r"\btop_p\b"),
        re.compile(r"['\"`]stop\\?['\"`]|\bstop:|: stop\b"),
    ],
    ("chatui/models/hosted/refusals.py", "rule.words"): [re.compile(rule.words) for rule in RULES],
    ("chatui/models/hosted/generate_content.py", r"f'(?i)\\b{spaced}\\b'"): [
        re.compile(r"(?i)\btop[ _]?p\b")
    ],
    ("chatui/models/hosted/responses.py", "told"): [
        re.compile(told) for told, _ in REFUSED.values()
    ],
    ("chatui/models/hosted/too_long.py", "expression"): [
        re.compile(expression) for expression in (TOO_LONG, WAITING_IS_NO_USE)
    ],
    ("chatui/models/hosted/too_long.py", "pattern"): [
        re.compile(pattern) for pattern in (*LIMIT, *PROMPT)
    ],
    ("chatui/models/local/prompt.py", "pattern"): [re.compile(r"<\|im_start\|>|<\|im_end\|>")],
    ("chatui/models/local/prompt.py", "f'({pattern})'"): [re.compile(r"(<\|im_end\|>|<s>)")],
    ("chatui/retrieval/ingest/ignore_rules.py", "_expression(name)"): [
        re.compile(r"a(?>.*?a)(?>.*?[ab])(?>.*?.).*a\Z", re.DOTALL)
    ],
    ("chatui/text/abbreviations.py", "f'{small}{written})'"): [
        one.pattern for one, _ in _forms("")
    ],
    ("chatui/text/abbreviations.py", "f'(?i){joined.join(edges)}'"): [
        one.pattern for _, one in _forms("")
    ],
    ("chatui/text/citations/marks.py", r"f'\\[\\s*+{_NAMED}(?P<square>{listed}){m"): [
        _pattern("s"),
        _pattern("ab"),
    ],
    ("chatui/text/safety.py", "f'[{self._suspects}]'"): [_DRAWING.suspects, _ENTERING.suspects],
    ("chatui/text/safety.py", "f'(?P<kept> {self._kept} ) | (?P<other> "): [_DRAWING.character],
    ("chatui/text/safety.py", r"f'\n            (?P<kept> {self._kept} )"): [
        pattern for rule in (_DRAWING, _ENTERING) for pattern in (rule.complete, rule.growing)
    ],
    ("chatui/text/time_expressions.py", "pattern"): [form for _, form in FORMS],
    ("chatui/widgets/excerpts.py", "begin + re.escape(stem) + '\\\\w{0,40}'"): [
        re.compile(r"(?<!\w)otte\w{0,40}", re.IGNORECASE)
    ],
    ("chatui/widgets/find_matches.py", "'\\\\s{1,8}'.join(map(re.escape, words))"): [
        re.compile(r"a\s{1,8}a\s{1,8}b", re.IGNORECASE)
    ],
    ("chatui/retrieval/readers/pdf.py", "words"): [re.compile(r"A\s+long\s+title", re.IGNORECASE)],
}
ONLY_AT_THE_START = {
    "chatui/models/files/gguf_fields.py",
    "chatui/retrieval/ingest/ignore_rules.py",
    "chatui/text/safety.py",
}


def test_no_text_makes_a_regular_expression_slow() -> None:
    found, made = find_patterns()
    known = {(each.place.partition(":")[0], each.source[:40]): each for each in made}
    assert known.keys() == MADE_AT_RUN_TIME.keys()
    assert len(found) > 150
    others = [
        Found(
            known[place].place, pattern, ("match" if place[0] in ONLY_AT_THE_START else "search",)
        )
        for place, patterns in MADE_AT_RUN_TIME.items()
        for pattern in patterns
    ]

    faults = [fault for each in chain(found, others) if (fault := slow(each, ATTACKS))]
    assert not faults, "\n".join(map(str, faults))


@pytest.mark.parametrize(
    ("pattern", "use"),
    [
        (r"(?:a+)+$", "fullmatch"),
        (r"\s+$", "search"),
        (r"(?s)<!--.*?-->", "search"),
        (r"(?:<!--.{0,50}-->\s*)*<html", "match"),
        (r"\w+@\w+", "search"),
        (r"(?m)^\s*[-*]\s", "search"),
        (r"(`+).+?\1x", "search"),
        (r"(?:x[^y]*)*y", "fullmatch"),
        (r"[.\d]*\d[.\d]*", "fullmatch"),
        (r"\[[^\]]*\]\(", "search"),
    ],
)
def test_a_slow_pattern_is_found(pattern: str, use: str) -> None:
    assert slow(Found("here", re.compile(pattern), (use,)), ATTACKS)


@pytest.mark.parametrize(
    ("pattern", "use"),
    [
        (r"(?<!\s)\s++$", "search"),
        (r"\w+", "search"),
        (r"\s*(?:[-*]\s*){3,}$", "match"),
        (r"<[^<>]*+>", "search"),
        (r"(?:a|b|ab)c", "search"),
    ],
)
def test_a_linear_pattern_is_not_found_slow(pattern: str, use: str) -> None:
    assert not slow(Found("here", re.compile(pattern), (use,)), ATTACKS)
