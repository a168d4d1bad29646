"""Finds every regular expression of the program, and texts on which it may take for ever.

`re` tries again and again where a part of a pattern may match the same text in several ways, or
where a search starts anew at every character: then time grows by the square of the text's
length, or worse. The attacks on a pattern are made of its own letters: each part that repeats
is fed what it takes, many times over, behind what leads there and before what fits nothing.
"""

from __future__ import annotations

import ast
import importlib
import re
import signal
import statistics
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, product
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

PACKAGE = Path(__file__).parents[1] / "chatui"

_METHODS = ("search", "match", "fullmatch", "findall", "finditer", "sub", "subn", "split")
_ANYWHERE = frozenset(_METHODS) - {"match", "fullmatch"}

_parser: Any = importlib.import_module("re._parser")


@dataclass(frozen=True, slots=True)
class Found:
    """A pattern, the place where it is written, and how it is used: "search" (anywhere in a
    text), "match" or "fullmatch"."""

    place: str
    pattern: re.Pattern[Any]
    uses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A pattern that is put together at run time."""

    place: str
    source: str


# Finding the patterns


def find_patterns() -> tuple[list[Found], list[Unknown]]:
    """Those that their module alone tells, and those that it doesn't."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in _modules()}
    called = [_calls_on_names(tree) for tree in trees.values()]
    found: list[Found] = []
    unknown: list[Unknown] = []
    for path, tree in trees.items():
        calls = list(_calls_of_re(tree))
        module = _imported(path) if calls else None
        names = _assigned_names(tree)
        for call, how in calls:
            place = f"{path.relative_to(PACKAGE.parent)}:{call.lineno}"
            arguments = [call.args[0], *_flags(call, how)]
            try:
                patterns = _values(arguments, module)
            except (NameError, AttributeError, TypeError):  # of names that are not the module's
                unknown.append(Unknown(place, ast.unparse(call.args[0])))
                continue
            if how == "compile":
                uses = _uses(names.get(id(call), ""), tree, called)
            else:
                uses = {"search" if how in _ANYWHERE else how}
            found += [Found(place, pattern, tuple(sorted(uses))) for pattern in patterns]
    return found, unknown


def _modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _imported(path: Path) -> ModuleType:
    dotted = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    return importlib.import_module(dotted.removesuffix(".__init__"))


