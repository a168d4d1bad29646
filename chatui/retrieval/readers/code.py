"""Source code: classes and functions as headings, the text as it is.

Python's own parser finds its definitions. Other languages are read by lines: what looks like
a definition opens a section, and holds the definitions that are indented deeper. That needs
no grammar for each language and takes no harm from code that does not compile.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from chatui.retrieval.chunking.document import Document, Section, SectionLayout
from chatui.retrieval.chunking.short_sections import MOST_LINES, packed
from chatui.text.safety import one_line, strip_controls

LONGEST_PARSED = 2 << 20
"""Characters of a module that is parsed, which takes fifty times the memory."""
MOST_DEFINITIONS = 50_000
"""That are looked for: what has more is data, or was made by a program."""
_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_MODIFIERS = (
    r"(?:(?:export|default|pub(?:\([^)]*\))?|public|private|protected|internal|static|final|"
    r"abstract|async|unsafe|extern|virtual|override|inline|const|sealed|partial|open|data|case|"
    r"declare|local|suspend|implicit|lazy|mut|fileprivate|readonly|native|synchronized)\s++)*+"
)
_KEYWORD = re.compile(
    rf"(?P<indent>[ \t]*+){_MODIFIERS}(?P<what>class|interface|struct|enum|union|trait|impl|module|"
    r"namespace|object|protocol|extension|record|type|def|fn|func|fun|function\*?|sub|proc|"
    r"defmodule|defp?|defmacro|macro_rules!|contract|CREATE\s+(?:OR\s+REPLACE\s+)?"
    r"(?:TABLE|VIEW|FUNCTION|PROCEDURE|TRIGGER|INDEX))\s++(?P<name>(?:\([^)\n]{0,80}\)\s*+)?"
    r"[\w$.:<>\"'`!?*&~=\[\] -]{1,80}?)\s*+(?=[({:;=\n\r]|$|\bextends\b|\bimplements\b|\bwhere\b)",
    re.IGNORECASE,
)
# C, C++, Java, C#: a type, a name, parameters, and then a body; no call and no statement.
_TYPED = re.compile(
    r"(?P<indent>[ \t]*)(?!(?:return|else|new|throw|case|await|yield|delete|goto|import|package|"
    r"using|typedef|if|for|while|switch|catch)\b)"
    r"(?:[\w:<>,\[\]&*~@.?]+\s+){1,6}[*&]*(?P<name>[\w:~]{2,80})\s*\([^;{}=]{0,400}\)"
    r"[^;={}()\n]{0,80}(?:\{[^\n]*)?$"
)
_ARROW = re.compile(
    r"(?P<indent>[ \t]*)(?:export\s+)?(?:const|let|var)\s+(?P<name>[\w$]{1,80})\s*"
    r"(?::[^=\n]{0,80})?=\s*(?:async\s*)?(?:function\b|\([^()\n]{0,200}\)\s*(?::[^=\n]{0,80})?=>|\w+\s*=>)"
)
_METHOD = re.compile(
    r"(?P<indent>[ \t]+)(?:(?:static|async|get|set)\s+)*(?!(?:if|for|while|switch|catch|function|"
    r"return|with)\b)(?P<name>[\w$#]{1,80})\s*\([^(){}\n]{0,200}\)\s*(?::[^{\n]{0,60})?\{\s*$"
)
_SHELL = re.compile(r"(?P<indent>[ \t]*+)(?P<name>[\w.-]{1,80}+)\s*+\(\)\s*+\{?\s*+$")
_TABLE = re.compile(r"(?P<indent>)\[{1,2}(?P<name>[\w.\"' :/-]{1,120})\]{1,2}\s*(?:[#;].*)?$")
_KEY = re.compile(r"(?P<indent>)(?P<name>[\w\"'./-]{1,80}):(?:\s*(?:[#&|>].*)?)$")
_ABOVE = re.compile(r"[ \t]*(?://|/\*|\*|#(?!include|define)|--|@|\[|;;|%|\"\"\"|template\s*<)")

_CURLY = (_KEYWORD, _TYPED, _ARROW, _METHOD)
_RULES: dict[str, tuple[re.Pattern[str], ...]] = {
    "shell": (_KEYWORD, _SHELL),
    "toml": (_TABLE,),
    "yaml": (_KEY,),
    "data": (),
    "script": (_KEYWORD,),
    "curly": _CURLY,
}


@dataclass(frozen=True, slots=True)
class Definition:
    start: int
    indent: int
    name: str


def read(text: str, name: str, family: str) -> Document:
    """The title is the file's name. Families: python, curly, script, shell, toml, yaml, data."""
    found = _python(text) if family == "python" else None
    if found is None:
        rules = _RULES.get(family, (_KEYWORD,))
        # The keys of a settings file hold all that follows up to the next.
        defined = _definitions(text, rules, closes=family not in ("toml", "yaml", "data"))
        found = list(islice(defined, MOST_DEFINITIONS))
    return Document(strip_controls(name), text, tuple(packed(_sections(text, found))))


