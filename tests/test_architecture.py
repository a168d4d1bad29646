"""The house: what lies in its top level, and imports that never lead back."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import grimp
import pytest

PACKAGE = Path(__file__).parents[1] / "chatui"
READS_NO_SETTINGS = (
    "assistant",
    "cost",
    "jobs",
    "memory",
    "models",
    "retrieval",
    "system",
    "text",
    "widgets",
    "workers",
)
CATCHES_ALL = re.compile(r"\s*except(?:$|:|\W.*\b(?:Base)?Exception\b)")

Graph = Mapping[str, frozenset[str]]


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    """Every import in chatui, type-only and lazy ones too."""
    return grimp.build_graph("chatui", exclude_type_checking_imports=False, cache_dir=None)


def circles(graph: Graph) -> list[list[str]]:
    """The groups of nodes that can reach each other."""
    reached = {node: set(reachable(graph, node)) for node in graph}
    groups = {
        frozenset({node} | {other for other in reached[node] if node in reached[other]})
        for node in graph
    }
    return [sorted(group) for group in groups if len(group) > 1]


def reachable(graph: Graph, start: str) -> Iterator[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for node in graph[waiting.pop()] - seen:
            seen.add(node)
            waiting.append(node)
            yield node


def among(imports: grimp.ImportGraph, rooms: Iterable[str]) -> Graph:
    """Which of these rooms imports which, by whatever lies in them."""
    room_of = {module: room for room in rooms for module in {room} | imports.find_descendants(room)}
    found: dict[str, set[str]] = {room: set() for room in room_of.values()}
    for module, room in room_of.items():
        for imported in imports.find_modules_directly_imported_by(module):
            other = room_of.get(imported, room)
            if other != room:
                found[room].add(other)
    return {room: frozenset(others) for room, others in found.items()}


def test_the_top_level_holds_rooms_and_no_loose_modules() -> None:
    assert {path.name for path in PACKAGE.glob("*.py")} == {"__init__.py", "__main__.py"}
    assert len([path for path in PACKAGE.iterdir() if path.name[:2] != "__"]) <= 16


def test_every_room_says_what_it_holds() -> None:
    silent = [
        str(init.relative_to(PACKAGE))
        for folder in PACKAGE.rglob("*")
        if folder.is_dir() and list(folder.glob("*.py"))
        for init in [folder / "__init__.py"]
        if not init.is_file() or not init.read_text(encoding="utf-8").startswith('"""')
    ]
    assert silent == []


def test_a_class_name_stands_for_one_thing_in_the_whole_program() -> None:
    """A private class may not share the name of a public one either."""
    homes = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                homes[node.name.lstrip("_")].append(str(path.relative_to(PACKAGE)))
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


def test_no_modules_import_each_other_in_a_circle(imports: grimp.ImportGraph) -> None:
    graph = {
        module: frozenset(imports.find_modules_directly_imported_by(module))
        for module in imports.modules
    }
    assert circles(graph) == []


def test_no_rooms_beside_each_other_import_each_other_in_a_circle(
    imports: grimp.ImportGraph,
) -> None:
    found = {
        parent: circles(among(imports, children))
        for parent in imports.modules
        if (children := imports.find_children(parent))
    }
    assert {parent: groups for parent, groups in found.items() if groups} == {}


def test_a_circle_would_be_seen() -> None:
    line = {"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("d")}
    assert circles(line | {"d": frozenset[str]()}) == []
    assert circles(line | {"d": frozenset("b")}) == [["b", "c", "d"]]


def test_at_run_time_the_rooms_below_bootstrap_read_no_settings() -> None:
    imports = grimp.build_graph("chatui", exclude_type_checking_imports=True, cache_dir=None)
    readers = {
        importer
        for module in {"chatui.config"} | imports.find_descendants("chatui.config")
        for importer in imports.find_modules_that_directly_import(module)
    }
    assert [name for name in readers if name.split(".")[1] in READS_NO_SETTINGS] == []


def test_whoever_catches_everything_says_why() -> None:
    lines = {path: path.read_text().splitlines() for path in PACKAGE.rglob("*.py")}
    silent = [
        f"{path}:{at + 1}"
        for path, text in lines.items()
        for at, line in enumerate(text)
        if CATCHES_ALL.match(line)
        and not any(one.lstrip().startswith("#") for one in (text[at - 1], text[at + 1]))
    ]
    assert silent == []