def _calls_of_re(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Calls of `re.something`, and those that map `re.something` over patterns."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if how := _of_re(node.func):
            yield node, how
        elif isinstance(node.func, ast.Name) and node.func.id == "map" and _of_re(node.args[0]):
            yield ast.copy_location(ast.Call(node.func, node.args[1:], []), node), "map"


def _of_re(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr if node.value.id == "re" and node.attr in (*_METHODS, "compile") else ""
    return ""


def _flags(call: ast.Call, how: str) -> list[ast.expr]:
    named = [keyword.value for keyword in call.keywords if keyword.arg == "flags"]
    place = {"compile": 1, "map": 1, "sub": 4, "subn": 4, "split": 3}.get(how, 2)
    return named or call.args[place : place + 1]


def _values(arguments: Sequence[ast.expr], module: ModuleType | None) -> list[re.Pattern[Any]]:
    pattern, *flags = [
        eval(compile(ast.Expression(argument), "<pattern>", "eval"), vars(module))
        for argument in arguments
    ]
    patterns = pattern if isinstance(pattern, tuple) else (pattern,)
    return [re.compile(each, *flags) for each in patterns]


def _assigned_names(tree: ast.Module) -> Mapping[int, str]:
    """By the id of a call that is assigned to a name of the module, that name."""
    return {
        id(node.value): node.targets[0].id
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def _calls_on_names(tree: ast.AST) -> list[tuple[str, str]]:
    """The last name before, and the name of, each method that patterns have."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in _METHODS:
            owner = node.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            found.append((name, node.attr))
    return found


def _uses(name: str, tree: ast.Module, called: Iterable[list[tuple[str, str]]]) -> set[str]:
    own = _calls_on_names(tree)
    calls = own if name.startswith("_") else [call for calls in called for call in calls]
    methods = {method for owner, method in calls if owner == name}
    if not methods:
        # It is handed on: used as this module uses what it does not call by a name of its own.
        handed = {method for owner, method in own if owner.islower() and owner != "re"}
        methods = handed - {"split"}  # which texts have, too
    return {"search" if method in _ANYWHERE else method for method in methods} or {"search"}


# Attacks

_SAMPLES = {
    "CATEGORY_SPACE": " \n",
    "CATEGORY_NOT_SPACE": "a",
    "CATEGORY_DIGIT": "0",
    "CATEGORY_NOT_DIGIT": "a",
    "CATEGORY_WORD": "a0_",
    "CATEGORY_NOT_WORD": " .",
}
_EVIL = " \n\t,`*_\"'([<a0.-|#:\\\u0301\r"
_NOTHING = "\x00"
_LONG = 40
"""A repeat that ends before is no repeat to feed."""
_MOST_LETTERS = 24


def attacks(pattern: re.Pattern[Any], most: int) -> Iterator[tuple[str, str, str]]:
    """What comes first, what is repeated, and what follows: different ones, the likeliest
    first, at most so many. None for a pattern that takes no text of any length."""
    pairs = [pair for pair in dict.fromkeys(_heads_and_pumps(pattern)) if pair[1]]
    # Mostly time is lost where a text fits up to its end, and not there.
    failing = ((head, pump, _NOTHING) for head, pump in pairs[: most * 3 // 4])
    fitting = ((head, pump, tail) for head, pump in pairs for tail in ("", "a"))
    return islice(chain(failing, fitting), most)


def _heads_and_pumps(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str]]:
    source = (
        pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin")
    )
    tree = _parser.parse(source, pattern.flags & ~re.DEBUG & (re.M | re.S | re.X | re.I))
    letters = list(dict.fromkeys((*_letters(tree), *_EVIL)))[:_MOST_LETTERS]
    if isinstance(pattern.pattern, bytes):
        letters = [letter for letter in letters if letter < "\x80"]
    repeats = list(_repeats(tree, ""))
    if not repeats:
        return
    yield from repeats
    yield from (("", letter) for letter in letters)
    wholes = [witness for variant in range(8) if (witness := _witness(tree, variant)[:40])]
    yield from (("", whole + " ") for whole in wholes)
    for whole in wholes:
        yield from (("", whole[:end]) for end in range(len(whole), 0, -1))
    heads = list(dict.fromkeys(head for head, _ in repeats))
    yield from product(heads, letters)
    yield from (("", one + other) for one, other in product(letters[:10], letters[:10]))
    for whole in wholes:
        yield from ((whole[:end], whole[end:]) for end in range(1, len(whole)))


def _repeats(tree: Any, before: str) -> Iterator[tuple[str, str]]:
    """For each repeat without a near end: what leads to it, and what it takes."""
    for operation, argument in tree:
        name = str(operation)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            _, most, body = argument
            if most > _LONG:
                pumps = dict.fromkeys(_witness(body, variant) for variant in range(6))
                yield from ((before, pump) for pump in pumps)
                yield from (("", before[-1:] + pump) for pump in pumps)
                yield from ((before, one + other) for one, other in product(pumps, pumps))
        for inner in _inner(name, argument):
            yield from _repeats(inner, before)
        before += _witness([(operation, argument)], 0)


def _inner(name: str, argument: Any) -> list[Any]:
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return [argument[2]]
    if name == "SUBPATTERN":
        return [argument[-1]]
    if name == "BRANCH":
        return list(argument[1])
    if name in ("ASSERT", "ASSERT_NOT"):
        return [argument[1]]
    return [argument] if name == "ATOMIC_GROUP" else []


def _witness(tree: Any, variant: int) -> str:
    """A short text that the pattern takes, give or take what looks around."""
    pieces: list[str] = []
    for operation, argument in tree:
        name = str(operation)
        if name == "LITERAL":
            pieces.append(chr(argument))
        elif name in ("IN", "NOT_LITERAL", "ANY", "CATEGORY"):
            choice = _choice(name, argument)
            pieces.append(choice[variant % len(choice)])
        elif name == "BRANCH":
            pieces.append(_witness(argument[1][variant % len(argument[1])], variant))
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, body = argument
            pieces.append(_witness(body, variant) * max(least, min(most, 1)))
        elif name == "GROUPREF":
            pieces.append(pieces[0][:1] if pieces else "")
        elif name in ("SUBPATTERN", "ATOMIC_GROUP"):
            pieces.append(_witness(_inner(name, argument)[0], variant))
    return "".join(pieces)


def _letters(tree: Any) -> Iterator[str]:
    for operation, argument in tree:
        name = str(operation)
        if name == "LITERAL":
            yield chr(argument)
        elif name in ("IN", "NOT_LITERAL", "ANY"):
            yield from _choice(name, argument)[:6]
        for inner in _inner(name, argument):
            yield from _letters(inner)


def _choice(name: str, argument: Any) -> str:
    """Some of the characters that one place takes."""
    if name == "ANY":
        return "a "
    if name == "NOT_LITERAL":
        return "a" if chr(argument) != "a" else "b"
    if name == "CATEGORY":
        return _SAMPLES.get(str(argument), "a")
    negated = str(argument[0][0]) == "NEGATE"
    held = "".join(islice(_members(argument), 40))
    if not negated:
        return held or "a"
    source = "".join(_class_text(argument))
    return "".join(c for c in "a 0\n.-é" if re.match(f"[^{source}]", c)) or "\u2603"


def _members(items: Any) -> Iterator[str]:
    for kind, value in items:
        name = str(kind)
        if name == "LITERAL":
            yield chr(value)
        elif name == "RANGE":
            yield from {chr(value[0]), chr(value[1])}
        elif name == "CATEGORY":
            yield from _SAMPLES.get(str(value), "a")


def _class_text(items: Any) -> Iterator[str]:
    classes = {
        "CATEGORY_SPACE": r"\s",
        "CATEGORY_NOT_SPACE": r"\S",
        "CATEGORY_DIGIT": r"\d",
        "CATEGORY_NOT_DIGIT": r"\D",
        "CATEGORY_WORD": r"\w",
        "CATEGORY_NOT_WORD": r"\W",
    }
    for kind, value in items:
        name = str(kind)
        if name == "LITERAL":
            yield re.escape(chr(value))
        elif name == "RANGE":
            yield f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
        elif name == "CATEGORY":
            yield classes[str(value)]


# Measuring


class _TooLong(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Slow:
    """Seconds of processor time for a text of `size` characters, and of four times as many."""

    found: Found
    use: str
    attack: tuple[str, str, str]
    size: int
    seconds: float
    fourfold: float

    def __str__(self) -> str:
        head, pump, tail = self.attack
        return (
            f"{self.found.place}: {self.use} for {self.found.pattern.pattern!r:.120} in "
            f"{head!r} + {pump!r} * n + {tail!r} takes {self.seconds * 1e3:.1f} ms for "
            f"{self.size:,} characters and {self.fourfold * 1e3:.1f} ms for four times as many"
        )


GLANCE, FIRST_GLANCE = 2_000, 250
GLANCE_SECONDS = 0.0015
"""At 750 ns for a character, a pattern is looked at more closely."""
GLANCE_GROWTH = 16.0
"""Eight times the text may take so many times as long; by the square it were 64."""
SMALLEST, LARGEST = 125, 64_000
SURE_SECONDS = 0.002
"""What is compared takes so long at least; so the longer text takes a good part of PATIENCE."""
GROWTH = 8.0
"""Four times the text may take so many times as long; by the square it were 16."""
TIMES_WHEN_SUSPECTED = 7
LEAST_SECONDS = 0.02
PATIENCE = 0.3


def slow(found: Found, most_attacks: int) -> Slow | None:
    """The first attack on which the pattern's time grows faster than the text."""
    for attack in attacks(found.pattern, most_attacks):
        for use in found.uses:
            if (result := _growth(found, use, attack)) is not None:
                return result
    return None


def _growth(found: Found, use: str, attack: tuple[str, str, str]) -> Slow | None:
    def seconds(size: int, times: int = 1) -> float:
        return min(_seconds(found.pattern, use, attack, size) for _ in range(times))

    glance = seconds(GLANCE)
    if glance <= GLANCE_SECONDS:
        return None
    if glance < PATIENCE and glance < GLANCE_GROWTH * seconds(FIRST_GLANCE, 2):
        return None
    size = SMALLEST
    while (small := seconds(size)) < SURE_SECONDS:
        size *= 2
        if size > LARGEST:
            return None
    if small < PATIENCE:
        small = min(small, seconds(size, 2))
        large = seconds(4 * size, 2)
        if large <= max(LEAST_SECONDS, GROWTH * small):
            return None
        # Of few, one by chance may be too little or too much.
        small, large = (
            statistics.median(seconds(each) for _ in range(TIMES_WHEN_SUSPECTED))
            for each in (size, 4 * size)
        )
        if large <= max(LEAST_SECONDS, GROWTH * small):
            return None
    else:
        large = PATIENCE
    return Slow(found, use, attack, size, small, large)


def _seconds(pattern: re.Pattern[Any], use: str, attack: tuple[str, str, str], size: int) -> float:
    """Of this thread's processor time, PATIENCE where it would take longer. While a process has a
    timer on its own time, Linux counts that of all its threads by ticks of some milliseconds, and
    every look would be a long one by chance."""
    head, pump, tail = attack
    text: Any = head + pump * (size // len(pump)) + tail
    if isinstance(pattern.pattern, bytes):
        text = text.encode("latin-1", "replace")
    before = signal.signal(signal.SIGVTALRM, _give_up)
    started = time.thread_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
    try:
        if use == "search":
            for _ in pattern.finditer(text):
                pass
        elif use == "match":
            pattern.match(text)
        else:
            pattern.fullmatch(text)
        return time.thread_time() - started
    except _TooLong:
        return PATIENCE
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _give_up(number: int, frame: FrameType | None) -> None:
    raise _TooLong