def _sections(text: str, definitions: list[Definition]) -> Iterator[Section]:
    starts = [definition.start for definition in definitions] + [len(text)]
    if starts[0] > 0:
        yield Section(0, starts[0], 0, layout=SectionLayout.CODE)
    above: list[Definition] = []
    for definition, end in zip(definitions, starts[1:], strict=True):
        above = [outer for outer in above if outer.indent < definition.indent]
        above.append(definition)
        path = tuple(outer.name for outer in above if outer.name)
        if end > definition.start:
            yield Section(definition.start, end, definition.start, path, layout=SectionLayout.CODE)


def _definitions(
    text: str, rules: tuple[re.Pattern[str], ...], *, closes: bool
) -> Iterator[Definition]:
    lead: int | None = None  # where the comments right above begin
    inside: list[int] = []
    for match in islice(_LINE.finditer(text), MOST_LINES):
        line = match.group().rstrip()
        if not line.strip() or len(line) > 500:
            lead = None
            continue
        indent = len(line) - len(line.lstrip())
        found = next((hit for rule in rules if (hit := rule.match(line))), None)
        if found and indent <= 24:
            yield Definition(match.start() if lead is None else lead, indent, _label(found))
            inside = [level for level in inside if level < indent] + [indent]
            lead = None
        elif _ABOVE.match(line):
            lead = match.start() if lead is None else lead
        else:
            lead = None
            # Code behind a definition, no deeper than it, is outside of it again.
            if closes and inside and indent <= inside[-1] and line.lstrip()[0] not in ")}]{":
                inside = [level for level in inside if level < indent]
                if not line.lstrip().lower().startswith(("end", "begin", "else")):
                    yield Definition(match.start(), indent, "")


def _label(found: re.Match[str]) -> str:
    groups = found.groupdict()
    name = one_line(groups["name"]).strip("\"'` ")
    what = " ".join((groups.get("what") or "").split())
    return f"{what} {name}" if what else name


def _python(text: str) -> list[Definition] | None:
    """The definitions of a Python module; None when it cannot be parsed."""
    if len(text) > LONGEST_PARSED:
        return None
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    starts = [match.start() for match in _LINE.finditer(text)] + [len(text)]
    # ast counts \r and form feeds as line ends where the text's own lines do not.
    if "\r" in text.replace("\r\n", "\n") or "\f" in text:
        return None
    return list(_visit(tree, 0, starts))


def _visit(node: ast.AST, depth: int, starts: list[int]) -> Iterator[Definition]:
    behind = False
    for child in getattr(node, "body", []):
        if not isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if behind:
                yield Definition(starts[child.lineno - 1], depth, "")
                behind = False
            continue
        first = min([child.lineno, *(decorator.lineno for decorator in child.decorator_list)])
        what = "class" if isinstance(child, ast.ClassDef) else "def"
        yield Definition(starts[first - 1], depth, f"{what} {child.name}")
        if isinstance(child, ast.ClassDef):
            yield from _visit(child, depth + 1, starts)
        behind = True
