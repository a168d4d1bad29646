"""The rules of a `.gitignore`, as git reads them: which names below its folder are left out.

A `*` takes as little as lets the next fixed part fit, and is never gone back to: what follows
can only have more room that way. So a name is decided in time linear in its length for each
rule, where a plain regular expression tries every way to share a name among the stars.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

LONGEST_RULE = 4096
"""Characters, as many as a path may have: no longer one is needed."""

_FOLDERS = "**"
_POSIX = {
    "alnum": r"a-zA-Z0-9",
    "alpha": r"a-zA-Z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": r"0-9",
    "graph": r"!-~",
    "lower": r"a-z",
    "print": r" -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\s",
    "upper": r"A-Z",
    "xdigit": r"0-9a-fA-F",
}


class BadRule(ValueError):
    """A line that can fit no name, or has a range that runs backwards."""


@dataclass(frozen=True)
class IgnoreRule:
    """`names` are the patterns of a path's folders and of its last name. One that is not
    `anchored` has one pattern, for a name at any depth."""

    names: tuple[str, ...]
    anchored: bool
    folders_only: bool
    includes: bool

    def fits(self, names: Sequence[str], is_folder: bool) -> bool:
        """Whether the rule is of the path with these names, seen from the rule's folder."""
        if self.folders_only and not is_folder:
            return False
        if not self.anchored:
            return self._last_name.match(names[-1]) is not None
        return self._fits_path(names)

    def _fits_path(self, names: Sequence[str]) -> bool:
        """`**` stands for any number of folders. Each run of patterns between two of them takes
        the first place where it fits; the last one has to end where the path does."""
        first, *others = self._runs
        if not self._fit(names, 0, first):
            return False
        at = len(first)
        if not others:
            return at == len(names)
        *between, last = others
        for run in between:
            places = range(at, len(names) - len(run) + 1)
            found = next((place for place in places if self._fit(names, place, run)), None)
            if found is None:
                return False
            at = found + len(run)
        # At the end, `**` is what is in a folder, and not the folder.
        place = len(names) - len(last)
        return place >= at + (not last) and self._fit(names, place, last)

    def _fit(self, names: Sequence[str], at: int, run: Sequence[re.Pattern[str]]) -> bool:
        return at + len(run) <= len(names) and all(
            pattern.match(names[at + place]) for place, pattern in enumerate(run)
        )

    @cached_property
    def _last_name(self) -> re.Pattern[str]:
        return _compiled(self.names[-1])

    @cached_property
    def _runs(self) -> list[list[re.Pattern[str]]]:
        """The patterns, parted by what stands for any number of folders."""
        runs: list[list[re.Pattern[str]]] = [[]]
        for name in self.names:
            if name == _FOLDERS:
                runs.append([])
            else:
                runs[-1].append(_compiled(name))
        return runs


def read_rules(text: str) -> tuple[list[IgnoreRule], list[int]]:
    """The rules in order, and the numbers of the lines that are none."""
    rules: list[IgnoreRule] = []
    bad: list[int] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        try:
            rules += _rule(line.removesuffix("\r"))
        except BadRule:
            bad.append(number)
    return rules, bad


def verdict(rules: Sequence[IgnoreRule], names: Sequence[str], is_folder: bool) -> bool | None:
    """Whether the path is left out by the last rule that is of it; None when none is."""
    for rule in reversed(rules):
        if rule.fits(names, is_folder):
            return not rule.includes
    return None


def _rule(line: str) -> Iterator[IgnoreRule]:
    """The rule of a line, or none for a comment and an empty one."""
    pattern = _without_spaces_at_end(line)
    if not pattern or pattern.startswith("#"):
        return
    if len(pattern) > LONGEST_RULE:
        raise BadRule
    includes = pattern.startswith("!")
    pattern = pattern[includes:]
    folders_only = pattern.endswith("/")
    pattern = pattern.removesuffix("/")
    if not pattern:
        raise BadRule
    anchored = "/" in pattern
    names = tuple(pattern.removeprefix("/").split("/"))
    for name in names:
        _expression(name)
    yield IgnoreRule(names, anchored, folders_only, includes)


def _without_spaces_at_end(line: str) -> str:
    """A space behind a backslash stays."""
    bare = line.rstrip(" ")
    backslashes = len(bare) - len(bare.rstrip("\\"))
    return bare + " " if backslashes % 2 and len(bare) < len(line) else bare


def _compiled(name: str) -> re.Pattern[str]:
    return re.compile(_expression(name), re.DOTALL)


def _expression(name: str) -> str:
    """One name's pattern as a regular expression. Raises BadRule."""
    fixed = [""]
    at = 0
    while at < len(name):
        if name[at] == "*":
            # Of several stars side by side all but one say nothing.
            fixed += [""] if fixed[-1] or len(fixed) == 1 else []
            at += 1
        else:
            one, at = _character(name, at)
            fixed[-1] += one
    start, *others = fixed
    if not others:
        return start + r"\Z"
    *between, end = others
    return start + "".join(f"(?>.*?{part})" for part in between) + f".*{end}\\Z"


def _character(name: str, at: int) -> tuple[str, int]:
    """What takes one character of a name, and where the pattern goes on."""
    if name[at] == "?":
        return ".", at + 1
    if name[at] == "[":
        return _bracket(name, at + 1)
    at += name[at] == "\\"
    if at == len(name):
        raise BadRule
    return re.escape(name[at]), at + 1


def _bracket(name: str, at: int) -> tuple[str, int]:
    negated = name[at : at + 1] in ("!", "^")
    at += negated
    begin, members = at, ""
    while name[at : at + 1] != "]" or at == begin:
        if at >= len(name):
            raise BadRule
        end = name.find("]", at + 2)
        if name.startswith("[:", at) and name[end - 1 : end] == ":" and end > at + 2:
            if (kind := name[at + 2 : end - 1]) not in _POSIX:
                raise BadRule
            members += _POSIX[kind]
            at = end + 1
            continue
        first, at = _member(name, at)
        last = first
        if name[at : at + 1] == "-" and name[at + 1 : at + 2] not in ("", "]"):
            last, at = _member(name, at + 1)
        if first > last:
            raise BadRule
        members += f"{re.escape(first)}-{re.escape(last)}"
    return f"[{'^' * negated}{members}]", at + 1


def _member(name: str, at: int) -> tuple[str, int]:
    at += name[at] == "\\"
    if at >= len(name):
        raise BadRule
    return name[at], at + 1
