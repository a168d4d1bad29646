"""Grammars in llama.cpp's notation, read back, and texts that they accept."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

TOKEN = re.compile(
    r'\s*(?:(?P<literal>"(?:\\.|[^"\\])*")|(?P<set>\[(?:\\.|[^\]\\])*\])'
    r"|(?P<times>\{\d*,?\d*\}|[*+?])|(?P<sign>[()|])|(?P<name>[\w-]+))"
)
ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})|\\(.)", re.DOTALL)
POOL = "aZ09 _/é中😀\u2028:,{}[]'"
"""What stands for a set that leaves signs out."""
MOST_MORE = 3
"""Of what may come any number of times."""


@dataclass(frozen=True)
class Literal:
    text: str


@dataclass(frozen=True)
class OneOf:
    signs: str


@dataclass(frozen=True)
class Rule:
    name: str


@dataclass(frozen=True)
class InOrder:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Either:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Times:
    part: Node
    least: int
    most: int | None


Node = Literal | OneOf | Rule | InOrder | Either | Times


class Grammar:
    """`text` gives one of the texts that it accepts; None when each of them is endless."""

    def __init__(self, source: str) -> None:
        self._rules: dict[str, Node] = {}
        for line in source.splitlines():
            name, _, expression = line.partition(" ::= ")
            self._rules[name] = _Reader(expression).whole()
        self._heights = _heights(self._rules)

    def text(self, chance: Random) -> str | None:
        if not math.isfinite(self._heights["root"]):
            return None
        return self._text(Rule("root"), chance, 12)

    def _text(self, node: Node, chance: Random, fuel: int) -> str:
        match node:
            case Literal(text):
                return text
            case OneOf(signs):
                return chance.choice(signs)
            case Rule(name):
                return self._text(self._rules[name], chance, fuel - 1)
            case InOrder(parts):
                return "".join(self._text(part, chance, fuel) for part in parts)
            case Either(parts):
                heights = [_height(part, self._heights) for part in parts]
                limit = min(heights) if fuel <= 0 else math.inf
                able = [
                    part
                    for part, height in zip(parts, heights, strict=True)
                    if height <= limit and math.isfinite(height)
                ]
                return self._text(chance.choice(able), chance, fuel)
            case Times(part, least, most):
                possible = math.isfinite(_height(part, self._heights)) and fuel > 0
                more = chance.randint(0, MOST_MORE) if possible else 0
                count = least + more if most is None else min(least + more, most)
                return "".join(self._text(part, chance, fuel) for _ in range(count))


def _heights(rules: Mapping[str, Node]) -> dict[str, float]:
    """How many rules lie in each other at least in a text of each rule."""
    heights = dict.fromkeys(rules, math.inf)
    while True:
        better = {name: _height(node, heights) for name, node in rules.items()}
        if better == heights:
            return heights
        heights = better


def _height(node: Node, heights: Mapping[str, float]) -> float:
    match node:
        case Rule(name):
            return heights[name] + 1
        case InOrder(parts):
            return max((_height(part, heights) for part in parts), default=0)
        case Either(parts):
            return min(_height(part, heights) for part in parts)
        case Times(part, least, _):
            return _height(part, heights) if least else 0
    return 0


class _Reader:
    def __init__(self, expression: str) -> None:
        self._tokens = list(TOKEN.finditer(expression))
        assert "".join(one[0] for one in self._tokens).split() == expression.split(), expression
        self._at = 0

    def whole(self) -> Node:
        found = self._either()
        assert self._at == len(self._tokens)
        return found

    def _either(self) -> Node:
        parts = [self._in_order()]
        while self._sign() == "|":
            self._at += 1
            parts.append(self._in_order())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _in_order(self) -> Node:
        parts: list[Node] = []
        while self._at < len(self._tokens) and self._sign() not in {"|", ")"}:
            parts.append(self._one())
        return InOrder(tuple(parts))

    def _one(self) -> Node:
        token = self._tokens[self._at]
        self._at += 1
        found: Node
        if token["literal"]:
            found = Literal(_plain(token["literal"][1:-1]))
        elif token["set"]:
            found = OneOf(_members(token["set"][1:-1]))
        elif token["name"]:
            found = Rule(token["name"])
        else:
            assert token["sign"] == "("
            found = self._either()
            assert self._sign() == ")"
            self._at += 1
        while self._at < len(self._tokens) and (times := self._tokens[self._at]["times"]):
            self._at += 1
            found = Times(found, *_times(times))
        return found

    def _sign(self) -> str:
        token = self._tokens[self._at] if self._at < len(self._tokens) else None
        return (token["sign"] or "") if token else ""


def _times(sign: str) -> tuple[int, int | None]:
    simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
    if sign in simple:
        return simple[sign]
    least, comma, most = sign[1:-1].partition(",")
    return int(least), (int(most) if most else None) if comma else int(least)


def _plain(text: str) -> str:
    return ESCAPE.sub(lambda one: chr(int(one[1], 16)) if one[1] else one[2], text)


def _members(text: str) -> str:
    negated = text.startswith("^")
    signs = [one[0] for one in re.finditer(r"\\x[0-9A-Fa-f]{2}|\\.|.", text[negated:], re.DOTALL)]
    plain = [_plain(sign) for sign in signs]
    members: set[str] = set()
    at = 0
    while at < len(plain):
        if at + 2 < len(plain) and signs[at + 1] == "-":
            members |= {chr(code) for code in range(ord(plain[at]), ord(plain[at + 2]) + 1)}
            at += 3
        else:
            members.add(plain[at])
            at += 1
    return (
        "".join(sign for sign in POOL if sign not in members)
        if negated
        else "".join(sorted(members))
    )
